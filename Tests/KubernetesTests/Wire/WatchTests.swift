import JSON
import Kubernetes
import Model
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct WatchTests {
    private let query = ObjectQuery(type: Wire.configMaps, namespace: "n", labels: ["a": "b"])

    /// The first events of a watch, in words.
    private func events(_ server: WireServer, _ count: Int, after version: String = "3") async throws -> [String] {
        var told: [String] = []
        for try await event in try Wire.cluster(server).watch(query, after: version) {
            switch event {
            case .added(let object): told.append("added \(object.address) \(object.resourceVersion)")
            case .modified(let object): told.append("modified \(object.address) \(object.resourceVersion)")
            case .deleted(let object): told.append("deleted \(object.address) \(object.resourceVersion)")
            }
            if told.count == count { break }
        }
        return told
    }

    /// How a watch that tells nothing ends.
    private func end(_ server: WireServer) async throws -> ClusterError? {
        let cluster = try Wire.cluster(server)
        return await Wire.failure { for try await _ in cluster.watch(query, after: "3") {} }
    }

    private func positions(_ server: WireServer) -> [String?] { server.requests.map { $0.parameter("resourceVersion") } }

    @Test func itAsksForWhatItNeeds() async throws {
        let server = try WireServer([.chunks([.text(Wire.event("ADDED", "a", version: "5"))], then: .keepOpen)])
        #expect(try await events(server, 1) == ["added ConfigMap/n/a 5"])
        let request = try #require(server.requests.first)
        #expect(request.target == "/api/v1/namespaces/n/configmaps?watch=1&allowWatchBookmarks=true&resourceVersion=3&timeoutSeconds=290"
            + "&labelSelector=a%3Db")
    }

    @Test func itGoesOnFromTheBookmarkAfterItsEnd() async throws {
        let server = try WireServer([
            .chunks([.text(Wire.event("ADDED", "a", version: "5")), .text(Wire.bookmark("9"))], then: .next),
            .chunks([.text(Wire.bookmark("12"))], then: .next),
            .chunks([.text(Wire.event("MODIFIED", "a", version: "13")), .text(Wire.event("DELETED", "a", version: "14"))], then: .keepOpen),
        ])
        #expect(try await events(server, 3) == ["added ConfigMap/n/a 5", "modified ConfigMap/n/a 13", "deleted ConfigMap/n/a 14"])
        #expect(positions(server) == ["3", "9", "12"])
        #expect(server.requests.allSatisfy { $0.parameter("watch") == "1" })
    }

    @Test(arguments: [WireAnswer.End.reset, .close])
    func itGoesOnAfterABrokenConnection(how: WireAnswer.End) async throws {
        let half = String(Wire.event("ADDED", "b", version: "6").dropLast(20))
        let server = try WireServer([
            .chunks([.text(Wire.event("ADDED", "a", version: "5")), .pause(.milliseconds(50)), .text(half), .pause(.milliseconds(50))], then: how),
            .close,
            .answer(status: 503, body: "starting"),
            .chunks([.text(Wire.event("ADDED", "b", version: "6"))], then: .keepOpen),
        ])
        #expect(try await events(server, 2) == ["added ConfigMap/n/a 5", "added ConfigMap/n/b 6"])
        #expect(positions(server) == ["3", "5", "5", "5"])
    }

    @Test func aPositionThatIsForgottenIsGone() async throws {
        let expired = Wire.status(410, "Expired", "too old resource version: 3 (90)")
        let within = try WireServer([.chunks([.text(Wire.event("ERROR", expired))], then: .next)])
        #expect(try await end(within) == ClusterError(.gone, "too old resource version: 3 (90)"))
        #expect(within.requests.count == 1)
        let before = try WireServer([Wire.json(expired, status: 410)])
        #expect(try await end(before)?.kind == .gone)
        #expect(before.requests.count == 1)
    }

    @Test func whatMayNotBeWatchedIsToldAtOnce() async throws {
        let server = try WireServer([Wire.refusal(403, "Forbidden", "configmaps is forbidden: …")])
        #expect(try await end(server)?.kind == .forbidden)
        #expect(server.requests.count == 1)
    }

    @Test func aServerThatEndsEveryWatchAtOnceIsGivenUp() async throws {
        let server = try WireServer([.chunks([], then: .next)])
        #expect(try await end(server) == ClusterError(.connection, "the server ends every watch at once"))
        #expect(server.requests.count == 6)
        let broken = try WireServer([.answer(status: 500, body: "no")])
        #expect(try await end(broken) == ClusterError(.server(status: 500, retryAfter: nil), "status 500: no"))
        #expect(broken.requests.count == 6)
    }

    @Test func whatIsNoEventEndsIt() async throws {
        let server = try WireServer([.chunks(["<html>\n"], then: .keepOpen)])
        #expect(try await end(server)?.kind == .connection)
    }

    @Test func eventsMayBreakAnywhere() async throws {
        let text = Wire.event("ADDED", "é", version: "5") + Wire.bookmark("6") + "\n" + Wire.event("DELETED", "é", version: "7")
        let bytes = Array(text.utf8)
        let turn = Mutex(0)
        let server = try WireServer { _ in
            let cut = turn.withLock { turn in
                turn += 1
                return turn
            }
            // The last one comes byte by byte.
            if cut == bytes.count { return .chunks(bytes.map { WireAnswer.Piece.bytes([$0]) }, then: .keepOpen) }
            return .chunks([.bytes(Array(bytes[..<cut])), .bytes(Array(bytes[cut...]))], then: .keepOpen)
        }
        for cut in 1...bytes.count {
            let told = try await events(server, 2)
            #expect(told == ["added ConfigMap/n/é 5", "deleted ConfigMap/n/é 7"], "cut at \(cut)")
        }
    }

    @Test func whoStopsWatchingClosesTheConnection() async throws {
        let server = try WireServer([.chunks([.text(Wire.event("ADDED", "a", version: "5"))], then: .keepOpen)])
        let cluster = try Wire.cluster(server)
        let query = query
        for try await _ in cluster.watch(query, after: "3") { break }
        #expect(await eventually { server.openConnections == 0 })

        let hung = try WireServer([.hang])
        let other = try Wire.cluster(hung)
        let task = Task { for try await _ in other.watch(query, after: "3") {} }
        #expect(await eventually { hung.requests.count == 1 })
        task.cancel()
        #expect(await eventually { hung.openConnections == 0 })
        #expect(hung.requests.count == 1)
    }
}
