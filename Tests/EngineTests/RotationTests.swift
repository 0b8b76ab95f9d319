import Engine
import JSON
import Model
import Sandbox
import StateStore
import Testing

/// Credentials are made anew, and a run that was cut off in it goes on.
@Suite struct RotationTests {
    private func shop() async throws -> Shop {
        let shop = try Shop()
        shop.want(("v1", "started"))
        try await shop.bring()
        return shop
    }

    private func rotate(_ shop: Shop, _ components: [String]) async throws -> Plan {
        let run = try await shop.engine().begin(rotating: "main", components)
        let report = try await run.carryOut(RunSettings(timeout: 60)) { _ in }
        #expect(report.outcome == .succeeded, "\(report.failed)")
        await run.end()
        return run.planned.plan
    }

    /// Sends the change of `address` that a rotation would make, and is gone before its answer is recorded.
    private func cutOff(_ shop: Shop, _ components: [String], in address: String) async throws {
        let run = try await shop.engine().begin(rotating: "main", components)
        await run.end()
        let change = try #require(run.planned.plan.changes.first { $0.address.short == address && $0.action != .delete })
        let store = try StateStore.open(at: "\(shop.path)/state/sandbox/kreform.db", holder: "test", command: "rotate")
        let id = try await store.beginRun(command: "rotate", who: "test", comment: "", planDigest: "", at: .now)
        _ = try await store.begin(change, run: id, at: .now)
        await store.close()
        let (type, cluster) = (change.type, try shop.cluster())
        let live = try await cluster.get(type, namespace: "shop-main", name: change.address.name)
        var generator = SystemRandomNumberGenerator()
        let object = try #require(change.manifest).resolved(live: live, using: &generator)
        _ = try await cluster.apply(ApplyRequest(object: object, uid: live?.uid))
    }

    private func password(_ shop: Shop, _ secret: String, _ key: String) async throws -> JSONValue? {
        try await shop.object("Secret", secret)?.content["data"]?[key]
    }

