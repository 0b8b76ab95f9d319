import Digest
import Engine
import Fields
import FoundationEssentials
import Glibc
import JSON
import Model
import Sandbox
import StateStore
import TestSupport
import Testing

/// A lost state, made again from what the cluster tells.
@Suite struct RebuildTests {
    private let secrets = ResourceType(apiVersion: "v1", kind: "Secret")

    @Test func everythingThatRunsIsKnownAgainAndNothingIsTouched() async throws {
        let shop = try Shop()
        shop.want([("main", [("v1", "started"), ("v2", "published")]), ("other", [("v1", "published"), ("v2", "stopped")])])
        try await shop.bring()
        let before = try shop.snapshot()
        let cluster = try await shop.cluster().everything()
        shop.loseState()
        let report = try await shop.engine().rebuild(replacing: false).report
        #expect(report.warnings == [] && report.differing == [])
        let after = try shop.snapshot()
        #expect(after.state.entities == before.state.entities)
        #expect(after.state.lineage != before.state.lineage && after.state.cluster == before.state.cluster)
        #expect(Set(after.state.objects.keys) == Set(before.state.objects.keys))
        for (address, record) in after.state.objects {
            let old = try #require(before.state.objects[address])
            #expect(record.entity == old.entity && record.uid == old.uid && record.owned == old.owned, "\(address)")
            #expect(record.dependsOn == old.dependsOn && record.isReady, "\(address)")
            if address.kind != "Secret" { #expect(record.applied == old.applied, "\(address)") }
        }
        #expect(try await shop.engine().plan(.apply).plan.isEmpty)
        #expect(try await shop.cluster().everything() == cluster)
        // Keys too: a changed value is still told from an unchanged one.
        let engine = try Engine(EngineSettings(
            path: shop.path, environment: ["API_SECRET": "another-0123456789"], cluster: .sandbox(speed: .instant)))
        let secret = try #require(try await shop.object("Secret", "room-price-v2-krt-conf"))
        let change = try await engine.plan(.apply).plan.changes.first { $0.inPlaceOf == secret.address }
        #expect(change?.differences.map(\.path) == [FieldPath("data", "API_SECRET")])
    }

    @Test func rebuildingTwiceGivesTheSameRecords() async throws {
        let shop = try Shop()
        shop.want(("v1", "stopped"), ("v2", "published"))
        try await shop.bring()
        shop.loseState()
        _ = try await shop.engine().rebuild(replacing: false)
        let first = try shop.snapshot().state
        let failure = await #expect(throws: EngineFailure.self) { try await shop.engine().rebuild(replacing: false) }
        #expect(failure?.diagnostics.map(\.code) == ["state-exists"])
        #expect(try shop.snapshot().state == first)
        _ = try await shop.engine().rebuild(replacing: true)
        let second = try shop.snapshot().state
        #expect(second.entities == first.entities && second.objects == first.objects)
        #expect(second.lineage != first.lineage)
        // The old one is the backup.
        #expect(try StateStore.read(at: "\(shop.path)/state/sandbox/kreform.db.backup").state == first)
        #expect(try await shop.engine().plan(.apply).plan.isEmpty)
    }

    @Test func whatDriftedIsStillDrift() async throws {
        let shop = try Shop()
        shop.want(("v1", "published"))
        try await shop.bring()
        let cluster = try shop.cluster()
        try await cluster.edit(
            ResourceType(apiVersion: "apps/v1", kind: "Deployment"), namespace: "shop-main", name: "room-price-v1-entrypoint"
        ) { $0[JSONPointer(tokens: ["spec", "replicas"])] = 4 }
        let config = try #require(try await shop.object("ConfigMap", "room-price-v1-krt-conf"))
        try await cluster.delete(DeleteRequest(
            type: config.type, namespace: "shop-main", name: config.address.name, uid: config.uid))
        shop.loseState()
        let report = try await shop.engine().rebuild(replacing: false).report
        #expect(report.differing.map(\.short) == ["Deployment room-price-v1-entrypoint"])
        let plan = try await shop.engine().plan(.apply).plan
        #expect(plan.lines == [
            "update version/main/room-price-v1: changed in file, drifted in cluster",
            "  create ConfigMap \(config.address.name)", "  update Deployment room-price-v1-entrypoint: spec.replicas",
        ])
        let difference = try #require(plan.changes.first { $0.action == .update }?.differences.first)
        guard case .drift(manager: "kubectl-edit", time: _) = difference.cause else { throw Unexpected() }
        try await shop.bring()
    }

    @Test func whatTheFilesChangedMeanwhileIsAChangeOfTheFiles() async throws {
        let shop = try Shop()
        shop.want(("v2", "started"))
        try await shop.bring()
        shop.loseState()
        shop.write("neighbourhood,weight\nSoHo,1.3\n", to: "config/price-rules.csv")
        _ = try await shop.engine().rebuild(replacing: false)
        let plan = try await shop.engine().plan(.apply).plan
        #expect(plan.lines.first == "update version/main/room-price-v2: changed in file")
        #expect(plan.changes.flatMap(\.differences).allSatisfy { $0.cause == .file })
        try await shop.bring()
    }

    @Test func whatLeftTheFilesIsTakenAwayAfterwards() async throws {
        let shop = try Shop()
        shop.want([("main", [("v1", "started"), ("v2", "published")]), ("other", [("v1", "started")])])
        try await shop.bring()
        let before = try shop.snapshot().state
        shop.loseState()
        shop.want(("v1", "published"))
        let report = try await shop.engine().rebuild(replacing: false).report
        #expect(report.runtimes.map(\.isWanted) == [true, false])
        #expect(report.runtimes[0].versions.map(\.isWanted) == [true, false] && report.runtimes[0].published == "room-price-v2")
        #expect(try shop.snapshot().state.entities == before.entities)
        // Nothing goes before what may need it, and nothing needs itself.
        let state = try shop.snapshot().state
        for (address, record) in before.objects {
            let rebuilt = try #require(state.objects[address])
            #expect(record.dependsOn.allSatisfy { needs(state, rebuilt.address, $0) }, "\(address)")
            #expect(!needs(state, address, address))
        }
        let outcome = try await shop.bring()
        #expect(outcome.plan.steps.map { "\($0.action.rawValue) \($0.entity)" } == [
            "publish version/main/room-price-v1", "unpublish version/main/room-price-v2", "stop version/main/room-price-v2",
            "delete-version version/main/room-price-v2", "stop version/other/room-price-v1",
            "delete-version version/other/room-price-v1", "delete-runtime runtime/other",
        ])
        try await shop.bring(.destroy)
        #expect(try await shop.cluster().everything().filter { $0.label(ObjectLabels.engine) == "shop" } == [])
    }

    /// Whether one object needs another, itself or by way of others.
    private func needs(_ state: State, _ address: ResourceAddress, _ other: ResourceAddress) -> Bool {
        var open = state.objects[address]?.dependsOn ?? []
        var seen: Set<ResourceAddress> = []
        while let next = open.popLast() {
            if next == other { return true }
            if seen.insert(next).inserted { open += state.objects[next]?.dependsOn ?? [] }
        }
        return false
    }

    @Test func aProtectedRuntimeStaysProtected() async throws {
        let shop = try Shop()
        shop.want(("v1", "started"))
        let file = "kreform: v1\nengine: shop\nruntimes:\n  - name: main\n    description: Prices\n    protect: true\n    versions: []\n"
        shop.write(file, to: "kreform.yaml")
        try await shop.bring()
        let before = try shop.snapshot().state.entities
        shop.loseState()
        shop.write("kreform: v1\nengine: shop\nruntimes: []\n", to: "kreform.yaml")
        _ = try await shop.engine().rebuild(replacing: false)
        #expect(try shop.snapshot().state.entities == before)
        let failure = await #expect(throws: EngineFailure.self) { try await shop.engine().plan(.apply) }
        #expect(failure?.diagnostics.map(\.code) == ["runtime-protected"])
    }

    @Test func aStartThatWasCutOffGoesOn() async throws {
        let shop = try Shop()
        shop.want([("main", [])])
        try await shop.bring()
        shop.want(("v1", "started"))
        shop.write(
            "faults:\n  - pod: {name: room-price-v1-entrypoint}\n    never: ready\n    reason: ImagePullBackOff\n",
            to: "faults.yaml")
        let run = try await shop.engine(faults: "\(shop.path)/faults.yaml").begin(.apply)
        #expect(try await run.carryOut(RunSettings(timeout: 120)) { _ in }.outcome == .failed)
        await run.end()
        shop.loseState()
        let report = try await shop.engine().rebuild(replacing: false).report
        #expect(report.runtimes[0].versions.map(\.isUnfinished) == [true])
        let outcome = try await shop.bring()
        #expect(outcome.plan.steps.map(\.action) == [.start])
    }

    // MARK: What is not ours, and what cannot be read

    @Test func copiesAndOtherEnginesObjectsAreLeftOut() async throws {
        let shop = try Shop()
        shop.want(("v1", "started"))
        try await shop.bring()
        let config = try #require(try await shop.object("ConfigMap", "room-price-v1-conf-files"))
        func copy(_ name: String, engine: String) async throws {
            var labels = config.metadata["labels"] ?? [:]
            labels[ObjectLabels.engine] = .string(engine)
            let object: JSONValue = [
                "apiVersion": "v1", "kind": "ConfigMap",
                "metadata": ["name": .string(name), "namespace": "shop-main", "labels": labels],
            ]
            _ = try await shop.cluster().apply(ApplyRequest(object: object), as: "kubectl", force: true)
        }
        try await copy("copy", engine: "shop")
        try await copy("other", engine: "other")
        shop.loseState()
        let report = try await shop.engine().rebuild(replacing: false).report
        #expect(report.warnings.map(\.code) == ["object-left-out"])
        #expect(report.warnings.map(\.address) == ["ConfigMap/shop-main/copy"])
        #expect(try await shop.engine().plan(.apply).plan.isEmpty)
        try await shop.bring(.destroy)
    }

    @Test func aKindThatMayNotBeListedIsTold() async throws {
        let shop = try Shop()
        shop.want(("v1", "started"))
        try await shop.bring()
        shop.loseState()
        shop.write("faults:\n  - requests: {verb: list, kind: Secret}\n    answer: 403\n", to: "faults.yaml")
        let report = try await shop.engine(faults: "\(shop.path)/faults.yaml").rebuild(replacing: false).report
        #expect(report.warnings.map(\.code) == ["rebuild-incomplete"])
        #expect(report.warnings.map(\.summary) == ["Objects of the kind v1 Secret may not be listed"])
        #expect(!report.kinds.contains { $0.type == secrets })
        #expect(try !shop.snapshot().state.objects.isEmpty)
        // An old state's records of such objects are kept.
        shop.loseState()
        try await shop.bring()
        let before = try shop.snapshot().state
        _ = try await shop.engine(faults: "\(shop.path)/faults.yaml").rebuild(replacing: true)
        #expect(try Set(shop.snapshot().state.objects.keys) == Set(before.objects.keys))
        #expect(try await shop.engine().plan(.apply).plan.isEmpty)
        // With the right to, all is well.
        _ = try await shop.engine().rebuild(replacing: true)
        #expect(try await shop.engine().plan(.apply).plan.isEmpty)
    }

    @Test(arguments: ["Namespace, answer: 403", "Service, answer: 401"])
    func aClusterThatCannotBeReadLeavesNothing(_ fault: String) async throws {
        let shop = try Shop()
        shop.want(("v1", "started"))
        try await shop.bring()
        shop.loseState()
        let (kind, answer) = (fault.split(separator: ",")[0], fault.split(separator: " ").last ?? "")
        shop.write("faults:\n  - requests: {verb: list, kind: \(kind)}\n    answer: \(answer)\n", to: "faults.yaml")
        let failure = await #expect(throws: EngineFailure.self) {
            try await shop.engine(faults: "\(shop.path)/faults.yaml").rebuild(replacing: false)
        }
        #expect(failure?.diagnostics.map(\.code) == ["cluster-unreadable"])
        #expect(try shop.snapshot().isEmpty)
        _ = try await shop.engine().rebuild(replacing: false)
        #expect(try await shop.engine().plan(.apply).plan.isEmpty)
    }

    /// Several requests a type, never one an object.
    @Test func itAsksOnceForEachKind() async throws {
        let shop = try Shop()
        shop.want([("main", [("v1", "published"), ("v2", "started")]), ("other", [("v1", "started")])])
        try await shop.bring()
        shop.loseState()
        shop.write("faults:\n  - request: 21\n    answer: 401\n", to: "faults.yaml")
        _ = try await shop.engine(faults: "\(shop.path)/faults.yaml").rebuild(replacing: false)
        shop.write("faults:\n  - requests: {verb: get}\n    answer: 401\n  - requests: {verb: apply}\n    answer: 401\n", to: "faults.yaml")
        _ = try await shop.engine(faults: "\(shop.path)/faults.yaml").rebuild(replacing: true)
    }

    @Test func aClusterWithoutAnythingGivesAnEmptyState() async throws {
        let shop = try Shop()
        shop.want(("v1", "started"))
        let report = try await shop.engine().rebuild(replacing: false).report
        #expect(report.runtimes == [] && report.kinds == [])
        #expect(try await shop.engine().plan(.apply).plan.steps.count == 4)
        try await shop.bring()
    }

    // MARK: Keys

    @Test func keysAreForOneRuntimeEachAndShownNowhere() async throws {
        let shop = try Shop()
        shop.want([("main", [("v2", "published")]), ("other", [("v2", "started")])])
        let run = try await shop.engine().begin(.apply)
        let planned = run.planned
        _ = try await run.carryOut(RunSettings(timeout: 120)) { _ in }
        await run.end()
        var texts = [planned.document.encoded(), "\(planned)", "\(try shop.snapshot())", "\(try await shop.engine().status())"]
        let before = try shop.snapshot()
        shop.loseState()
        let report = try await shop.engine().rebuild(replacing: false).report
        texts += ["\(report)", "\(try shop.snapshot())", try await shop.engine().plan(.destroy).document.encoded()]
        let keys = try ["shop-main", "shop-other"].map { namespace in
            try #require(before.keys).key(ofRuntime: String(namespace.dropFirst(5)))
        }
        for (namespace, key) in zip(["shop-main", "shop-other"], keys) {
            let secret = try #require(try await shop.object("Secret", ObjectNames.digestKey, namespace))
            let sent = try #require(secret.content["data"]?[ObjectNames.digestKeyField]?.string)
            #expect(Data(base64Encoded: sent).map(Array.init) == key.bytes)
        }
        let own = try #require(before.key)
        #expect(Set(keys + [own]).count == 3)
        // The state's own is nowhere in the cluster; the others are in their Secrets alone.
        let everything = try await shop.cluster().everything()
        let others = everything.filter { $0.address.name != ObjectNames.digestKey }.map { $0.content.encoded() }
        for key in keys + [own] {
            let hex = key.bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            for text in texts + others {
                #expect(!text.contains(hex) && !text.contains(Data(key.bytes).base64EncodedString()))
            }
        }
        #expect(try shop.snapshot().runtimeKeys == ["main": keys[0], "other": keys[1]])
    }

    /// One key for all, and no Secret with it: as it was at first.
    @Test func anOlderStateGetsItsSecretsAndRollsNothing() async throws {
        let shop = try Shop()
        shop.want(("v2", "published"))
        let file = "\(shop.path)/state/sandbox/kreform.db"
        let identity = try await shop.engine().plan(.apply, isToBeSaved: true).plan.cluster
        var store = try StateStore.open(at: file, holder: "ada@host", command: "apply")
        try await store.rebuild(
            StateStore.Rebuilt(
                cluster: identity, engine: "shop", runtimeKeys: ["main": store.key], entities: [], objects: []),
            replacing: false, who: "ada@host", at: .now)
        await store.close()
        try await shop.bring()
        let secret = try #require(try await shop.object("Secret", ObjectNames.digestKey))
        try await shop.cluster().delete(DeleteRequest(
            type: secrets, namespace: "shop-main", name: ObjectNames.digestKey, uid: secret.uid))
        store = try StateStore.open(at: file, holder: "ada@host", command: "apply")
        try await store.record(.forget(secret.address))
        await store.close()
        let outcome = try await shop.bring()
        #expect(outcome.plan.lines == ["update-runtime runtime/main: changed in file", "  create Secret kreform-digest-key"])
        shop.loseState()
        _ = try await shop.engine().rebuild(replacing: false)
        #expect(try await shop.engine().plan(.apply).plan.isEmpty)
    }

    @Test func aKeyThatSomebodyChangedIsNotUsed() async throws {
        let shop = try Shop()
        shop.want(("v2", "started"))
        try await shop.bring()
        try await shop.cluster().edit(secrets, namespace: "shop-main", name: ObjectNames.digestKey) {
            $0[JSONPointer(tokens: ["data", ObjectNames.digestKeyField])] = .string(
                Data([UInt8](repeating: 0, count: 32)).base64EncodedString())
        }
        // The state's is put back, and nothing is rolled.
        #expect(try await shop.engine().plan(.apply).plan.lines == [
            "update-runtime runtime/main: drifted in cluster", "  update Secret kreform-digest-key: data.key",
        ])
        shop.loseState()
        let report = try await shop.engine().rebuild(replacing: false).report
        #expect(report.warnings.map(\.code) == ["digest-key-unusable"])
        #expect(try shop.snapshot().runtimeKeys == [:])
        let plan = try await shop.engine().plan(.apply).plan
        #expect(plan.changes.filter { $0.action == .update && $0.address.kind == "Deployment" }.count == 4)
        try await shop.bring()
    }
}

