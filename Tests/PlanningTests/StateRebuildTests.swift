import Digest
import Fields
import JSON
import Model
import Planning
import TestSupport
import Testing

@Suite struct StateRebuildTests {
    /// A small cluster whose objects say whose they are.
    private func labelled(_ state: RenderedState) -> RenderedState {
        RenderedState(engine: state.engine, entities: state.entities.map { entity in
            let manifests = entity.manifests.map { manifest in
                var content = manifest.content
                func set(_ part: String, _ name: String, _ value: String?) {
                    content[JSONPointer(tokens: ["metadata", part, name])] = value.map { .string($0) }
                }
                set("labels", ObjectLabels.runtime, entity.address.runtime)
                switch entity.address {
                case .runtime: break
                case .version(_, let name):
                    set("labels", ObjectLabels.version, name)
                    content["metadata"]?["annotations"] = [
                        ObjectAnnotations.packageDigest: .string("\(entity.record.packageDigest.map(String.init(describing:)) ?? "")"),
                        ObjectAnnotations.description: .string(entity.record.description),
                    ]
                case .publication:
                    set("labels", ObjectLabels.component, ObjectLabels.publicationComponent)
                    if manifest.address.kind == "Service" { set("labels", ObjectLabels.version, entity.record.published) }
                }
                if manifest.address.kind == "Namespace" {
                    content["metadata"]?["annotations"] = [
                        ObjectAnnotations.description: .string(entity.record.description),
                        ObjectAnnotations.protected: .string("\(entity.record.protected)"),
                    ]
                }
                return Manifest(
                    sealed: content, secrets: manifest.secrets, generated: manifest.generated, dependsOn: manifest.dependsOn)
            }
            return RenderedEntity(record: entity.record, manifests: manifests, span: entity.span)
        })
    }

    private func rebuild(_ world: World, _ files: RenderedState) -> StateRebuild {
        StateRebuild(desired: files, found: Array(world.live.values), ready: Set(world.live.keys))
    }

    private let files = [
        R("a", [V("v1", .started, description: "One"), V("v2", .published), V("v3", .stopped)], description: "A", protected: true),
        R("b"),
    ]

    @Test func entitiesAndObjectsAreAsTheyWere() {
        var world = World()
        let wanted = labelled(desired(files))
        world.bring(wanted)
        let rebuilt = rebuild(world, wanted)
        #expect(rebuilt.entities == world.state.entities)
        #expect(rebuilt.fromFile == [.version(runtime: "a", name: "v3")])
        #expect(rebuilt.differing == [] && rebuilt.leftOut == [])
        for (address, record) in world.state.objects {
            let found = rebuilt.objects[address]
            #expect(found?.applied == record.applied && found?.owned == record.owned, "\(address)")
            #expect(found?.entity == record.entity && found?.dependsOn == record.dependsOn, "\(address)")
            #expect(found?.resourceVersion == record.resourceVersion && found?.uid == record.uid, "\(address)")
        }
        #expect(rebuilt.objects.count == world.state.objects.count)
        world.state.entities = rebuilt.entities
        world.state.objects = rebuilt.objects
        #expect(lines(world.plan(wanted)) == "")
    }

    @Test func withoutTheFilesEverythingButStoppedVersionsIsKnown() {
        var world = World()
        world.bring(labelled(desired(files)))
        let rebuilt = rebuild(world, RenderedState(engine: "e", entities: []))
        var expected = world.state.entities
        expected[.version(runtime: "a", name: "v3")] = nil
        #expect(rebuilt.entities == expected)
        #expect(Set(rebuilt.objects.keys) == Set(world.state.objects.keys))
        // What was applied, as far as the cluster tells.
        for (address, record) in world.state.objects where address.kind != "Secret" {
            #expect(rebuilt.objects[address]?.applied == record.applied, "\(address)")
        }
    }

    @Test func anObjectThatIsNotReadyIsLookedAtAgain() {
        var world = World()
        let wanted = labelled(desired(files))
        world.bring(wanted)
        let deployment = R("a").address("apps/v1", "Deployment", "v1-etl")
        let rebuilt = StateRebuild(
            desired: wanted, found: Array(world.live.values), ready: Set(world.live.keys).subtracting([deployment]))
        #expect(rebuilt.objects.values.filter { !$0.isReady }.map(\.address) == [deployment])
    }

