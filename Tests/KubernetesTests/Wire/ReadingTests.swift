import JSON
import Kubernetes
import Model
import Synchronization
import TestSupport
import Testing

@Suite struct ReadingTests {
    @Test func listsComeInPagesWithTheSelector() async throws {
        let server = try WireServer([
            Wire.page("a", "b", next: "x+/=", version: "7"), Wire.page("c", next: "y", version: "7"), Wire.page("d", version: "7"),
        ])
        let query = ObjectQuery(
            type: Wire.configMaps, namespace: "n", labels: ["b": "2", "a.example.com/x": "1"], fields: ["metadata.name": "a"])
        let list = try await Wire.cluster(server, pageSize: 2).list(query)
        #expect(list.objects.map(\.address.description) == ["ConfigMap/n/a", "ConfigMap/n/b", "ConfigMap/n/c", "ConfigMap/n/d"])
        #expect(list.objects.allSatisfy { $0.content["apiVersion"] == "v1" })
        #expect(list.resourceVersion == "7")
        let selector = "limit=2&labelSelector=a.example.com%2Fx%3D1%2Cb%3D2&fieldSelector=metadata.name%3Da"
        #expect(server.requests.map(\.path) == Array(repeating: "/api/v1/namespaces/n/configmaps", count: 3))
        #expect(server.requests.map(\.query) == [selector, selector + "&continue=x%2B%2F%3D", selector + "&continue=y"])
    }

