import Engine
import JSON
import Model
import Sandbox
import StateStore
import Testing

/// A runtime that somebody made by other means becomes ours, and goes back.
@Suite struct AdoptionTests {
    private let namespaces = ResourceType(apiVersion: "v1", kind: "Namespace")

    private func file(_ shop: Shop, adopt: Bool) {
        shop.write(
            """
            kreform: v1
            engine: shop
            runtimes:
              - name: main
                adopt: \(adopt)
                config: {OUTPUT_PRICE_CURRENCY: EUR}
                versions:
                  - krt: v1.krt
                    status: started

            """, to: "kreform.yaml")
    }

    /// A namespace and a Service of it that Helm made.
    private func helm(_ shop: Shop) async throws {
        _ = try? await shop.engine().plan(.apply)
        let marks: JSONValue = ["app.kubernetes.io/managed-by": "Helm"]
        let notes: JSONValue = ["meta.helm.sh/release-name": "prices", "meta.helm.sh/release-namespace": "shop-main"]
        let namespace: JSONValue = [
            "apiVersion": "v1", "kind": "Namespace",
            "metadata": ["name": "shop-main", "labels": marks, "annotations": notes],
        ]
        let service: JSONValue = [
            "apiVersion": "v1", "kind": "Service",
            "metadata": ["name": "runtime-default-backend", "namespace": "shop-main", "labels": marks, "annotations": notes],
            "spec": ["selector": ["app": "old"], "ports": [["name": "http", "port": 8080, "protocol": "TCP"]]],
        ]
        for object in [namespace, service] {
            _ = try await shop.cluster().apply(ApplyRequest(object: object), as: "helm", force: true)
        }
    }

    private func uids(_ shop: Shop) async throws -> [String?] {
        [
            try await shop.object("Namespace", "shop-main", nil)?.uid,
            try await shop.object("Service", "runtime-default-backend")?.uid,
        ]
    }

