import Fields
import JSON
import Model
import Planning
import Testing

/// What a run that was cut off leaves, in all the ways that it can.
@Suite struct SettlementTests {
    private let runtime = R("r", [V("v1", .started)])
    private var deployment: ResourceAddress { runtime.address("apps/v1", "Deployment", "v1-etl") }

    /// The world before the request, the change whose request was cut off, and its journal entry.
    private func cutOff(
        _ address: ResourceAddress, in world: World, _ files: RenderedState
    ) throws -> (change: Change, entry: JournalEntry) {
        let change = try #require(world.plan(files).plan.changes.first { $0.address == address })
        return (change, entry(change))
    }

    private func entry(_ change: Change, id: Int = 1) -> JournalEntry {
        JournalEntry(
            id: id, run: 1, action: change.action, address: change.address, apiVersion: change.apiVersion,
            entity: change.entity, intended: change.manifest?.content, dependsOn: change.manifest?.dependsOn ?? [],
            priorUID: change.prior?.uid, begun: Timestamp(seconds: 60))
    }

    private func applied() -> World {
        var world = World()
        world.bring(desired(runtime))
        return world
    }

    @Test func aCreationThatNeverArrivedIsUndone() throws {
        let world = World()
        let (_, entry) = try cutOff(deployment, in: world, desired(runtime))
        let settled = JournalSettlement.settle([entry], state: world.state, live: world.live)
        #expect(settled.resolutions.map(\.outcome) == [.settledUndone])
        #expect(settled.resolutions.map(\.record) == [.keep])
        #expect(settled.state == world.state)
        #expect(settled.interrupted == [deployment])
    }

    @Test func aCreationThatArrivedIsDoneAndRecorded() throws {
        var world = World()
        let (change, entry) = try cutOff(deployment, in: world, desired(runtime))
        let before = world.state
        world.carryOut(change)
        let settled = JournalSettlement.settle([entry], state: before, live: world.live)
        let live = try #require(world.live[deployment])
        let record = ObjectRecord(
            address: deployment, entity: .version(runtime: "r", name: "v1"), apiVersion: "apps/v1", uid: live.uid,
            resourceVersion: ObjectRecord.notReady, generation: nil, applied: try #require(change.manifest).content,
            owned: live.owned, dependsOn: entry.dependsOn, appliedAt: Timestamp(seconds: 60))
        #expect(settled.resolutions.map(\.outcome) == [.settledDone])
        #expect(settled.resolutions.map(\.record) == [.write(record)])
        #expect(settled.state.objects == [deployment: record])
        #expect(settled.interrupted == [])
    }

    @Test func anObjectOfAnotherEngineIsNotTakenForOurs() throws {
        var world = World()
        let (change, entry) = try cutOff(deployment, in: world, desired(runtime))
        let before = world.state
        world.carryOut(change)
        var content = try #require(world.live[deployment]).content
        content[JSONPointer(tokens: ["metadata", "labels", ObjectLabels.engine])] = "another"
        world.live[deployment] = LiveObject(content: content, managers: world.live[deployment]?.managers ?? [])
        let settled = JournalSettlement.settle([entry], state: before, live: world.live)
        #expect(settled.resolutions.map(\.outcome) == [.settledUndone])
        #expect(settled.resolutions.map(\.record) == [.keep])
    }

    @Test func aSecretMadeOnCreationIsAsIntended() throws {
        var world = World()
        let mongo = runtime.address("v1", "Secret", "mongo")
        let (change, entry) = try cutOff(mongo, in: world, desired(runtime))
        world.carryOut(change)
        let settled = JournalSettlement.settle([entry], state: State(), live: world.live)
        #expect(settled.resolutions.map(\.outcome) == [.settledDone])
    }

    @Test func aCreationThatWasChangedSinceIsOursAndMendedByTheNextPlan() throws {
        var world = World()
        let (change, entry) = try cutOff(deployment, in: world, desired(runtime))
        world.carryOut(change)
        world.edit(deployment, FieldPath("spec", "replicas"), "/spec/replicas", 9)
        let settled = JournalSettlement.settle([entry], state: State(), live: world.live)
        #expect(settled.resolutions.map(\.outcome) == [.settledUndone])
        let record = try #require(settled.state.objects[deployment])
        #expect(record.uid == world.live[deployment]?.uid)
        #expect(!record.owned.contains(FieldPath("spec", "replicas")))
        world.state = settled.state
        world.interrupted = settled.interrupted
        let next = try #require(world.plan(desired(runtime)).plan.changes.first { $0.address == deployment })
        #expect(next.action == .update)
        #expect(next.reasons == [.driftedInCluster, .unfinishedLastTime])
    }

    @Test func anObjectOfSomebodyElseIsNotRecorded() throws {
        var world = World()
        let (_, entry) = try cutOff(deployment, in: world, desired(runtime))
        world.put(["apiVersion": "apps/v1", "kind": "Deployment", "metadata": ["name": "v1-etl", "namespace": "e-r"]])
        let settled = JournalSettlement.settle([entry], state: State(), live: world.live)
        #expect(settled.resolutions.map(\.record) == [.keep])
        #expect(settled.resolutions.map(\.outcome) == [.settledUndone])
    }

