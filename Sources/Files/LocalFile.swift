import Glibc

/// Reading files and folders through the C library, with the system's own words for what went wrong.
package enum LocalFile {
    package enum Kind: Sendable { case file, folder, other }

    package struct Failure: Error, Sendable, Hashable {
        /// Completes "cannot be read: …", such as `No such file or directory`.
        package let reason: String
        /// There is nothing of this name.
        package let isAbsent: Bool

        package init(code: Int32) {
            reason = String(cString: strerror(code))
            isAbsent = code == ENOENT || code == ENOTDIR
        }

        package init(reason: String) {
            self.reason = reason
            isAbsent = false
        }
    }

    /// Differs when a file was written anew, or another was put in its place.
    package struct Signature: Sendable, Hashable {
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
    package static func signature(of path: String) -> Signature? {
        var status = stat()
        return stat(path, &status) == 0 ? Signature(status) : nil
    }

    /// What stands at `path`, links followed.
    package static func kind(of path: String) throws(Failure) -> Kind {
        var status = stat()
        guard stat(path, &status) == 0 else { throw Failure(code: errno) }
        return switch status.st_mode & S_IFMT {
        case S_IFREG: .file
        case S_IFDIR: .folder
        default: .other
        }
    }

    /// The whole of a regular file of at most `limit` bytes. Opening a pipe would wait for a writer for ever.
    package static func readRegular(_ path: String, limit: Int) throws(Failure) -> [UInt8] {
        guard try kind(of: path) == .file else { throw Failure(reason: "it is not a regular file") }
        return try read(path, limit: limit)
    }

    /// The whole of a file or pipe of at most `limit` bytes.
    package static func read(_ path: String, limit: Int) throws(Failure) -> [UInt8] {
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

    /// The names in a folder, sorted, without `.` and `..`.
    package static func names(in folder: String) throws(Failure) -> [String] {
        guard let handle = opendir(folder) else { throw Failure(code: errno) }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }
}
