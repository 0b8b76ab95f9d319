import Digest
import JSON
import Model
import Planning
import Testing

/// A version that lost the publication to another stays up for as long as the file says.
@Suite struct DrainTests {
    private func files(_ v1: VersionStatus?, _ v2: VersionStatus, drain: Int? = 60) -> RenderedState {
        var runtime = R("r", (v1.map { [V("v1", $0)] } ?? []) + [V("v2", v2)])
        runtime.drain = drain
        return desired(runtime)
    }

    /// `v1` published, and `v2` started beside it.
    private func running() -> World {
        var world = World()
        world.bring(desired(R("r", [V("v1", .published), V("v2", .started)])))
        return world
    }

    /// A run that switched to `v2` and was cut off before it stopped `v1`.
    private func cutOff(_ files: RenderedState, after steps: [StepAction]) -> World {
        var world = running()
        let plan = world.plan(files).plan
        for step in plan.steps where steps.contains(step.action) {
            for change in plan.changes(of: step) { world.carryOut(change) }
            world.finish(step)
        }
        return world
    }

    @Test func theOldVersionStaysUpAfterTheSwitchAndThenStops() {
        #expect(
            lines(running().plan(files(.stopped, .published))) == """
                0. publish version/r/v2 started>published replacing v1 (changed in file)
                  0 = Secret v2-conf
                  1 = Deployment v2-etl <- 0
                  2 = Service v2 <- 1
                  3 ~ Service active-entrypoint (changed in file) <- 0,1,2
                      spec.selector: {"version-name":"v1"} -> {"version-name":"v2"}
                  4 = Ingress entrypoint <- 0,1,2,3
                1. unpublish version/r/v1 published>started (changed in file) after 0
                2. drain version/r/v1 started>started for 60 s (changed in file) after 1
                3. stop version/r/v1 started>stopped (changed in file) after 0,1,2
                  5 = Service v2
                  6 = Deployment v2-etl
                  7 = Service active-entrypoint following 3
                  8 - Service v1 (changed in file) <- 5,6,7
                  9 - Deployment v1-etl (changed in file) <- 5,6,7,8
                  10 - Secret v1-conf (changed in file) <- 5,6,7,9
                """)
        #expect(
            lines(running().plan(files(nil, .published)), fields: false).split(separator: "\n").suffix(9).joined(separator: "\n") == """
                2. drain version/r/v1 started>started for 60 s (removed from file) after 1
                3. stop version/r/v1 started>stopped (removed from file) after 0,1,2
                  5 = Service v2
                  6 = Deployment v2-etl
                  7 = Service active-entrypoint following 3
                  8 - Service v1 (removed from file) <- 5,6,7
                  9 - Deployment v1-etl (removed from file) <- 5,6,7,8
                  10 - Secret v1-conf (removed from file) <- 5,6,7,9
                4. delete-version version/r/v1 stopped>- (removed from file) after 0,1,3
                """)
    }

    @Test func nothingIsWaitedForWhereNothingSwitchesOrNothingStops() {
        let world = running()
        for (name, files) in [
            ("kept", files(.started, .published)), ("at once", files(.stopped, .published, drain: nil)),
            ("no successor", files(.stopped, .started)), ("another", files(.published, .stopped)),
        ] {
            #expect(world.plan(files).plan.steps.allSatisfy { $0.action != .drain }, "\(name)")
        }
        #expect(world.destroy().plan.steps.allSatisfy { $0.action != .drain })
    }

    @Test func anotherRunGoesOnFromWhenThePublicationWasLost() {
        let files = files(.stopped, .published)
        var world = cutOff(files, after: [.publish, .unpublish])
        let since = world.now
        for later in [0, 59, 60, -3600] {
            world.now = Timestamp(seconds: since.seconds + later)
            #expect(
                lines(world.plan(files)) == """
                    0. drain version/r/v1 started>started for 60 s since \(since) (changed in file)
                    1. stop version/r/v1 started>stopped (changed in file) after 0
                      0 = Service v2
                      1 = Deployment v2-etl
                      2 = Service active-entrypoint
                      3 - Service v1 (changed in file) <- 0,1,2
                      4 - Deployment v1-etl (changed in file) <- 0,1,2,3
                      5 - Secret v1-conf (changed in file) <- 0,1,2,4
                    """, "\(later)")
        }
        world.now = Timestamp(seconds: since.seconds + 61)
        #expect(world.plan(files).plan.steps.map(\.action) == [.stop])
        // Who has the calls by then is looked at however late it is.
        #expect(world.plan(files).plan.changes.filter { $0.action == .noOp }.map(\.address.name) == ["v2", "v2-etl", "active-entrypoint"])
        #expect(world.plan(self.files(.stopped, .published, drain: nil)).plan.changes.allSatisfy { $0.action == .delete })
    }

    @Test func whatTheSamePlanMakesIsLookedAtOnceMoreBeforeTheOldVersionStops() {
        var world = World()
        world.bring(desired(R("r", [V("v1", .published)])))
        let plan = world.plan(files(.stopped, .published)).plan
        let looks = plan.steps.last.map { plan.changes(of: $0).filter { $0.action == .noOp } } ?? []
        #expect(looks.map(\.address.name) == ["v2", "v2-etl", "active-entrypoint"])
        #expect(looks.map { $0.follows.map { plan.changes[$0].action } } == [.create, .create, .update])
        #expect(Staleness.check(plan, state: world.state, live: world.asked(files(.stopped, .published))) == [])
        world.carryOut(plan)
        #expect(world.plan(files(.stopped, .published)).plan.isEmpty)
    }

    @Test func aSwitchThatWasNotRecordedCountsFromWhenItIs() {
        let files = files(.stopped, .published)
        #expect(
            lines(cutOff(files, after: [.publish]).plan(files), fields: false) == """
                0. unpublish version/r/v1 published>started (changed in file)
                1. drain version/r/v1 started>started for 60 s (changed in file) after 0
                2. stop version/r/v1 started>stopped (changed in file) after 0,1
                  0 = Service v2
                  1 = Deployment v2-etl
                  2 = Service active-entrypoint
                  3 - Service v1 (changed in file) <- 0,1,2
                  4 - Deployment v1-etl (changed in file) <- 0,1,2,3
                  5 - Secret v1-conf (changed in file) <- 0,1,2,4
                """)
    }

    @Test func aVersionWhosePublicationWasNotRecordedIsDrainedToo() {
        var world = running()
        let plan = world.plan(files(.stopped, .published)).plan
        // The publication failed at its last object.
        for change in plan.changes where change.address.name == "active-entrypoint" { world.carryOut(change) }
        let back = files(.published, .stopped)
        #expect(
            lines(world.plan(back), fields: false) == """
                0. update-publication version/r/v1 (changed in file)
                  0 ~ Service active-entrypoint (changed in file)
                1. unpublish version/r/v2 started>started (changed in file, unfinished last time) after 0
                2. drain version/r/v2 started>started for 60 s (changed in file) after 1
                3. stop version/r/v2 started>stopped (changed in file) after 0,1,2
                  1 = Service v1
                  2 = Deployment v1-etl
                  3 = Service active-entrypoint following 0
                  4 - Service v2 (changed in file) <- 1,2,3
                  5 - Deployment v2-etl (changed in file) <- 1,2,3,4
                  6 - Secret v2-conf (changed in file) <- 1,2,3,5
                """)
        // Once it has lost its calls, that is known.
        let next = world.plan(back).plan
        for step in next.steps where step.id < 2 {
            for change in next.changes(of: step) { world.carryOut(change) }
            world.finish(step)
        }
        #expect(world.plan(back).plan.steps.map(\.action) == [.drain, .stop])
        #expect(world.plan(back).plan.steps.first?.drain?.since == world.now)
        #expect(world.plan(files(.published, .stopped, drain: nil)).plan.steps.map(\.action) == [.stop])
        #expect(world.plan(files(.published, .started)).plan.isEmpty)
    }

    @Test func aVersionThatHadAShareOfTheCallsIsDrainedToo() {
        func files(_ v1: VersionStatus, _ v2: VersionStatus, drain: Int?) -> RenderedState {
            var runtime = R("r", [V("v1", v1), V("v2", v2)])
            runtime.canary = [(10, 60)]
            runtime.drain = drain
            return desired(runtime)
        }
        var world = running()
        let plan = world.plan(files(.started, .published, drain: 60)).plan
        for change in plan.changes(of: plan.steps[0]) { world.carryOut(change) }
        let steps = world.plan(files(.published, .stopped, drain: 60)).plan.steps.map(\.action)
        #expect(steps == [.updatePublication, .unpublish, .drain, .stop])
        #expect(world.plan(files(.published, .stopped, drain: nil)).plan.steps.map(\.action) == [.updatePublication, .stop])
        #expect(world.plan(files(.published, .started, drain: 60)).plan.steps.map(\.action) == [.updatePublication])
    }

    @Test func neverTooLittleOfADrainIsLeft() {
        let since = Timestamp(seconds: 1000)
        let drain = Drain(seconds: 60, since: since)
        let left = [900, 1000, 1001, 1002, 1060, 1061, 2000].map { drain.left(at: Timestamp(seconds: $0)) }
        #expect(left == [60, 60, 60, 59, 1, 0, 0])
        #expect(Drain(seconds: 60).left(at: Timestamp(seconds: 9999)) == 60)
    }

    @Test func aSavedPlanKeepsWhatItWaitsFor() throws {
        let files = files(.stopped, .published)
        for world in [running(), cutOff(files, after: [.publish, .unpublish])] {
            let plan = world.plan(files).plan
            #expect(plan.steps.contains { $0.drain != nil })
            #expect(try PlanDocument.read(PlanDocument.value(of: plan), file: "plan").steps == plan.steps)
            #expect(Staleness.check(plan, state: world.state, live: world.asked(files)) == [])
        }
    }

    @Test func aSavedPlanWaitsForADayAtMost() throws {
        let plan = running().plan(files(.stopped, .published)).plan
        let index = try #require(plan.steps.firstIndex { $0.drain != nil })
        for seconds in [0, 86_401, Int.min] {
            var document = PlanDocument.value(of: plan)
            document[JSONPointer(tokens: ["steps", "\(index)", "drain", "seconds"])] = .integer(seconds)
            document["digest"] = nil
            document["digest"] = .string("\(SHA256Digest(of: document.encodedBytes()))")
            let error = #expect(throws: Diagnostic.self) { try PlanDocument.read(document, file: "p.json") }
            #expect(error?.detail == "At /steps/\(index)/drain: \(seconds) is not from 1 to 86400. Plan again.")
        }
    }

    @Test func aSavedPlanIsStaleWhenTheVersionHasBeenStoppedMeanwhile() {
        let files = files(.stopped, .published)
        var world = cutOff(files, after: [.publish, .unpublish])
        let plan = world.plan(files).plan
        world.state.entities[.version(runtime: "r", name: "v1")]?.status = .stopped
        #expect(
            Staleness.check(plan, state: world.state, live: world.asked(files)).map(\.summary)
                == ["The plan is stale: version/r/v1 was started and is stopped now"])
    }
}
