import Glibc
import JSON
import Model

/// The right to write a state, held by one process at a time: a lock of the kernel's (flock(2)) on the file beside the
/// state that ends in `.lock`. The kernel lets go of it when the process ends, however it ends; the file stays. The file
/// says who holds the lock, in one line of JSON, for people.
final class StateLock: Sendable {
    private let file: Int32

    /// Takes the lock, or says at once who has it.
    init(of path: String, holder: Holder) throws(StateStoreError) {
        file = open(path + ".lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw StateFile.unwritable(errno, "its lock file cannot be opened") }
        var tries = 0
        while flock(file, LOCK_EX | LOCK_NB) != 0 {
            let fault = errno
            if fault == EINTR { continue }
            // `isHeld` may have it for a moment.
            tries += 1
            if fault == EWOULDBLOCK, tries <= 5 {
                usleep(2000)
                continue
            }
            let other = Holder(Self.text(of: file))
            close(file)
            guard fault == EWOULDBLOCK else { throw StateFile.unwritable(fault, "its lock cannot be taken") }
            throw Self.held(by: other)
        }
        write(holder.text)
    }

    /// Whether another process, or another part of this one, has the lock of the state at `path` now.
    static func isHeld(_ path: String) -> Bool {
        let file = open(path + ".lock", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return false }
        defer { close(file) }
        return flock(file, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
    }

    /// Call before the last reference goes, when the next run may start.
    deinit {
        write("")
        close(file)
    }

    /// Best effort: the lock itself is the kernel's.
    private func write(_ text: String) {
        _ = ftruncate(file, 0)
        _ = text.utf8.withContiguousStorageIfAvailable { pwrite(file, $0.baseAddress, $0.count, 0) }
    }

    private static func text(of file: Int32) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = pread(file, &bytes, bytes.count, 0)
        return Array(bytes.prefix(max(0, count)))
    }

    private static func held(by holder: Holder?) -> StateStoreError {
        let who = holder.map { "\($0.who): `kreform \($0.command)`, process \($0.process), since \($0.since)" }
        return StateStoreError(
            .locked, "is in use by \(who ?? "another run of Kreform")",
            detail: "Wait for it to end, and run again. The lock goes when that process ends, however it ends.")
    }

    /// Who holds the lock.
    struct Holder: Sendable, Hashable {
        let process: Int
        /// `user@host`.
        let who: String
        let command: String
        let since: String

        init(who: String, command: String, since: Timestamp) {
            process = Int(getpid())
            self.who = who
            self.command = command
            self.since = since.description
        }

        init?(_ text: [UInt8]) {
            guard let value = try? JSONValue(parsing: text), let process = value["pid"]?.integer,
                let who = value["who"]?.string, let command = value["command"]?.string,
                let since = value["since"]?.string
            else { return nil }
            self.process = process
            self.who = who
            self.command = command
            self.since = since
        }

        var text: String {
            let value: JSONValue = .object([
                "pid": .integer(process), "who": .string(who), "command": .string(command), "since": .string(since),
            ])
            return value.encoded() + "\n"
        }
    }
}
