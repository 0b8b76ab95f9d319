import Digest
import Glibc
import JSON
import Model
import SQLite
import StateStore
import Testing

@Suite struct StateStoreTests {
    @Test func withoutAFileTheStateIsEmptyAndNothingIsMade() throws {
        let folder = StateFolder()
        #expect(try folder.read() == StateSnapshot())
        #expect(folder.names == [])
    }

    @Test func aNewStateHasALineageAndAKeyOfItsOwn() async throws {
        let folder = StateFolder(), other = StateFolder()
        let store = try folder.open()
        let snapshot = try await store.snapshot()
        #expect(snapshot.state.lineage?.count == 36)
        #expect(snapshot.state.serial == 0)
        #expect(snapshot.key == store.key)
        #expect(snapshot.state.entities.isEmpty && snapshot.state.objects.isEmpty && snapshot.runs.isEmpty)
        let second = try other.open()
        #expect(try await second.snapshot().state.lineage != snapshot.state.lineage)
        #expect(second.key != store.key)
        await store.close()
        #expect(try folder.read() == snapshot)
    }

    @Test func onlyTheOwnerMayReadAnyOfItsFiles() async throws {
        let folder = StateFolder()
        let nested = "\(folder.path)/a/b"
        let store = try StateStore.open(at: "\(nested)/kreform.db", holder: "ada@host", command: "apply")
        try await store.backup()
        #expect(folder.mode("a") == 0o700)
        #expect(folder.mode("a/b") == 0o700)
        for name in ["kreform.db", "kreform.db-wal", "kreform.db-shm", "kreform.db.lock", "kreform.db.backup"] {
            #expect(folder.mode("a/b/\(name)") == 0o600, "\(name)")
        }
        await store.close()
        for name in ["kreform.db", "kreform.db.lock", "kreform.db.backup"] { unlink("\(nested)/\(name)") }
        rmdir(nested)
        rmdir("\(folder.path)/a")
    }

    @Test func aRequestIsInTheJournalUntilItsRecordIsWritten() async throws {
        let folder = StateFolder()
        let store = try folder.open()
        let run = try await store.beginTestRun()
        let entry = try await store.begin(creation("x"), run: run, at: time)
        #expect(
            try folder.read().openEntries == [
                JournalEntry(
                    id: entry, run: run, action: .create, address: address("x"), apiVersion: "v1", entity: .runtime("r"),
                    intended: manifest("x").content, dependsOn: manifest("x").dependsOn, priorUID: nil, begun: time)
            ])
        try await store.finish(entry, outcome: .done, record: .write(record("x")), at: time)
        let snapshot = try folder.read()
        #expect(snapshot.openEntries == [])
        #expect(snapshot.state.objects == [address("x"): record("x")])
        #expect(snapshot.state.serial == 1)