    @Test func whatOthersTookIsDriftAndWhatWeHaveIsAChangeOfTheFiles() throws {
        var world = World()
        world.bring(labelled(desired(files)))
        world.edit(R("a").address("apps/v1", "StatefulSet", "nats"), FieldPath("spec", "replicas"), "/spec/replicas", 9)
        var changed = files
        changed[1].replicas = 2
        let wanted = labelled(desired(changed))
        let rebuilt = rebuild(world, wanted)
        #expect(rebuilt.differing == Set(["a", "b"].map { R($0).address("apps/v1", "StatefulSet", "nats") }))
        world.state.entities = rebuilt.entities
        world.state.objects = rebuilt.objects
        let plan = world.plan(wanted).plan
        let causes = plan.changes.filter { $0.action == .update }.map(\.differences)
        #expect(causes.count == 2)
        #expect(causes[0].map(\.cause) == [.drift(manager: "kubectl-edit", time: "2026-05-30T18:04:05Z")])
        #expect(causes[1].map(\.cause) == [.file])
    }

    @Test func aVersionWithoutItsServiceIsUnfinished() {
        var world = World()
        let wanted = labelled(desired(files))
        world.bring(wanted)
        world.lose(R("a").address("v1", "Service", "v1"))
        let rebuilt = rebuild(world, wanted)
        #expect(rebuilt.entities[.version(runtime: "a", name: "v1")]?.status == .stopped)
        #expect(rebuilt.entities[.version(runtime: "a", name: "v2")]?.status == .published)
    }

    @Test func whatNobodyAppliedIsLeftOut() throws {
        var world = World()
        let wanted = labelled(desired(files))
        world.bring(wanted)
        let secret = try #require(world.live[R("a").address("v1", "Secret", "v1-conf")])
        func copy(_ name: String, owner: Bool) {
            var content = secret.content
            content["metadata"]?["name"] = .string(name)
            if owner { content["metadata"]?["ownerReferences"] = [["kind": "ReplicaSet", "uid": "1"]] }
            world.put(content, managers: owner ? secret.managers : [])
        }
        copy("copy", owner: false)
        copy("made", owner: true)
        let rebuilt = rebuild(world, wanted)
        #expect(rebuilt.leftOut == Set(["copy", "made"].map { R("a").address("v1", "Secret", $0) }))
        #expect(rebuilt.objects.count == world.state.objects.count)
    }

    /// What prepares goes after those that work with it, and what cleans up after everything.
    @Test func jobsGoAfterTheDeploymentsAndWhatCleansUpLast() {
        let end = job("v1-a-end", [ObjectAnnotations.lastRun: "always"]), begin = job("v1-begin")
        var world = World()
        let plain = labelled(desired(R("a", [V("v1", .started)])))
        world.bring(RenderedState(engine: "e", entities: plain.entities.map { entity in
            guard case .version = entity.address else { return entity }
            return RenderedEntity(record: entity.record, manifests: entity.manifests + [begin, end])
        }))
        let rebuilt = rebuild(world, RenderedState(engine: "e", entities: []))
        func needs(_ address: ResourceAddress) -> [ResourceAddress]? { rebuilt.objects[address]?.dependsOn }
        #expect(needs(R("a").address("apps/v1", "Deployment", "v1-etl")) == [begin.address])
        #expect(needs(begin.address) == [end.address])
        #expect(needs(end.address) == [R("a").address("v1", "Secret", "v1-conf")])
    }

    private func job(_ name: String, _ annotations: [String: JSONValue] = [:]) -> Manifest {
        Manifest(
            [
                "apiVersion": "batch/v1", "kind": "Job",
                "metadata": [
                    "name": .string(name), "namespace": "e-a", "annotations": .object(annotations),
                    "labels": .object([
                        ObjectLabels.managedBy: "kreform", ObjectLabels.engine: "e", ObjectLabels.runtime: "a", ObjectLabels.version: "v1",
                    ]),
                ],
                "spec": ["parallelism": 1],
            ], key: key)
    }

    @Test func theOrderOfWhatWasFoundDoesNotMatter() {
        var world = World()
        world.bring(labelled(desired(files)))
        let wanted = labelled(desired(R("a", [V("v1", .published)])))
        let expected = rebuild(world, wanted)
        var random = SeededGenerator(seed: 3)
        for _ in 0..<10 {
            let found = world.live.values.shuffled(using: &random)
            #expect(StateRebuild(desired: wanted, found: found, ready: Set(world.live.keys)) == expected)
        }
    }
}
