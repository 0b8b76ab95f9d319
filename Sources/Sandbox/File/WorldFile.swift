import JSON
import Model
import SQLite

/// The file of a simulated cluster: its objects, what is due, and the latest changes, which watches and other processes
/// follow.
///
/// What is lost when the machine goes down is a simulation, so the file is not synchronised to the disk with each
/// change. Used by one `SandboxCluster`, which owns it.
final class WorldFile {
    /// The form of the tables, in `user_version`.
    private static let format = 1
    private let connection: SQLiteConnection
    private let seed: UInt64
    /// How many changes the file remembers at least.
    private let history: Int
    /// `PRAGMA data_version` when this process last knew all that is in the file.
    private var known: Int?

    /// Opens the file, or makes it with `seed`.
    init(path: String, seed: UInt64, history: Int) throws(ClusterError) {
        self.seed = seed
        self.history = history
        do throws(SQLiteError) {
            connection = try SQLiteConnection(path: path)
            try connection.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF")
        } catch {
            throw Self.told(error, path)
        }
        try prepareTables()
    }

    private func prepareTables() throws(ClusterError) {
        let format = try asking { () throws(SQLiteError) in
            try connection.first("PRAGMA user_version") { $0.integer(0) } ?? 0
        }
        if format > Self.format {
            throw ClusterError(
                .invalid(fields: []),
                "the sandbox's file \(connection.path) was written by a newer Kreform (format \(format), this one "
                    + "reads "
                    + "\(Self.format)); use that one, or another file")
        }
        guard format < Self.format else { return }
        try asking { () throws(SQLiteError) in
            try connection.begin()
            try connection.execute(
                """
                CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
                CREATE TABLE IF NOT EXISTS objects (address TEXT PRIMARY KEY, object TEXT NOT NULL) WITHOUT ROWID;
                CREATE TABLE IF NOT EXISTS timers (
                    due REAL NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL, detail TEXT NOT NULL,
                    PRIMARY KEY (due, subject, action, detail)) WITHOUT ROWID;
                CREATE TABLE IF NOT EXISTS events (
                    version INTEGER PRIMARY KEY, kind TEXT NOT NULL, object TEXT NOT NULL, labels TEXT NOT NULL);
                PRAGMA user_version = \(Self.format);
                """)
            try connection.run("INSERT OR IGNORE INTO meta VALUES ('seed', ?)", .integer(Int(bitPattern: UInt(seed))))
            try connection.commit()
        }
    }

    // MARK: Transactions

    /// Takes the file for writing.
    func begin() throws(ClusterError) {
        try asking { () throws(SQLiteError) in try connection.begin() }
    }

    /// Ends the transaction; what is in memory is now what is in the file.
    func commit() throws(ClusterError) {
        let version = try dataVersion()
        try asking { () throws(SQLiteError) in try connection.commit() }
        known = version
    }

    func rollback() { connection.rollback() }

    /// Whether another process has written since.
    func hasMoved() throws(ClusterError) -> Bool { try dataVersion() != known }

    private func dataVersion() throws(ClusterError) -> Int? {
        try asking { () throws(SQLiteError) in try connection.first("PRAGMA data_version") { $0.integer(0) } }
    }

    // MARK: Reading

    /// The world as it was saved, or a new one, which is yet to be saved.
    func load(settings: World.Settings, now: Double) throws(ClusterError) -> World {
        let seed = try asking { () throws(SQLiteError) in
            try connection.first("SELECT value FROM meta WHERE name = 'seed'") { $0.integer(0) }
        }
        let last = try asking { () throws(SQLiteError) in
            try connection.first("SELECT coalesce(max(version), 0) FROM events") { $0.integer(0) } ?? 0
        }
        var world = World(
            seed: seed.map { UInt64(UInt(bitPattern: $0)) } ?? self.seed,
            // What became due since the file was saved happens at its own moment: the world is as old as its file.
            now: last > 0 ? 0 : now, version: last, settings: settings)
        guard last > 0 else {
            world.bootstrap()
            return world
        }
        let texts = try asking { () throws(SQLiteError) in
            try connection.rows("SELECT object FROM objects ORDER BY address") { $0.blob(0) }
        }
        for text in texts {
            world.replay(WorldEvent(version: 0, kind: .added, object: try object(text), oldLabels: nil))
        }
        world.replay(timers: try timers())
        return world
    }

