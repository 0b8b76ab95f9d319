import Digest
import Model
import SQLite
import StateStore
import Testing

@Suite struct RebuildTests {
    private let key = DigestKey(bytes: Array(0..<32))
    private let runtime = EntityRecord(address: .runtime("r"), namespace: "e-r")

    private func rebuilt(engine: String = "e", _ names: String...) -> StateStore.Rebuilt {
        StateStore.Rebuilt(
            cluster: cluster, engine: engine, runtimeKeys: key.map { ["r": $0] } ?? [:], entities: [runtime],
            objects: names.map { record($0) })
    }

    @Test func anEmptyStateTakesWhatWasFound() async throws {
        let folder = StateFolder()
        let store = try folder.open()
        let before = try await store.snapshot()
        #expect(before.isEmpty)
        try await store.rebuild(rebuilt("x"), replacing: false, who: "ada@host", at: time)
        let after = try await store.snapshot()
        #expect(after.state.entities == [.runtime("r"): runtime])
        #expect(after.state.objects == [address("x"): record("x")])
        #expect(after.state.lineage == before.state.lineage && after.state.serial == 1)
        #expect(after.key == before.key && after.runtimeKeys["r"] == key)
        #expect(after.runs.map(\.command) == ["state rebuild"] && after.runs.map(\.outcome) == [.succeeded])
    }

    @Test func aReplacedStateLeavesNothingBehind() async throws {
        let folder = StateFolder()
        let store = try folder.open()
        let run = try await store.beginTestRun()
        try await store.bind(to: ClusterIdentity(name: "other", uid: "c-2"), engine: "other")
        _ = try await store.begin(creation("half"), run: run, at: time)
        try await store.record(.write(record("old")))
        let before = try await store.snapshot()
        #expect(!before.isEmpty)
        try await store.rebuild(rebuilt("x"), replacing: true, who: "ada@host", at: time)
        let after = try await store.snapshot()
        #expect(after.state.objects == [address("x"): record("x")])
        #expect(after.openEntries == [] && after.activities == [] && after.runs.count == 1)
        #expect(after.state.lineage != before.state.lineage && after.state.lineage?.count == 36)
        #expect(after.state.cluster == cluster && after.state.engine == "e")
        #expect(after.key == before.key)
    }

    @Test func aRebuildThatFailsChangesNothing() async throws {
        let folder = StateFolder()
        let store = try folder.open()
        try await store.bind(to: cluster, engine: "other")
        let before = try await store.snapshot()
        await #expect(throws: StateStoreError.self) {
            try await store.rebuild(rebuilt("x"), replacing: false, who: "ada@host", at: time)
        }
        #expect(try await store.snapshot() == before)
    }

    /// Before there were keys for each runtime, digests were made under the state's own: they stay as they are.
    @Test func runtimesOfAnOlderStateKeepItsKey() async throws {
        let folder = StateFolder()
        let store = try folder.open()
        try await store.rebuild(rebuilt("x"), replacing: false, who: "ada@host", at: time)
        let state = try await store.snapshot().state
        await store.close()
        let old = try SQLiteConnection(path: folder.file)
        try old.execute(
            """
            DROP TABLE runtime_keys; ALTER TABLE objects DROP COLUMN left_fields; ALTER TABLE activities DROP COLUMN weight;
            PRAGMA user_version = 1
            """)
        #expect(try folder.read().state == state)
        let migrated = try folder.open()
        let snapshot = try await migrated.snapshot()
        #expect(snapshot.state == state)
        #expect(snapshot.runtimeKeys == ["r": migrated.key])
        #expect(snapshot.keys?.key(ofRuntime: "r") == migrated.key)
        #expect(snapshot.keys?.key(ofRuntime: "new") == migrated.key.derived(for: "runtime/new"))
    }

    @Test func aRuntimeThatGoesTakesItsKeyAlong() async throws {
        let folder = StateFolder()
        let store = try folder.open()
        try await store.rebuild(rebuilt("x"), replacing: false, who: "ada@host", at: time)
        let run = try await store.beginTestRun()
        try await store.settleStep(
            records: [RecordChange(address: .runtime("r"), record: nil)],
            activity: Activity(
                run: run, step: .deleteRuntime, entity: .runtime("r"), from: nil, to: nil, replaced: nil, at: time))
        #expect(try await store.snapshot().runtimeKeys == [:])
    }
}
