import HTTP
import Synchronization
import TestSupport
import Testing

/// Requests over real sockets, with servers that misbehave.
@Suite struct HTTPClientTests {
    private func failure(_ server: WireServer, _ change: (inout HTTPRequest) -> Void = { _ in }) async throws -> HTTPError? {
        var request = HTTPRequest("GET", server.url + "/x")
        change(&request)
        let client = try HTTPClient()
        do {
            _ = try await client.send(request)
            return nil
        } catch {
            return error
        }
    }

    @Test func aRequestArrivesAsItWasMadeAndItsAnswerComesWhole() async throws {
        let server = try WireServer { request in
            .answer(status: 201, headers: ["X-Kind": "a: b", "x-empty": ""], body: "\(request.method) \(request.text)")
        }
        let client = try HTTPClient()
        let answer = try await client.send(
            HTTPRequest("PATCH", server.url + "/a%20b?c=d", fields: [HTTPField("Content-Type", "text/x")], body: Array("é".utf8)))
        #expect(answer.status == 201)
        #expect(String(decoding: answer.body, as: UTF8.self) == "PATCH é")
        #expect(answer.head.value("x-kind") == "a: b")
        let request = try #require(server.requests.first)
        #expect(request.target == "/a%20b?c=d")
        #expect(request[header: "content-type"] == "text/x")
        #expect(request[header: "content-length"] == "2")
        #expect(request[header: "expect"] == nil)
        #expect((request[header: "accept-encoding"] != nil) == HTTPSettings.undoesCompression)
    }

    /// Signatures cover it: what is said of it must be what is sent.
    @Test func serversSeeTheHostWithoutThePortOfItsScheme() async throws {
        let server = try WireServer([.answer()])
        let client = try HTTPClient()
        _ = try await client.send(HTTPRequest("GET", server.url + "/x?y=1"))
        #expect(server.requests.first?[header: "host"] == HTTPRequest.host(of: server.url + "/x?y=1"))
        #expect(HTTPRequest.host(of: "https://a.test:443/x") == "a.test")
        #expect(HTTPRequest.host(of: "https://a.test:6443") == "a.test:6443")
        #expect(HTTPRequest.host(of: "http://[::1]:80/") == "[::1]")
        #expect(HTTPRequest("GET", "http://a.test/x/y?z=%2F").target == "/x/y?z=%2F")
    }

    @Test func anEmptyBodyIsSentAsOneAndNoBodyAsNone() async throws {
        let server = try WireServer { _ in .answer(status: 204) }
        let client = try HTTPClient()
        _ = try await client.send(HTTPRequest("POST", server.url, body: []))
        _ = try await client.send(HTTPRequest("DELETE", server.url))
        #expect(server.requests.map { $0[header: "content-length"] } == ["0", nil])
        #expect(server.requests.map(\.method) == ["POST", "DELETE"])
    }

    /// Whether the reset meets the connection, the handshake or the request is a matter of timing.
    @Test func aServerThatHangsUpIsThere() async throws {
        let proxy = try WireServer.proxy(to: 1)
        proxy.isRefusing = true
        for number in 0..<400 {
            let scheme = number.isMultiple(of: 2) ? "http" : "https"
            let request = HTTPRequest("GET", "\(scheme)://127.0.0.1:\(proxy.port)/")
            let client = try HTTPClient()
            let error = await #expect(throws: HTTPError.self) { try await client.send(request) }
            #expect(error?.kind == .broken, "\(scheme): \(String(describing: error))")
        }
        #expect(proxy.refused >= 400)
    }

    @Test func connectionsAreKept() async throws {
        let server = try WireServer { _ in .answer(body: "x") }
        let client = try HTTPClient()
        for _ in 0..<20 { _ = try await client.send(HTTPRequest("GET", server.url)) }
        #expect(server.requests.count == 20)
        #expect(server.connections == 1)
    }

