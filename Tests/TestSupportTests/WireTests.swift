import Glibc
import TestSupport
import Testing

/// The faults have to be those that their names say, for the tests of others to mean anything; curl is the judge.
struct WireTests {
    private func curl(_ server: WireServer, _ arguments: String...) async throws -> Program.Outcome {
        let arguments = ["--silent", "--show-error", "--max-time", "20", "--no-buffer"] + arguments + [server.url + "/a?b=c"]
        return try await onThread { try Program.run("curl", arguments) }
    }

    @Test func answersAreWholeAndRequestsKept() async throws {
        let server = try WireServer { .answer(status: 201, headers: ["X-Told": "yes"], body: "got " + $0.text) }
        let outcome = try await curl(server, "--include", "--data", "hello", "--header", "X-Said: é")
        #expect(outcome.output == "HTTP/1.1 201 Scripted\r\nContent-Length: 9\r\nX-Told: yes\r\n\r\ngot hello")
        let request = try #require(server.requests.first)
        #expect(request.method == "POST")
        #expect(request.path == "/a")
        #expect(request.query == "b=c")
        #expect(request[header: "x-said"] == "é")
        #expect(server.requests.count == 1)
    }

    @Test func aConnectionServesRequestAfterRequest() async throws {
        let server = try WireServer([.answer(body: "1"), .chunks(["2", "3"], then: .next), .answer(status: 204)])
        let (url, chunked) = (server.url, ["--header", "Transfer-Encoding: chunked", "--data", String(repeating: "x", count: 70_000)])
        let outcome = try await onThread { try Program.run("curl", ["--silent", url, url, url] + chunked) }
        #expect(outcome.output == "123")
        #expect(server.requests.map(\.body.count) == [70_000, 70_000, 70_000])
        #expect(server.connections == 1)
    }

    /// curl's exit codes: 1 not HTTP, 18 ended before its length, 28 timed out, 52 no answer, 56 connection broken.
    @Test(arguments: [
        (WireAnswer.close, 52, ""), (.reset, 56, ""), (.raw(["nonsense\r\n\r\n"]), 1, ""),
        (.partial("half", of: 8), 18, "half"), (.partial("half", of: 8, then: .reset), 56, "half"),
        (.chunks(["ha", .pause(.milliseconds(30)), "lf"], then: .close), 18, "half"),
        (.trickle("slow", every: .milliseconds(1)), 0, "slow"),
    ])
    func faultsAreWhatTheyAreCalled(answer: WireAnswer, status: Int32, output: String) async throws {
        let server = try WireServer([answer])
        let outcome = try await curl(server)
        #expect(outcome.status == status, "\(outcome.errors)")
        #expect(outcome.output == output)
    }

    @Test(arguments: [WireAnswer.hang, .chunks(["so far"], then: .keepOpen), .answer(body: "never").after(WireGate())])
    func silenceLastsUntilTheClientGoes(answer: WireAnswer) async throws {
        let server = try WireServer([answer])
        #expect(try await curl(server, "--max-time", "0.5").status == 28)
        #expect(await eventually { server.openConnections == 0 })
    }

    @Test func aGateHoldsTheRestBack() async throws {
        let gate = WireGate()
        let server = try WireServer([.chunks(["first ", .gate(gate), "second"], then: .next)])
        async let outcome = curl(server)
        #expect(await eventually { server.requests.count == 1 })
        gate.open()
        #expect(try await outcome.output == "first second")
    }

    @Test func whatHasStoppedRefuses() async throws {
        let server = try WireServer([.hang])
        async let waiting = curl(server)
        #expect(await eventually { server.requests.count == 1 })
        server.stop()
        #expect(try await waiting.status == 52)
        let after = try await curl(server)
        #expect(after.status == 7, "\(after.errors)")
    }

    @Test func aProxyRelaysCutsStallsAndRefuses() async throws {
        let gate = WireGate()
        let server = try WireServer { $0.path == "/wait" ? .answer(body: "late").after(gate) : .answer(body: $0.text) }
        let proxy = try WireServer.proxy(to: server.port)
        @Sendable func get(_ path: String, _ more: String...) async throws -> Program.Outcome {
            let words = ["--silent", "--max-time", "20", "http://127.0.0.1:\(proxy.port)\(path)"] + more
            return try await onThread { try Program.run("curl", words) }
        }
        let large = String(repeating: "0123456789", count: 10_000)
        #expect(try await get("/", "--data", large).output == large)

        async let cut = get("/wait")
        #expect(await eventually { server.requests.contains { $0.path == "/wait" } })
        proxy.cut()
        #expect(try await cut.status == 56)
        #expect(await eventually { server.openConnections == 0 && proxy.openConnections == 0 })

        proxy.isStalled = true
        #expect(try await get("/stalled", "--max-time", "0.3").status == 28)
        proxy.isStalled = false
        #expect(try await get("/", "--data", "again").output == "again")

        proxy.isRefusing = true
        // Which of connection, request and answer the reset meets is a matter of timing.
        #expect(try await [7, 52, 55, 56].contains(get("/").status))
    }
}
