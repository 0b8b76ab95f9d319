import Fields
import JSON
import Model
import Planning
import Testing

/// Objects that others made: whose they are, how they become ours, and how ours become theirs.
@Suite struct AdoptionTests {
    private let runtime = R("r", [V("v1", .started)])
    private var service: ResourceAddress { runtime.address("v1", "Service", "v1") }

    private func adopting() -> R {
        var runtime = runtime
        runtime.adopts = true
        return runtime
    }

    /// Everything applied, but for a Service that Helm made.
    private func world(
        labels: JSONValue = ["app.kubernetes.io/managed-by": "Helm"],
        annotations: JSONValue = ["meta.helm.sh/release-name": "prices", "meta.helm.sh/release-namespace": "tools"],
        more: JSONValue? = nil
    ) -> World {
        var world = World()
        world.bring(desired(R("r", [V("v1", .stopped)])))
        var metadata: JSONValue = [
            "name": "v1", "namespace": "e-r", "uid": "theirs", "creationTimestamp": "2025-01-02T03:04:05Z",
            "labels": labels, "annotations": annotations,
        ]
        if let more { metadata["deletionTimestamp"] = more }
        world.put(
            [
                "apiVersion": "v1", "kind": "Service", "metadata": metadata,
                "spec": ["selector": ["version-name": "old"], "clusterIP": "10.0.0.7"],
            ],
            managers: [
                ManagedFields(
                    manager: "helm", operation: .update, time: "2025-01-02T03:04:05Z",
                    fields: FieldSet([FieldPath("spec", "selector", "version-name"), FieldPath("spec", "clusterIP")]))
            ])
        return world
    }

    private func said(_ result: PlanResult) -> String {
        result.diagnostics.map { "\($0.severity) \($0.code): \($0.summary)\n\($0.detail)" }.joined(separator: "\n")
    }

