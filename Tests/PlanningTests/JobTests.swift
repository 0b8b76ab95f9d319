import Digest
import JSON
import Model
import Planning
import Testing

/// Jobs run once.
@Suite struct JobTests {
    private func files(_ image: String = "a:1", asleep: Bool = false) -> RenderedState {
        let job = Manifest(
            [
                "apiVersion": "batch/v1", "kind": "Job",
                "metadata": [
                    "name": "task", "namespace": "e-r", "labels": .object([ObjectLabels.managedBy: "kreform", ObjectLabels.engine: "e"]),
                ],
                "spec": ["parallelism": .integer(asleep ? 0 : 1), "template": ["spec": ["containers": [["name": "main", "image": .string(image)]]]]],
            ], key: key)
        let plain = desired(R("r"))
        let entities = plain.entities.map { entity in
            RenderedEntity(record: entity.record, manifests: entity.manifests + [job])
        }
        return RenderedState(engine: "e", entities: entities)
    }

    private let address = ResourceAddress(apiVersion: "batch/v1", kind: "Job", namespace: "e-r", name: "task")

    private func world(_ condition: String?) -> World {
        var world = World()
        world.bring(files())
        guard let object = world.live[address], let condition else { return world }
        var content = object.content
        content["status"] = ["conditions": [["type": .string(condition), "status": "True"]]]
        world.live[address] = LiveObject(content: content, managers: object.managers)
        return world
    }

    @Test func aJobThatIsDoneStaysAsItIs() {
        #expect(lines(world("Complete").plan(files())) == "")
        #expect(lines(world(nil).plan(files())) == "")
    }

    @Test func aJobThatIsOverIsMadeAnewWhereItDiffers() {
        let text = lines(world("Complete").plan(files(asleep: true)))
        #expect(text.contains("-/+ Job task (changed in file)"), "\(text)")
        #expect(text.contains("parallelism"), "\(text)")
        let running = lines(world(nil).plan(files(asleep: true)))
        #expect(running.contains("~ Job task"), "\(running)")
    }

    @Test func aJobThatFailedBeforeItsRunWasDoneIsMadeAnew() {
        var world = world("Failed")
        if let record = world.state.objects[address] {
            world.state.objects[address] = ObjectRecord(
                address: address, entity: record.entity, apiVersion: record.apiVersion, uid: record.uid,
                resourceVersion: ObjectRecord.notReady, generation: record.generation, applied: record.applied, left: record.left,
                owned: record.owned, dependsOn: record.dependsOn, appliedAt: record.appliedAt)
        }
        let text = lines(world.plan(files()))
        #expect(text.contains("-/+ Job task (unfinished last time)"), "\(text)")
    }
}
