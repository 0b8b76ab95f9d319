import Glibc

/// Reading files through the C library, with the system's own words for what went wrong.
enum LocalFile {
    struct Failure: Error, Sendable, Hashable {
        /// Completes "cannot be read: …", such as `No such file or directory`.
        let reason: String
        let isAbsent: Bool

        init(code: Int32) {
            reason = String(cString: strerror(code))
            isAbsent = code == ENOENT || code == ENOTDIR
        }

        init(reason: String) {
            self.reason = reason
            isAbsent = false
        }
    }

    /// Differs when a file was written anew, or another was put in its place.
    struct Signature: Sendable, Hashable {
        private let device: UInt
        private let node: UInt
        private let size: Int
        private let seconds: Int
        private let nanoseconds: Int

        fileprivate init(_ status: stat) {
            device = UInt(status.st_dev)
            node = UInt(status.st_ino)
            size = Int(status.st_size)
            seconds = status.st_mtim.tv_sec
            nanoseconds = status.st_mtim.tv_nsec
        }
    }

    /// Nil when there is no such file.
    static func signature(of path: String) -> Signature? {
        var status = stat()
        return stat(path, &status) == 0 ? Signature(status) : nil
    }

    /// The whole of a file or pipe of at most `limit` bytes.
    static func read(_ path: String, limit: Int) throws(Failure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure(code: errno) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0 {
                guard errno == EINTR else { throw Failure(code: errno) }
                continue
            }
            guard count > 0 else { return bytes }
            bytes += chunk[..<count]
            guard bytes.count <= limit else { throw Failure(reason: "it has more than \(limit) bytes") }
        }
    }

    /// `path` as it is meant in a file of `folder`.
    static func path(_ path: String, from folder: String) -> String {
        path.hasPrefix("/") || folder == "." ? path : folder == "/" ? "/" + path : "\(folder)/\(path)"
    }

    /// `a/b` for `a/b/c`, `.` for `c`.
    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
