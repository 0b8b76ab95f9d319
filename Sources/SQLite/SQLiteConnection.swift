import CSQLite
import Glibc

/// A connection to one database file (https://sqlite.org/cintro.html). It belongs to whoever made it, who uses it from
/// one thread at a time; closed with its last reference.
///
/// Statements are prepared once and kept by their text, so texts should be constant and values parameters.
package final class SQLiteConnection {
    package let path: String
    private let handle: OpaquePointer
    private var statements: [String: OpaquePointer] = [:]

    /// Opens the database at `path`, and makes it when there is none, readable and writable for its owner alone
    /// (SQLite gives its other files the same mode). `:memory:` is a database of its own.
    ///
    /// - Parameter busyTimeout: how long, in milliseconds, to wait for other connections.
    package init(path: String, access: Access = .creating, busyTimeout: Int = 10_000) throws(SQLiteError) {
        if path != ":memory:", access == .creating {
            let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
            if file >= 0 { close(file) }
        }
        var handle: OpaquePointer?
        let name = access == .immutable ? Self.immutable(path) : path
        let code = sqlite3_open_v2(name, &handle, access.flags | SQLITE_OPEN_NOMUTEX, nil)
        guard code == SQLITE_OK, let handle else {
            let message = String(cString: sqlite3_errstr(code))
            sqlite3_close_v2(handle)
            throw SQLiteError(code, message, "open \(path)")
        }
        self.path = path
        self.handle = handle
        sqlite3_extended_result_codes(handle, 1)
        sqlite3_busy_timeout(handle, Int32(busyTimeout))
    }

    deinit {
        for statement in statements.values { sqlite3_finalize(statement) }
        sqlite3_close_v2(handle)
    }

    /// What a connection may do to the file.
    package enum Access: Sendable, Hashable {
        /// Reads and writes; makes the file when there is none.
        case creating
        /// Reads and writes a file that is there; only reads one that may not be written.
        case existing
        /// Reads a file that nobody writes meanwhile, without locks and without any file beside it: for folders that
        /// may not be written (https://sqlite.org/uri.html#uriimmutable). What a write-ahead log holds is not seen.
        case immutable

        fileprivate var flags: Int32 {
            switch self {
            case .creating: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
            case .existing: SQLITE_OPEN_READWRITE
            case .immutable: SQLITE_OPEN_READONLY | SQLITE_OPEN_URI
            }
        }
    }

    private static func immutable(_ path: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var name = Array("file:".utf8)
        for byte in path.utf8 {
            if byte == UInt8(ascii: "%") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#") {
                name += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            } else {
                name.append(byte)
            }
        }
        return String(decoding: name, as: UTF8.self) + "?immutable=1"
    }

    // MARK: Statements

    /// Runs statements that take no parameters, one after another; rows they give are passed over.
    package func execute(_ statements: String) throws(SQLiteError) {
        let code = sqlite3_exec(handle, statements, nil, nil, nil)
        guard code == SQLITE_OK else { throw error(code, statements) }
    }

    /// Runs one statement that gives no rows.
    ///
    /// - Returns: how many rows it changed.
    @discardableResult
    package func run(_ statement: String, _ values: SQLiteValue...) throws(SQLiteError) -> Int {
        try query(statement, values) { _ throws(SQLiteError) in }
        return Int(sqlite3_changes(handle))
    }

    /// The rows of one statement, each made into something.
    package func rows<Item>(
        _ statement: String, _ values: SQLiteValue..., as make: (borrowing SQLiteRow) -> Item
    ) throws(SQLiteError) -> [Item] {
        var items: [Item] = []
        try query(statement, values) { row throws(SQLiteError) in items.append(make(row)) }
        return items
    }

    /// The first row of one statement made into something; nil when it gives none.
    package func first<Item>(
        _ statement: String, _ values: SQLiteValue..., as make: (borrowing SQLiteRow) -> Item
    ) throws(SQLiteError) -> Item? {
        var item: Item?
        try query(statement, values) { row throws(SQLiteError) in if item == nil { item = make(row) } }
        return item
    }

    private func query(
        _ text: String, _ values: [SQLiteValue], row: (borrowing SQLiteRow) throws(SQLiteError) -> Void
    ) throws(SQLiteError) {
        let statement = try prepare(text)
        defer {
            sqlite3_reset(statement)
            sqlite3_clear_bindings(statement)
        }
        for (index, value) in values.enumerated() {
            let code = bind(value, at: Int32(index + 1), of: statement)
            guard code == SQLITE_OK else { throw error(code, text) }
        }
        while true {
            switch sqlite3_step(statement) {
            case SQLITE_ROW: try row(SQLiteRow(statement: statement))
            case SQLITE_DONE: return
            case let code: throw error(code, text)
            }
        }
    }

    private func prepare(_ text: String) throws(SQLiteError) -> OpaquePointer {
        if let statement = statements[text] { return statement }
        var statement: OpaquePointer?
        let code = sqlite3_prepare_v3(handle, text, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
        guard code == SQLITE_OK, let statement else { throw error(code, text) }
        statements[text] = statement
        return statement
    }

    private func bind(_ value: SQLiteValue, at index: Int32, of statement: OpaquePointer) -> Int32 {
        // SQLITE_TRANSIENT, a cast that Swift does not import: SQLite copies the bytes.
        let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        switch value {
        case .null: return sqlite3_bind_null(statement, index)
        case .integer(let integer): return sqlite3_bind_int64(statement, index, Int64(integer))
        case .real(let real): return sqlite3_bind_double(statement, index, real)
        case .text(var text):
            return text.withUTF8 { bytes in
                bytes.withMemoryRebound(to: CChar.self) { characters in
                    guard let start = characters.baseAddress else {
                        return sqlite3_bind_text(statement, index, "", 0, copied)
                    }
                    return sqlite3_bind_text(statement, index, start, Int32(characters.count), copied)
                }
            }
        case .blob(let bytes):
            guard !bytes.isEmpty else { return sqlite3_bind_zeroblob(statement, index, 0) }
            return bytes.withUnsafeBytes {
                sqlite3_bind_blob(statement, index, $0.baseAddress, Int32($0.count), copied)
            }
        }
    }

    private func error(_ code: Int32, _ operation: String) -> SQLiteError {
        SQLiteError(code, String(cString: sqlite3_errmsg(handle)), operation)
    }

    // MARK: Transactions

    /// How a transaction takes its lock (https://sqlite.org/lang_transaction.html).
    package enum Lock: String, Sendable {
        case deferred = "BEGIN DEFERRED"
        case immediate = "BEGIN IMMEDIATE"
        case exclusive = "BEGIN EXCLUSIVE"
    }

    package func begin(_ lock: Lock = .immediate) throws(SQLiteError) { try execute(lock.rawValue) }

    package func commit() throws(SQLiteError) { try execute("COMMIT") }

    /// Undoes the transaction, if there is one.
    package func rollback() {
        if isInTransaction { try? execute("ROLLBACK") }
    }

    package var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    /// Runs `body` in a transaction of its own: committed when it returns, undone when it throws.
    package func transaction<Answer>(
        _ lock: Lock = .immediate, _ body: () throws -> Answer
    ) throws -> Answer {
        try begin(lock)
        do {
            let answer = try body()
            try commit()
            return answer
        } catch {
            rollback()
            throw error
        }
    }
}
