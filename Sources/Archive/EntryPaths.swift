/// The paths of an archive so far: none leads outside, none stands twice, and no file is where another entry needs a folder.
struct EntryPaths {
    private var kinds: [String: ArchiveEntry.Kind] = [:]
    private var folders: Set<String> = []
    /// What `kinds` and `folders` take, in bytes: a deep path takes the room of all the folders above it.
    private var room = 0
    private static let roomLimit = 64 << 20

    /// Without `.` and empty parts; nil for the root itself.
    static func normalized(_ path: String) throws(ArchiveError) -> String? {
        guard !path.hasPrefix("/") else { throw ArchiveError(.path, "Its path is absolute", entry: path) }
        guard path.utf8.count <= 4096 else {
            throw ArchiveError(.path, "Its path has more than 4096 bytes", entry: String(path.prefix(60)))
        }
        guard path.unicodeScalars.allSatisfy({ $0.value >= 32 && $0.value != 127 }) else {
            throw ArchiveError(.path, "Its path has control characters in it", entry: String(path.prefix(60)))
        }
        let parts = path.split(separator: "/").filter { $0 != "." }
        guard !parts.contains("..") else { throw ArchiveError(.path, "Its path has `..` in it", entry: path) }
        return parts.isEmpty ? nil : parts.joined(separator: "/")
    }

    /// A folder may be named twice, as tar tools do; a file may not.
    mutating func insert(_ path: String, kind: ArchiveEntry.Kind) throws(ArchiveError) {
        if let earlier = kinds[path], earlier == .file || kind == .file {
            throw ArchiveError(.duplicate, "There are two entries of this name", entry: path)
        }
        if kind == .file, folders.contains(path) {
            throw ArchiveError(.duplicate, "It is a file, and a folder for other entries", entry: path)
        }
        kinds[path] = kind
        try remember(path)
        var parent = path[...]
        while let slash = parent.lastIndex(of: "/") {
            parent = parent[..<slash]
            if kinds[String(parent)] == .file {
                throw ArchiveError(.duplicate, "It is inside `\(parent)`, which is a file", entry: path)
            }
            if !folders.insert(String(parent)).inserted { break }
            try remember(parent)
        }
    }

    private mutating func remember(_ path: some StringProtocol) throws(ArchiveError) {
        room += path.utf8.count + 64  // about what a set's slot and a string's header take
        guard room <= Self.roomLimit else {
            throw ArchiveError(.limit, "The names of its entries take more than \(Self.roomLimit >> 20) MiB")
        }
    }
}
