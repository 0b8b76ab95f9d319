/// What is wrong with an archive, or kept one from being written.
package struct ArchiveError: Error, Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable {
        /// The file cannot be opened, read or written: the system's words.
        case file
        /// The bytes are not a gzip-compressed tar, or are damaged or cut off.
        case damaged
        /// A path that leads out of the archive, is no text, or is too long.
        case path
        /// A link, device or other thing that is neither a file nor a folder.
        case type
        /// Two entries of one name, or a file where another entry needs a folder.
        case duplicate
        /// An entry, their total or their number past a limit.
        case limit
    }

    package let kind: Kind
    /// In words, with the library's own where it had some.
    package let reason: String
    /// The entry concerned.
    package let entry: String?

    package init(_ kind: Kind, _ reason: String, entry: String? = nil) {
        self.kind = kind
        self.reason = reason
        self.entry = entry
    }
}

/// How much an archive may hold before it is refused, so that a small file cannot expand without end.
package struct ArchiveLimits: Sendable, Hashable {
    package let entries: Int
    /// Unpacked, in bytes.
    package let entryBytes: Int
    /// Unpacked, in bytes, over all entries.
    package let totalBytes: Int

    package init(entries: Int, entryBytes: Int, totalBytes: Int) {
        self.entries = entries
        self.entryBytes = entryBytes
        self.totalBytes = totalBytes
    }

    /// 100,000 entries, 16 GiB each, 32 GiB in all.
    package static let standard = ArchiveLimits(entries: 100_000, entryBytes: 16 << 30, totalBytes: 32 << 30)
}

/// An entry of an archive.
package struct ArchiveEntry: Sendable, Hashable {
    package enum Kind: Sendable, Hashable { case file, folder }

    /// From the root of the archive: no leading `./`, no `//`, no trailing `/`.
    package let path: String
    package let kind: Kind
}