    @Test func withoutAdoptNothingIsTouched() async throws {
        let shop = try Shop()
        file(shop, adopt: false)
        try await helm(shop)
        let failure = await #expect(throws: EngineFailure.self) { try await shop.engine().begin(.apply) }
        #expect(failure?.diagnostics.map(\.summary) == [
            "Namespace/shop-main exists in the cluster, managed by Helm, and is not ours",
            "Service/shop-main/runtime-default-backend exists in the cluster, managed by Helm, and is not ours",
        ])
    }

    @Test func adoptInTheFileMakesThemOurs() async throws {
        let shop = try Shop()
        file(shop, adopt: true)
        try await helm(shop)
        let before = try await uids(shop)
        let outcome = try await shop.bring()
        let adopted = outcome.plan.changes.filter { $0.reasons.contains(.adopt) }
        #expect(adopted.map(\.address.short) == ["Namespace shop-main", "Service runtime-default-backend"])
        #expect(adopted.allSatisfy { $0.action == .update && !$0.differences.isEmpty })
        #expect(outcome.warnings.map(\.code) == ["adopted-from-tool", "adopted-from-tool"])
        #expect(try await uids(shop) == before)
        #expect(try await shop.object("Service", "runtime-default-backend")?.label(ObjectLabels.engine) == "shop")
        file(shop, adopt: false)
        #expect(try await shop.engine().plan(.apply).plan.isEmpty)
    }

    @Test func aSavedPlanAdopts() async throws {
        let shop = try Shop()
        file(shop, adopt: true)
        try await helm(shop)
        let before = try await uids(shop)
        try Engine.save(try await shop.engine().plan(.apply, isToBeSaved: true), to: "\(shop.path)/saved.plan")
        let run = try await shop.engine().begin(savedPlan: "\(shop.path)/saved.plan")
        #expect(try await run.carryOut(RunSettings(timeout: 30)) { _ in }.outcome == .succeeded)
        await run.end()
        #expect(try await uids(shop) == before)
        #expect(try await shop.engine().plan(.apply).plan.isEmpty)
    }

    @Test func importTakesWhatIsNamedAndForgetGivesItBack() async throws {
        let shop = try Shop()
        file(shop, adopt: false)
        try await helm(shop)
        let before = try await uids(shop)
        let run = try await shop.engine().begin(importing: ["runtime/main"], takingOver: false)
        #expect(run.planned.plan.lines.map { $0.prefix { $0 != ":" } } == [
            "import runtime/main", "  update Namespace shop-main", "  update Service runtime-default-backend",
        ])
        // The Service has no pods yet: that is for the next apply to bring, and to wait for.
        #expect(try await run.carryOut(RunSettings(timeout: 5)) { _ in }.outcome == .succeeded)
        await run.end()
        // What is left to do is new, not unfinished.
        let rest = try await shop.engine().plan(.apply).plan
        #expect(!rest.isEmpty)
        #expect(!(rest.steps.flatMap(\.reasons) + rest.changes.flatMap(\.reasons)).contains(.unfinishedLastTime))
        try await shop.bring()
        #expect(try await uids(shop) == before)

        let forgotten = try await shop.engine().begin(forgetting: ["runtime/main"])
        #expect(forgotten.planned.warnings.map(\.code) == ["still-wanted"])
        let count = forgotten.planned.plan.summary.forget
        let ours = Set(try shop.snapshot().state.objects.keys)
        #expect(try await forgotten.carryOut(RunSettings(timeout: 30)) { _ in }.outcome == .succeeded)
        await forgotten.end()
        let state = try shop.snapshot()
        #expect(count > 30 && state.state.objects.isEmpty && state.state.entities.isEmpty && state.openEntries.isEmpty)
        #expect(state.runs.map(\.command) == ["import", "apply", "forget"])
        // Pods keep the labels of their templates: nothing is rolled.
        let left = try await shop.cluster().everything().filter { ours.contains($0.address) }
        #expect(Set(left.map(\.address)) == ours)
        #expect(left.allSatisfy { $0.label(ObjectLabels.managedBy) != "kreform" && $0.label(ObjectLabels.engine) == nil })
        #expect(left.filter { $0.address.kind == "Deployment" }.allSatisfy { $0.content["spec"]?["template"] != nil })
        // They are nobody's now, and can be taken over again as they are.
        file(shop, adopt: true)
        let versions = try await shop.engine().begin(importing: ["version/main/room-price-v1"], takingOver: false)
        #expect(try await versions.carryOut(RunSettings(timeout: 30)) { _ in }.outcome == .succeeded)
        await versions.end()
        try await shop.bring()
        #expect(try await uids(shop) == before)
    }

    /// The Service of a running version, deleted and made anew with kubectl.
    private func remakeService(_ shop: Shop, selector: JSONValue?) async throws {
        let services = ResourceType(apiVersion: "v1", kind: "Service")
        let old = try #require(try await shop.object("Service", "room-price-v1"))
        try await shop.cluster().delete(
            DeleteRequest(type: services, namespace: "shop-main", name: "room-price-v1", uid: old.uid))
        let service: JSONValue = [
            "apiVersion": "v1", "kind": "Service", "metadata": ["name": "room-price-v1", "namespace": "shop-main"],
            "spec": [
                "selector": selector ?? old.content["spec"]?["selector"] ?? [:],
                "ports": [["name": "grpc", "port": 9000, "protocol": "TCP"]],
            ],
        ]
        _ = try await shop.cluster().apply(ApplyRequest(object: service), as: "kubectl", force: true)
    }

    @Test func anImportedServiceThatWorksLeavesNothingToDo() async throws {
        let shop = try Shop()
        file(shop, adopt: false)
        try await shop.bring()
        try await remakeService(shop, selector: nil)
        let run = try await shop.engine().begin(importing: ["Service/room-price-v1"], takingOver: false)
        #expect(try await run.carryOut(RunSettings(timeout: 5)) { _ in }.outcome == .succeeded)
        await run.end()
        #expect(try await shop.engine().plan(.apply).plan.lines == [])
    }

    @Test func anImportedServiceThatMayNotWorkYetIsLookedAtForAReason() async throws {
        let shop = try Shop()
        file(shop, adopt: false)
        try await shop.bring()
        try await remakeService(shop, selector: ["app": "other"])
        let run = try await shop.engine().begin(importing: ["Service/room-price-v1"], takingOver: false)
        #expect(try await run.carryOut(RunSettings(timeout: 5)) { _ in }.outcome == .succeeded)
        await run.end()
        let plan = try await shop.engine().plan(.apply).plan
        for step in plan.steps { #expect(!step.reasons.isEmpty, "\(plan.lines)") }
        for change in plan.changes { #expect(!change.reasons.isEmpty, "\(plan.lines)") }
        try await shop.bring()
    }

    @Test func anotherEnginesObjectsAreRefused() async throws {
        let shop = try Shop()
        file(shop, adopt: true)
        try await shop.bring()
        // The same cluster, another engine and another state that wants the same namespace.
        let other = try Shop(sharing: shop)
        other.write(
            "kreform: v1\nengine: other\nruntimes:\n  - {name: x, adopt: true, namespace: shop-main}\n", to: "kreform.yaml")
        let failure = await #expect(throws: EngineFailure.self) { try await other.engine().plan(.apply) }
        let codes = Set((failure?.diagnostics ?? []).map(\.code))
        #expect(codes == ["adoption-refused"])
        #expect(failure?.diagnostics.contains { $0.summary == "Namespace/shop-main belongs to the Kreform engine shop" } == true)
    }
}
