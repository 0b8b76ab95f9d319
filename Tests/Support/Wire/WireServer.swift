import Glibc
import Synchronization

/// An HTTP/1.1 server on a loopback port that does to each request what the test says, faults at the wire included, and keeps the
/// requests. It goes with its last reference.
package final class WireServer: Sendable {
    private let listener: WireListener
    private let log: RequestLog

    /// - Parameter answer: called on the connection's own thread, once for each request when it is complete.
    package init(_ answer: @escaping @Sendable (WireRequest) -> WireAnswer) throws(WireFault) {
        listener = try WireListener()
        let log = RequestLog()
        self.log = log
        listener.begin { number, socket in
            var reader = WireRequestReader(socket: socket, connection: number)
            while let request = reader.next() {
                log.append(request)
                guard Self.carryOut(answer(request), on: socket) else { return }
            }
        }
    }

    /// The answers in turn; after the last, that one again and again.
    package convenience init(_ answers: [WireAnswer]) throws(WireFault) {
        let turn = Mutex(0)
        try self.init { _ in
            let index = turn.withLock { turn in
                defer { turn += 1 }
                return turn
            }
            return answers[min(index, answers.count - 1)]
        }
    }

    deinit { listener.stop() }

    package var port: UInt16 { listener.port }
    package var url: String { "http://127.0.0.1:\(port)" }

    /// The requests that have come, in order of their completion.
    package var requests: [WireRequest] { log.requests }

    /// Connections taken so far.
    package var connections: Int { listener.accepted }

    /// Connections there are now.
    package var openConnections: Int { listener.open }

    /// Breaks every connection there is.
    package func cut(reset: Bool = false) { listener.cut(reset: reset) }

    /// Breaks every connection; from then on the port refuses.
    package func stop() { listener.stop() }

    /// A plain TCP relay to a loopback port, whose connections can be cut.
    package static func proxy(to port: UInt16) throws(WireFault) -> WireProxy { try WireProxy(to: port) }

    /// False when the connection is not to serve another request.
    private static func carryOut(_ answer: WireAnswer, on socket: WireSocket) -> Bool {
        for piece in answer.pieces {
            let goesOn = switch piece {
            case .bytes(let bytes): socket.send(bytes)
            case .pause(let time): socket.wait(atMost: time)
            case .gate(let gate): socket.wait(for: gate)
            }
            guard goesOn else { return false }
        }
        switch answer.end {
        case .next: return true
        case .keepOpen: _ = socket.wait()
        case .close: break
        case .reset: socket.resetWhenClosed()
        }
        return false
    }
}

private final class RequestLog: Sendable {
    private let kept = Mutex<[WireRequest]>([])

    var requests: [WireRequest] { kept.withLock { $0 } }

    func append(_ request: WireRequest) { kept.withLock { $0.append(request) } }
}
