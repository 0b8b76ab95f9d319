import Conformance
import Fields
import JSON
import Model
import Sandbox
import Testing

/// What happens when somebody else writes as well.
@Suite struct FieldManagerTests {
    static let type = ResourceType(apiVersion: "apps/v1", kind: "Deployment")

    @Test func anApplyWithoutForceIsAConflictThatNamesManagersAndFields() async throws {
        let folder = SandboxFolder()
        let cluster = try folder.cluster()
        try await cluster.makeNamespace("n")
        try await cluster.apply(Sample.deployment("n", replicas: 2))
        func refusal(_ object: JSONValue) async -> ClusterError? {
            do {
                _ = try await cluster.apply(ApplyRequest(object: object), as: "helm", force: false)
                return nil
            } catch {
                return error
            }
        }
        // The same values are shared, not fought over.
        #expect(await refusal(Sample.deployment("n", replicas: 2)) == nil)
        let one = await refusal(Sample.deployment("n", replicas: 3))
        #expect(one?.message == "Apply failed with 1 conflict: conflict with \"kreform\" using apps/v1: .spec.replicas")
        #expect(one?.kind == .fieldConflict([.init(manager: "kreform", field: "spec.replicas")]))
        let two = await refusal(Sample.deployment("n", image: "web:9", replicas: 3))
        #expect(
            two?.message == """
                Apply failed with 2 conflicts: conflicts with "kreform" using apps/v1:
                - .spec.replicas
                - .spec.template.spec.containers[name=main].image
                """)

        let forced = try await cluster.apply(
            ApplyRequest(object: Sample.deployment("n", replicas: 3)), as: "helm", force: true)
        #expect(!forced.object.owned.contains(FieldPath("spec", "replicas")))
        #expect(forced.object.owned.contains(FieldPath("spec", "selector")))
        #expect(forced.object.otherManagers(of: FieldPath("spec", "replicas")).map(\.manager) == ["helm"])

        let back = try await cluster.apply(Sample.deployment("n", replicas: 2)).object
        #expect(back.owned.contains(FieldPath("spec", "replicas")))
        #expect(back.content["spec"]?["replicas"] == 2)
        #expect(back.otherManagers(of: FieldPath("spec", "replicas")).isEmpty)
    }

    @Test func anEditTakesWhatItChanges() async throws {
        let folder = SandboxFolder()
        let cluster = try folder.cluster()
        try await cluster.makeNamespace("n")
        let before = try await cluster.apply(Sample.deployment("n", replicas: 2)).object
        let after = try await cluster.edit(Self.type, namespace: "n", name: "web") { object in
            object["spec"]?["replicas"] = 5
            object["metadata"]?["annotations"] = ["note": "by hand"]
        }
        #expect(after.generation == (before.generation ?? 0) + 1)
        #expect(!after.owned.contains(FieldPath("spec", "replicas")))
        let editor = try #require(after.managers.first { $0.manager == "kubectl-edit" })
        #expect(editor.operation == .update)
        #expect(editor.fields.paths == [FieldPath("metadata", "annotations", "note"), FieldPath("spec", "replicas")])

        // Applying puts our field back and leaves what others added.
        let restored = try await cluster.apply(Sample.deployment("n", replicas: 2)).object
        #expect(restored.content["spec"]?["replicas"] == 2)
        #expect(restored.metadata["annotations"] == ["note": "by hand"])
        #expect(
            restored.managers.first { $0.manager == "kubectl-edit" }?.fields.paths == [
                FieldPath("metadata", "annotations", "note")
            ])

        // What another manager shares stays when we let go of it.
        try await cluster.edit(Self.type, namespace: "n", name: "web") { $0["spec"]?["replicas"] = 4 }
        var without = Sample.deployment("n")
        without["spec"]?["replicas"] = nil
        #expect(try await cluster.apply(without).object.content["spec"]?["replicas"] == 4)
    }

    @Test func anEditMayNotBreakRulesOrMeetANewerObject() async throws {
        let folder = SandboxFolder()
        let cluster = try folder.cluster()
        try await cluster.makeNamespace("n")
        try await cluster.apply(Sample.deployment("n"))
        func refusal(_ change: @Sendable @escaping (inout JSONValue) -> Void) async -> ClusterError? {
            do throws(ClusterError) {
                try await cluster.edit(Self.type, namespace: "n", name: "web", change)
                return nil
            } catch {
                return error
            }
        }
        #expect(
            await refusal { $0["spec"]?["selector"] = ["matchLabels": ["a": "b"]] }?.kind
                == .immutable(field: "spec.selector"))
        let stale = await refusal { $0["metadata"]?["resourceVersion"] = "1" }
        #expect(
            stale?.message
                == "Operation cannot be fulfilled on deployments.apps \"web\": the object has been modified; please "
                + "apply your changes to the latest version and try again")
    }

    @Test func theStatusBelongsToTheControllers() async throws {
        let folder = SandboxFolder()
        let cluster = try folder.cluster()
        try await cluster.makeNamespace("n")
        var manifest = Sample.deployment("n")
        manifest["status"] = ["replicas": 99]
        try await cluster.apply(manifest)
        let live = try #require(try await cluster.get(manifest))
        #expect(live.content["status"]?["replicas"] == 1)
        let status = try #require(live.managers.first { $0.subresource == "status" })
        #expect(status.manager == "kube-controller-manager")
        #expect(status.fields.contains(FieldPath("status", "replicas")))
    }
}
