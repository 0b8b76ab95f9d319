import CArchive
import Glibc

/// Reads a gzip-compressed tar entry by entry, in bounded memory, and refuses hostile and damaged ones. Nothing is ever
/// unpacked to disk. Follows libarchive's archive_read(3). One owner, one thread.
package final class ArchiveReader {
    private let archive: OpaquePointer
    private let source: GzipSource
    private let limits: ArchiveLimits
    private var paths = EntryPaths()
    private var count = 0
    private var total = 0
    private var current: ArchiveEntry?

    /// Opens the file at `path`. `onRawBytes` sees every byte of the file, in order, exactly once, by the time `next` gave nil.
    package init(
        path: String, limits: ArchiveLimits = .standard, onRawBytes: @escaping (UnsafeRawBufferPointer) -> Void = { _ in }
    ) throws(ArchiveError) {
        self.limits = limits
        source = try GzipSource(path: path, onRawBytes: onRawBytes)
        guard let archive = archive_read_new() else { throw ArchiveError(.file, "There is not enough memory") }
        self.archive = archive
        archive_read_support_format_tar(archive)
        let client = Unmanaged.passUnretained(source).toOpaque()
        let status = archive_read_open(archive, client, nil, { archive, client, buffer in
            guard let client, let buffer else { return -1 }
            let source = Unmanaged<GzipSource>.fromOpaque(client).takeUnretainedValue()
            let count = source.fill()
            if count < 0 { kreform_archive_set_error(archive, EIO, source.fault?.reason ?? "") }
            buffer.pointee = UnsafeRawPointer(source.buffer.baseAddress)
            return count
        }, nil)
        guard status == ARCHIVE_OK else { throw failure() }
    }

    deinit { archive_read_free(archive) }

    /// The next file or folder; nil after the last. Data of the entry before that was not read is passed over.
    package func next() throws(ArchiveError) -> ArchiveEntry? {
        if current?.kind == .file { try read { _ in } }
        current = nil
        while true {
            var header: OpaquePointer?
            let status = archive_read_next_header(archive, &header)
            if status == ARCHIVE_EOF {
                try drain()
                return nil
            }
            // A header with a wrong checksum is ARCHIVE_RETRY, and would be passed over with the entry it begins.
            guard status == ARCHIVE_OK || status == ARCHIVE_WARN, let header else { throw failure() }
            guard let entry = try checked(header) else { continue }
            current = entry
            return entry
        }
    }

    /// The data of the entry that `next` gave, block by block; once for each entry.
    package func read(_ body: (UnsafeRawBufferPointer) -> Void) throws(ArchiveError) {
        guard let entry = current else { return }
        current = nil
        var size = 0
        while true {
            var block: UnsafeRawPointer?
            var length = 0
            var offset: la_int64_t = 0
            let status = archive_read_data_block(archive, &block, &length, &offset)
            if status == ARCHIVE_EOF { return }
            if status == ARCHIVE_RETRY { continue }
            guard status == ARCHIVE_OK else { throw failure(entry: entry.path) }
            // A sparse entry skips ahead, anywhere: the hole counts as data.
            let (end, isPastAll) = Int(offset).addingReportingOverflow(length)
            try checkSize(isPastAll ? .max : end, of: entry)
            total += max(end - size, length)
            size = end
            try checkSize(size, of: entry)
            body(UnsafeRawBufferPointer(start: block, count: length))
        }
    }

    // MARK: What is refused

    private func checked(_ header: OpaquePointer) throws(ArchiveError) -> ArchiveEntry? {
        count += 1
        guard count <= limits.entries else {
            throw ArchiveError(.limit, "It has more than \(limits.entries) entries")
        }
        guard let raw = archive_entry_pathname_utf8(header) ?? archive_entry_pathname(header),
            let path = String(validatingCString: raw)
        else { throw ArchiveError(.path, "The path of entry \(count) is not valid UTF-8") }
        let link = archive_entry_hardlink(header) != nil || archive_entry_symlink(header) != nil
        let kind: ArchiveEntry.Kind
        switch (archive_entry_filetype(header) & 0o170000, link) {
        case (0o100000, false): kind = .file
        case (0o040000, false): kind = .folder
        case (_, true), (0o120000, _): throw ArchiveError(.type, "It is a link", entry: path)
        default: throw ArchiveError(.type, "It is neither a file nor a folder", entry: path)
        }
        guard let name = try EntryPaths.normalized(path) else {
            if kind == .folder { return nil }
            throw ArchiveError(.path, "It is a file without a name", entry: path)
        }
        try paths.insert(name, kind: kind)
        let entry = ArchiveEntry(path: name, kind: kind)
        if kind == .file { try checkSize(Int(archive_entry_size(header)), of: entry) }
        return entry
    }

    private func checkSize(_ size: Int, of entry: ArchiveEntry) throws(ArchiveError) {
        guard size <= limits.entryBytes else {
            throw ArchiveError(.limit, "It expands past \(limits.entryBytes) bytes", entry: entry.path)
        }
        guard total <= limits.totalBytes else {
            throw ArchiveError(.limit, "The archive expands past \(limits.totalBytes) bytes", entry: entry.path)
        }
    }

    /// Reads to the end of the file, so that every byte was seen and the last checksum proved.
    private func drain() throws(ArchiveError) {
        while true {
            let count = source.fill()
            if count == 0 { return }
            guard count > 0 else { throw failure() }
            total += count
            guard total <= limits.totalBytes else {
                throw ArchiveError(.limit, "The archive expands past \(limits.totalBytes) bytes")
            }
        }
    }

    private func failure(entry: String? = nil) -> ArchiveError {
        if let fault = source.fault { return ArchiveError(fault.kind, fault.reason, entry: entry) }
        let words = archive_error_string(archive).map { String(cString: $0) } ?? "unknown damage"
        // What libarchive says of bytes in which it knows no format.
        let reason = words == "Unrecognized archive format" ? "What is compressed in it is not a tar" : words
        return ArchiveError(.damaged, reason, entry: entry)
    }
}
