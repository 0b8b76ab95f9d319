import CSQLite

/// A result code of SQLite (https://sqlite.org/rescode.html), with what was being done.
package struct SQLiteError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The result codes that callers tell apart.
    package enum Code: Sendable, Hashable {
        /// Another connection holds the lock, and did not let go of it within the busy timeout.
        case busy
        /// A constraint of the schema.
        case constraint
        /// The file cannot be opened or made.
        case cannotOpen
        /// The file is no database, or a damaged one.
        case notADatabase
        case readOnly
        /// The disk is full.
        case full
        /// Reading or writing the file failed.
        case inputOutput
        /// Any other: the extended result code.
        case other(Int32)
    }

    package let code: Code
    /// SQLite's extended result code.
    package let number: Int32
    /// SQLite's own words.
    package let message: String
    /// The statement, or what was being done to the file.
    package let operation: String

    init(_ number: Int32, _ message: String, _ operation: String) {
        self.number = number
        self.message = message
        self.operation = operation
        code =
            switch number & 0xFF {
            case SQLITE_BUSY, SQLITE_LOCKED: .busy
            case SQLITE_CONSTRAINT: .constraint
            case SQLITE_CANTOPEN: .cannotOpen
            case SQLITE_NOTADB, SQLITE_CORRUPT: .notADatabase
            case SQLITE_READONLY: .readOnly
            case SQLITE_FULL: .full
            case SQLITE_IOERR: .inputOutput
            default: .other(number)
            }
    }

    package var description: String { "\(message) (SQLite \(number), \(operation))" }
}
