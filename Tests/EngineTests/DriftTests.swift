import Engine
import Fields
import Glibc
import JSON
import Model
import Sandbox
import StateStore
import Testing

/// What others do to the cluster, and what Kreform makes of it.
@Suite struct DriftTests {
    private let deployments = ResourceType(apiVersion: "apps/v1", kind: "Deployment")
    private let configs = ResourceType(apiVersion: "v1", kind: "ConfigMap")

    private func published() async throws -> Shop {
        let shop = try Shop()
        shop.want(("v1", "published"))
        try await shop.bring()
        return shop
    }

    @Test func aFieldThatSomebodyChangedIsNamedAndPutBack() async throws {
        let shop = try await published()
        try await shop.cluster().edit(deployments, namespace: "shop-main", name: "room-price-v1-entrypoint") {
            $0[JSONPointer(tokens: ["spec", "replicas"])] = 4
        }
        let plan = try await shop.engine().plan(.apply).plan
        #expect(plan.lines == [
            "update version/main/room-price-v1: drifted in cluster",
            "  update Deployment room-price-v1-entrypoint: spec.replicas",
        ])
        let difference = try #require(plan.changes.first { $0.action == .update }?.differences.first)
        #expect(difference.old == .value(4) && difference.new == .value(1))
        guard case .drift(let manager, let time) = difference.cause else { throw Unexpected() }
        #expect(manager == "kubectl-edit" && time?.hasPrefix("20") == true)
        try await shop.bring()
        #expect(try await shop.object("Deployment", "room-price-v1-entrypoint")?.content["spec"]?["replicas"] == 1)
    }

    @Test func whatOthersAddIsNoneOfOurBusiness() async throws {
        let shop = try await published()
        try await shop.cluster().edit(deployments, namespace: "shop-main", name: "room-price-v1-entrypoint") {
            $0[JSONPointer(tokens: ["metadata", "annotations", "example.com/owner"])] = "ada"
        }
        #expect(try await shop.engine().plan(.apply).plan.isEmpty)
    }

    @Test func anObjectThatSomebodyDeletedIsMadeAnew() async throws {
        let shop = try await published()
        let config = try #require(try await shop.object("ConfigMap", "room-price-v1-krt-conf"))
        try await shop.cluster().delete(DeleteRequest(
            type: configs, namespace: "shop-main", name: config.address.name, uid: config.uid))
        let outcome = try await shop.bring()
        #expect(outcome.plan.lines == [
            "update version/main/room-price-v1: missing in cluster", "  create ConfigMap \(config.address.name)",
        ])
        #expect(try await shop.object("ConfigMap", "room-price-v1-krt-conf").map { $0.uid != config.uid } == true)
    }

    @Test func anObjectThatLostOurLabelsIsStillOurs() async throws {
        let shop = try await published()
        let before = try #require(try await shop.object("ConfigMap", "room-price-v1-krt-conf"))
        try await shop.cluster().edit(configs, namespace: "shop-main", name: before.address.name) {
            $0[JSONPointer(tokens: ["metadata", "labels"])] = [:]
        }
        let outcome = try await shop.bring()
        #expect(outcome.plan.lines.first == "update version/main/room-price-v1: drifted in cluster")
        let after = try #require(try await shop.object("ConfigMap", "room-price-v1-krt-conf"))
        #expect(after.uid == before.uid)
        #expect(after.label(ObjectLabels.managedBy) == "kreform")
        // It goes with the rest, labels or not.
        try await shop.cluster().edit(configs, namespace: "shop-main", name: before.address.name) {
            $0[JSONPointer(tokens: ["metadata", "labels"])] = [:]
        }
        try await shop.bring(.destroy)
        #expect(try await shop.object("ConfigMap", "room-price-v1-krt-conf") == nil)
    }

    @Test func anObjectOfSomebodyElsesIsNeverTakenOver() async throws {
        let shop = try Shop()
        shop.want(("v1", "published"))
        let namespace: JSONValue = [
            "apiVersion": "v1", "kind": "Namespace",
            "metadata": ["name": "shop-main", "labels": ["app.kubernetes.io/managed-by": "Helm"]],
        ]
        _ = try await shop.engine().plan(.apply)
        _ = try await shop.cluster().apply(ApplyRequest(object: namespace), as: "helm", force: true)
        let failure = await #expect(throws: EngineFailure.self) { try await shop.engine().plan(.apply) }
        #expect(failure?.diagnostics.map { "\($0.code): \($0.summary)" } == [
            "object-exists: Namespace/shop-main exists in the cluster, managed by Helm, and is not ours"
        ])
        let detail = try #require(failure?.diagnostics.first?.detail)
        #expect(detail.hasPrefix("It has been there since 20") && detail.contains(", written by helm (20"))
        #expect(detail.hasSuffix("""
            Kreform changes nothing that it did not make. To make it ours, write `adopt: true` beside runtime main in the file, \
            or run `kreform import Namespace/shop-main`: both show first what would change. Otherwise remove the object, or \
            change the name that leads to it.
            """))
    }

    @Test func aWholeRuntimeThatIsGoneComesBack() async throws {
        let shop = try await published()
        let namespace = try #require(try await shop.object("Namespace", "shop-main", nil))
        try await shop.cluster().delete(DeleteRequest(
            type: namespace.type, namespace: nil, name: "shop-main", uid: namespace.uid))
        let outcome = try await shop.bring()
        #expect(outcome.plan.summary.create > 30)
        #expect(outcome.warnings.map(\.code) == ["data-lost"])
    }

    @Test func aLostStateIsTakenUpFromTheCluster() async throws {
        let shop = try await published()
        let before = try shop.snapshot().state
        system("rm '\(shop.path)'/state/sandbox/kreform.db*")
        let failure = await #expect(throws: EngineFailure.self) { try await shop.engine().plan(.destroy) }
        #expect(failure?.diagnostics.map(\.code) == ["state-lost"])
        let outcome = try await shop.bring()
        #expect(outcome.warnings.map(\.code) == ["objects-adopted"])
        #expect(outcome.warnings[0].detail.contains("`kreform state rebuild`"))
        // The new state has keys of its own; no pod knows the old one's.
        #expect(outcome.plan.changes.filter { $0.action != .noOp }.map(\.address.short) == ["Secret kreform-digest-key"])
        let after = try shop.snapshot().state
        #expect(after.entities == before.entities)
        #expect(Set(after.objects.keys) == Set(before.objects.keys))
        #expect(after.objects.values.allSatisfy { before.objects[$0.address]?.uid == $0.uid })
        try await shop.bring(.destroy)
        #expect(try shop.snapshot().state.objects.isEmpty)
    }

    @Test func anotherClustersStateIsRefused() async throws {
        let shop = try await published()
        system("rm '\(shop.path)'/state/sandbox/cluster.db*")
        let failure = await #expect(throws: EngineFailure.self) { try await shop.engine().plan(.apply) }
        #expect(failure?.diagnostics.map(\.code) == ["other-cluster"])
    }
}

struct Unexpected: Error {}
