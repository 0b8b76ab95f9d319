import SQLite

/// The tables of a state, as a list of migrations from nothing to the newest. `user_version` counts those that a file has
/// behind it; a migration that has been released is never changed.
package struct StateSchema: Sendable {
    /// Marks a SQLite file as a state of Kreform's (https://sqlite.org/fileformat.html, offset 68): "KrFm".
    package static let applicationID = 0x4B72_466D

    /// What the schema of version `version` does to the one before it, in one transaction.
    package struct Migration: Sendable {
        package let version: Int
        package let statements: String

        package init(version: Int, statements: String) {
            self.version = version
            self.statements = statements
        }
    }

    /// In order; the first makes version 1 out of nothing.
    package let migrations: [Migration]

    package init(migrations: [Migration]) { self.migrations = migrations }

    package var version: Int { migrations.last?.version ?? 0 }

    package static let current = StateSchema(migrations: [
        Migration(version: 1, statements: first), Migration(version: 2, statements: runtimeKeys),
        // Fields that were left to others, as `owned` has those that are ours.
        Migration(version: 3, statements: "ALTER TABLE objects ADD COLUMN left_fields TEXT NOT NULL DEFAULT '{}'"),
        // History tells of drains since, which earlier versions of Kreform do not know: they are to say so.
        Migration(version: 4, statements: "CREATE INDEX IF NOT EXISTS journal_outcomes ON journal (outcome)"),
        // Canaries, with their share of the calls.
        Migration(version: 5, statements: "ALTER TABLE activities ADD COLUMN weight INTEGER"),
    ])

    /// Runs the migrations that the file has not had. When one fails the file has those before it.
    func migrate(_ connection: SQLiteConnection) throws {
        let version = try connection.first("PRAGMA user_version") { $0.integer(0) } ?? 0
        for migration in migrations where migration.version > version {
            try connection.transaction(.exclusive) {
                try connection.execute(migration.statements)
                try connection.execute("PRAGMA user_version = \(migration.version)")
            }
        }
    }

    // Entities come after objects: a step's record is written when it ends. Hence no reference between the two.
    private static let first = """
        CREATE TABLE state (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            lineage TEXT NOT NULL,
            serial INTEGER NOT NULL,
            cluster_name TEXT,
            cluster_uid TEXT,
            engine TEXT,
            digest_key BLOB NOT NULL CHECK (length(digest_key) = 32)
        ) STRICT;
        CREATE TABLE entities (
            address TEXT PRIMARY KEY,
            description TEXT NOT NULL,
            status TEXT,
            package_digest TEXT,
            protected INTEGER NOT NULL,
            published TEXT,
            namespace TEXT
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE objects (
            api_group TEXT NOT NULL,
            kind TEXT NOT NULL,
            namespace TEXT NOT NULL,
            name TEXT NOT NULL,
            entity TEXT NOT NULL,
            api_version TEXT NOT NULL,
            uid TEXT NOT NULL,
            resource_version TEXT NOT NULL,
            generation INTEGER,
            applied TEXT NOT NULL,
            owned TEXT NOT NULL,
            depends_on TEXT NOT NULL,
            applied_at INTEGER NOT NULL,
            PRIMARY KEY (namespace, api_group, kind, name)
        ) STRICT;
        CREATE TABLE runs (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            command TEXT NOT NULL,
            who TEXT NOT NULL,
            comment TEXT NOT NULL,
            plan_digest TEXT NOT NULL,
            started INTEGER NOT NULL,
            ended INTEGER,
            outcome TEXT
        ) STRICT;
        CREATE TABLE journal (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            run INTEGER NOT NULL REFERENCES runs (id),
            action TEXT NOT NULL,
            api_group TEXT NOT NULL,
            kind TEXT NOT NULL,
            namespace TEXT NOT NULL,
            name TEXT NOT NULL,
            api_version TEXT NOT NULL,
            entity TEXT NOT NULL,
            intended TEXT,
            depends_on TEXT NOT NULL,
            prior_uid TEXT,
            begun INTEGER NOT NULL,
            ended INTEGER,
            outcome TEXT
        ) STRICT;
        CREATE INDEX open_entries ON journal (id) WHERE outcome IS NULL;
        CREATE TABLE activities (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            run INTEGER NOT NULL REFERENCES runs (id),
            step TEXT NOT NULL,
            entity TEXT NOT NULL,
            from_status TEXT,
            to_status TEXT,
            replaced TEXT,
            at INTEGER NOT NULL
        ) STRICT;
        """

    // Runtimes made before had their digests made under the state's own key, and keep it: otherwise their pods would be rolled.
    private static let runtimeKeys = """
        CREATE TABLE runtime_keys (
            runtime TEXT PRIMARY KEY,
            digest_key BLOB NOT NULL CHECK (length(digest_key) = 32)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO runtime_keys
            SELECT substr(address, length('runtime/') + 1), digest_key FROM entities, state WHERE address LIKE 'runtime/%';
        """
}