    @Test func aPlanSaysWhoseAnObjectIsAndWhatToDo() {
        #expect(said(world().plan(desired(runtime))) == """
            error object-exists: Service/e-r/v1 exists in the cluster, managed by Helm, and is not ours
            It belongs to the Helm release prices in namespace tools. It has been there since 2025-01-02T03:04:05Z, written by \
            helm (2025-01-02T03:04:05Z).
            Kreform changes nothing that it did not make. To make it ours, write `adopt: true` beside version v1 in the file, or \
            run `kreform import Service/e-r/v1`: both show first what would change. Otherwise remove the object, or change the \
            name that leads to it.
            """)
    }

    @Test func whoMadeAnObjectIsNamedBeforeWhoReportsOnIt() {
        var world = World()
        world.bring(desired(R("r", [V("v1", .stopped)])))
        func entry(_ manager: String, _ subresource: String, _ second: Int, _ paths: FieldPath...) -> ManagedFields {
            ManagedFields(
                manager: manager, operation: .update, subresource: subresource, time: "2025-01-02T03:04:0\(second)Z",
                fields: FieldSet(paths))
        }
        let status = FieldPath("status", "replicas")
        let revision = FieldPath("metadata", "annotations", "deployment.kubernetes.io/revision")
        world.put(
            ["apiVersion": "apps/v1", "kind": "Deployment", "metadata": ["name": "v1-etl", "namespace": "e-r", "uid": "theirs"]],
            managers: [
                // Servers up to 1.21 do not say that it is about the status.
                entry("a-status-writer", "", 3, status), entry("another", "status", 3, status),
                entry("kube-controller-manager", "", 5, revision, status),
                entry("kubectl-create", "", 5, FieldPath("spec", "replicas")),
                entry("kubectl-edit", "", 9, FieldPath("spec", "paused")),
            ])
        let result = world.plan(desired(runtime)).diagnostics
        #expect(result.map(\.summary) == [
            "apps/Deployment/e-r/v1-etl exists in the cluster, written by kubectl-create, and is not ours"
        ])
        #expect(result.map { $0.detail.prefix { $0 != "\n" } } == ["""
            It was written by kubectl-create (2025-01-02T03:04:05Z), kube-controller-manager (2025-01-02T03:04:05Z), kubectl-edit \
            (2025-01-02T03:04:09Z).
            """])
    }

    @Test(arguments: [
        ("argocd.argoproj.io/instance", true, "It belongs to the Argo CD application x."),
        ("argocd.argoproj.io/tracking-id", false, "It belongs to the Argo CD application x."),
        ("kustomize.toolkit.fluxcd.io/name", true, "It belongs to the Flux Kustomization x."),
        ("helm.toolkit.fluxcd.io/name", true, "It belongs to the Flux HelmRelease x."),
        ("kubectl.kubernetes.io/last-applied-configuration", false, "It was applied with kubectl."),
    ])
    func toolsAreKnownByTheirMarks(_ mark: String, _ isLabel: Bool, _ words: String) {
        let marks: JSONValue = .object([mark: isLabel ? "x" : "x:apps/Deployment:n/x"])
        let world = isLabel ? world(labels: marks, annotations: [:]) : world(labels: [:], annotations: marks)
        #expect(said(world.plan(desired(runtime))).contains("\n\(words) It has been there since"))
    }

    @Test func adoptTakesItOverAndShowsTheDifference() {
        var world = world()
        let result = world.plan(desired(adopting()))
        #expect(lines(result) == """
            0. start version/r/v1 stopped>started (changed in file, adopt)
              0 + Secret v1-conf (changed in file)
              1 + Deployment v1-etl (changed in file) <- 0
              2 ~ Service v1 (adopt) <- 1
                  metadata.labels["app.kubernetes.io/managed-by"]: "Helm" -> "kreform" of ?
                  metadata.labels["kreform/engine"]: absent -> "e" of ?
                  spec.selector: {"version-name":"old"} -> {"version-name":"v1"} of helm
            warning adopted-from-tool: Service/e-r/v1 belongs to the Helm release prices in namespace tools
            """)
        world.carryOut(result.plan)
        let object = world.live[service]
        #expect(object?.uid == "theirs" && world.state.objects[service]?.uid == "theirs")
        #expect(object?.content["spec"]?["clusterIP"] == "10.0.0.7")
        #expect(object?.content["spec"]?["selector"] == ["version-name": "v1"])
        #expect(lines(world.plan(desired(adopting()))) == "")
        #expect(lines(world.plan(desired(runtime))) == "")
    }

    @Test func aPlanThatAdoptsCanBeSaved() throws {
        let plan = world().plan(desired(adopting())).plan
        #expect(try PlanDocument.read(PlanDocument.value(of: plan), file: "plan").changes.map(\.differences)
            == plan.changes.map(\.differences))
    }

    @Test func adoptedIsNeverReplaced() {
        var world = world()
        world.refusals[service] = ClusterError(.immutable(field: "spec.clusterIP"), "field is immutable")
        let result = world.plan(desired(adopting()))
        #expect(!result.plan.changes.contains { $0.action == .replace })
        #expect(result.diagnostics.filter { $0.severity == .error }.map(\.summary) == [
            "Service/e-r/v1 cannot be taken over: spec.clusterIP cannot change"
        ])
    }

    @Test func anImportThatIsRefusedNamesTheSettingBehindTheField() throws {
        func sized(_ size: String) -> RenderedState {
            var runtime = R("r")
            (runtime.stores, runtime.size) = (["db"], size)
            return desired(runtime)
        }
        var world = World()
        world.bring(sized("10Gi"))
        let set = R("r").address("apps/v1", "StatefulSet", "db")
        var content = try #require(world.live[set]).content
        content["metadata"]?["labels"] = nil
        world.live[set] = LiveObject(content: content, managers: [])
        world.state.objects[set] = nil
        world.refusals[set] = ClusterError(.immutable(field: "spec"), "updates to statefulset spec are forbidden")
        let said = said(world.adopt(["\(set)"], of: sized("20Gi")))
        #expect(said.contains("`stack.db.storage` of runtime r leads to it: there it is 10Gi, and the files ask for 20Gi."), "\(said)")
    }

    @Test func whatIsBeingDeletedIsNotAdopted() {
        let result = world(more: "2025-01-02T03:04:06Z").plan(desired(adopting()))
        #expect(result.diagnostics.map(\.summary) == ["Service/e-r/v1 is being deleted and cannot be taken over"])
    }

    @Test func anotherEnginesIsNotAdoptedUnlessThatEngineIsGone() {
        let marks: JSONValue = .object([
            ObjectLabels.managedBy: "kreform", ObjectLabels.engine: "shop", ObjectLabels.runtime: "main",
        ])
        let world = world(labels: marks, annotations: [:])
        #expect(world.plan(desired(runtime)).diagnostics.map(\.summary) == [
            "Service/e-r/v1 exists in the cluster, of the Kreform engine shop, and is not ours"
        ])
        #expect(said(world.plan(desired(adopting()))) == """
            error adoption-refused: Service/e-r/v1 belongs to the Kreform engine shop
            It belongs to runtime main of the Kreform engine shop. It has been there since 2025-01-02T03:04:05Z, written by helm \
            (2025-01-02T03:04:05Z).
            Two engines cannot have one object. Let go of it there first, with `kreform state forget Service/e-r/v1` and the \
            files of shop; it can be imported afterwards. If that engine and its state are gone for good: `kreform import \
            --take-over Service/e-r/v1`.
            """)
        #expect(world.adopt(["Service/v1"], of: desired(runtime)).diagnostics.map(\.code) == ["adoption-refused"])
        let taken = world.adopt(["Service/v1"], of: desired(runtime), takingOver: true)
        #expect(taken.diagnostics == [] && taken.plan.changes.map(\.action) == [.update])
    }

    // MARK: import

    @Test(arguments: ["Service/e-r/v1", "Service v1", "version/r/v1"])
    func importTouchesOnlyWhatIsNamed(_ target: String) {
        var world = world()
        let result = world.adopt([target], of: desired(runtime))
        #expect(result.plan.mode == .adopt)
        #expect(lines(result, fields: false) == """
            0. import version/r/v1 (adopt)
              0 ~ Service v1 (adopt)
            warning adopted-from-tool: Service/e-r/v1 belongs to the Helm release prices in namespace tools
            """)
        world.carryOut(result.plan)
        #expect(world.live[service]?.uid == "theirs")
        #expect(world.state.objects[service]?.entity == .version(runtime: "r", name: "v1"))
        world.bring(desired(runtime))
        #expect(lines(world.plan(desired(runtime))) == "")
        #expect(world.live[service]?.uid == "theirs")
    }

    @Test func whatCannotBeImportedIsSaid() {
        let world = world()
        func said(_ texts: String...) -> [String] {
            world.adopt(texts, of: desired(runtime)).diagnostics.map { "\($0.severity) \($0.code): \($0.summary)" }
        }
        #expect(said("Deployment/v1-etl") == ["error nothing-to-import: apps/Deployment/e-r/v1-etl is not in the cluster"])
        #expect(said("Namespace/e-r") == ["warning nothing-to-import: Namespace/e-r is ours already"])
        #expect(said("runtime/r") == [])
        #expect(said("runtime/x") == ["error unknown-address: There is no runtime/x in the files"])
        #expect(said("Service/v9") == ["error unknown-address: There is no Service/v9 in the files"])
    }

    // MARK: forget

    @Test func whatIsForgottenStays() {
        var world = World()
        world.bring(desired(runtime))
        let result = world.forget(["Service/v1"], files: desired(runtime))
        #expect(lines(result) == """
            0. forget version/r/v1 (forget)
              0 x Service v1 (forget)
            warning still-wanted: The files still ask for 1 object of these
            """)
        #expect(result.plan.changes[0].prior?.uid == world.live[service]?.uid)
        world.carryOut(result.plan)
        #expect(world.live[service] != nil && world.state.objects[service] == nil)
        #expect(world.state.entities[.version(runtime: "r", name: "v1")] != nil)
    }

    @Test func aRuntimeIsForgottenWithAllThatIsInIt() {
        var world = World()
        world.bring(desired(R("r", [V("v1", .published), V("v2", .stopped)]), R("s")))
        let there = world.live.count
        let result = world.forget(["runtime/r"])
        #expect(result.diagnostics == [])
        #expect(Set(result.plan.steps.map { "\($0.entity)" }) == ["runtime/r", "version/r/v1", "version/r/v2", "publication/r"])
        world.carryOut(result.plan)
        #expect(world.live.count == there)
        #expect(world.state.entities.keys.map(\.description) == ["runtime/s"])
        #expect(world.state.objects.values.allSatisfy { $0.entity == .runtime("s") })
    }

    @Test func aPublishedVersionIsForgottenWithItsPublication() {
        var world = World()
        world.bring(desired(R("r", [V("v1", .published), V("v2", .started)])))
        #expect(Set(world.forget(["version/r/v1"]).plan.steps.map { "\($0.entity)" }) == ["version/r/v1", "publication/r"])
        #expect(world.forget(["version/r/v2"]).plan.steps.map { "\($0.entity)" } == ["version/r/v2"])
        #expect(world.forget(["version/r/v3", "Service/nothing"]).diagnostics.map(\.code) == [
            "unknown-address", "unknown-target",
        ])
    }
}
