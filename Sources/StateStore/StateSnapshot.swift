import Digest
import Model
import SQLite

/// Everything that a state file holds, at one moment.
package struct StateSnapshot: Sendable, Hashable {
    package let state: State
    /// Nil when there is no state yet.
    package let key: DigestKey?
    /// By runtime, keys that do not follow from `key`.
    package let runtimeKeys: [String: DigestKey]
    /// Requests that were begun and not ended: those that the last run was cut off in, or of the run under way. By id.
    package let openEntries: [JournalEntry]
    /// By id.
    package let runs: [Run]
    /// In the order in which they were written.
    package let activities: [Activity]

    package init(
        state: State = State(), key: DigestKey? = nil, runtimeKeys: [String: DigestKey] = [:], openEntries: [JournalEntry] = [], runs: [Run] = [],
        activities: [Activity] = []
    ) {
        self.state = state
        self.key = key
        self.runtimeKeys = runtimeKeys
        self.openEntries = openEntries
        self.runs = runs
        self.activities = activities
    }

    /// Nil when there is no state yet.
    package var keys: StateKeys? { key.map { StateKeys(own: $0, runtimes: runtimeKeys) } }

    /// Whether it knows nothing that is or may be in a cluster; history does not count.
    package var isEmpty: Bool { state.entities.isEmpty && state.objects.isEmpty && openEntries.isEmpty }
}

extension StateSnapshot {
    /// Reads all tables; in a transaction, so that they belong together.
    static func read(_ connection: SQLiteConnection) throws -> StateSnapshot {
        let head = try connection.first(
            "SELECT lineage, serial, cluster_name, cluster_uid, digest_key, engine FROM state"
        ) { row in
            (
                state: State(
                    lineage: row.text(0), serial: row.integer(1),
                    cluster: row.isNull(3) ? nil : ClusterIdentity(name: row.text(2), uid: row.text(3)),
                    engine: row.isNull(5) ? nil : row.text(5)),
                key: DigestKey(bytes: row.blob(4))
            )
        }
        guard let head, let key = head.key else { throw StateStoreError.damaged("it has no lineage or key") }
        var state = head.state
        let entities = try whole("entities", StateRows.entities(connection))
        state.entities = Dictionary(entities.map { ($0.address, $0) }) { first, _ in first }
        let objects = try whole("objects", StateRows.objects(connection))
        state.objects = Dictionary(objects.map { ($0.address, $0) }) { first, _ in first }
        state.deleting = Set(try StateRows.begunDeletions(connection))
        let keys = try whole("runtime_keys", StateRows.runtimeKeys(connection))
        let activities = try whole("activities", StateRows.activities(connection))
        state.unpublished = unpublished(by: activities)
        return try StateSnapshot(
            state: state, key: key, runtimeKeys: Dictionary(keys.map { ($0.runtime, $0.key) }) { first, _ in first },
            openEntries: whole("journal", StateRows.openEntries(connection)),
            runs: whole("runs", StateRows.runs(connection)),
            activities: activities)
    }

    /// When each version lost the publication that has not been published or stopped since.
    private static func unpublished(by activities: [Activity]) -> [EntityAddress: Timestamp] {
        var moments: [EntityAddress: Timestamp] = [:]
        for activity in activities {
            switch activity.step {
            case .unpublish: moments[activity.entity] = activity.at
            case .publish, .stop, .deleteVersion: moments[activity.entity] = nil
            default: break
            }
        }
        return moments
    }

    private static func whole<Item>(_ table: String, _ rows: [Item?]) throws(StateStoreError) -> [Item] {
        var items: [Item] = []
        items.reserveCapacity(rows.count)
        for row in rows {
            guard let row else { throw .damaged("a row of its table `\(table)` cannot be read") }
            items.append(row)
        }
        return items
    }
}
