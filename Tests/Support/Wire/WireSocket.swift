import Glibc

/// One end of a connection.
struct WireSocket: Sendable {
    /// POLLRDHUP of poll(2), which Glibc has only as an extension.
    private static let peerClosed: Int16 = 0x2000

    let descriptor: Int32

    static func loopback(port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    /// A connection to a loopback port; nil when nothing listens there.
    static func connected(to port: UInt16) -> WireSocket? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = loopback(port: port)
        let fault = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if fault == 0 { return WireSocket(descriptor: descriptor) }
        close(descriptor)
        return nil
    }

    /// Sends everything; false when the connection has ended.
    func send(_ bytes: some Collection<UInt8>) -> Bool {
        var rest = ContiguousArray(bytes)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBufferPointer {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// What has come, at least a byte; nil at the connection's end.
    func receive() -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count < 0, errno == EINTR { continue }
            return count > 0 ? Array(buffer[..<count]) : nil
        }
    }

    /// Waits until the gate opens or the time is over; false when the connection ends before. Nil waits for ever.
    func wait(for gate: WireGate? = nil, atMost time: Duration? = nil) -> Bool {
        let end = time.map { ContinuousClock.now + $0 }
        while true {
            var watched = [pollfd(fd: descriptor, events: Self.peerClosed, revents: 0)]
            if let gate { watched.append(pollfd(fd: gate.descriptor, events: Int16(POLLIN), revents: 0)) }
            let left = end.map { max(.zero, $0 - ContinuousClock.now) }
            let milliseconds = left.map { Int32($0 / .milliseconds(1)) + 1 } ?? -1
            let count = poll(&watched, nfds_t(watched.count), milliseconds)
            if watched[0].revents != 0 { return false }
            if watched.count > 1, watched[1].revents != 0 { return true }
            if count == 0 { return true }
        }
    }

    /// Closing it will send a reset instead of an orderly end.
    func resetWhenClosed() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }
}
