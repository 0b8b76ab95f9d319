import Glibc
import SQLite
import Testing

/// A folder for one test's database, removed with it.
final class Folder {
    let path: String

    init() {
        var template = Array("/tmp/kreform-sqlite-XXXXXX".utf8CString)
        path = mkdtemp(&template).map { String(cString: $0) } ?? "/nowhere"
    }

    deinit {
        for suffix in ["", "-wal", "-shm", "-journal"] { unlink(file + suffix) }
        rmdir(path)
    }

    var file: String { path + "/test.db" }
}

@Suite struct SQLiteConnectionTests {
    @Test func valuesComeBackAsTheyWent() throws {
        let connection = try SQLiteConnection(path: ":memory:")
        try connection.execute("CREATE TABLE t (v); CREATE TABLE u (w)")
        let values: [SQLiteValue] = [
            .null, .integer(.min), 42, 0.1, "", "text é 😀", "a\0b", .blob([]), .blob([0, 255, 7]),
        ]
        for value in values { try connection.run("INSERT INTO t VALUES (?)", value) }
        #expect(try connection.rows("SELECT v FROM t ORDER BY rowid") { $0[0] } == values)
        #expect(
            try connection.rows("SELECT typeof(v) FROM t ORDER BY rowid") { $0.text(0) }
                == ["null", "integer", "integer", "real", "text", "text", "text", "blob", "blob"])
    }

    @Test func rowsAreReadByType() throws {
        let connection = try SQLiteConnection(path: ":memory:")
        let row = try connection.first("SELECT 7, 2.5, 'x', x'0102', NULL, ?", "p") { row in
            [
                "\(row.count)", "\(row.integer(0))", "\(row.real(1))", row.text(2), "\(row.blob(3))",
                "\(row.isNull(4))",
                row.text(5),
            ]
        }
        #expect(row == ["6", "7", "2.5", "x", "[1, 2]", "true", "p"])
        #expect(try connection.first("SELECT 1 WHERE 0") { $0.integer(0) } == nil)
    }

    @Test func changesAreCounted() throws {
        let connection = try SQLiteConnection(path: ":memory:")
        try connection.execute("CREATE TABLE t (v)")
        for number in 0..<5 { #expect(try connection.run("INSERT INTO t VALUES (?)", .integer(number)) == 1) }
        #expect(try connection.run("UPDATE t SET v = v + 1 WHERE v > ?", 2) == 2)
    }

    @Test func errorsSayWhatFailed() throws {
        let connection = try SQLiteConnection(path: ":memory:")
        try connection.execute("CREATE TABLE t (v UNIQUE)")
        try connection.run("INSERT INTO t VALUES (1)")
        let twice = #expect(throws: SQLiteError.self) { try connection.run("INSERT INTO t VALUES (1)") }
        #expect(twice?.code == .constraint)
        #expect(twice?.description == "UNIQUE constraint failed: t.v (SQLite 2067, INSERT INTO t VALUES (1))")
        let wrong = #expect(throws: SQLiteError.self) { try connection.run("SELEKT") }
        #expect(wrong?.message == "near \"SELEKT\": syntax error")
        let nowhere = #expect(throws: SQLiteError.self) { try SQLiteConnection(path: "/nowhere/at/all.db") }
        #expect(nowhere?.code == .cannotOpen)
        // A failed statement is of use again.
        try connection.run("INSERT INTO t VALUES (2)")
    }

    @Test func aFileThatIsNoDatabaseIsToldSo() throws {
        let folder = Folder()
        let file = try #require(fopen(folder.file, "w"))
        fputs(String(repeating: "this is no database\n", count: 100), file)
        fclose(file)
        let connection = try SQLiteConnection(path: folder.file)
        let error = #expect(throws: SQLiteError.self) { try connection.execute("CREATE TABLE t (v)") }
        #expect(error?.code == .notADatabase)
    }

    @Test func theFileIsForItsOwnerAlone() throws {
        let folder = Folder()
        let connection = try SQLiteConnection(path: folder.file)
        try connection.execute("PRAGMA journal_mode = WAL; CREATE TABLE t (v)")
        for suffix in ["", "-wal", "-shm"] {
            var status = stat()
            #expect(stat(folder.file + suffix, &status) == 0)
            #expect(status.st_mode & 0o777 == 0o600)
        }
    }

    @Test func aTransactionIsAllOrNothing() throws {
        struct Stop: Error {}
        let connection = try SQLiteConnection(path: ":memory:")
        try connection.execute("CREATE TABLE t (v)")
        try connection.transaction { try connection.run("INSERT INTO t VALUES (1)") }
        #expect(throws: Stop.self) {
            try connection.transaction {
                try connection.run("INSERT INTO t VALUES (2)")
                #expect(connection.isInTransaction)
                throw Stop()
            }
        }
        #expect(!connection.isInTransaction)
        #expect(try connection.rows("SELECT v FROM t") { $0.integer(0) } == [1])
    }

    @Test func anotherConnectionsLockIsBusy() throws {
        let folder = Folder()
        let one = try SQLiteConnection(path: folder.file)
        let two = try SQLiteConnection(path: folder.file, busyTimeout: 0)
        try one.execute("PRAGMA journal_mode = WAL; CREATE TABLE t (v)")
        try one.begin()
        let error = #expect(throws: SQLiteError.self) { try two.begin() }
        #expect(error?.code == .busy)
        try one.run("INSERT INTO t VALUES (1)")
        #expect(try two.rows("SELECT v FROM t") { $0.integer(0) } == [])
        try one.commit()
        #expect(try two.rows("SELECT v FROM t") { $0.integer(0) } == [1])
        one.rollback()
    }
}
