import Fields
import Glibc
import Model
import SQLite
import StateStore
import Testing

/// What is not ours, or not for us, is left as it is, byte for byte.
@Suite struct RefusalTests {
    /// Opening and reading both fail with `code`, and the file keeps its bytes.
    private func expectRefused(
        _ folder: StateFolder, _ code: StateStoreError.Code, sourceLocation: SourceLocation = #_sourceLocation
    ) -> StateStoreError? {
        let before = folder.bytes("kreform.db")
        let opened = #expect(throws: StateStoreError.self, sourceLocation: sourceLocation) { try folder.open() }
        let read = #expect(throws: StateStoreError.self, sourceLocation: sourceLocation) { try folder.read() }
        #expect(opened?.code == code, sourceLocation: sourceLocation)
        #expect(read?.code == code, sourceLocation: sourceLocation)
        #expect(folder.bytes("kreform.db") == before, sourceLocation: sourceLocation)
        return opened
    }

    @Test func anotherProgramsDatabaseIsRefused() throws {
        let folder = StateFolder()
        try SQLiteConnection(path: folder.file).execute("CREATE TABLE bookmarks (url)")
        let error = expectRefused(folder, .foreign)
        #expect(error?.diagnostic(path: "s.db") == Diagnostic(
            code: "state-foreign", summary: "The state s.db is not a state: the file was not written by Kreform",
            detail: "It was left as it is. Move it away, or name another place with `--state`."))
    }

    @Test func anEmptyFileIsNotTakenForNoState() {
        let folder = StateFolder()
        folder.write([], to: folder.file)
        let error = expectRefused(folder, .damaged)
        #expect(error?.message == "is damaged: it is empty")
    }

    @Test func aTextFileIsRefused() {
        let folder = StateFolder()
        folder.write(Array("kreform: v1\n".utf8), to: folder.file)
        _ = expectRefused(folder, .foreign)
    }

    @Test func aNewerStateIsRefused() async throws {
        let folder = StateFolder()
        await (try folder.open()).close()
        try SQLiteConnection(path: folder.file).execute("PRAGMA journal_mode = DELETE; PRAGMA user_version = 99")
        let error = expectRefused(folder, .newer)
        #expect(error?.diagnostic(path: "s.db") == Diagnostic(
            code: "state-newer",
            summary: "The state s.db was written by a newer Kreform (its format is 99, this Kreform knows \(StateSchema.current.version))",
            detail: "It was left as it is. Use the newer Kreform."))
    }

    @Test func aDamagedStateIsRefused() async throws {
        let folder = StateFolder()
        let store = try folder.open()
        for number in 0..<200 { try await store.record(.write(record("x\(number)"))) }
        await store.close()
        var bytes = folder.bytes("kreform.db")
        #expect(bytes.count > 20_000)
        // Past the header and the schema, every page is damaged.
        for index in 8192..<bytes.count { bytes[index] = 0xA5 }
        folder.write(bytes, to: folder.file)
        _ = expectRefused(folder, .damaged)
    }

    @Test func aRowThatCannotBeReadIsDamage() async throws {
        let folder = StateFolder()
        let store = try folder.open()
        try await store.record(.write(record("x")))
        await store.close()
        try SQLiteConnection(path: folder.file).execute("UPDATE objects SET entity = 'nobody'")
        let error = #expect(throws: StateStoreError.self) { try folder.read() }
        #expect(error?.message == "is damaged: a row of its table `objects` cannot be read")
    }

    @Test func aLogWithoutItsStateIsNotPlayedIntoANewOne() async throws {
        let folder = StateFolder()
        let store = try folder.open()
        try await store.record(.write(record("x")))
        let crashed = folder.crashed()
        unlink(crashed.file)
        let error = #expect(throws: StateStoreError.self) { try crashed.open() }
        #expect(error?.code == .damaged)
        #expect(!crashed.bytes("kreform.db-wal").isEmpty)
    }

    @Test func aFullDiskLosesNothing() async throws {
        let folder = StateFolder()
        await (try folder.open()).close()
        // The connection that migrates may not grow the file any more: SQLITE_FULL, as on a full disk.
        let limited = StateSchema(
            migrations: StateSchema.current.migrations + [
                StateSchema.Migration(version: StateSchema.current.version + 1, statements: "PRAGMA max_page_count = 40")
            ])
        let store = try folder.open(schema: limited)
        let run = try await store.beginTestRun()
        try await store.record(.write(record("x")))
        let before = try await store.snapshot()
        var failure: StateStoreError?
        var begun = 0
        for number in 0..<10_000 where failure == nil {
            do {
                _ = try await store.begin(creation("y\(number)"), run: run, at: time)
                begun += 1
            } catch {
                failure = error
            }
        }
        #expect(failure?.code == .diskFull)
        await store.close()
        let kept = try StateStore.read(at: folder.file, schema: limited)
        #expect(begun > 0)
        #expect(kept.openEntries.count == begun)
        #expect(kept.state == before.state)
    }
}

