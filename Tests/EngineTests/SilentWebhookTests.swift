import Applying
import Digest
@testable import Engine
import JSON
import Model
import Sandbox
import Synchronization
import Testing
import TestSupport

/// An admission webhook that does not answer is no cluster that cannot be read.
@Suite struct SilentWebhookTests {
    private let folder = TemporaryFolder()
    private let key = DigestKey(bytes: Array(repeating: 7, count: 32))
    private let error = ClusterError(.webhookFailed("policy.example.com"), "failed calling webhook \"policy.example.com\": no")

    private func manifests(_ count: Int) throws -> [Manifest] {
        let key = try #require(key)
        return (0..<count).map { number in
            Manifest(["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": .string("c\(number)"), "namespace": "n"]], key: key)
        }
    }

    private func refresh(_ answer: @escaping @Sendable (String) -> ClusterError?, deadline: Double) throws -> (Refresh, Asked) {
        let cluster = Asked(try SandboxCluster(path: "\(folder.path)/c.db"), answer)
        let reads = Reads(limit: 2, retry: RetryPolicy(first: 0.001, longest: 0.002, deadline: deadline))
        return (Refresh(cluster: cluster, engine: "e", key: try #require(key), reads: reads), cluster)
    }

    @Test func itIsWaitedForOnceAndToldOfEachObject() async throws {
        let error = error
        let (refresh, cluster) = try refresh({ _ in error }, deadline: 0.1)
        let answers = try await refresh.predictions(for: manifests(20), secrets: [:])
        #expect(answers.count == 20)
        #expect(answers.values.allSatisfy { $0 == .refused(error) })
        // The first two were tried again and again, the others once.
        let tries = cluster.tries
        #expect(tries.values.filter { $0 > 1 }.count == 2, "\(tries)")
    }

    @Test func oneThatComesBackIsNoFailure() async throws {
        let error = error
        let calls = Mutex(0)
        let (refresh, _) = try refresh({ _ in calls.withLock { $0 += 1; return $0 } <= 5 ? error : nil }, deadline: 60)
        let answers = try await refresh.predictions(for: manifests(4), secrets: [:])
        #expect(answers.values.allSatisfy { if case .accepted = $0 { true } else { false } })
    }
}

/// A cluster that answers applies as it is told.
private final class Asked: Cluster {
    private let cluster: any Cluster
    private let refusal: @Sendable (String) -> ClusterError?
    private let counts = Mutex<[String: Int]>([:])

    init(_ cluster: any Cluster, _ refusal: @escaping @Sendable (String) -> ClusterError?) {
        self.cluster = cluster
        self.refusal = refusal
    }

    var tries: [String: Int] { counts.withLock(\.self) }

    func apply(_ request: ApplyRequest) async throws(ClusterError) -> ApplyResult {
        let name = request.object["metadata"]?["name"]?.string ?? ""
        counts.withLock { $0[name, default: 0] += 1 }
        if let error = refusal(name) { throw error }
        return ApplyResult(object: LiveObject(request.object), created: true)
    }

    func identity() async throws(ClusterError) -> ClusterIdentity { try await cluster.identity() }
    func list(_ query: ObjectQuery, keep: @Sendable (LiveObject) -> LiveObject) async throws(ClusterError) -> ObjectList {
        try await cluster.list(query, keep: keep)
    }
    func get(_ type: ResourceType, namespace: String?, name: String) async throws(ClusterError) -> LiveObject? {
        try await cluster.get(type, namespace: namespace, name: name)
    }
    func delete(_ request: DeleteRequest) async throws(ClusterError) { try await cluster.delete(request) }
    func watch(_ query: ObjectQuery, after resourceVersion: String) -> AsyncThrowingStream<WatchEvent, any Error> {
        cluster.watch(query, after: resourceVersion)
    }
    func log(_ request: LogRequest) async throws(ClusterError) -> [String] { try await cluster.log(request) }
}