    @Test func fiveHundredRequestsAtOnceGetTheirOwnAnswers() async throws {
        let server = try WireServer { .answer(body: $0.target) }
        let client = try HTTPClient()
        let url = server.url
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<500 {
                group.addTask {
                    let answer = try await client.send(HTTPRequest("GET", "\(url)/\(number)"))
                    #expect(String(decoding: answer.body, as: UTF8.self) == "/\(number)")
                }
            }
            try await group.waitForAll()
        }
    }

    @Test func aConnectionThatBreaksIsAnError() async throws {
        #expect(try await failure(WireServer([.close]))?.kind == .broken)
        #expect(try await failure(WireServer([.reset]))?.kind == .broken)
        #expect(try await failure(WireServer([.partial("half", of: 100)]))?.kind == .broken)
        #expect(try await failure(WireServer([.chunks(["half"], then: .close)]))?.kind == .broken)
        #expect(try await failure(WireServer([.raw(["SSH-2.0-OpenSSH\r\n"])]))?.kind == .broken)
        #expect(try await failure(WireServer([.close]))?.isUnsent == false)
    }

    /// Who does not know whether a change arrived has to look; what only reads can be asked again.
    @Test(arguments: [("PATCH", 1), ("POST", 1), ("DELETE", 1), ("GET", 2), ("PUT", 2)])
    func aChangeIsSentOnceWhenAKeptConnectionBreaks(_ method: String, _ times: Int) async throws {
        let server = try WireServer { request in
            request.target == "/first" || request.connection > 0 ? .answer(body: "x") : .close
        }
        let client = try HTTPClient()
        _ = try await client.send(HTTPRequest("GET", server.url + "/first"))
        do {
            _ = try await client.send(HTTPRequest(method, server.url + "/second", body: method == "GET" ? nil : Array("{}".utf8)))
            #expect(times == 2)
        } catch {
            #expect(times == 1)
            #expect(error.kind == .broken && !error.isUnsent)
            #expect(error.message == "the connection broke before the answer")
        }
        #expect(server.requests.filter { $0.target == "/second" }.count == times)
    }

    @Test func silenceIsAnErrorAfterTheIdleDeadline() async throws {
        let error = try await failure(WireServer([.hang])) { $0.idleDeadline = 1 }
        #expect(error?.kind == .idle)
        #expect(error?.message == "nothing came from the server for 1 seconds")
        let stalled = try await failure(WireServer([.partial("half", of: 100, then: .keepOpen)])) { $0.idleDeadline = 1 }
        #expect(stalled?.kind == .idle)
    }

    @Test func aTrickleIsNotSilence() async throws {
        let text = "as slowly as the slowest of servers"
        let server = try WireServer([.trickle(text, every: .milliseconds(100))])
        let client = try HTTPClient()
        // It takes longer than the deadline as a whole.
        var request = HTTPRequest("GET", server.url)
        request.idleDeadline = 3
        let answer = try await client.send(request)
        #expect(String(decoding: answer.body, as: UTF8.self) == text)
    }

    @Test func nobodyThereIsAnErrorBeforeAnythingIsSent() async throws {
        let server = try WireServer([.close])
        let url = server.url
        server.stop()
        let client = try HTTPClient()
        await #expect { try await client.send(HTTPRequest("GET", url)) } throws: { error in
            (error as? HTTPError)?.kind == .noConnection && (error as? HTTPError)?.isUnsent == true
        }
        await #expect { try await client.send(HTTPRequest("GET", "http://host.invalid/")) } throws: { error in
            (error as? HTTPError)?.kind == .unknownHost
        }
        for wrong in ["file:///etc/passwd", "gopher://127.0.0.1/", "http://", "https://[::1"] {
            await #expect { try await client.send(HTTPRequest("GET", wrong)) } throws: { error in
                (error as? HTTPError)?.kind == .unusable
            }
        }
    }

    @Test func redirectsAreNotFollowed() async throws {
        let server = try WireServer([.answer(status: 302, headers: ["Location": "http://127.0.0.1:1/"])])
        let client = try HTTPClient()
        #expect(try await client.send(HTTPRequest("GET", server.url)).status == 302)
    }

    @Test func interimAnswersAreSkipped() async throws {
        let server = try WireServer([
            .raw(["HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"], then: .next)
        ])
        let client = try HTTPClient()
        let answer = try await client.send(HTTPRequest("GET", server.url))
        #expect(answer.status == 200)
        #expect(answer.head.fields == [HTTPField("Content-Length", "2")])
    }

    // MARK: Streams

    @Test func piecesComeAsTheyAreSent() async throws {
        let gate = WireGate()
        let server = try WireServer([.chunks(["one", .gate(gate), "two"], headers: ["X-A": "b"], then: .next)])
        let client = try HTTPClient()
        let stream = try await client.open(HTTPRequest("GET", server.url))
        #expect(stream.head.status == 200)
        #expect(stream.head.value("X-A") == "b")
        var text = ""
        for try await piece in stream.body {
            text += String(decoding: piece, as: UTF8.self) + "|"
            if text == "one|" { gate.open() }
        }
        #expect(text == "one|two|")
    }

    @Test func aStreamThatBreaksThrowsAfterWhatCame() async throws {
        let server = try WireServer([.chunks(["one"], then: .reset)])
        let client = try HTTPClient()
        let stream = try await client.open(HTTPRequest("GET", server.url))
        var text = ""
        await #expect { for try await piece in stream.body { text += String(decoding: piece, as: UTF8.self) } } throws: {
            ($0 as? HTTPError)?.kind == .broken
        }
        #expect(text == "one" || text.isEmpty)
    }

    @Test func whoeverStopsListeningEndsTheRequest() async throws {
        let server = try WireServer([.chunks(["one"], then: .keepOpen)])
        let client = try HTTPClient()
        do {
            let stream = try await client.open(HTTPRequest("GET", server.url))
            for try await _ in stream.body { break }
        }
        #expect(await eventually { server.openConnections == 0 })
    }

    @Test func aCancelledTaskEndsItsRequest() async throws {
        let server = try WireServer([.hang])
        let client = try HTTPClient()
        let url = server.url
        let task = Task { () -> HTTPError? in
            do throws(HTTPError) {
                _ = try await client.send(HTTPRequest("GET", url))
                return nil
            } catch {
                return error
            }
        }
        #expect(await eventually { server.requests.count == 1 })
        task.cancel()
        #expect(await task.value?.kind == .cancelled)
        #expect(await eventually { server.openConnections == 0 })
    }

    @Test func aTaskThatIsCancelledAlreadySendsNothing() async throws {
        let server = try WireServer([.answer()])
        let client = try HTTPClient()
        let url = server.url
        let gate = AsyncStream<Void>.makeStream()
        let task = Task { () -> HTTPError? in
            for await _ in gate.stream {}
            do throws(HTTPError) {
                _ = try await client.send(HTTPRequest("GET", url))
                return nil
            } catch {
                return error
            }
        }
        task.cancel()
        gate.continuation.finish()
        #expect(await task.value?.kind == .cancelled)
    }

    @Test func everyContinuationIsResumedWhateverHappens() async throws {
        let turn = Mutex(0)
        let answers: [WireAnswer] = [
            .answer(body: "x"), .close, .reset, .partial("a", of: 9), .chunks(["a"], then: .reset), .raw(["?"]), .answer(status: 503),
        ]
        let server = try WireServer { _ in
            answers[turn.withLock { turn in
                turn += 1
                return turn % answers.count
            }]
        }
        let client = try HTTPClient()
        let url = server.url
        let ended = await withTaskGroup(of: Int.self) { group in
            for number in 0..<300 {
                group.addTask {
                    let task = Task {
                        if number % 2 == 0 { return (try? await client.send(HTTPRequest("GET", url))) == nil ? 1 : 0 }
                        guard let stream = try? await client.open(HTTPRequest("GET", url)) else { return 1 }
                        do { for try await _ in stream.body {} } catch {}
                        return 0
                    }
                    if number % 5 == 0 { task.cancel() }
                    _ = await task.value
                    return 1
                }
            }
            return await group.reduce(0, +)
        }
        #expect(ended == 300)
    }

    @Test func aPartOfAFileIsSentAsTheBody() async throws {
        let server = try WireServer { .answer(body: "\($0.body.count)") }
        let client = try HTTPClient()
        let folder = TemporaryFolder()
        let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 4) }
        let sent = Mutex(0)
        var request = HTTPRequest("PUT", server.url)
        request.file = FileBody(path: folder.write(bytes, to: "f"), offset: 1_000, length: 2_000_000) { count in
            sent.withLock { $0 += count }
        }
        let answer = try await client.send(request)
        #expect(String(decoding: answer.body, as: UTF8.self) == "2000000")
        #expect(server.requests.first?.body == Array(bytes[1_000..<2_001_000]))
        #expect(server.requests.first?[header: "transfer-encoding"] == nil)
        #expect(sent.withLock { $0 } == 2_000_000)
    }

    @Test func aFileThatCannotBeReadFailsTheRequestAsUnusable() async throws {
        let folder = TemporaryFolder()
        let path = folder.write([1, 2], to: "f")
        let short = try await failure(WireServer([.answer()])) { $0.file = FileBody(path: path, offset: 0, length: 3) }
        #expect(short?.kind == .unusable)
        #expect(short?.message == "\(path) cannot be read: it has become shorter")
        let none = try await failure(WireServer([.answer()])) { $0.file = FileBody(path: "/no/file", offset: 0, length: 3) }
        #expect(none?.message == "/no/file cannot be read: No such file or directory")
    }
}