    /// The changes after a version; nil when some of them are forgotten.
    func events(after version: Int) throws(ClusterError) -> [WorldEvent]? {
        let oldest = try asking { () throws(SQLiteError) in
            try connection.first("SELECT coalesce(min(version), 0) FROM events") { $0.integer(0) } ?? 0
        }
        if version + 1 < oldest { return nil }
        typealias Saved = (version: Int, kind: String, object: [UInt8], labels: [UInt8])
        let rows = try asking { () throws(SQLiteError) in
            try connection.rows(
                "SELECT version, kind, object, labels FROM events WHERE version > ? ORDER BY version", .integer(version)
            ) { row -> Saved in (row.integer(0), row.text(1), row.blob(2), row.blob(3)) }
        }
        var events: [WorldEvent] = []
        for row in rows {
            let labels = row.labels.isEmpty ? nil : try value(row.labels)
            events.append(
                WorldEvent(
                    version: row.version, kind: WorldEvent.Kind(rawValue: row.kind) ?? .modified,
                    object: try object(row.object), oldLabels: labels))
        }
        return events
    }

    func timers() throws(ClusterError) -> [WorldTimer] {
        try asking { () throws(SQLiteError) in
            try connection.rows("SELECT due, action, subject, detail FROM timers") { row -> WorldTimer? in
                WorldTimer.Action(rawValue: row.text(1)).map {
                    WorldTimer(due: row.real(0), action: $0, subject: row.text(2), detail: row.text(3))
                }
            }.compactMap { $0 }
        }
    }

    private func object(_ text: [UInt8]) throws(ClusterError) -> LiveObject { LiveObject(try value(text)) }

    private func value(_ text: [UInt8]) throws(ClusterError) -> JSONValue {
        do throws(JSONError) {
            return try JSONValue(parsing: text)
        } catch {
            throw ClusterError(.invalid(fields: []), "the sandbox's file \(connection.path) is damaged: \(error)")
        }
    }

    // MARK: Writing

    func save(_ changes: WorldChanges, of world: World) throws(ClusterError) {
        try asking { () throws(SQLiteError) in
            for event in changes.events { try save(event) }
            for change in changes.timers {
                let timer = change.timer
                try connection.run(
                    change.isSet
                        ? "INSERT OR IGNORE INTO timers (due, action, subject, detail) VALUES (?, ?, ?, ?)"
                        : "DELETE FROM timers WHERE due = ? AND action = ? AND subject = ? AND detail = ?",
                    .real(timer.due), .text(timer.action.rawValue), .text(timer.subject), .text(timer.detail))
            }
            // Not with each change, but often enough.
            let interval = max(1, history / 10)
            if changes.events.contains(where: { $0.version % interval == 0 }) {
                try connection.run("DELETE FROM events WHERE version <= ?", .integer(world.version - history))
            }
        }
    }

    private func save(_ event: WorldEvent) throws(SQLiteError) {
        let text = SQLiteValue.text(event.object.sent.encoded())
        let labels = event.oldLabels?.encoded() ?? ""
        try connection.run(
            "INSERT INTO events (version, kind, object, labels) VALUES (?, ?, ?, ?)", .integer(event.version),
            .text(event.kind.rawValue), text, .text(labels))
        let address = SQLiteValue.text(event.object.address.description)
        if event.kind == .deleted {
            try connection.run("DELETE FROM objects WHERE address = ?", address)
        } else {
            try connection.run("INSERT OR REPLACE INTO objects (address, object) VALUES (?, ?)", address, text)
        }
    }

    // MARK: Errors

    private func asking<Answer>(_ body: () throws(SQLiteError) -> Answer) throws(ClusterError) -> Answer {
        do throws(SQLiteError) { return try body() } catch { throw Self.told(error, connection.path) }
    }

    private static func told(_ error: SQLiteError, _ path: String) -> ClusterError {
        switch error.code {
        case .busy:
            ClusterError(
                .server(status: 503, retryAfter: nil),
                "the sandbox's file \(path) is in use by another process: \(error.message)")
        case .notADatabase:
            ClusterError(
                .invalid(fields: []),
                "the sandbox's file \(path) is not one, or is damaged: \(error.message); remove it to start with an "
                    + "empty cluster"
            )
        default:
            ClusterError(.invalid(fields: []), "the sandbox's file \(path) cannot be used: \(error)")
        }
    }
}