    @Test func whatIsExpectedIsAskedForAtOnceAndOnlyOnce() async throws {
        let server = try WireServer { request in
            request.path.hasSuffix("/kube-system")
                ? .answer(body: #"{"kind": "Namespace", "metadata": {"name": "kube-system", "uid": "u"}}"#)
                : Wire.page(request.parameter("continue") == nil ? "a" : "b", next: request.parameter("continue") == nil ? "x" : "")
        }
        let cluster = try Wire.cluster(server)
        let (expected, other) = (ObjectQuery(type: Wire.configMaps, namespace: "n"), ObjectQuery(type: Wire.configMaps, namespace: "m"))
        cluster.expect([expected])
        #expect(await eventually { server.requests.count == 2 })
        #expect(try await cluster.list(expected).objects.map(\.address.name) == ["a", "b"])
        #expect(try await cluster.identity().uid == "u")
        #expect(server.requests.count == 3)
        // What was expected is asked for anew the next time, and what was not, whenever it is.
        _ = try await cluster.list(expected)
        _ = try await cluster.list(other)
        _ = try await cluster.identity()
        #expect(server.requests.count == 8)
    }

    @Test func aListWhosePagesExpireBeginsOnceMore() async throws {
        let server = try WireServer([
            Wire.page("a", next: "x"), Wire.expired, Wire.page("b", next: "y", version: "9"), Wire.page("c", version: "9"),
        ])
        let list = try await Wire.cluster(server).list(ObjectQuery(type: Wire.configMaps))
        #expect(list.objects.map(\.address.name) == ["b", "c"])
        #expect(list.resourceVersion == "9")
        #expect(server.requests.map { $0.parameter("continue") } == [nil, "x", nil, "y"])
    }

    @Test func aListThatExpiresAgainSaysSo() async throws {
        let server = try WireServer([Wire.page("a", next: "x"), Wire.expired, Wire.page("a", next: "x"), Wire.expired])
        let cluster = try Wire.cluster(server)
        let error = await Wire.failure { _ = try await cluster.list(ObjectQuery(type: Wire.configMaps)) }
        #expect(error?.kind == .gone)
        #expect(server.requests.count == 4)
    }

    @Test func refusalsKeepTheirTime() async throws {
        let server = try WireServer([
            .answer(status: 429, headers: ["Retry-After": "3"], body: "slow down"),
            .answer(status: 503, headers: ["Retry-After": "1"], body: Wire.status(503, "ServiceUnavailable", "later").encoded()),
            .answer(status: 502, body: "<html>bad gateway</html>"),
        ])
        let cluster = try Wire.cluster(server)
        var errors: [ClusterError?] = []
        for _ in 0..<3 {
            errors.append(await Wire.failure { _ = try await cluster.get(Wire.configMaps, namespace: "n", name: "a") })
        }
        #expect(errors == [
            ClusterError(.tooManyRequests(retryAfter: 3), "status 429: slow down"),
            ClusterError(.server(status: 503, retryAfter: 1), "later"),
            ClusterError(.server(status: 502, retryAfter: nil), "status 502: <html>bad gateway</html>"),
        ])
    }

    @Test func whatIsNoKubernetesAPIIsToldSo() async throws {
        let server = try WireServer([
            .answer(headers: ["Content-Type": "text/html"], body: "<html>Welcome</html>"),
            .answer(status: 302, headers: ["Location": "https://login.example.com/"]),
        ])
        let cluster = try Wire.cluster(server)
        let path = server.url + "/api/v1/namespaces/n/configmaps/a"
        func get() async -> ClusterError? {
            await Wire.failure { _ = try await cluster.get(Wire.configMaps, namespace: "n", name: "a") }
        }
        let page = await get()
        #expect(page?.kind == .invalid(fields: []))
        #expect(page?.message.hasPrefix(path + " answers, but not as a Kubernetes API server: ") == true)
        #expect(await get() == ClusterError(
            .invalid(fields: []),
            path + " does not answer as a Kubernetes API server, but redirects to https://login.example.com/"))
        #expect(server.requests.count == 2)
    }

    @Test func halfAnAnswerIsABrokenConnection() async throws {
        let server = try WireServer([
            .answer(body: "{\"metadata\":{"), .partial("{\"metadata\":{}", of: 99), .chunks(["{\"meta"], then: .close), .close, .reset,
        ])
        let cluster = try Wire.cluster(server)
        for _ in 0..<3 {
            let error = await Wire.failure { _ = try await cluster.get(Wire.configMaps, namespace: "n", name: "a") }
            #expect(error?.kind == .connection, "\(String(describing: error))")
        }
        let object: JSONValue = ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "a", "namespace": "n"]]
        for _ in 0..<2 {
            let error = await Wire.failure { _ = try await cluster.apply(ApplyRequest(object: object)) }
            #expect(error?.kind == .connection, "\(String(describing: error))")
        }
    }

    @Test func aServerThatNeverAnsweredIsNotThereAndOneThatDidIsGone() async throws {
        let absent = try WireServer([.answer()])
        let never = try Wire.cluster(absent)
        absent.stop()
        let first = await Wire.failure { _ = try await never.identity() }
        #expect(first?.kind == .unreachable)
        #expect(first?.message.hasSuffix(" (server \(absent.url))") == true, "\(first?.message ?? "")")
        let named = ClusterAccess(context: "prod", server: absent.url, credentials: Credentials(.anonymous))
        let other = try KubernetesCluster(named)
        let third = await Wire.failure { _ = try await other.identity() }
        #expect(third?.message.hasSuffix(" (context prod, server \(absent.url))") == true, "\(third?.message ?? "")")

        let server = try WireServer([Wire.page()])
        let cluster = try Wire.cluster(server)
        _ = try await cluster.list(ObjectQuery(type: Wire.configMaps))
        server.stop()
        let second = await Wire.failure { _ = try await cluster.list(ObjectQuery(type: Wire.configMaps)) }
        #expect(second?.kind == .connection)
    }

    // MARK: Discovery

    @Test func aGroupIsAskedForOnceHoweverManyWantIt() async throws {
        let server = try WireServer { request in
            request.path == "/apis/batch/v1" ? Wire.kinds("batch/v1", ["CronJob": "cronjobs"]).after(.milliseconds(50)) : Wire.notFound
        }
        let cluster = try Wire.cluster(server)
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<100 {
                group.addTask { _ = try? await cluster.get(Wire.cronJobs, namespace: "n", name: "job-\(number)") }
            }
        }
        #expect(server.requests.filter { $0.path == "/apis/batch/v1" }.count == 1)
        #expect(server.requests.count == 101)
        #expect(server.requests.dropFirst().allSatisfy { $0.path.hasPrefix("/apis/batch/v1/namespaces/n/cronjobs/job-") })
    }

    @Test func anOlderVersionServesWhereTheNewerIsAbsent() async throws {
        let server = try WireServer { request in
            switch request.path {
            case "/apis/batch/v1": Wire.kinds("batch/v1", ["Job": "jobs"])
            case "/apis/batch/v1beta1": Wire.kinds("batch/v1beta1", ["CronJob": "cronjobs"])
            default: .answer(status: 201, body: request.text)
            }
        }
        let object: JSONValue = ["apiVersion": "batch/v1", "kind": "CronJob", "metadata": ["name": "a", "namespace": "n"]]
        let result = try await Wire.cluster(server).apply(ApplyRequest(object: object))
        #expect(result.created)
        #expect(result.object.content == object)
        let sent = try #require(server.requests.last)
        #expect(sent.path == "/apis/batch/v1beta1/namespaces/n/cronjobs/a")
        #expect(try JSONValue(parsing: sent.body)["apiVersion"] == "batch/v1beta1")
    }

    @Test func aMissHoldsForASecond() async throws {
        let isDefined = Mutex(false)
        let server = try WireServer { request in
            guard isDefined.withLock({ $0 }) else { return .answer(status: 404, body: "404 page not found\n") }
            return request.path == "/apis/example.com/v1" ? Wire.kinds("example.com/v1", ["Thing": "things"]) : Wire.json(Wire.object("a"))
        }
        let cluster = try Wire.cluster(server)
        let things = ResourceType(apiVersion: "example.com/v1", kind: "Thing")
        let began = ContinuousClock.now
        for _ in 0..<20 {
            let error = await Wire.failure { _ = try await cluster.get(things, namespace: "n", name: "a") }
            #expect(error == ClusterError(.notServed, "no matches for kind \"Thing\" in version \"example.com/v1\""))
        }
        let isQuick = ContinuousClock.now - began < .seconds(1)
        if isQuick { #expect(server.requests.count == 1) }
        isDefined.withLock { $0 = true }
        let found = await eventually { (try? await cluster.get(things, namespace: "n", name: "a")) != nil }
        #expect(found)
        if isQuick { #expect(server.requests.filter { $0.path == "/apis/example.com/v1" }.count == 2) }
    }

    @Test func manyWhoMissTogetherAskOnce() async throws {
        // Slower than a miss holds.
        let server = try WireServer { _ in .answer(status: 404, body: "404 page not found\n").after(.milliseconds(1200)) }
        let cluster = try Wire.cluster(server)
        let things = ResourceType(apiVersion: "example.com/v1", kind: "Thing")
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    let error = await Wire.failure { _ = try await cluster.get(things, namespace: "n", name: "a") }
                    #expect(error?.kind == .notServed)
                }
            }
        }
        #expect(server.requests.count == 1)
    }
}
