import Digest
import FoundationEssentials
import Glibc
import SQLite

/// The file of a state: whether it is one, how it is made, opened and copied.
struct StateFile {
    let path: String
    let schema: StateSchema

    /// A link is followed once, here: what lies beside the file, the lock above all, lies beside the file itself.
    init(path: String, schema: StateSchema) {
        self.path = Self.followed(path)
        self.schema = schema
    }

    static func followed(_ path: String) -> String {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK, let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }

    /// Looks at the first bytes alone, so that a file that is not for us is not even opened as a database
    /// (https://sqlite.org/fileformat.html#the_database_header).
    ///
    /// - Returns: whether there is a state.
    func exists() throws(StateStoreError) -> Bool {
        guard let header = try header() else {
            try refuseLostFile()
            return false
        }
        // A state is made whole or not at all: what is empty was cut off.
        guard !header.isEmpty else { throw .damaged("it is empty") }
        guard header.count == 100, header.starts(with: Array("SQLite format 3\0".utf8)) else { throw .foreign }
        func number(at offset: Int) -> Int { header[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) } }
        guard number(at: 68) == StateSchema.applicationID else { throw .foreign }
        try refuseNewer(number(at: 60))
        return true
    }

    /// The first 100 bytes; nil when there is no file.
    private func header() throws(StateStoreError) -> [UInt8]? {
        let file = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            if errno == ENOENT { return nil }
            throw Self.unreadable(errno)
        }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 100)
        let count = Glibc.read(file, &bytes, bytes.count)
        guard count >= 0 else { throw Self.unreadable(errno) }
        return Array(bytes.prefix(count))
    }

    /// A log whose database is gone would be played into the new one.
    private func refuseLostFile() throws(StateStoreError) {
        var status = stat()
        guard stat(path + "-wal", &status) == 0, status.st_size > 0 else { return }
        throw StateStoreError(
            .damaged, "has lost its main file: only its log, `\(path)-wal`, is there",
            detail: "Put the main file back. To start from nothing, move the log away.")
    }

    private func refuseNewer(_ version: Int) throws(StateStoreError) {
        if version > schema.version { throw .newer(found: version, known: schema.version) }
    }

    // MARK: Making

    /// Makes the folder, and the folders that it is in, for their owner alone; those that are there stay as they are.
    func makeFolder() throws(StateStoreError) {
        var folders: [String] = []
        var rest = path[...]
        while let slash = rest.lastIndex(of: "/"), slash > path.startIndex {
            rest = rest[..<slash]
            if access(String(rest), F_OK) == 0 { break }
            folders.append(String(rest))
        }
        for folder in folders.reversed() where mkdir(folder, 0o700) != 0 && errno != EEXIST {
            throw Self.unwritable(errno, "its folder cannot be made")
        }
    }

    /// Makes a state with a lineage and a key of its own. It is made beside its place and then moved there: there is
    /// never half a state.
    func make() throws(StateStoreError) {
        let draft = path + ".new"
        for suffix in ["", "-wal", "-shm", "-journal"] { unlink(draft + suffix) }
        for suffix in ["-wal", "-shm", "-journal"] { unlink(path + suffix) }
        do {
            let connection = try SQLiteConnection(path: draft)
            try connection.execute("PRAGMA application_id = \(StateSchema.applicationID); PRAGMA synchronous = FULL")
            try schema.migrate(connection)
            var generator = SystemRandomNumberGenerator()
            try connection.run(
                "INSERT INTO state (id, lineage, serial, digest_key) VALUES (1, ?, 0, ?)",
                .text(Self.newLineage), .blob(DigestKey(using: &generator).bytes))
        } catch {
            throw StateStoreError(any: error)
        }
        try replace(path, with: draft)
    }

    /// A name that no other state has.
    static var newLineage: String { UUID().uuidString.lowercased() }

    // MARK: Opening

    /// A connection to a state that exists, for the process that has the lock: checked, migrated, and durable at every
    /// commit (https://sqlite.org/pragma.html#pragma_synchronous).
    func connect() throws(StateStoreError) -> SQLiteConnection {
        chmod(path, 0o600)
        do {
            let connection = try SQLiteConnection(path: path, access: .existing)
            let fault = try connection.first("PRAGMA quick_check(1)") { $0.text(0) }
            guard fault == "ok" else { throw StateStoreError.damaged(fault ?? "it does not answer") }
            let version = try connection.first("PRAGMA user_version") { $0.integer(0) } ?? 0
            try refuseNewer(version)
            if version < schema.version {
                try backUp(connection)
                try schema.migrate(connection)
                try connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            }
            try connection.execute(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON")
            return connection
        } catch {
            throw StateStoreError(any: error)
        }
    }

    /// Reads what is there at one moment, without the lock and without making anything that stays.
    func read<Answer>(_ read: (SQLiteConnection) throws -> Answer) throws(StateStoreError) -> Answer {
        do {
            do {
                return try reading(SQLiteConnection(path: path, access: .existing), read)
            } catch let error as SQLiteError where error.code == .cannotOpen || error.code == .readOnly {
                // A folder that may not be written has no place for the log's index. Without a log none is needed.
                guard access(path + "-wal", F_OK) != 0 else { throw error }
                return try reading(SQLiteConnection(path: path, access: .immutable), read)
            }
        } catch {
            throw StateStoreError(any: error)
        }
    }

    private func reading<Answer>(
        _ connection: SQLiteConnection, _ read: (SQLiteConnection) throws -> Answer
    ) throws -> Answer {
        let version = try connection.first("PRAGMA user_version") { $0.integer(0) } ?? 0
        try refuseNewer(version)
        if version < schema.version { return try readingMigrated(connection, read) }
        try connection.execute("PRAGMA query_only = ON")
        return try connection.transaction(.deferred) { try read(connection) }
    }

    /// A state of an older schema is read from a migrated copy: only the process that has the lock migrates the state.
    private func readingMigrated<Answer>(
        _ connection: SQLiteConnection, _ read: (SQLiteConnection) throws -> Answer
    ) throws -> Answer {
        let named = getenv("TMPDIR").map { String(cString: $0) } ?? ""
        let temporary = named.isEmpty ? "/tmp" : named
        var template = Array("\(temporary)/kreform-state-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Self.uncopied(errno, to: temporary) }
        let folder = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        let copy = folder + "/state"
        defer {
            for suffix in ["", "-wal", "-shm", "-journal"] { unlink(copy + suffix) }
            rmdir(folder)
        }
        try connection.run("VACUUM INTO ?", .text(copy))
        let migrated = try SQLiteConnection(path: copy)
        try schema.migrate(migrated)
        return try read(migrated)
    }

    // MARK: Copying

    /// Writes a copy of the state, whole or not at all, to the file of the same name that ends in `.backup`.
    func backUp(_ connection: SQLiteConnection) throws(StateStoreError) {
        let draft = path + ".backup.new"
        unlink(draft)
        // SQLite writes into an empty file; one of its own making would be readable by others.
        let file = Glibc.open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw Self.unwritable(errno, "its backup cannot be made") }
        close(file)
        do {
            try connection.run("VACUUM INTO ?", .text(draft))
        } catch {
            unlink(draft)
            throw StateStoreError(error)
        }
        keepOtherBackup(than: connection)
        try replace(path + ".backup", with: draft)
    }

    /// The backup of another state than this one, which was lost or taken away, may be all that is left of it: it stays, under
    /// the name of its lineage.
    private func keepOtherBackup(than connection: SQLiteConnection) {
        let backup = path + ".backup"
        guard access(backup, F_OK) == 0, let other = try? SQLiteConnection(path: backup, access: .immutable),
            let lineage = try? other.first("SELECT lineage FROM state", as: { $0.text(0) }),
            let own = try? connection.first("SELECT lineage FROM state", as: { $0.text(0) }), own != lineage,
            UUID(uuidString: lineage) != nil
        else { return }
        rename(backup, "\(backup).\(lineage)")
    }

    /// Moves `draft` to `place`, on the disk when this returns.
    private func replace(_ place: String, with draft: String) throws(StateStoreError) {
        guard Self.flush(draft) == 0, rename(draft, place) == 0 else {
            throw Self.unwritable(errno, "`\(place)` cannot be written")
        }
        let folder = place.lastIndex(of: "/").map { String(place[...$0]) } ?? "."
        _ = Self.flush(folder)
    }

    private static func flush(_ path: String) -> Int32 {
        let file = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return -1 }
        defer { close(file) }
        return fsync(file)
    }

    // MARK: Errors

    static func unwritable(_ fault: Int32, _ what: String) -> StateStoreError {
        if fault == ENOSPC || fault == EDQUOT {
            return StateStoreError(
                .diskFull, "could not be written: the disk is full", detail: "Free some space and run again.")
        }
        return StateStoreError(
            .unwritable, "cannot be written: \(what) (\(String(cString: strerror(fault))))",
            detail: "Allow yourself to write to the folder, or name another place with `--state`.")
    }

    private static func uncopied(_ fault: Int32, to folder: String) -> StateStoreError {
        StateStoreError(
            .unreadable, "is of an older version and cannot be copied to \(folder) to be read: \(String(cString: strerror(fault)))",
            detail: "Set TMPDIR to a folder that can be written to.")
    }

    private static func unreadable(_ fault: Int32) -> StateStoreError {
        StateStoreError(
            .unreadable, "cannot be read: \(String(cString: strerror(fault)))",
            detail: "Allow yourself to read it, or name another place with `--state`.")
    }
}
