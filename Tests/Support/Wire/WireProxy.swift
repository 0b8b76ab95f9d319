import Glibc
import Synchronization

/// A relay of bytes between clients and a server on a loopback port, for tests to break connections that are real. TLS passes
/// through. It goes with its last reference.
package final class WireProxy: Sendable {
    private let listener: WireListener
    private let stalled: Stall

    package init(to server: UInt16) throws(WireFault) {
        listener = try WireListener()
        let stalled = Stall()
        self.stalled = stalled
        listener.begin { _, client in
            guard let server = WireSocket.connected(to: server) else { return client.resetWhenClosed() }
            Self.relay(client, server, stalled)
            close(server.descriptor)
        }
    }

    deinit { listener.stop() }

    package var port: UInt16 { listener.port }

    /// Connections taken so far.
    package var connections: Int { listener.accepted }

    /// Connections reset at once so far.
    package var refused: Int { listener.refused }

    /// Connections there are now.
    package var openConnections: Int { listener.open }

    /// Breaks every connection there is; new ones are relayed as before.
    package func cut(reset: Bool = true) {
        stalled.state.withLock { $0.cuts += 1 }
        listener.cut(reset: reset)
    }

    /// While true, new connections are reset at once, as by a server that is not there.
    package var isRefusing: Bool {
        get { listener.refusing }
        set { listener.refusing = newValue }
    }

    /// While true, nothing passes and nothing ends, as when packets are lost on the way.
    package var isStalled: Bool {
        get { stalled.state.withLock { $0.isOn } }
        set { stalled.state.withLock { $0.isOn = newValue } }
    }

    package func stop() { listener.stop() }

    private final class Stall: Sendable {
        let state = Mutex((isOn: false, cuts: 0))
        var now: (isOn: Bool, cuts: Int) { state.withLock { $0 } }
    }

    /// Carries bytes both ways until one side ends or the connection is cut.
    private static func relay(_ client: WireSocket, _ server: WireSocket, _ stall: Stall) {
        let cuts = stall.now.cuts
        while true {
            let now = stall.now
            guard now.cuts == cuts else { return }
            let events = now.isOn ? 0 : Int16(POLLIN)
            var watched = [client, server].map { pollfd(fd: $0.descriptor, events: events, revents: 0) }
            // Short waits, so that a stall or its end takes effect soon whatever its moment.
            guard poll(&watched, 2, 20) > 0, !stall.now.isOn else { continue }
            for (from, to) in [(0, server), (1, client)] where watched[from].revents != 0 {
                let socket = from == 0 ? client : server
                guard let bytes = socket.receive(), to.send(bytes) else { return }
            }
        }
    }
}