    @Test func anUpdateIsDoneOrUndoneByWhatTheObjectHas() throws {
        var world = applied()
        let newer = desired(R("r", [V("v1", .started, image: "etl:2")]))
        let (change, entry) = try cutOff(deployment, in: world, newer)
        let undone = JournalSettlement.settle([entry], state: world.state, live: world.live)
        #expect(undone.resolutions.map(\.outcome) == [.settledUndone])
        #expect(undone.resolutions.map(\.record) == [.keep])
        #expect(undone.state == world.state)

        let before = world.state
        world.carryOut(change)
        let done = JournalSettlement.settle([entry], state: before, live: world.live)
        #expect(done.resolutions.map(\.outcome) == [.settledDone])
        #expect(done.state.objects[deployment]?.applied == change.manifest?.content)
        world.state = done.state
        // Nobody has seen it ready: the next run waits for that.
        #expect(
            lines(world.plan(newer)) == """
                0. update version/r/v1 (unfinished last time)
                  0 = Deployment v1-etl (unfinished last time)
                """)
    }

    @Test func aRemovalOfAFieldThatNeverArrivedIsUndone() throws {
        var world = applied()
        world.edit(deployment, FieldPath("spec", "paused"), "/spec/paused", true)
        let live = try #require(world.live[deployment])
        // Ours, from an apply that the cut off one was to take back.
        let ours = ManagedFields(
            manager: "kreform", operation: .apply, time: nil,
            fields: live.owned.union(FieldSet([FieldPath("spec", "paused")])))
        world.put(live.content, managers: [ours])
        let change = try #require(world.plan(desired(runtime)).plan.changes.first)
        #expect(change.differences.map { "\($0.path)" } == ["spec.paused"])
        let settled = JournalSettlement.settle([entry(change)], state: world.state, live: world.live)
        #expect(settled.resolutions.map(\.outcome) == [.settledUndone])
    }

    @Test func anUndoneUpdateLeavesNothingThatPassesForUnchanged() throws {
        var world = applied()
        let (_, entry) = try cutOff(deployment, in: world, desired(R("r", [V("v1", .started, image: "etl:2")])))
        world.edit(deployment, FieldPath("spec", "replicas"), "/spec/replicas", 4)
        let settled = JournalSettlement.settle([entry], state: world.state, live: world.live)
        world.state = settled.state
        let next = world.plan(desired(runtime)).plan.changes
        #expect(next.flatMap(\.differences).map { "\($0.path)" } == ["spec.replicas"])
    }

    @Test func anUpdateThatMayHaveArrivedLeavesWhatWasAppliedAndWhen() throws {
        var world = applied()
        let (_, entry) = try cutOff(deployment, in: world, desired(R("r", [V("v1", .started, image: "etl:2")])))
        world.edit(deployment, FieldPath("spec", "replicas"), "/spec/replicas", 4)
        let settled = JournalSettlement.settle([entry], state: world.state, live: world.live)
        let (before, after) = (try #require(world.state.objects[deployment]), try #require(settled.state.objects[deployment]))
        #expect(settled.resolutions.map(\.record) == [.write(after)])
        #expect(after.applied == before.applied && after.appliedAt == before.appliedAt && after.appliedAt != entry.begun)
        #expect(after.owned != before.owned && !after.isReady)
    }

    @Test func aDeletionIsDoneWhenTheObjectIsGone() throws {
        var world = applied()
        let stopped = desired(R("r", [V("v1", .stopped)]))
        let (change, entry) = try cutOff(deployment, in: world, stopped)
        let undone = JournalSettlement.settle([entry], state: world.state, live: world.live)
        #expect(undone.resolutions.map(\.outcome) == [.settledUndone])
        #expect(undone.state == world.state)
        var going = world
        going.terminate(deployment)
        let begun = JournalSettlement.settle([entry], state: world.state, live: going.live)
        #expect(begun.resolutions.map(\.outcome) == [.deleting])
        #expect(begun.resolutions.map(\.record) == [.keep])

        let before = world.state
        world.carryOut(change)
        let done = JournalSettlement.settle([entry], state: before, live: world.live)
        #expect(done.resolutions.map(\.record) == [.forget(deployment)])
        #expect(done.state.objects[deployment] == nil)

        // Somebody made another of that name.
        world.put([
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": ["name": "v1-etl", "namespace": "e-r", "uid": "x"],
        ])
        let other = JournalSettlement.settle([entry], state: before, live: world.live)
        #expect(other.resolutions.map(\.record) == [.forget(deployment)])
    }

    @Test func aReplacementIsHalfDoneOrDone() throws {
        var world = applied()
        world.refusals[deployment] = ClusterError(.immutable(field: "spec.replicas"), "immutable")
        world.edit(deployment, FieldPath("spec", "replicas"), "/spec/replicas", 3)
        let (change, entry) = try cutOff(deployment, in: world, desired(runtime))
        #expect(change.action == .replace)
        let before = world.state
        let untouched = JournalSettlement.settle([entry], state: before, live: world.live)
        #expect(untouched.resolutions.map(\.record) == [.keep])

        var deleted = world
        deleted.lose(deployment)
        let half = JournalSettlement.settle([entry], state: before, live: deleted.live)
        #expect(half.resolutions.map(\.outcome) == [.settledUndone])
        #expect(half.resolutions.map(\.record) == [.forget(deployment)])

        world.carryOut(change)
        let done = JournalSettlement.settle([entry], state: before, live: world.live)
        #expect(done.resolutions.map(\.outcome) == [.settledDone])
        #expect(done.state.objects[deployment]?.uid == world.live[deployment]?.uid)
    }
}
