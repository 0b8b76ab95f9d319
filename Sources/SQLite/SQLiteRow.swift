import CSQLite

/// One row of an answer, while its statement stands on it; not to be kept.
package struct SQLiteRow: ~Copyable {
    let statement: OpaquePointer

    package var count: Int { Int(sqlite3_column_count(statement)) }

    /// The value of a column as it is stored.
    package subscript(_ column: Int) -> SQLiteValue {
        switch sqlite3_column_type(statement, Int32(column)) {
        case SQLITE_INTEGER: .integer(integer(column))
        case SQLITE_FLOAT: .real(real(column))
        case SQLITE_TEXT: .text(text(column))
        case SQLITE_BLOB: .blob(blob(column))
        default: .null
        }
    }

    package func isNull(_ column: Int) -> Bool { sqlite3_column_type(statement, Int32(column)) == SQLITE_NULL }

    /// The value as an integer; SQLite converts other types, and null to 0.
    package func integer(_ column: Int) -> Int { Int(sqlite3_column_int64(statement, Int32(column))) }

    /// The value as a number; SQLite converts other types, and null to 0.
    package func real(_ column: Int) -> Double { sqlite3_column_double(statement, Int32(column)) }

    /// The value as text; SQLite converts other types, and null to nothing.
    package func text(_ column: Int) -> String {
        guard let bytes = sqlite3_column_text(statement, Int32(column)) else { return "" }
        let count = Int(sqlite3_column_bytes(statement, Int32(column)))
        return String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
    }

    /// The value as bytes; those of a text are UTF-8.
    package func blob(_ column: Int) -> [UInt8] {
        guard let bytes = sqlite3_column_blob(statement, Int32(column)) else { return [] }
        let count = Int(sqlite3_column_bytes(statement, Int32(column)))
        return Array(UnsafeRawBufferPointer(start: bytes, count: count))
    }
}