        let gone = try await store.begin(deletion("x"), run: run, at: time)
        #expect(try folder.read().openEntries.map(\.priorUID) == ["u-1"])
        try await store.finish(gone, outcome: .failed, record: .keep, at: time)
        #expect(try folder.read().state.objects == [address("x"): record("x")])
        // It was refused.
        #expect(try folder.read().state.deleting == [])
        let begun = try await store.begin(deletion("x"), run: run, at: time)
        try await store.finish(begun, outcome: .deleting, record: .keep, at: time)
        // It goes on by itself, whatever becomes of another request.
        let refused = try await store.begin(deletion("x"), run: run, at: time)
        try await store.finish(refused, outcome: .failed, record: .keep, at: time)
        #expect(try folder.read().state.deleting == ["u-1"])
        let again = try await store.begin(deletion("x"), run: run, at: time)
        try await store.finish(again, outcome: .done, record: .forget(address("x")), at: time)
        #expect(try folder.read().state.objects == [:])
        #expect(try folder.read().state.deleting == [])
        #expect(try folder.read().state.serial == 5)
    }

    @Test func whatIsCommittedSurvivesACrash() async throws {
        let folder = StateFolder()
        let store = try folder.open()
        let run = try await store.beginTestRun()
        let first = try await store.begin(creation("x"), run: run, at: time)
        try await store.finish(first, outcome: .done, record: .write(record("x")), at: time)
        _ = try await store.begin(creation("y"), run: run, at: time)
        // The files as they are on the disk now, with nobody having closed anything.
        let crashed = folder.crashed()
        let found = try crashed.read()
        #expect(found.state.objects.keys.map(\.name) == ["x"])
        #expect(found.openEntries.map(\.address.name) == ["y"])
        #expect(found.runs.map(\.outcome) == [nil])
        let taken = try crashed.open()
        #expect(try await taken.snapshot() == found)
    }

    @Test func itsEngineAndTypesAreThereWithoutTheRest() async throws {
        let folder = StateFolder()
        #expect(StateStore.kinds(at: folder.file) == nil)
        let store = try folder.open()
        #expect(StateStore.kinds(at: folder.file) == nil)
        try await store.bind(to: cluster, engine: "shop")
        let run = try await store.beginTestRun()
        for name in ["x", "y"] {
            let entry = try await store.begin(creation(name), run: run, at: time)
            try await store.finish(entry, outcome: .done, record: .write(record(name)), at: time)
        }
        let known = try #require(StateStore.kinds(at: folder.file))
        #expect(known.engine == "shop")
        #expect(known.types == [ResourceType(apiVersion: "v1", kind: "ConfigMap")])
        await store.close()
        folder.write(Array("no state".utf8), to: folder.file)
        #expect(StateStore.kinds(at: folder.file) == nil)
    }

    @Test func anEntryEndsOnce() async throws {
        let folder = StateFolder()
        let store = try folder.open()
        let run = try await store.beginTestRun()
        let entry = try await store.begin(creation("x"), run: run, at: time)
        try await store.finish(entry, outcome: .failed, record: .keep, at: time)
        let error = await #expect(throws: StateStoreError.self) {
            try await store.finish(entry, outcome: .done, record: .write(record("x")), at: time)
        }
        #expect(error?.code == .journal)
        #expect(try folder.read().state.objects == [:])
        #expect(try folder.read().state.serial == 1)
    }

    @Test func aStepLeavesItsRecordsAndALineOfHistory() async throws {
        let folder = StateFolder()
        let store = try folder.open()
        let run = try await store.beginTestRun()
        let version = EntityAddress.version(runtime: "r", name: "v1")
        let wanted = EntityRecord(
            address: version, description: "The first", status: .started, packageDigest: SHA256Digest(of: Array("p".utf8)))
        let runtime = EntityRecord(address: .runtime("r"), description: "R", protected: true, namespace: "e-r")
        let publication = EntityRecord(address: .publication(runtime: "r"), published: "v1")
        let activity = Activity(
            run: run, step: .publish, entity: version, from: .stopped, to: .started, replaced: "v0", at: time)
        try await store.settleStep(
            records: [wanted, runtime, publication].map { RecordChange(address: $0.address, record: $0) }, activity: activity)
        var snapshot = try folder.read()
        #expect(snapshot.state.entities == [version: wanted, runtime.address: runtime, publication.address: publication])
        #expect(snapshot.activities == [activity])
        try await store.settleStep(
            records: [RecordChange(address: version, record: nil)],
            activity: Activity(
                run: run, step: .deleteVersion, entity: version, from: nil, to: nil, replaced: nil, at: time))
        snapshot = try folder.read()
        #expect(snapshot.state.entities.keys.sorted() == [runtime.address, publication.address])
        #expect(snapshot.activities.map(\.step) == [.publish, .deleteVersion])
        #expect(snapshot.state.serial == 2)
    }

    @Test func runsAreKeptWithTheirEnds() async throws {
        let folder = StateFolder()
        let store = try folder.open()
        let first = try await store.beginTestRun()
        let later = Timestamp(seconds: time.seconds + 5)
        try await store.endRun(first, .interrupted, at: later)
        let second = try await store.beginTestRun()
        #expect(
            try folder.read().runs == [
                Run(
                    id: first, command: "apply", who: "ada@host", comment: "why", planDigest: "sha256:0", started: time,
                    ended: later, outcome: .interrupted),
                Run(id: second, command: "apply", who: "ada@host", comment: "why", planDigest: "sha256:0", started: time),
            ])
        #expect(second == first + 1)
    }

    @Test func oneStateDescribesOneCluster() async throws {
        let folder = StateFolder()
        let store = try folder.open()
        try await store.bind(to: cluster, engine: "e")
        try await store.bind(to: ClusterIdentity(name: "renamed", uid: "c-1"), engine: "e")
        #expect(try folder.read().state.cluster == ClusterIdentity(name: "renamed", uid: "c-1"))
        let error = await #expect(throws: StateStoreError.self) {
            try await store.bind(to: ClusterIdentity(name: "other", uid: "c-2"), engine: "e")
        }
        #expect(error?.diagnostic(path: "s.db") == Diagnostic(
            code: "state-other-cluster", summary: "The state s.db describes the cluster renamed (c-1), and this is other (c-2)",
            detail: "Choose the context of renamed, or another state with `--state`: each cluster has its own."))
        #expect(try folder.read().state.cluster?.uid == "c-1")
        let renamed = await #expect(throws: StateStoreError.self) { try await store.bind(to: cluster, engine: "f") }
        #expect(renamed?.code == .otherEngine)
        #expect(try folder.read().state.engine == "e")
    }

    @Test func theBackupOfALostStateIsNotOverwrittenByItsSuccessor() async throws {
        let folder = StateFolder()
        let lost = try folder.open()
        try await lost.record(.write(record("x")))
        try await lost.backup()
        let snapshot = try await lost.snapshot()
        await lost.close()
        for suffix in ["", "-wal", "-shm"] { unlink(folder.file + suffix) }
        let successor = try folder.open()
        for _ in 1...2 { try await successor.backup() }
        await successor.close()
        let lineage = try #require(snapshot.state.lineage)
        #expect(try StateStore.read(at: "\(folder.file).backup.\(lineage)") == snapshot)
        #expect(try StateStore.read(at: folder.file + ".backup").state.objects.isEmpty)
        #expect(folder.names.count { $0.contains(".backup") } == 2)
    }

    @Test func aLinkToAStateHasTheLockOfTheState() async throws {
        let folder = StateFolder()
        let store = try folder.open()
        let link = folder.path + "/link.db"
        #expect(symlink("kreform.db", link) == 0)
        #expect(StateStore.isHeld(at: link))
        let failure = #expect(throws: StateStoreError.self) {
            try StateStore.open(at: link, holder: "bob@host", command: "apply")
        }
        #expect(failure?.code == .locked)
        await store.close()
        let again = try StateStore.open(at: link, holder: "bob@host", command: "apply")
        try await again.backup()
        await again.close()
        #expect(folder.names == ["kreform.db", "kreform.db.backup", "kreform.db.lock", "link.db"])
    }

    @Test func theBackupIsTheStateBeforeTheRun() async throws {
        let folder = StateFolder()
        let store = try folder.open()
        let run = try await store.beginTestRun()
        try await store.record(.write(record("x")))
        try await store.backup()
        try await store.record(.forget(address("x")))
        _ = run
        #expect(try StateStore.read(at: folder.file + ".backup").state.objects.keys.map(\.name) == ["x"])
        #expect(try folder.read().state.objects.isEmpty)
    }
}
