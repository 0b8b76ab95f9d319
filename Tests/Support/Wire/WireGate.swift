import Glibc
import Synchronization

/// Something that a server waits for until the test opens it. Once open it stays so.
package final class WireGate: Sendable {
    /// A pipe's end, at the end of file once the gate is open: the other end has been closed.
    let descriptor: Int32
    private let held: Mutex<Int32?>

    package init() {
        var ends: [Int32] = [-1, -1]
        pipe(&ends)
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        descriptor = ends[0]
        held = Mutex(ends[1])
    }

    deinit {
        open()
        close(descriptor)
    }

    package func open() {
        held.withLock { held in
            if let end = held { close(end) }
            held = nil
        }
    }
}
