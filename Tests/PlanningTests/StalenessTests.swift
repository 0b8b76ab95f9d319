import Fields
import JSON
import Model
import Planning
import Testing

@Suite struct StalenessTests {
    private let runtime = R("r", [V("v1", .published), V("v2", .started)])
    private let switched = R("r", [V("v1", .started), V("v2", .published)])
    private var service: ResourceAddress { runtime.address("v1", "Service", "active-entrypoint") }

    private func applied() -> (world: World, plan: Plan) {
        var world = World()
        world.bring(desired(runtime))
        return (world, world.plan(desired(switched)).plan)
    }

    private func check(_ plan: Plan, _ world: World) -> String {
        Staleness.check(plan, state: world.state, live: LiveState(objects: world.live))
            .map { "\($0.code) \($0.address ?? "-"): \($0.summary). \($0.detail)" }.joined(separator: "\n")
    }

    @Test func nothingMovedSoItHolds() {
        let (world, plan) = applied()
        #expect(check(plan, world) == "")
    }

    @Test func whatThePlanDoesNotTouchMayMove() {
        var (world, plan) = applied()
        world.state.serial = 7
        world.state.entities[.runtime("other")] = EntityRecord(address: .runtime("other"))
        world.edit(
            runtime.address("apps/v1", "StatefulSet", "nats"), FieldPath("spec", "replicas"), "/spec/replicas", 3)
        world.edit(service, FieldPath("metadata", "annotations", "a"), "/metadata/annotations", ["a": "b"])
        #expect(check(plan, world) == "")
    }

    @Test func aFieldOfOursThatMovedIsNamedWithWhoMovedIt() {
        var (world, plan) = applied()
        world.edit(service, FieldPath("spec", "selector"), "/spec/selector", ["version-name": "v9"])
        #expect(
            check(plan, world) == """
                stale-plan Service/e-r/active-entrypoint: The plan is stale: a field of Service/e-r/active-entrypoint \
                changed meanwhile. spec.selector was set by kubectl-edit at 2026-05-30T18:04:05Z.
                """)
    }

    @Test func anotherObjectOfTheNameIsNotTheOneApproved() {
        var (world, plan) = applied()
        world.put([
            "apiVersion": "v1", "kind": "Service",
            "metadata": [
                "name": "active-entrypoint", "namespace": "e-r", "uid": "other",
            ],
        ])
        #expect(check(plan, world).contains("was made anew meanwhile"))
        world.lose(service)
        #expect(check(plan, world).contains("is gone by now"))
    }

    @Test func anEntityThatMovedIsNamedWithTheSerials() {
        var (world, plan) = applied()
        world.bring(desired(R("r", [V("v1", .published), V("v2", .stopped)])))
        #expect(
            check(plan, world).split(separator: "\n").prefix(2).joined(separator: "\n") == """
                stale-plan version/r/v2: The plan is stale: version/r/v2 was started and is stopped now. Plan again to see what \
                is left to do.
                The state's serial was 1 when the plan was made and is 2 now.
                """)
        #expect(
            check(plan, world).contains(
                "stale-plan Secret/e-r/v2-conf: The plan is stale: Secret/e-r/v2-conf is gone by now. The plan found it there."))
    }

    @Test func aPlanThatWasCarriedOutIsStale() {
        var (world, plan) = applied()
        world.carryOut(plan)
        #expect(check(plan, world).contains("version/r/v2 was started and is published now"))
        var fresh = World()
        let creation = fresh.plan(desired(runtime)).plan
        #expect(check(creation, fresh) == "")
        fresh.carryOut(creation)
        #expect(check(creation, fresh).contains("runtime/r has been created meanwhile"))
        #expect(check(creation, fresh).contains("Namespace/e-r exists by now"))
    }

    @Test func aPlanIsForOneStateAndOneCluster() {
        var (world, plan) = applied()
        world.state.lineage = "lineage-2"
        #expect(
            check(plan, world) == """
                stale-plan -: The plan is stale: it was made for another state. It was made for state lineage-1; \
                this state is lineage-2.
                """)
        world.state.lineage = "lineage-1"
        world.state.cluster = ClusterIdentity(name: "prod", uid: "2")
        #expect(check(plan, world).contains("it was made for another cluster"))
    }

    @Test func whatIsGoneNeedNoDeletion() {
        var (world, _) = applied()
        let plan = world.plan(desired(R("r", [V("v1", .published), V("v2", .stopped)]))).plan
        world.lose(runtime.address("v1", "Service", "v2"))
        #expect(check(plan, world) == "")
    }

    @Test func aRuntimeProtectedSinceIsNotDestroyed() {
        var (world, _) = applied()
        let plan = world.destroy().plan
        world.state.entities[.runtime("r")]?.protected = true
        #expect(check(plan, world).contains("runtime/r has been protected meanwhile"))
    }
}
