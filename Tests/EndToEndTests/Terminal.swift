import Glibc

/// A pseudo-terminal: what a person sits at (pty(7)).
final class Terminal {
    private let outer: Int32
    let inner: Int32

    init?() {
        outer = open("/dev/ptmx", O_RDWR | O_NOCTTY)
        var number: UInt32 = 0, isLocked: Int32 = 0
        // TIOCSPTLCK and TIOCGPTN (ioctl_tty(2)).
        guard outer >= 0, ioctl(outer, 0x4004_5431, &isLocked) == 0, ioctl(outer, 0x8004_5430, &number) == 0 else { return nil }
        inner = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY)
        guard inner >= 0 else { return nil }
        _ = fcntl(outer, F_SETFL, O_NONBLOCK)
    }

    deinit {
        close(inner)
        close(outer)
    }

    func type(_ text: String) {
        let bytes = Array(text.utf8)
        _ = write(outer, bytes, bytes.count)
    }

    /// What is on the screen and was not read yet.
    func screen() -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = read(outer, &buffer, buffer.count), count > 0 { bytes += buffer.prefix(count) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
