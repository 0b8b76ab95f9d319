import Digest
import Glibc
import Model

/// Packages in a folder: the sandbox's store, which no pod fetches from. The sandbox keeps what the real store would have.
package struct FolderPackageStore: PackageStore {
    private let folder: String
    private let prefix: String

    /// - Parameters:
    ///   - folder: made with the first package.
    ///   - prefix: of the store that this stands for.
    package init(folder: String, prefix: String) {
        self.folder = folder
        self.prefix = prefix
    }

    package func has(_ package: PackageUpload) async throws(Diagnostic) -> Bool {
        var status = stat()
        return stat(path(package.place.key), &status) == 0 && Int(status.st_size) == package.size
    }

    /// The file is there whole or not at all: it is copied beside its place and moved there when its digest was proved.
    package func put(
        _ package: PackageUpload, _ report: @escaping @Sendable (UploadProgress) -> Void
    ) async throws(Diagnostic) {
        if try await has(package) { return }
        let place = path(package.place.key)
        do throws(Fault) {
            try Self.makeFolders(above: place)
            // Two runs may copy at a time; whoever is later moves the same bytes there.
            let temporary = "\(place).\(getpid())-\(UInt32.random(in: .min ... .max))"
            do throws(Fault) {
                try Self.copy(package, to: temporary, report)
                guard rename(temporary, place) == 0 else { throw Fault("\(place) cannot be made: \(Self.reason)") }
            } catch {
                unlink(temporary)
                throw error
            }
        } catch {
            throw Diagnostic(
                code: error.isChanged ? "package-changed" : "unwritable-file",
                summary: "The package \(package.path) cannot be put into the sandbox's store", detail: "\(error.reason).")
        }
    }

    package func list() async throws(Diagnostic) -> [StoredPackage] {
        var packages: [StoredPackage] = []
        for name in Self.names(in: path(ArtifactStore.folder(prefix: prefix))) {
            let key = ArtifactStore.folder(prefix: prefix) + name
            var status = stat()
            guard let digest = ArtifactStore.digest(ofKey: key, prefix: prefix), stat(path(key), &status) == 0 else { continue }
            packages.append(StoredPackage(
                digest: digest, key: key, size: Int(status.st_size), modified: "\(Timestamp(seconds: Int(status.st_mtim.tv_sec)))"))
        }
        return packages.sorted { $0.key < $1.key }
    }

    package func remove(_ packages: [StoredPackage]) async throws(Diagnostic) {
        for package in packages where unlink(path(package.key)) != 0 && errno != ENOENT {
            throw Diagnostic(
                code: "unwritable-file", summary: "The package \(path(package.key)) cannot be removed", detail: "\(Self.reason).")
        }
    }

    package func references() async throws(Diagnostic) -> [String: Set<SHA256Digest>] {
        var found: [String: Set<SHA256Digest>] = [:]
        for name in Self.names(in: notes) {
            guard let text = Self.text(of: notes + name), let digests = PackageReferences.read(text) else {
                throw Diagnostic(
                    code: "unreadable-file", summary: "The note \(notes + name) cannot be read",
                    detail: "It says which packages a state refers to.")
            }
            found[name] = digests
        }
        return found
    }

    package func setReferences(of name: String, to digests: Set<SHA256Digest>) async throws(Diagnostic) {
        let path = notes + name
        if digests.isEmpty {
            unlink(path)
            return
        }
        do throws(Fault) {
            try Self.makeFolders(above: path)
            guard let file = fopen(path + ".new", "w") else { throw Fault("\(path) cannot be written: \(Self.reason)") }
            let bytes = Array(PackageReferences.text(digests).utf8)
            let isWritten = fwrite(bytes, 1, bytes.count, file) == bytes.count
            guard fclose(file) == 0, isWritten, rename(path + ".new", path) == 0 else {
                throw Fault("\(path) cannot be written: \(Self.reason)")
            }
        } catch {
            throw Diagnostic(
                code: "unwritable-file", summary: "The sandbox's store cannot be told which packages are in use",
                detail: "\(error.reason).")
        }
    }

    private var notes: String { path(ArtifactStore.notes(prefix: prefix)) }

    /// Of files, sorted; none when there is no such folder.
    private static func names(in folder: String) -> [String] {
        guard let handle = opendir(folder) else { return [] }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix("."), !name.hasSuffix(".new") { names.append(name) }
        }
        return names.sorted()
    }

    private static func text(of path: String) -> String? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func path(_ key: String) -> String { "\(folder)/\(key)" }

    private struct Fault: Error {
        let reason: String
        var isChanged = false

        init(_ reason: String, isChanged: Bool = false) {
            self.reason = reason
            self.isChanged = isChanged
        }
    }

    private static var reason: String { String(cString: strerror(errno)) }

    private static func makeFolders(above path: String) throws(Fault) {
        for (index, character) in zip(path.indices, path) where character == "/" && index != path.startIndex {
            let folder = String(path[..<index])
            guard mkdir(folder, 0o700) == 0 || errno == EEXIST else { throw Fault("\(folder) cannot be made: \(reason)") }
        }
    }

    private static func copy(
        _ package: PackageUpload, to path: String, _ report: (UploadProgress) -> Void
    ) throws(Fault) {
        let input = open(package.path, O_RDONLY | O_CLOEXEC)
        guard input >= 0 else { throw Fault("\(package.path) cannot be read: \(reason)") }
        defer { close(input) }
        let output = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard output >= 0 else { throw Fault("\(path) cannot be made: \(reason)") }
        defer { close(output) }
        var digest = RunningDigest()
        var done = 0
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = read(input, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Fault("\(package.path) cannot be read: \(reason)") }
            if count == 0 { break }
            buffer.withUnsafeBytes { digest.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            var written = 0
            while written < count {
                let more = buffer.withUnsafeBytes { write(output, $0.baseAddress?.advanced(by: written), count - written) }
                if more < 0, errno == EINTR { continue }
                guard more > 0 else { throw Fault("\(path) cannot be written: \(reason)") }
                written += more
            }
            done += count
            report(UploadProgress(done: done, total: package.size))
        }
        guard digest.finish() == package.digest else {
            throw Fault("\(package.path) has changed since it was read", isChanged: true)
        }
        guard fsync(output) == 0 else { throw Fault("\(path) cannot be written: \(reason)") }
    }
}