/// What holds whatever was applied and whatever happened since.
@Suite struct RandomRebuildTests {
    @Test(arguments: [1, 2, 3] as [UInt64]) func aRebuiltStateIsAsGoodAsTheLostOne(_ seed: UInt64) async throws {
        let shop = try Shop()
        var random = SeededGenerator(seed: seed)
        for _ in 0..<4 {
            let names = ["main", "other"].filter { _ in Int.random(in: 0..<10, using: &random) < 8 }
            shop.want(names.map { ($0, statuses(&random)) })
            try await shop.bring()
            if Bool.random(using: &random) { try await disturb(shop, &random) }
            let planned = try await shop.engine().plan(.apply).plan
            let before = try shop.snapshot().state
            shop.loseState()
            _ = try await shop.engine().rebuild(replacing: false)
            let after = try shop.snapshot().state
            let plan = try await shop.engine().plan(.apply).plan
            #expect(planned.isEmpty == plan.isEmpty, "\(plan.lines)")
            #expect(planned.summary == plan.summary, "\(plan.lines)")
            if planned.isEmpty { #expect(after.entities == before.entities) }
        }
        shop.want([])
        try await shop.bring()
        let left = try await shop.cluster().everything().filter { $0.label(ObjectLabels.engine) == "shop" }
        #expect(left.map(\.address) == [])
    }

    private func statuses(_ random: inout SeededGenerator) -> [(name: String, status: String)] {
        var isTaken = false
        return ["v1", "v2"].filter { _ in Int.random(in: 0..<10, using: &random) < 8 }.map { name in
            let status = ["stopped", "started", "published", "published"].randomElement(using: &random) ?? "stopped"
            defer { if status == "published" { isTaken = true } }
            return (name, status == "published" && isTaken ? "started" : status)
        }
    }

    private func disturb(_ shop: Shop, _ random: inout SeededGenerator) async throws {
        let cluster = try shop.cluster()
        let ours = try await cluster.everything().filter {
            $0.label(ObjectLabels.engine) == "shop" && $0.address.namespace != nil
                && ["Deployment", "ConfigMap"].contains($0.address.kind) && $0.metadata["ownerReferences"] == nil
        }
        for object in ours where Int.random(in: 0..<8, using: &random) == 0 {
            let (type, name, namespace) = (object.type, object.address.name, object.address.namespace)
            if type.kind == "ConfigMap" {
                try await cluster.delete(DeleteRequest(type: type, namespace: namespace, name: name, uid: object.uid))
            } else {
                try await cluster.edit(type, namespace: namespace, name: name) {
                    $0[JSONPointer(tokens: ["spec", "replicas"])] = 3
                }
            }
        }
    }
}
