import Digest
import JSON
import Model
import SQLite

/// The state in its SQLite file, held for writing by one process at a time (https://sqlite.org/wal.html).
///
/// Every call is one transaction, on the disk before it returns; one that throws has changed nothing. The cost of a call
/// does not depend on how many objects there are, but for `snapshot` and `backup`. Besides the file at `path` there are,
/// under the same name, `.lock` (who writes), `.backup` (the state before the last run) and, while it is open, SQLite's
/// `-wal` and `-shm`.
package final actor StateStore {
    package nonisolated let path: String
    /// The key under which this state's sensitive values are digested.
    package nonisolated let key: DigestKey
    private let file: StateFile
    private var connection: SQLiteConnection?
    private var lock: StateLock?

    private init(file: StateFile, connection: SQLiteConnection, lock: StateLock, key: DigestKey) {
        path = file.path
        self.key = key
        self.file = file
        self.connection = connection
        self.lock = lock
    }

    // MARK: Opening

    /// Opens the state for writing: takes its lock, makes it when there is none, migrates it when it is older (after a
    /// backup). A file that is damaged, newer or not a state is refused and left as it is.
    ///
    /// - Parameters:
    ///   - holder: `user@host`, for those who find the state locked.
    ///   - command: what is run, such as `apply`, for the same.
    package static func open(
        at path: String, holder: String, command: String, schema: StateSchema = .current
    ) throws(StateStoreError) -> StateStore {
        let file = StateFile(path: path, schema: schema)
        _ = try file.exists()
        try file.makeFolder()
        let lock = try StateLock(
            of: file.path, holder: StateLock.Holder(who: holder, command: command, since: Timestamp.now))
        // Another process may have made or migrated it before we had the lock.
        if !(try file.exists()) { try file.make() }
        let connection = try file.connect()
        let key: DigestKey?
        do {
            key = try connection.first("SELECT digest_key FROM state") { DigestKey(bytes: $0.blob(0)) } ?? nil
        } catch {
            throw StateStoreError(error)
        }
        guard let key else { throw .damaged("it has no lineage or key") }
        return StateStore(file: file, connection: connection, lock: lock, key: key)
    }

    /// Reads the state as it is now, also while another process writes it; needs no lock and leaves nothing behind.
    /// Where there is no state the answer is empty.
    package static func read(
        at path: String, schema: StateSchema = .current
    ) throws(StateStoreError) -> StateSnapshot {
        let file = StateFile(path: path, schema: schema)
        guard try file.exists() else { return StateSnapshot() }
        return try file.read(StateSnapshot.read)
    }

    /// The state's engine and the types of its objects: there long before all of it is read. Nil where there is no state, or none
    /// that can be read, or that no run has begun with.
    package static func kinds(at path: String) -> (engine: String, types: [ResourceType])? {
        let file = StateFile(path: path, schema: .current)
        guard (try? file.exists()) == true else { return nil }
        let found = try? file.read { connection in
            let engine = try connection.first("SELECT engine FROM state") { $0.isNull(0) ? nil : $0.text(0) } ?? nil
            let types = try connection.rows("SELECT DISTINCT api_version, kind FROM objects") { row in
                ResourceType(apiVersion: row.text(0), kind: row.text(1))
            }
            return (engine: engine, types: types.sorted())
        }
        guard let found, let engine = found.engine else { return nil }
        return (engine, found.types)
    }

    /// Closes the file and lets go of the lock. Calls after it throw.
    package func close() {
        connection = nil
        lock = nil
    }

    /// Whether a run has the state at `path` now.
    package static func isHeld(at path: String) -> Bool { StateLock.isHeld(StateFile.followed(path)) }

    // MARK: Whole state

    package func snapshot() throws(StateStoreError) -> StateSnapshot {
        try commit(.deferred, StateSnapshot.read)
    }

    /// Copies the state to the file of the same name that ends in `.backup`, replacing the last copy at once.
    package func backup() throws(StateStoreError) {
        guard let connection else { throw .closed }
        try file.backUp(connection)
    }

    /// Makes the state that of `engine` in `cluster`; throws `state-other-cluster` or `state-other-engine` when it is another
    /// one's already. The cluster's name may change, its uid not.
    package func bind(to cluster: ClusterIdentity, engine: String) throws(StateStoreError) {
        try commit { connection in try Self.bind(connection, to: cluster, engine: engine) }
    }

    static func bind(_ connection: SQLiteConnection, to cluster: ClusterIdentity, engine: String) throws {
        let bound = try connection.first("SELECT cluster_name, cluster_uid FROM state") { row in
            row.isNull(1) ? nil : ClusterIdentity(name: row.text(0), uid: row.text(1))
        }
        if let bound = bound ?? nil, bound.uid != cluster.uid { throw Self.otherCluster(bound, cluster) }
        let known = try connection.first("SELECT engine FROM state") { $0.isNull(0) ? nil : $0.text(0) } ?? nil
        if let known, known != engine { throw Self.otherEngine(known, engine) }
        try connection.run(
            "UPDATE state SET cluster_name = ?, cluster_uid = ?, engine = ?", .text(cluster.name), .text(cluster.uid),
            .text(engine))
    }

    private static func otherCluster(_ bound: ClusterIdentity, _ wanted: ClusterIdentity) -> StateStoreError {
        StateStoreError(
            .otherCluster,
            "describes the cluster \(bound.name) (\(bound.uid)), and this is \(wanted.name) (\(wanted.uid))",
            detail: "Choose the context of \(bound.name), or another state with `--state`: each cluster has its own.")
    }

    private static func otherEngine(_ bound: String, _ wanted: String) -> StateStoreError {
        StateStoreError(
            .otherEngine, "is that of the engine \(bound), not of \(wanted)",
            detail: "Name another state with `--state`: each engine has its own.")
    }

    // MARK: Runs

    package func beginRun(
        command: String, who: String, comment: String, planDigest: String, at time: Timestamp
    ) throws(StateStoreError) -> Run.ID {
        try commit { connection in
            try connection.first(
                "INSERT INTO runs (command, who, comment, plan_digest, started) VALUES (?, ?, ?, ?, ?) RETURNING id",
                .text(command), .text(who), .text(comment), .text(planDigest), .integer(time.seconds)
            ) { $0.integer(0) } ?? 0
        }
    }

    package func endRun(_ run: Run.ID, _ outcome: RunOutcome, at time: Timestamp) throws(StateStoreError) {
        try commit { connection in
            try connection.run(
                "UPDATE runs SET ended = ?, outcome = ? WHERE id = ?", .integer(time.seconds),
                .text(outcome.rawValue), .integer(run))
        }
    }

    // MARK: Journal

    /// Writes down that the request for `change` is about to be made; to be called before it is made.
    package func begin(_ change: Change, run: Run.ID, at time: Timestamp) throws(StateStoreError) -> JournalEntry.ID {
        let address = change.address
        return try commit { connection in
            try connection.first(
                """
                INSERT INTO journal (run, action, api_group, kind, namespace, name, api_version, entity, intended,
                    depends_on, prior_uid, begun)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id
                """,
                .integer(run), .text(change.action.rawValue), .text(address.group), .text(address.kind),
                .text(address.namespace ?? ""), .text(address.name), .text(change.apiVersion),
                .text(change.entity.description), SQLiteValue(change.intended?.description),
                .text(StateRows.text(change.manifest?.dependsOn ?? [])), SQLiteValue(change.prior?.uid),
                .integer(time.seconds)
            ) { $0.integer(0) } ?? 0
        }
    }

    /// Ends a request and records what it left, and the serial rises, all in one transaction. Throws `state-journal` for
    /// an entry that is not open.
    package func finish(
        _ entry: JournalEntry.ID, outcome: JournalEntry.Outcome, record: RecordWrite, at time: Timestamp
    ) throws(StateStoreError) {
        try settle([JournalResolution(entry: entry, outcome: outcome, record: record)], at: time)
    }

    /// Ends the requests that earlier runs were cut off in, all in one transaction.
    package func settle(_ resolutions: [JournalResolution], at time: Timestamp) throws(StateStoreError) {
        guard !resolutions.isEmpty else { return }
        try commit { connection in
            for resolution in resolutions {
                // What was intended is in the record from now on; history stays small without it.
                let closed = try connection.run(
                    """
                    UPDATE journal SET outcome = ?, ended = ?, intended = NULL WHERE id = ? AND outcome IS NULL
                    """,
                    .text(resolution.outcome.rawValue), .integer(time.seconds), .integer(resolution.entry))
                guard closed == 1 else { throw StateStoreError.notOpen }
                try resolution.record.write(to: connection)
            }
            try Self.raiseSerial(connection)
        }
    }

    /// Records an object as it was found, without a request.
    package func record(_ write: RecordWrite) throws(StateStoreError) {
        try commit { connection in
            try write.write(to: connection)
            try Self.raiseSerial(connection)
        }
    }

    /// Records that the object, as it was last applied, does its work. The serial stays: what was applied is the same.
    package func recordReady(_ address: ResourceAddress, uid: String, resourceVersion: String) throws(StateStoreError) {
        try commit { connection in
            try connection.run(
                """
                UPDATE objects SET resource_version = ?
                WHERE namespace = ? AND api_group = ? AND kind = ? AND name = ? AND uid = ?
                """,
                .text(resourceVersion), .text(address.namespace ?? ""), .text(address.group), .text(address.kind),
                .text(address.name), .text(uid))
        }
    }

    // MARK: Steps

    /// Records what a step leaves about its entities, a line of history, and a higher serial, in one transaction.
    package func settleStep(records: [RecordChange], activity: Activity) throws(StateStoreError) {
        try commit { connection in
            for record in records { try record.write(to: connection) }
            try Self.insert(activity, connection)
            try Self.raiseSerial(connection)
        }
    }

    static func insert(_ activity: Activity, _ connection: SQLiteConnection) throws(SQLiteError) {
        try connection.run(
            """
            INSERT INTO activities (run, step, entity, from_status, to_status, replaced, at, weight)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            .integer(activity.run), .text(activity.step.rawValue), .text(activity.entity.description),
            SQLiteValue(activity.from?.rawValue), SQLiteValue(activity.to?.rawValue),
            SQLiteValue(activity.replaced), .integer(activity.at.seconds),
            SQLiteValue(activity.weight))
    }

    // MARK: Transactions

    static func raiseSerial(_ connection: SQLiteConnection) throws(SQLiteError) {
        try connection.run("UPDATE state SET serial = serial + 1")
    }

    @discardableResult
    func commit<Answer>(
        _ lock: SQLiteConnection.Lock = .immediate, _ body: (SQLiteConnection) throws -> Answer
    ) throws(StateStoreError) -> Answer {
        guard let connection else { throw .closed }
        do {
            return try connection.transaction(lock) { try body(connection) }
        } catch {
            throw StateStoreError(any: error)
        }
    }
}