    @Test func aPasswordThatArrivedBeforeTheEndIsUsedByTheNextApply() async throws {
        let shop = try await shop()
        let old = try await password(shop, "kre-minio", "MINIO_ROOT_PASSWORD")
        try await cutOff(shop, ["minio"], in: "Secret kre-minio")
        let made = try await password(shop, "kre-minio", "MINIO_ROOT_PASSWORD")
        #expect(made != old)
        let plan = try await shop.bring().plan
        #expect(plan.lines == [
            "update-runtime runtime/main: credentials rotated, unfinished last time",
            #"  update StatefulSet kre-minio: spec.template.metadata.annotations["kreform/credentials"]"#,
        ])
        #expect(try await password(shop, "kre-minio", "MINIO_ROOT_PASSWORD") == made)
    }

    @Test func aPasswordThatArrivedBeforeTheEndIsUsedByTheNextRotation() async throws {
        let shop = try await shop()
        try await cutOff(shop, ["minio"], in: "Secret kre-minio")
        let made = try await password(shop, "kre-minio", "MINIO_ROOT_PASSWORD")
        let plan = try await rotate(shop, ["minio"])
        #expect(plan.lines == [
            "rotate runtime/main: credentials rotated, unfinished last time",
            #"  update StatefulSet kre-minio: spec.template.metadata.annotations["kreform/credentials"]"#,
        ])
        #expect(try await password(shop, "kre-minio", "MINIO_ROOT_PASSWORD") == made)
        _ = try await rotate(shop, ["minio"])
        #expect(try await password(shop, "kre-minio", "MINIO_ROOT_PASSWORD") != made)
    }

    private func carryOut(_ run: EngineRun) async throws {
        let report = try await run.carryOut(RunSettings(timeout: 60)) { _ in }
        #expect(report.outcome == .succeeded, "\(report.failed)")
        await run.end()
    }

    private let secrets = ["Secret/shop-main/kre-mongo", "Secret/shop-main/kre-mongo-express"]

    @Test func whatWasLetGoOfAndTakenOverAgainKeepsItsGeneration() async throws {
        let shop = try await shop()
        _ = try await rotate(shop, ["mongodb"])
        try await carryOut(try await shop.engine().begin(forgetting: secrets))
        let free = try #require(try await shop.object("Secret", "kre-mongo"))
        #expect(free.label(ObjectLabels.engine) == nil)
        #expect(free.metadata["annotations"] == [ObjectAnnotations.generation: "2"])
        try await carryOut(try await shop.engine().begin(importing: secrets, takingOver: false))
        #expect(try await shop.engine().plan(.apply).plan.changes.filter { $0.action != .noOp } == [])
        _ = try await rotate(shop, ["mongodb"])
        #expect(try await password(shop, "kre-mongo", "MONGO_INITDB_ROOT_USERNAME") == "a3JlLTM=")
        try await shop.bring()
    }

    /// What the Job advises that refuses to change the password of the user in use.
    @Test func aGenerationThatWasLostCanBeGivenBack() async throws {
        let shop = try await shop()
        _ = try await rotate(shop, ["mongodb"])
        try await carryOut(try await shop.engine().begin(forgetting: secrets))
        let cluster = try shop.cluster()
        func annotate(_ number: JSONValue, _ manager: String) async throws {
            for name in ["kre-mongo", "kre-mongo-express"] {
                _ = try await cluster.apply(ApplyRequest(object: [
                    "apiVersion": "v1", "kind": "Secret",
                    "metadata": [
                        "name": .string(name), "namespace": "shop-main", "annotations": .object([ObjectAnnotations.generation: number]),
                    ],
                ]), as: manager, force: true)
            }
        }
        try await annotate("none", "kubectl")
        try await carryOut(try await shop.engine().begin(importing: secrets, takingOver: false))
        try await shop.bring()
        let run = try await shop.engine().begin(rotating: "main", ["mongodb"])
        await run.end()
        #expect(run.planned.plan.changes.contains { $0.address.short == "Secret kre-mongo-next" })
        try await cutOff(shop, ["mongodb"], in: "Secret kre-mongo-next")
        #expect(try await password(shop, "kre-mongo-next", "MONGO_INITDB_ROOT_USERNAME") == "a3JlLTI=")
        let old = try await password(shop, "kre-mongo", "MONGO_INITDB_ROOT_PASSWORD")
        try await annotate("2", "kubectl-annotate")
        _ = try await rotate(shop, ["mongodb"])
        #expect(try await password(shop, "kre-mongo", "MONGO_INITDB_ROOT_PASSWORD") == old)
        #expect(try await shop.object("Secret", "kre-mongo-next") == nil)
        _ = try await rotate(shop, ["mongodb"])
        #expect(try await password(shop, "kre-mongo", "MONGO_INITDB_ROOT_USERNAME") == "a3JlLTM=")
        try await shop.bring()
    }

    @Test func aStateFromBeforeARotationFindsWhatItMade() async throws {
        let shop = try await shop()
        shop.keepState()
        _ = try await rotate(shop, ["minio", "mongodb"])
        shop.putStateBack()
        #expect(try await shop.engine().plan(.apply).plan.lines == [])
        _ = try await rotate(shop, ["mongodb"])
        #expect(try await password(shop, "kre-mongo", "MONGO_INITDB_ROOT_USERNAME") == "a3JlLTM=")
        try await shop.bring()
    }

    @Test func aSecretThatArrivedBeforeTheEndIsTheOneThatIsUsed() async throws {
        let shop = try await shop()
        try await cutOff(shop, ["mongodb"], in: "Secret kre-mongo-next")
        let made = try await password(shop, "kre-mongo-next", "MONGO_INITDB_ROOT_PASSWORD")
        #expect(made != nil)
        let planned = try await shop.engine().plan(.apply)
        #expect(planned.warnings.map(\.code).contains("rotation-unfinished"))
        let plan = try await rotate(shop, ["mongodb"])
        #expect(plan.lines.first == "rotate runtime/main: credentials rotated, unfinished last time", "\(plan.lines)")
        #expect(try await password(shop, "kre-mongo", "MONGO_INITDB_ROOT_PASSWORD") == made)
        try await shop.bring()
        #expect(try await shop.object("Secret", "kre-mongo-next") == nil)
    }

    @Test func whatTookItsValuesFromAnotherSecretIsNotMadeTwice() async throws {
        let shop = try await shop()
        let plan = try await rotate(shop, ["mongodb"])
        #expect(plan.mode == .rotate)
        let made = try await password(shop, "kre-mongo", "MONGO_INITDB_ROOT_PASSWORD")
        try await shop.bring()
        // The state is lost, and not rebuilt: the key in it is another one, and nothing else.
        shop.loseState()
        let taken = try await shop.bring()
        #expect(
            taken.plan.lines.filter { $0.contains("update ") } == ["  update Secret kreform-digest-key: data.key"], "\(taken.plan.lines)")
        #expect(try await password(shop, "kre-mongo", "MONGO_INITDB_ROOT_PASSWORD") == made)
        // The next one does not take the names that are in use.
        _ = try await rotate(shop, ["mongodb"])
        #expect(try await password(shop, "kre-mongo", "MONGO_INITDB_ROOT_USERNAME") == "a3JlLTM=")
        let run = try shop.snapshot().runs.last
        #expect(run?.command == "rotate" && run?.outcome == .succeeded)
        #expect(try shop.snapshot().activities.suffix(3).map(\.step) == [.rotate, .update, .retire])
    }
}
