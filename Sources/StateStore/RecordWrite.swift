import Digest
import Fields
import JSON
import Model
import SQLite

extension RecordWrite {
    func write(to connection: SQLiteConnection) throws(SQLiteError) {
        switch self {
        case .keep: break
        case .write(let record):
            try connection.run(
                """
                INSERT OR REPLACE INTO objects (api_group, kind, namespace, name, entity, api_version, uid,
                    resource_version, generation, applied, owned, depends_on, applied_at, left_fields)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                .text(record.address.group), .text(record.address.kind), .text(record.address.namespace ?? ""),
                .text(record.address.name), .text(record.entity.description), .text(record.apiVersion),
                .text(record.uid), .text(record.resourceVersion), SQLiteValue(record.generation),
                .text(record.appliedText.description), .text(record.ownedText.description),
                .text(StateRows.text(record.dependsOn)), .integer(record.appliedAt.seconds),
                .text(record.left.fieldsV1.encoded()))
        case .forget(let address):
            try connection.run(
                "DELETE FROM objects WHERE namespace = ? AND api_group = ? AND kind = ? AND name = ?",
                .text(address.namespace ?? ""), .text(address.group), .text(address.kind), .text(address.name))
        }
    }
}

extension RecordChange {
    func write(to connection: SQLiteConnection) throws(SQLiteError) {
        guard let record else {
            try connection.run("DELETE FROM entities WHERE address = ?", .text(address.description))
            // A runtime that is made anew has a key of its own.
            if case .runtime(let name) = address {
                try connection.run("DELETE FROM runtime_keys WHERE runtime = ?", .text(name))
            }
            return
        }
        try connection.run(
            """
            INSERT OR REPLACE INTO entities (address, description, status, package_digest, protected, published,
                namespace)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """,
            .text(record.address.description), .text(record.description), SQLiteValue(record.status?.rawValue),
            SQLiteValue(record.packageDigest?.description), .integer(record.protected ? 1 : 0),
            SQLiteValue(record.published), SQLiteValue(record.namespace))
    }
}
