import Glibc
import Model
import Schema

/// Reading files and folders through the C library, with the system's own words for what went wrong.
enum FileAccess {
    enum Kind: Sendable { case file, folder, other }

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

    /// What stands at `path`, links followed.
    static func kind(of path: String) throws(Failure) -> Kind {
        var status = stat()
        guard stat(path, &status) == 0 else { throw Failure(code: errno) }
        return switch status.st_mode & S_IFMT {
        case S_IFREG: .file
        case S_IFDIR: .folder
        default: .other
        }
    }

    /// The whole of a regular file of at most `limit` bytes.
    static func read(_ path: String, limit: Int) throws(Failure) -> [UInt8] {
        // Opening a pipe would wait for a writer for ever.
        guard try kind(of: path) == .file else { throw Failure(reason: "it is not a regular file") }
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

    /// A file that is there and has a name near that of `path`.
    static func near(_ path: String) -> String? {
        let folder = FilePath.folder(of: path)
        guard let names = try? names(in: folder) else { return nil }
        return nearest(to: FilePath.name(of: path), among: names).map { FilePath.join(folder, $0) }
    }

    /// The names in a folder, sorted, without `.` and `..`.
    static func names(in folder: String) throws(Failure) -> [String] {
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
