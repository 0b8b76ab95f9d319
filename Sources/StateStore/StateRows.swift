import Digest
import Fields
import JSON
import Model
import SQLite

/// The rows of the tables as values; nil for a row that makes none.
enum StateRows {
    static func entities(_ connection: SQLiteConnection) throws(SQLiteError) -> [EntityRecord?] {
        try connection.rows(
            "SELECT address, description, status, package_digest, protected, published, namespace FROM entities"
        ) { row in
            guard let address = EntityAddress(row.text(0)) else { return nil }
            let status = row.isNull(2) ? nil : VersionStatus(rawValue: row.text(2))
            let digest = row.isNull(3) ? nil : SHA256Digest(row.text(3))
            guard row.isNull(2) == (status == nil), row.isNull(3) == (digest == nil) else { return nil }
            return EntityRecord(
                address: address, description: row.text(1), status: status, packageDigest: digest,
                protected: row.integer(4) != 0, published: optional(row, 5), namespace: optional(row, 6))
        }
    }

    static func objects(_ connection: SQLiteConnection) throws(SQLiteError) -> [ObjectRecord?] {
        // Objects of a kind mostly have the same fields of ours.
        var fields = SharedTexts()
        return try connection.rows(
            """
            SELECT api_group, kind, namespace, name, entity, api_version, uid, resource_version, generation, applied,
                owned, depends_on, applied_at, left_fields FROM objects
            """
        ) { row in
            guard let entity = EntityAddress(row.text(4)), let applied = JSONText(canonical: row.blob(9)),
                let owned = fields.text(canonical: row.blob(10)), let dependsOn = addresses(row.blob(11)),
                let left = try? JSONValue(parsing: row.blob(13))
            else { return nil }
            return ObjectRecord(
                address: address(row, from: 0), entity: entity, apiVersion: row.text(5), uid: row.text(6),
                resourceVersion: row.text(7), generation: row.isNull(8) ? nil : row.integer(8), appliedText: applied,
                left: FieldSet(fieldsV1: left), ownedText: owned, dependsOn: dependsOn,
                appliedAt: Timestamp(seconds: row.integer(12)))
        }
    }

    static func openEntries(_ connection: SQLiteConnection) throws(SQLiteError) -> [JournalEntry?] {
        try connection.rows(
            """
            SELECT api_group, kind, namespace, name, id, run, action, api_version, entity, intended, depends_on,
                prior_uid, begun FROM journal WHERE outcome IS NULL ORDER BY id
            """
        ) { row in
            let intended = row.isNull(9) ? nil : try? JSONValue(parsing: row.blob(9))
            guard let action = Action(rawValue: row.text(6)), let entity = EntityAddress(row.text(8)),
                row.isNull(9) == (intended == nil), let dependsOn = addresses(row.blob(10))
            else { return nil }
            return JournalEntry(
                id: row.integer(4), run: row.integer(5), action: action, address: address(row, from: 0),
                apiVersion: row.text(7), entity: entity, intended: intended, dependsOn: dependsOn,
                priorUID: optional(row, 11), begun: Timestamp(seconds: row.integer(12)))
        }
    }

    /// The uids of recorded objects that a run began to delete and left there: nothing takes that back. A deletion that was refused
    /// was not begun.
    static func begunDeletions(_ connection: SQLiteConnection) throws(SQLiteError) -> [String] {
        try connection.rows(
            """
            SELECT DISTINCT prior_uid FROM journal WHERE outcome = ? AND prior_uid IN (SELECT uid FROM objects) ORDER BY prior_uid
            """, .text(JournalEntry.Outcome.deleting.rawValue)
        ) { $0.text(0) }
    }

    static func runtimeKeys(_ connection: SQLiteConnection) throws(SQLiteError) -> [(runtime: String, key: DigestKey)?] {
        try connection.rows("SELECT runtime, digest_key FROM runtime_keys") { row in
            DigestKey(bytes: row.blob(1)).map { (runtime: row.text(0), key: $0) }
        }
    }

    static func runs(_ connection: SQLiteConnection) throws(SQLiteError) -> [Run?] {
        try connection.rows(
            "SELECT id, command, who, comment, plan_digest, started, ended, outcome FROM runs ORDER BY id"
        ) { row in
            let outcome = row.isNull(7) ? nil : RunOutcome(rawValue: row.text(7))
            guard row.isNull(7) == (outcome == nil) else { return nil }
            return Run(
                id: row.integer(0), command: row.text(1), who: row.text(2), comment: row.text(3),
                planDigest: row.text(4), started: Timestamp(seconds: row.integer(5)),
                ended: row.isNull(6) ? nil : Timestamp(seconds: row.integer(6)), outcome: outcome)
        }
    }

    static func activities(_ connection: SQLiteConnection) throws(SQLiteError) -> [Activity?] {
        try connection.rows(
            "SELECT run, step, entity, from_status, to_status, replaced, at, weight FROM activities ORDER BY id"
        ) { row in
            guard let step = StepAction(rawValue: row.text(1)), let entity = EntityAddress(row.text(2)) else {
                return nil
            }
            return Activity(
                run: row.integer(0), step: step, entity: entity,
                from: row.isNull(3) ? nil : VersionStatus(rawValue: row.text(3)),
                to: row.isNull(4) ? nil : VersionStatus(rawValue: row.text(4)), replaced: optional(row, 5),
                weight: row.isNull(7) ? nil : row.integer(7), at: Timestamp(seconds: row.integer(6)))
        }
    }

    // MARK: Columns

    private static func optional(_ row: borrowing SQLiteRow, _ column: Int) -> String? {
        row.isNull(column) ? nil : row.text(column)
    }

    /// From the columns api_group, kind, namespace, name; no object has an empty namespace.
    private static func address(_ row: borrowing SQLiteRow, from column: Int) -> ResourceAddress {
        let namespace = row.text(column + 2)
        return ResourceAddress(
            group: row.text(column), kind: row.text(column + 1), namespace: namespace.isEmpty ? nil : namespace,
            name: row.text(column + 3))
    }

    /// Addresses as `[[group, kind, namespace, name], …]`.
    static func text(_ addresses: [ResourceAddress]) -> String {
        JSONValue.array(
            addresses.map {
                .array([.string($0.group), .string($0.kind), .string($0.namespace ?? ""), .string($0.name)])
            }
        ).encoded()
    }

    private static func addresses(_ text: [UInt8]) -> [ResourceAddress]? {
        guard let items = (try? JSONValue(parsing: text))?.array else { return nil }
        var addresses: [ResourceAddress] = []
        for item in items {
            let parts = (item.array ?? []).compactMap(\.string)
            guard parts.count == 4 else { return nil }
            addresses.append(
                ResourceAddress(
                    group: parts[0], kind: parts[1], namespace: parts[2].isEmpty ? nil : parts[2], name: parts[3]))
        }
        return addresses
    }
}
