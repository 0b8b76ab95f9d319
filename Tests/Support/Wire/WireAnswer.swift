/// What a `WireServer` does about a request: things to send, with waits between, and what becomes of the connection.
package struct WireAnswer: Sendable, CustomStringConvertible {
    package enum End: Sendable {
        /// The answer is whole; the connection serves the next request.
        case next
        /// Nothing more comes, and the connection stays open until the client closes it: a watch, or silence.
        case keepOpen
        /// An orderly close (FIN).
        case close
        /// A reset (RST): the client's next read or write fails.
        case reset
    }

    /// A part of a body, or a wait before the next.
    package enum Piece: Sendable, ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
        case bytes([UInt8])
        case pause(Duration)
        /// Goes on when the test opens the gate.
        case gate(WireGate)

        package init(stringLiteral text: String) { self = .bytes(Array(text.utf8)) }
        package static func text(_ text: String) -> Piece { .bytes(Array(text.utf8)) }
    }

    let pieces: [Piece]
    let end: End

    /// A whole answer with a Content-Length.
    package static func answer(
        status: Int = 200, headers: KeyValuePairs<String, String> = [:], body: String = ""
    ) -> WireAnswer {
        answer(status: status, headers: headers, body: Array(body.utf8))
    }

    package static func answer(
        status: Int = 200, headers: KeyValuePairs<String, String> = [:], body: [UInt8]
    ) -> WireAnswer {
        let head = head(status, headers, framing: "Content-Length: \(body.count)")
        return WireAnswer(pieces: [.bytes(head + body)], end: .next)
    }

    /// A body in chunks, each sent by itself. With `.next` the body ends as it should; with any other end it is cut short, as when a
    /// server dies in the middle, or goes on, as a watch does.
    package static func chunks(
        _ pieces: [Piece], status: Int = 200, headers: KeyValuePairs<String, String> = [:], then end: End
    ) -> WireAnswer {
        let body = pieces.map { piece in
            guard case .bytes(let bytes) = piece else { return piece }
            return .bytes(Array("\(String(bytes.count, radix: 16))\r\n".utf8) + bytes + Array("\r\n".utf8))
        }
        let last: [Piece] = if case .next = end { ["0\r\n\r\n"] } else { [] }
        return WireAnswer(
            pieces: [.bytes(head(status, headers, framing: "Transfer-Encoding: chunked"))] + body + last, end: end)
    }

    /// An answer that promises `length` bytes and sends only `body`.
    package static func partial(
        _ body: String, of length: Int, status: Int = 200, headers: KeyValuePairs<String, String> = [:], then end: End = .close
    ) -> WireAnswer {
        let head = head(status, headers, framing: "Content-Length: \(length)")
        return WireAnswer(pieces: [.bytes(head + Array(body.utf8))], end: end)
    }

    /// The bytes of a whole answer, one by one or `step` at a time, with pauses.
    package static func trickle(
        _ body: String, every pause: Duration, step: Int = 1, status: Int = 200, headers: KeyValuePairs<String, String> = [:]
    ) -> WireAnswer {
        let bytes = head(status, headers, framing: "Content-Length: \(body.utf8.count)") + Array(body.utf8)
        let pieces = stride(from: 0, to: bytes.count, by: step).flatMap { start -> [Piece] in
            [.pause(pause), .bytes(Array(bytes[start..<min(start + step, bytes.count)]))]
        }
        return WireAnswer(pieces: pieces, end: .next)
    }

    /// Bytes that need not be HTTP.
    package static func raw(_ pieces: [Piece], then end: End = .close) -> WireAnswer { WireAnswer(pieces: pieces, end: end) }

    /// The same after a wait.
    package func after(_ pause: Duration) -> WireAnswer { WireAnswer(pieces: [.pause(pause)] + pieces, end: end) }
    package func after(_ gate: WireGate) -> WireAnswer { WireAnswer(pieces: [.gate(gate)] + pieces, end: end) }

    /// The same, whatever becomes of the connection afterwards.
    package func then(_ end: End) -> WireAnswer { WireAnswer(pieces: pieces, end: end) }

    /// Never an answer.
    package static let hang = WireAnswer(pieces: [], end: .keepOpen)
    /// The connection is closed without an answer.
    package static let close = WireAnswer(pieces: [], end: .close)
    package static let reset = WireAnswer(pieces: [], end: .reset)

    package var description: String {
        let words = pieces.prefix(4).map { piece in
            switch piece {
            case .bytes(let bytes): "\(bytes.count) bytes"
            case .pause(let time): "\(time)"
            case .gate: "gate"
            }
        }
        return (words + (pieces.count > 4 ? ["…"] : []) + ["\(end)"]).joined(separator: ", ")
    }

    private static func head(_ status: Int, _ headers: KeyValuePairs<String, String>, framing: String) -> [UInt8] {
        // 204 and 304 have no body, and 204 must not have a length (RFC 9110, 8.6).
        let framing = status == 204 || status == 304 ? "" : framing + "\r\n"
        let lines = headers.map { "\($0.key): \($0.value)\r\n" }.joined()
        return Array("HTTP/1.1 \(status) Scripted\r\n\(framing)\(lines)\r\n".utf8)
    }
}
