import Glibc
import Synchronization

package struct WireFault: Error { package let code: Int32 }

/// A loopback socket that takes connections, each on a thread of its own, and can break them all.
final class WireListener: Sendable {
    private struct State {
        var open: [Int: Int32] = [:]
        var accepted = 0
        var refused = 0
        var stopped = false
        var refusing = false
    }

    let port: UInt16
    private let descriptor: Int32
    private let state = Mutex(State())

    init() throws(WireFault) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw WireFault(code: errno) }
        guard let port = Self.listen(descriptor) else {
            let code = errno
            close(descriptor)
            throw WireFault(code: code)
        }
        (self.descriptor, self.port) = (descriptor, port)
    }

    deinit { close(descriptor) }

    /// Takes connections from now on. `serve` gets the connection's number, from 0 on; the socket is closed when it returns.
    func begin(_ serve: @escaping @Sendable (Int, WireSocket) -> Void) {
        onThread { [self] in
            while true {
                let accepted = accept(descriptor, nil, nil)
                if accepted < 0, errno == EINTR || errno == ECONNABORTED { continue }
                guard accepted >= 0 else { return }
                _ = fcntl(accepted, F_SETFD, FD_CLOEXEC)
                guard let number = register(accepted) else { continue }
                onThread { [self] in
                    serve(number, WireSocket(descriptor: accepted))
                    state.withLock { state in
                        state.open[number] = nil
                        close(accepted)
                    }
                }
            }
        }
    }

    /// Connections taken so far.
    var accepted: Int { state.withLock { $0.accepted } }

    /// Connections reset at once so far.
    var refused: Int { state.withLock { $0.refused } }

    /// Connections there are now.
    var open: Int { state.withLock { $0.open.count } }

    /// While true, new connections are reset at once.
    var refusing: Bool {
        get { state.withLock { $0.refusing } }
        set { state.withLock { $0.refusing = newValue } }
    }

    var isStopped: Bool { state.withLock { $0.stopped } }

    /// Breaks every connection there is: both sides see its end, or a reset.
    func cut(reset: Bool) {
        state.withLock { state in
            for descriptor in state.open.values {
                // Shutting down both ways would send an orderly end before the reset.
                if reset { WireSocket(descriptor: descriptor).resetWhenClosed() }
                shutdown(descriptor, Int32(reset ? SHUT_RD : SHUT_RDWR))
            }
        }
    }

    /// Takes no more connections and breaks those there are; the port refuses from then on.
    func stop() {
        let first = state.withLock { state in
            defer { state.stopped = true }
            return !state.stopped
        }
        guard first else { return }
        shutdown(descriptor, Int32(SHUT_RDWR))
        cut(reset: false)
    }

    private func register(_ descriptor: Int32) -> Int? {
        state.withLock { state in
            guard !state.stopped, !state.refusing else {
                state.refused += 1
                WireSocket(descriptor: descriptor).resetWhenClosed()
                close(descriptor)
                return nil
            }
            defer { state.accepted += 1 }
            state.open[state.accepted] = descriptor
            return state.accepted
        }
    }

    /// Binds to a free port of the loopback address; nil with `errno` set when that fails.
    private static func listen(_ descriptor: Int32) -> UInt16? {
        var address = WireSocket.loopback(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let fault = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, length) != 0 || Glibc.listen(descriptor, 512) != 0
                    || getsockname(descriptor, address, &length) != 0
            }
        }
        return fault ? nil : UInt16(bigEndian: address.sin_port)
    }
}
