import JSON
import Model
import Synchronization

/// A cluster behind a wire that a test has its hand on: called before each request and after each that was carried out.
struct WireCluster: Cluster {
    let cluster: any Cluster
    var before: @Sendable (String) async throws(ClusterError) -> Void = { _ in }
    var after: @Sendable (String) async throws(ClusterError) -> Void = { _ in }
    /// What becomes of the answer to a list.
    var lists: @Sendable (ObjectQuery, ObjectList) -> ObjectList = { $1 }
    /// Which events of a watch come through; all when nil.
    var isTold: (@Sendable (WatchEvent) -> Bool)?
    /// The watches are open, and tell nothing.
    var isBlind = false

    func identity() async throws(ClusterError) -> ClusterIdentity { try await cluster.identity() }

    func list(_ query: ObjectQuery, keep: @Sendable (LiveObject) -> LiveObject) async throws(ClusterError) -> ObjectList {
        lists(query, try await cluster.list(query, keep: keep))
    }

    func get(_ type: ResourceType, namespace: String?, name: String) async throws(ClusterError) -> LiveObject? {
        try await cluster.get(type, namespace: namespace, name: name)
    }

    func apply(_ request: ApplyRequest) async throws(ClusterError) -> ApplyResult {
        let name = "apply \(request.object["kind"]?.string ?? "") \(request.object["metadata"]?["name"]?.string ?? "")"
        try await before(name)
        let answer = try await cluster.apply(request)
        try await after(name)
        return answer
    }

    func delete(_ request: DeleteRequest) async throws(ClusterError) {
        let name = "delete \(request.type.kind) \(request.name)"
        try await before(name)
        try await cluster.delete(request)
        try await after(name)
    }

    func log(_ request: LogRequest) async throws(ClusterError) -> [String] { try await cluster.log(request) }

    func watch(_ query: ObjectQuery, after resourceVersion: String) -> AsyncThrowingStream<WatchEvent, any Error> {
        if isBlind { return AsyncThrowingStream { _ in } }
        let events = cluster.watch(query, after: resourceVersion)
        guard let isTold else { return events }
        return AsyncThrowingStream { continuation in
            let task = Task {
                do {
                    for try await event in events where isTold(event) { continuation.yield(event) }
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }
}
