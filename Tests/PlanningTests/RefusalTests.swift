import Digest
import Fields
import JSON
import Model
import Planning
import Testing

@Suite struct RefusalTests {
    private let runtime = R("r", [V("v1", .started)])

    private func applied(_ runtime: R) -> World {
        var world = World()
        world.bring(desired(runtime))
        return world
    }

    @Test func anObjectOfSomebodyElseIsNeverTakenOver() {
        var world = World()
        world.put(["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "e-r", "uid": "theirs"]])
        #expect(
            world.plan(desired(R("r"))).diagnostics == [
                Diagnostic(
                    code: "object-exists", summary: "Namespace/e-r exists in the cluster and is not ours",
                    detail: "Kreform changes nothing that it did not make. To make it ours, write `adopt: true` beside "
                        + "runtime r in the file, or run `kreform import Namespace/e-r`: both show first what would change. "
                        + "Otherwise remove the object, or change the name that leads to it.",
                    address: "Namespace/e-r")
            ])
    }

    @Test func aDryRunFindsTheObjectsThatTheLabelsDoNot() {
        var live = LiveState()
        live.predictions[R("r").address("v1", "Namespace", "e-r")] = .accepted(
            LiveObject(
                content: ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "e-r", "uid": "theirs"]],
                managers: []),
            created: false)
        let result = Planning.apply(desired: desired(R("r")), state: State(), live: live, now: .now, cluster: cluster)
        #expect(result.diagnostics.map(\.summary) == ["Namespace/e-r exists in the cluster and is not ours"])
    }

    @Test func aPackageNeverChangesUnderOneName() {
        let result = applied(runtime).plan(desired(R("r", [V("v1", .stopped, package: "other bytes")])))
        #expect(
            result.diagnostics.map { "\($0.code) \($0.address ?? "")\n\($0.summary)\n\($0.detail)" } == [
                """
                package-changed version/r/v1
                The package of version v1 is not the one that was applied
                Versions are immutable. The package had the digest
                  \(SHA256Digest(of: "v1".utf8))
                and now has
                  \(SHA256Digest(of: "other bytes".utf8))
                Give the new package a new version name in its krt.yml and list it beside the old one, or bring back the \
                package that was applied.
                """
            ])
    }

    @Test func aProtectedRuntimeIsNeverPlannedForDestruction() {
        let world = applied(R("r", [V("v1", .started)], protected: true))
        let removed = world.plan(desired(R("other")))
        #expect(removed.plan.changes.allSatisfy { $0.entity.runtime == "other" })
        #expect(
            removed.diagnostics.map { "\($0.code): \($0.summary). \($0.detail)" } == [
                "runtime-protected: Runtime r is protected and cannot be destroyed. Put the runtime back into the file "
                    + "with `protect: false` and apply that, then remove it from the file."
            ])
        #expect(lines(world.destroy()) == "error runtime-protected: Runtime r is protected and cannot be destroyed")
        let version = world.destroy(.only([.version(runtime: "r", name: "v1")]))
        #expect(version.plan.steps.map(\.action) == [.stop, .deleteVersion])
    }

    @Test func theFileProtectsFromDestroyBeforeItIsApplied() {
        let result = applied(runtime).destroy(declared: desired(R("r", protected: true)))
        #expect(lines(result) == "error runtime-protected: Runtime r is protected and cannot be destroyed")
    }

    @Test func aRuntimeDoesNotMoveToAnotherNamespace() {
        let result = applied(runtime).plan(desired(R("r", [V("v1", .started)], namespace: "elsewhere")))
        #expect(lines(result) == "error namespace-changed: Runtime r cannot move from namespace e-r to elsewhere")
    }

    @Test func aStateOfAnotherClusterPlansNothing() {
        var world = applied(runtime)
        world.state.cluster = ClusterIdentity(name: "prod", uid: "cluster-2")
        #expect(
            lines(world.plan(desired(runtime)))
                == "error other-cluster: The state describes another cluster than the one reached")
    }

    @Test func theServersWordsAreReported() {
        var world = applied(runtime)
        let nats = runtime.address("apps/v1", "StatefulSet", "nats")
        world.refusals[nats] = ClusterError(.forbidden, "statefulsets.apps \"nats\" is forbidden")
        let result = world.plan(desired(R("r", [V("v1", .started)], replicas: 2)))
        #expect(
            lines(result) == """
                0. update-runtime runtime/r (changed in file)
                  0 ~ StatefulSet nats (changed in file) unchecked
                      spec.replicas: 1 -> 2
                error change-refused: The server refuses apps/StatefulSet/e-r/nats
                """)
        #expect(result.diagnostics.first?.detail == "It says: statefulsets.apps \"nats\" is forbidden")
    }

    @Test func anObjectWithDataIsNotReplaced() {
        var world = applied(runtime)
        let nats = runtime.address("apps/v1", "StatefulSet", "nats")
        world.edit(
            nats, FieldPath("spec", "volumeClaimTemplates"), "/spec/volumeClaimTemplates", [["metadata": ["name": "d"]]]
        )
        world.refusals[nats] = ClusterError(
            .immutable(field: "spec.replicas"), "Forbidden: updates to statefulset spec")
        let result = world.plan(desired(R("r", [V("v1", .started)], replicas: 2)))
        #expect(result.plan.changes.map(\.action) == [.update])
        #expect(
            result.diagnostics.map(\.summary)
                == ["spec.replicas of apps/StatefulSet/e-r/nats cannot change after its creation"])
    }

    @Test func aVolumeThatCannotChangeIsTracedToTheFile() {
        func sized(_ size: String, isPreset: Bool = false) -> RenderedState {
            var runtime = R("r")
            (runtime.stores, runtime.size, runtime.isPreset) = (["db"], size, isPreset)
            return desired(runtime)
        }
        var world = World()
        world.bring(sized("10Gi"))
        world.refusals[R("r").address("apps/v1", "StatefulSet", "db")] = ClusterError(
            .immutable(field: "spec"), "updates to statefulset spec are forbidden")
        func said(_ files: RenderedState) -> [String] {
            world.plan(files).diagnostics.map { "\($0.code): \($0.summary)\n\($0.detail)" }
        }
        #expect(said(sized("20Gi")) == ["""
            immutable-data-object: spec of apps/StatefulSet/e-r/db cannot change after its creation
            `stack.db.storage` of runtime r leads to it: there it is 10Gi, and the files ask for 20Gi. Write `stack.db.storage: \
            10Gi`, as it was made. A volume whose class allows it can be enlarged by hand: `kubectl --namespace e-r edit pvc \
            data-db-0`.
            The object holds data, so it is not replaced: data that needs another volume moves to a new runtime. The server says: \
            updates to statefulset spec are forbidden
            """])
        #expect(said(sized("20Gi", isPreset: true)).first?.contains(
            "`stack.preset` of runtime r leads to it: there it is 10Gi, and the files ask for 20Gi. Write "
                + "`stack.db.storage: 10Gi` beside it, as it was made.") == true)
    }

    @Test func theServersWordsStandOnce() {
        func sized(_ size: String) -> RenderedState {
            var runtime = R("r")
            (runtime.stores, runtime.size) = (["cache", "db"], size)
            return desired(runtime)
        }
        var world = World()
        world.bring(sized("10Gi"))
        for name in ["cache", "db"] {
            world.refusals[R("r").address("apps/v1", "StatefulSet", name)] = ClusterError(
                .immutable(field: "spec"), #"StatefulSet.apps "\(name)" is invalid: spec: Forbidden: updates to it are"#)
        }
        let found = world.plan(sized("20Gi")).diagnostics
        #expect(found.map(\.code) == ["immutable-data-object", "immutable-data-object"])
        #expect(found.map { $0.detail.hasSuffix("is invalid: spec: Forbidden: updates to it are") } == [true, false])
        #expect(found.last?.detail.hasSuffix("data that needs another volume moves to a new runtime.") == true)
    }

    @Test func aNamespaceThatIsGoneTookItsDataWithIt() {
        var runtime = R("r")
        runtime.stores = ["db"]
        var world = World()
        world.bring(desired(runtime))
        let namespace = runtime.address("v1", "Namespace", "e-r")
        func said(_ world: World) -> [String] {
            world.plan(desired(runtime)).diagnostics.filter { $0.code == "data-lost" }.map { "\($0.summary). \($0.detail)" }
        }
        #expect(said(world) == [])
        var going = world
        going.terminate(namespace)
        #expect(said(going) == ["""
            Namespace/e-r is being deleted, and the data of runtime r with it. Its volumes go with it: those of StatefulSet db, \
            PersistentVolumeClaim db. What the plan makes in their place is empty, with new passwords. Save what is in them while it \
            can still be read. Where the storage class retains volumes they stay (`kubectl get persistentvolumes`).
            """])
        // Restored from a backup: only what that did not have is lost.
        var restored = world
        let labels: JSONValue = .object([ObjectLabels.managedBy: "kreform", ObjectLabels.engine: "e"])
        restored.put(["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "e-r", "uid": "restored", "labels": labels]])
        #expect(said(restored) == [])
        restored.lose(runtime.address("v1", "PersistentVolumeClaim", "db"))
        #expect(said(restored) == ["""
            Namespace/e-r was made anew by someone else, and the data of runtime r with it. It took its volumes with it: \
            PersistentVolumeClaim db. What the plan makes in their place is empty, with new passwords. Where the storage class \
            retains volumes they are still there (`kubectl get persistentvolumes`): save what is in them before you apply.
            """])
        world.live = world.live.filter { $0.key.namespace != "e-r" && $0.key != namespace }
        #expect(said(world) == ["""
            Namespace/e-r is gone from the cluster, and the data of runtime r with it. It took its volumes with it: those of \
            StatefulSet db, PersistentVolumeClaim db. What the plan makes in their place is empty, with new passwords. Where the \
            storage class retains volumes they are still there (`kubectl get persistentvolumes`): save what is in them before you \
            apply.
            """])
        // Nothing is lost of a runtime that goes, or that had no data.
        #expect(world.plan(desired()).diagnostics.allSatisfy { $0.code != "data-lost" })
        var other = World()
        other.bring(desired(R("r")))
        other.live = [:]
        #expect(other.plan(desired(R("r"))).diagnostics.allSatisfy { $0.code != "data-lost" })
    }

    @Test func twoEntitiesCannotWantOneObject() {
        let result = World().plan(desired(R("a", namespace: "same"), R("b", namespace: "same")))
        #expect(
            result.diagnostics.map(\.summary) == [
                "runtime/a and runtime/b both want Namespace/same",
                "runtime/a and runtime/b both want Secret/same/mongo",
                "runtime/a and runtime/b both want apps/StatefulSet/same/nats",
            ])
    }

    @Test func objectsThatWaitForEachOtherAreNamed() {
        func object(_ name: String, needs: String) -> Manifest {
            Manifest(
                sealed: [
                    "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": .string(name), "namespace": "n"],
                ],
                dependsOn: [ResourceAddress(group: "", kind: "ConfigMap", namespace: "n", name: needs)])
        }
        let entity = RenderedEntity(
            record: EntityRecord(address: .runtime("r")), manifests: [object("a", needs: "b"), object("b", needs: "a")])
        let result = World().plan(RenderedState(engine: "e", entities: [entity]))
        #expect(
            result.diagnostics.map { "\($0.summary). \($0.detail)" } == [
                "2 changes wait for each other. "
                    + "None can be the first: ConfigMap/n/b → ConfigMap/n/a → ConfigMap/n/b."
            ])
    }

    @Test func whatSomebodyMadeAnewWithoutOurLabelsIsLeftAlone() {
        var world = applied(runtime)
        world.put(
            ["apiVersion": "v1", "kind": "Service", "metadata": ["name": "v1", "namespace": "e-r", "uid": "theirs"]])
        let result = world.plan(desired(R("r", [V("v1", .stopped)])))
        #expect(result.plan.changes.map(\.action) == [.forget, .delete, .delete])
        #expect(result.diagnostics.map(\.code) == ["object-left-alone"])
    }

    /// Whoever copies an object copies its labels.
    @Test func whatSomebodyMadeAnewWithOurLabelsIsLeftAloneToo() {
        var world = applied(runtime)
        world.put([
            "apiVersion": "v1", "kind": "Service",
            "metadata": [
                "name": "v1", "namespace": "e-r", "uid": "theirs",
                "labels": [ObjectLabels.managedBy: "kreform", ObjectLabels.engine: "e"],
            ],
        ])
        for result in [world.plan(desired(R("r", [V("v1", .stopped)]))), world.destroy(.only([.version(runtime: "r", name: "v1")]))] {
            #expect(result.plan.changes.map { "\($0.action.rawValue) \($0.address.kind)" } == ["forget Service", "delete Deployment", "delete Secret"])
            #expect(result.diagnostics == [
                Diagnostic(
                    .warning, code: "object-left-alone",
                    summary: "Service/e-r/v1 was made anew by someone else and is left alone",
                    detail: "It bears our labels, but is not the object that Kreform made: only the record of ours goes. If nobody "
                        + "needs it, delete it by hand. If it was restored from a backup, put what it belongs to back into the files "
                        + "and apply that, which takes it over; then take it out again.",
                    address: "Service/e-r/v1")
            ])
        }
        // As long as it is wanted, it is taken over as before.
        #expect(!world.plan(desired(runtime)).diagnostics.hasErrors)
    }

    @Test func manyObjectsOfOthersAreToldTogether() {
        var runtime = R("r", [V("v1", .started)])
        runtime.extras = (10..<22).map { "extra-\($0)" }
        var world = World()
        world.put(["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "e-r", "uid": "u"]])
        for name in runtime.extras {
            world.put(
                ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": .string(name), "namespace": "e-r", "uid": "u"]],
                managers: [ManagedFields(manager: "kubectl", operation: .update, time: nil, fields: FieldSet())])
        }
        world.put(["apiVersion": "v1", "kind": "Service", "metadata": ["name": "v1", "namespace": "e-r", "uid": "u"]])
        #expect(world.plan(desired(runtime)).diagnostics == [
            Diagnostic(
                code: "object-exists", summary: "14 objects of runtime r exist in the cluster and are not ours",
                detail: """
                      Namespace/e-r
                      ConfigMap/e-r/extra-10, written by kubectl
                      ConfigMap/e-r/extra-11, written by kubectl
                      ConfigMap/e-r/extra-12, written by kubectl
                      ConfigMap/e-r/extra-13, written by kubectl
                      ConfigMap/e-r/extra-14, written by kubectl
                      ConfigMap/e-r/extra-15, written by kubectl
                      ConfigMap/e-r/extra-16, written by kubectl
                      and 6 more
                    Kreform changes nothing that it did not make. To make them ours, write `adopt: true` beside runtime r, version \
                    v1 in the file, or run `kreform import runtime/r version/r/v1`: both show first what would change. Otherwise \
                    remove the objects, or change the names that lead to them.
                    """,
                address: "runtime/r")
        ])
    }
}