@Suite struct LockTests {
    @Test func aSecondRunIsToldWhoHoldsTheState() async throws {
        let folder = StateFolder()
        let store = try folder.open(command: "destroy")
        let error = #expect(throws: StateStoreError.self) {
            try StateStore.open(at: folder.file, holder: "bob@host", command: "apply")
        }
        #expect(error?.code == .locked)
        let message = error?.message ?? ""
        #expect(message.hasPrefix("is in use by ada@host: `kreform destroy`, process \(getpid()), since 2"))
        // Reading needs no lock.
        #expect(try folder.read().state.lineage == (try await store.snapshot()).state.lineage)
        await store.close()
        await (try folder.open()).close()
    }

    @Test func theLockOfAProcessThatDiedIsFree() throws {
        let folder = StateFolder()
        folder.write(
            Array(#"{"pid":1,"who":"ada@host","command":"apply","since":"2026-01-01T00:00:00Z"}"#.utf8),
            to: folder.file + ".lock")
        _ = try folder.open()
    }

    @Test func aClosedStateIsNotUsed() async throws {
        let folder = StateFolder()
        let store = try folder.open()
        await store.close()
        await #expect(throws: StateStoreError.self) { try await store.snapshot() }
        await #expect(throws: StateStoreError.self) { try await store.beginTestRun() }
    }
}

@Suite struct MigrationTests {
    private var next: StateSchema {
        StateSchema(
            migrations: StateSchema.current.migrations + [
                StateSchema.Migration(version: StateSchema.current.version + 1, statements: "ALTER TABLE runs ADD COLUMN extra TEXT")
            ])
    }

    private func version(_ folder: StateFolder) throws -> Int? {
        try SQLiteConnection(path: folder.file).first("PRAGMA user_version") { $0.integer(0) }
    }

    @Test func anOlderStateIsMigratedByTheRunThatHasTheLock() async throws {
        let folder = StateFolder()
        let store = try folder.open()
        try await store.record(.write(record("x")))
        let before = try await store.snapshot()
        await store.close()
        // Reading it shows the same, and does not migrate.
        #expect(try StateStore.read(at: folder.file, schema: next) == before)
        #expect(try version(folder) == StateSchema.current.version)
        let migrated = try folder.open(schema: next)
        #expect(try await migrated.snapshot() == before)
        await migrated.close()
        #expect(try version(folder) == next.version)
        // The state as it was is in the backup.
        #expect(try StateStore.read(at: folder.file + ".backup") == before)
    }

    @Test func aStateOfTheFirstFormatIsReadAndMigrated() async throws {
        let folder = StateFolder()
        let first = StateSchema(migrations: Array(StateSchema.current.migrations.prefix(1)))
        await (try folder.open(schema: first)).close()
        try SQLiteConnection(path: folder.file).execute(
            """
            INSERT INTO objects VALUES ('', 'ConfigMap', 'n', 'x', 'runtime/r', 'v1', 'uid-x', '7', NULL, '{}',
                '{"f:data":{}}', '[]', 0)
            """)
        for _ in 0..<2 {
            let object = try #require(try StateStore.read(at: folder.file).state.objects.values.first)
            #expect(object.uid == "uid-x" && object.left.isEmpty)
            await (try folder.open()).close()
        }
        #expect(try version(folder) == StateSchema.current.version)
    }

    @Test func aMigrationThatFailsChangesNothing() async throws {
        let folder = StateFolder()
        let store = try folder.open()
        try await store.record(.write(record("x")))
        let before = try await store.snapshot()
        await store.close()
        let broken = StateSchema(
            migrations: StateSchema.current.migrations + [
                StateSchema.Migration(
                    version: StateSchema.current.version + 1,
                    statements: "DELETE FROM objects; ALTER TABLE nothing ADD COLUMN x")
            ])
        #expect(throws: StateStoreError.self) { try folder.open(schema: broken) }
        #expect(try version(folder) == StateSchema.current.version)
        #expect(try folder.read() == before)
    }
}
