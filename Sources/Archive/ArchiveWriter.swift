import CArchive
import Glibc

/// Writes gzip-compressed tars that depend on their content alone: sorted entries, no times, owners or modes of the machine.
/// Follows libarchive's archive_write(3).
package enum ArchiveWriter {
    /// Writes `files` (path in the archive → file to read) to `target`: first to a temporary file beside it, made durable, then
    /// renamed. After a failure nothing is left and an older file at `target` is as it was.
    package static func write(_ files: [(path: String, source: String)], to target: String) throws(ArchiveError) {
        let temporary = "\(target).\(getpid()).tmp"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw ArchiveError(.file, "\(target): \(String(cString: strerror(errno)))") }
        var isDone = false
        defer {
            close(descriptor)
            if !isDone { unlink(temporary) }
        }
        try write(files, to: descriptor)
        guard fsync(descriptor) == 0, rename(temporary, target) == 0 else {
            throw ArchiveError(.file, "\(target): \(String(cString: strerror(errno)))")
        }
        isDone = true
    }

    private static func write(_ files: [(path: String, source: String)], to descriptor: Int32) throws(ArchiveError) {
        guard let archive = archive_write_new() else { throw ArchiveError(.file, "There is not enough memory") }
        defer { archive_write_free(archive) }
        archive_write_add_filter_gzip(archive)
        // GNU tar keeps names as the bytes they are, whatever the locale.
        archive_write_set_format_gnutar(archive)
        try check(archive_write_set_options(archive, "gzip:!timestamp,gzip:compression-level=6"), archive)
        archive_write_set_bytes_in_last_block(archive, 1)
        try check(archive_write_open_fd(archive, descriptor), archive)
        for file in files.sorted(by: { Array($0.path.utf8).lexicographicallyPrecedes(Array($1.path.utf8)) }) {
            try add(file.source, as: file.path, to: archive)
        }
        try check(archive_write_close(archive), archive)
    }

    private static func add(_ source: String, as path: String, to archive: OpaquePointer) throws(ArchiveError) {
        let input = open(source, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard input >= 0 else { throw ArchiveError(.file, String(cString: strerror(errno)), entry: path) }
        defer { close(input) }
        var status = stat()
        guard fstat(input, &status) == 0, status.st_mode & 0o170000 == 0o100000 else {
            throw ArchiveError(.type, "It is not a regular file", entry: path)
        }
        guard let entry = archive_entry_new() else { throw ArchiveError(.file, "There is not enough memory") }
        defer { archive_entry_free(entry) }
        archive_entry_set_pathname(entry, path)
        archive_entry_set_filetype(entry, 0o100000)
        archive_entry_set_perm(entry, status.st_mode & 0o100 == 0 ? 0o644 : 0o755)
        archive_entry_set_mtime(entry, 0, 0)
        archive_entry_set_size(entry, la_int64_t(status.st_size))
        try check(archive_write_header(archive, entry), archive, entry: path)
        try copy(input, size: Int(status.st_size), to: archive, entry: path)
    }

    private static func copy(_ input: Int32, size: Int, to archive: OpaquePointer, entry: String) throws(ArchiveError) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
        defer { buffer.deallocate() }
        var copied = 0
        while true {
            let count = Glibc.read(input, buffer.baseAddress, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw ArchiveError(.file, String(cString: strerror(errno)), entry: entry) }
            if count == 0 { break }
            guard archive_write_data(archive, buffer.baseAddress, count) == count else { throw failure(archive, entry) }
            copied += count
        }
        guard copied == size else { throw ArchiveError(.file, "It changed while it was packed", entry: entry) }
    }

    private static func check(_ status: Int32, _ archive: OpaquePointer, entry: String? = nil) throws(ArchiveError) {
        guard status == ARCHIVE_OK else { throw failure(archive, entry) }
    }

    private static func failure(_ archive: OpaquePointer, _ entry: String?) -> ArchiveError {
        ArchiveError(.file, archive_error_string(archive).map { String(cString: $0) } ?? "unknown failure", entry: entry)
    }
}
