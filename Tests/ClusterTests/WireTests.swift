import JSON
import Kubernetes
import Model
import Synchronization
import TestSupport
import Testing

/// The client and a real API server, with a wire between them that can be broken.
@Suite(.needsControlPlane, .timeLimit(.minutes(3))) struct WireTests {
    private let configMaps = ResourceType(apiVersion: "v1", kind: "ConfigMap")

    private func counter(_ namespace: String, _ number: Int, name: String = "counter", padding: String = "") -> JSONValue {
        [
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": ["name": .string(name), "namespace": .string(namespace), "labels": ["wire": "yes"]],
            "data": ["number": .string(String(number)), "padding": .string(padding)],
        ]
    }

    @Test func aWatchSeesEveryChangeInOrderWhateverBreaks() async throws {
        let plane = try ControlPlane.current()
        let proxy = try WireServer.proxy(to: plane.port)
        let watched = try KubernetesCluster(try plane.access(port: proxy.port))
        let direct = try plane.cluster()
        try await plane.withNamespace("cuts") { namespace in
            _ = try await direct.apply(ApplyRequest(object: counter(namespace, 0)))
            let query = ObjectQuery(type: configMaps, namespace: namespace, labels: ["wire": "yes"])
            let start = try await watched.list(query).resourceVersion
            let seen = Mutex<[Int]>([])
            let writing = Task {
                for number in 1...200 {
                    _ = try await direct.apply(ApplyRequest(object: counter(namespace, number)))
                    // Some cuts meet the watch at work, some its new beginning.
                    if number % 10 == 0 { proxy.cut(reset: number % 20 == 0) }
                    if number % 50 == 0 {
                        proxy.cut()
                        _ = await eventually { seen.withLock { $0.last ?? 0 } >= number - 20 }
                    }
                }
            }
            for try await event in watched.watch(query, after: start) {
                let number = event.object.content["data"]?["number"]?.string.flatMap { Int($0) } ?? -1
                seen.withLock { $0.append(number) }
                if number == 200 { break }
            }
            try await writing.value
            #expect(seen.withLock { $0 } == Array(1...200))
            #expect(proxy.connections > 5)
        }
    }

    @Test func fiveHundredAppliesAtOnceTakeOneConnection() async throws {
        let plane = try ControlPlane.current()
        let proxy = try WireServer.proxy(to: plane.port)
        let cluster = try KubernetesCluster(try plane.access(port: proxy.port))
        try await plane.withNamespace("many") { namespace in
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<500 {
                    group.addTask {
                        try await cluster.apply(ApplyRequest(object: counter(namespace, number, name: "map-\(number)"))).created
                    }
                }
                let created = try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
                #expect(created == 500)
            }
            let list = try await cluster.list(ObjectQuery(type: configMaps, namespace: namespace, labels: ["wire": "yes"]))
            #expect(list.objects.count == 500)
            #expect(proxy.connections == 1)
        }
    }

    @Test func answersAreTheSameCompressedAndNot() async throws {
        let plane = try ControlPlane.current()
        let access = try plane.access()
        let plain = ClusterAccess(
            server: access.server, certificateAuthority: access.certificateAuthority, compresses: false,
            credentials: access.credentials)
        let (squeezing, not) = (try KubernetesCluster(access), try KubernetesCluster(plain))
        try await plane.withNamespace("gzip") { namespace in
            for number in 0..<4 {
                let text = String(repeating: "0123456789 é ", count: 8000)
                _ = try await not.apply(ApplyRequest(object: counter(namespace, number, name: "large-\(number)", padding: text)))
            }
            let query = ObjectQuery(type: configMaps, namespace: namespace, labels: ["wire": "yes"])
            let lists = [try await squeezing.list(query).objects, try await not.list(query).objects]
            #expect(lists[0].count == 4)
            #expect(lists[0] == lists[1])
        }
    }

    @Test func aStalledConnectionEndsByTheIdleDeadline() async throws {
        let plane = try ControlPlane.current()
        let proxy = try WireServer.proxy(to: plane.port)
        let cluster = try KubernetesCluster(try plane.access(port: proxy.port))
        _ = try await cluster.identity()
        proxy.isStalled = true
        let began = ContinuousClock.now
        let error = await failure {
            _ = try await cluster.log(
                LogRequest(namespace: "default", pod: "p", container: "c", lines: 1, previous: false))
        }
        let place = "(context admin, server https://127.0.0.1:\(proxy.port))"
        #expect(error == ClusterError(.connection, "nothing came from the server for 5 seconds \(place)"))
        #expect(ContinuousClock.now - began < .seconds(15))
        proxy.isStalled = false
        // The dead connection is left behind.
        let again = await eventually(within: .seconds(30)) { (try? await cluster.identity()) != nil }
        #expect(again)
    }

    // MARK: Who, and to whom

    @Test(arguments: [ControlPlane.Context.admin, .adminCertificate])
    func tokensAndCertificatesAreTaken(context: ControlPlane.Context) async throws {
        let cluster = try ControlPlane.current().cluster(as: context)
        #expect(try await cluster.identity().uid.utf8.count == 36)
        let namespaces = ObjectQuery(type: ResourceType(apiVersion: "v1", kind: "Namespace"))
        #expect(try await cluster.list(namespaces).objects.contains { $0.address.name == "default" })
    }

    @Test func whoMayNothingIsToldWhat() async throws {
        let plane = try ControlPlane.current()
        let cluster = try plane.cluster(as: .nobody)
        let listing = await failure { _ = try await cluster.list(ObjectQuery(type: configMaps, namespace: "default")) }
        #expect(listing?.kind == .forbidden)
        #expect(listing?.message
            == "configmaps is forbidden: User \"nobody\" cannot list resource \"configmaps\" in API group \"\" in the namespace "
            + "\"default\"")
        let applying = await failure { _ = try await cluster.apply(ApplyRequest(object: counter("default", 1))) }
        #expect(applying?.kind == .forbidden)
        #expect(applying?.message
            == "configmaps \"counter\" is forbidden: User \"nobody\" cannot patch resource \"configmaps\" in API group \"\" in the "
            + "namespace \"default\"")
        let watching = await failure {
            for try await _ in cluster.watch(ObjectQuery(type: configMaps, namespace: "default"), after: "1") {}
        }
        #expect(watching?.kind == .forbidden)
        #expect(watching?.message.contains("cannot watch resource \"configmaps\"") == true)
        // The cluster goes by its address then.
        let server = try plane.access().server
        #expect(try await cluster.identity().uid == server)
    }

    @Test func aTokenThatIsWrongIsToldSo() async throws {
        let access = try ControlPlane.current().access()
        let wrong = ClusterAccess(
            server: access.server, certificateAuthority: access.certificateAuthority,
            credentials: Credentials(Credential(authorization: "Bearer wrong")))
        let cluster = try KubernetesCluster(wrong)
        let error = await failure { _ = try await cluster.identity() }
        #expect(error == ClusterError(.unauthorized, "Unauthorized"))
    }

    @Test func anAuthorityThatDidNotSignIsToldAtOnce() async throws {
        let plane = try ControlPlane.current()
        let proxy = try WireServer.proxy(to: plane.port)
        let access = try plane.access(port: proxy.port)
        for authority in [contents(of: plane.folder + "/client-ca.crt"), nil] {
            let before = proxy.connections
            let wrong = ClusterAccess(server: access.server, certificateAuthority: authority, credentials: access.credentials)
            let cluster = try KubernetesCluster(wrong)
            let error = await failure { _ = try await cluster.list(ObjectQuery(type: configMaps, namespace: "default")) }
            #expect(error?.kind == .unreachable)
            #expect(error?.message.contains("certificate") == true, "\(error?.message ?? "")")
            #expect(proxy.connections == before + 1)
        }
        let trusting = ClusterAccess(server: access.server, verifies: false, credentials: access.credentials)
        let found = try await KubernetesCluster(trusting).identity()
        #expect(found.uid.utf8.count == 36)
    }

    @Test func theServersNameMayBeAnother() async throws {
        let plane = try ControlPlane.current()
        let access = try plane.access()
        func cluster(_ name: String) throws -> KubernetesCluster {
            try KubernetesCluster(ClusterAccess(
                server: access.server, certificateAuthority: access.certificateAuthority, serverName: name,
                credentials: access.credentials))
        }
        let found = try await cluster("kubernetes.default.svc").identity()
        #expect(found.uid.utf8.count == 36)
        let other = try cluster("other.example.com")
        let error = await failure { _ = try await other.identity() }
        #expect(error?.kind == .unreachable)
        #expect(error?.message.contains("other.example.com") == true, "\(error?.message ?? "")")
    }
}
