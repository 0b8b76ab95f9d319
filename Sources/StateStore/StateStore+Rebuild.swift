import Digest
import Model
import SQLite

extension StateStore {
    /// Makes the state what a rebuild found, in one transaction: entities, objects, runtimes' keys, and a run in the history.
    ///
    /// With `replacing` everything that the state held goes first, history and open journal entries too, and it gets a lineage of
    /// its own; `backup` should have been called. Without, the state must hold no entity, no object and no open entry, and its
    /// cluster and engine must be the same, if it has any. Its own key stays in both cases.
    package func rebuild(
        _ rebuilt: Rebuilt, replacing: Bool, who: String, at time: Timestamp
    ) throws(StateStoreError) {
        try commit { connection in
            if replacing { try Self.wipe(connection) }
            try Self.bind(connection, to: rebuilt.cluster, engine: rebuilt.engine)
            try connection.execute("DELETE FROM runtime_keys")
            for (runtime, key) in rebuilt.runtimeKeys.sorted(by: { $0.key < $1.key }) {
                try connection.run(
                    "INSERT INTO runtime_keys (runtime, digest_key) VALUES (?, ?)", .text(runtime), .blob(key.bytes))
            }
            for record in rebuilt.entities {
                try RecordChange(address: record.address, record: record).write(to: connection)
            }
            for record in rebuilt.objects { try RecordWrite.write(record).write(to: connection) }
            let run = try connection.first(
                """
                INSERT INTO runs (command, who, comment, plan_digest, started, ended, outcome)
                VALUES ('state rebuild', ?, '', '', ?, ?, ?) RETURNING id
                """,
                .text(who), .integer(time.seconds), .integer(time.seconds), .text(RunOutcome.succeeded.rawValue)) { $0.integer(0) } ?? 0
            for (entity, moment) in rebuilt.unpublished.sorted(by: { $0.key < $1.key }) {
                let lost = Activity(run: run, step: .unpublish, entity: entity, from: nil, to: .started, replaced: nil, at: moment)
                try Self.insert(lost, connection)
            }
            try Self.raiseSerial(connection)
        }
    }

    /// What a rebuild leaves in a state.
    package struct Rebuilt: Sendable {
        package let cluster: ClusterIdentity
        package let engine: String
        package let runtimeKeys: [String: DigestKey]
        package let entities: [EntityRecord]
        package let objects: [ObjectRecord]
        /// When versions lost the publication that may have had it.
        package let unpublished: [EntityAddress: Timestamp]

        package init(
            cluster: ClusterIdentity, engine: String, runtimeKeys: [String: DigestKey], entities: [EntityRecord],
            objects: [ObjectRecord], unpublished: [EntityAddress: Timestamp] = [:]
        ) {
            self.cluster = cluster
            self.engine = engine
            self.runtimeKeys = runtimeKeys
            self.entities = entities
            self.objects = objects
            self.unpublished = unpublished
        }
    }

    private static func wipe(_ connection: SQLiteConnection) throws {
        try connection.execute(
            "DELETE FROM activities; DELETE FROM journal; DELETE FROM runs; DELETE FROM objects; DELETE FROM entities")
        try connection.run(
            "UPDATE state SET lineage = ?, serial = 0, cluster_name = NULL, cluster_uid = NULL, engine = NULL",
            .text(StateFile.newLineage))
    }
}
