import Model
import Planning
import Testing

@Suite struct LifecycleTests {
    @Test func aNewRuntimeIsCreatedThenItsVersionsStartedThenOneIsPublished() {
        let result = World().plan(desired(R("r", [V("v1", .started), V("v2", .published), V("v3", .stopped)])))
        #expect(
            lines(result) == """
                0. create-runtime runtime/r (new in file)
                  0 + Namespace e-r (new in file)
                  1 + Secret mongo (new in file) unchecked <- 0
                  2 + StatefulSet nats (new in file) unchecked <- 0,1
                1. create-version version/r/v1 ->stopped (new in file) after 0
                2. create-version version/r/v2 ->stopped (new in file) after 0
                3. create-version version/r/v3 ->stopped (new in file) after 0
                4. start version/r/v1 stopped>started (new in file) after 0,1
                  3 + Secret v1-conf (new in file) unchecked
                  4 + Deployment v1-etl (new in file) unchecked <- 3
                  5 + Service v1 (new in file) unchecked <- 4
                5. start version/r/v2 stopped>started (new in file) after 0,2
                  6 + Secret v2-conf (new in file) unchecked
                  7 + Deployment v2-etl (new in file) unchecked <- 6
                  8 + Service v2 (new in file) unchecked <- 7
                6. publish version/r/v2 started>published (new in file) after 0,2,5
                  9 + Service active-entrypoint (new in file) unchecked
                  10 + Ingress entrypoint (new in file) unchecked <- 9
                """)
    }

    @Test func whatWasAppliedIsNotPlannedAgain() {
        var world = World()
        let files = desired(R("r", [V("v1", .started), V("v2", .published), V("v3", .stopped)]))
        world.bring(files)
        #expect(lines(world.plan(files)) == "")
    }

    @Test func theOldVersionIsStoppedOnlyAfterTheNewOneIsPublished() {
        var world = World()
        world.bring(desired(R("r", [V("v1", .published)])))
        let result = world.plan(desired(R("r", [V("v1", .stopped), V("v2", .published)])))
        #expect(
            lines(result) == """
                0. create-version version/r/v2 ->stopped (new in file)
                1. start version/r/v2 stopped>started (new in file) after 0
                  0 + Secret v2-conf (new in file)
                  1 + Deployment v2-etl (new in file) <- 0
                  2 + Service v2 (new in file) <- 1
                2. publish version/r/v2 started>published replacing v1 (new in file, changed in file) after 0,1
                  3 ~ Service active-entrypoint (changed in file)
                      spec.selector: {"version-name":"v1"} -> {"version-name":"v2"}
                  4 = Ingress entrypoint <- 3
                3. unpublish version/r/v1 published>started (changed in file) after 2
                4. stop version/r/v1 started>stopped (changed in file) after 0,1,2,3
                  5 - Service v1 (changed in file)
                  6 - Deployment v1-etl (changed in file) <- 5
                  7 - Secret v1-conf (changed in file) <- 6
                """)
    }

    @Test func aRunningVersionIsLookedAtBeforeItIsPublished() {
        var world = World()
        world.bring(desired(R("r", [V("v1", .published), V("v2", .started)])))
        let result = world.plan(desired(R("r", [V("v1", .started), V("v2", .published)])))
        #expect(
            lines(result) == """
                0. publish version/r/v2 started>published replacing v1 (changed in file)
                  0 = Secret v2-conf
                  1 = Deployment v2-etl <- 0
                  2 = Service v2 <- 1
                  3 ~ Service active-entrypoint (changed in file) <- 0,1,2
                      spec.selector: {"version-name":"v1"} -> {"version-name":"v2"}
                  4 = Ingress entrypoint <- 0,1,2,3
                1. unpublish version/r/v1 published>started (changed in file) after 0
                """)
    }

    @Test func aPublicationWithoutSuccessorIsTakenAwayBeforeItsVersionStops() {
        var world = World()
        world.bring(desired(R("r", [V("v1", .published)])))
        #expect(
            lines(world.plan(desired(R("r", [V("v1", .stopped)])))) == """
                0. unpublish version/r/v1 published>started (changed in file)
                  0 - Ingress entrypoint (changed in file)
                  1 - Service active-entrypoint (changed in file) <- 0
                1. stop version/r/v1 started>stopped (changed in file) after 0
                  2 - Service v1 (changed in file)
                  3 - Deployment v1-etl (changed in file) <- 2
                  4 - Secret v1-conf (changed in file) <- 3
                """)
    }

    @Test func aRemovedVersionLeavesThroughAllItsStates() {
        var world = World()
        world.bring(desired(R("r", [V("v1", .published), V("v0", .stopped)])))
        #expect(
            lines(world.plan(desired(R("r")))) == """
                0. unpublish version/r/v1 published>started (removed from file)
                  0 - Ingress entrypoint (removed from file)
                  1 - Service active-entrypoint (removed from file) <- 0
                1. stop version/r/v1 started>stopped (removed from file) after 0
                  2 - Service v1 (removed from file)
                  3 - Deployment v1-etl (removed from file) <- 2
                  4 - Secret v1-conf (removed from file) <- 3
                2. delete-version version/r/v0 stopped>- (removed from file)
                3. delete-version version/r/v1 stopped>- (removed from file) after 0,1
                """)
    }

    @Test func aRemovedRuntimeGoesInReverseOrderWithItsNamespaceLast() {
        var world = World()
        world.bring(desired(R("a", [V("v1", .published)]), R("b")))
        let result = world.plan(desired(R("b")))
        #expect(
            lines(result) == """
                0. unpublish version/a/v1 published>started (removed from file)
                  0 - Ingress entrypoint (removed from file)
                  1 - Service active-entrypoint (removed from file) <- 0
                1. stop version/a/v1 started>stopped (removed from file) after 0
                  2 - Service v1 (removed from file)
                  3 - Deployment v1-etl (removed from file) <- 2
                  4 - Secret v1-conf (removed from file) <- 3
                2. delete-version version/a/v1 stopped>- (removed from file) after 0,1
                3. delete-runtime runtime/a (removed from file) after 0,1,2
                  5 - StatefulSet nats (removed from file)
                  6 - Secret mongo (removed from file) <- 5
                  7 - Namespace e-a (removed from file) <- 5,6
                """)
        world.carryOut(result.plan)
        #expect(world.live.keys.allSatisfy { $0.namespace == "e-b" || $0.name == "e-b" })
    }

    @Test func whatTheStackNoLongerNeedsGoesAfterEverythingMovedOn() {
        var world = World()
        world.bring(desired(R("r", [V("v1", .started)], extras: ["old"])))
        let result = world.plan(desired(R("r", [V("v1", .started, image: "etl:2")], replicas: 3)))
        #expect(
            lines(result) == """
                0. update-runtime runtime/r (changed in file)
                  0 ~ StatefulSet nats (changed in file)
                      spec.replicas: 1 -> 3
                1. update version/r/v1 (changed in file) after 0
                  1 ~ Deployment v1-etl (changed in file)
                      spec.template.spec.containers[name=etl].image: "etl:1" -> "etl:2"
                2. update-runtime runtime/r (changed in file) after 0,1
                  2 - ConfigMap old (changed in file)
                """)
    }

    @Test func descriptionsAndProtectionChangeRecordsAlone() {
        var world = World()
        world.bring(desired(R("r", [V("v1", .stopped), V("v2", .started)])))
        let result = world.plan(
            desired(
                R("r", [V("v1", .stopped, description: "a"), V("v2", .started, description: "b")], protected: true)))
        #expect(
            lines(result) == """
                0. update-runtime runtime/r (changed in file)
                1. update version/r/v1 (changed in file)
                2. update version/r/v2 (changed in file) after 0
                """)
        #expect(result.plan.steps.map { $0.records.first?.record?.status } == [nil, .stopped, .started])
        #expect(result.plan.steps.first?.records.first?.record?.protected == true)
    }

    @Test func aSensitiveValueChangesWithoutBeingShown() {
        var world = World()
        world.bring(desired(R("r", [V("v1", .started)])))
        let result = world.plan(desired(R("r", [V("v1", .started, secret: "another")])))
        #expect(
            lines(result) == """
                0. update version/r/v1 (changed in file)
                  0 ~ Secret v1-conf (changed in file)
                      data.TOKEN: sensitive -> sensitive
                """)
    }

    @Test func anApplyThatWasCutOffIsTakenUpWhereItStopped() {
        var world = World()
        let files = desired(R("r", [V("v1", .published)]))
        let plan = world.plan(files).plan
        world.begin()
        for change in plan.changes.prefix(5) { world.carryOut(change) }
        for step in plan.steps.prefix(2) { world.finish(step) }
        world.interrupted = [R("r").address("v1", "Service", "v1")]
        #expect(
            lines(world.plan(files)) == """
                0. start version/r/v1 stopped>started (unfinished last time)
                  0 = Secret v1-conf
                  1 = Deployment v1-etl <- 0
                  2 + Service v1 (unfinished last time) <- 1
                1. publish version/r/v1 started>published (changed in file) after 0
                  3 + Service active-entrypoint (changed in file)
                  4 + Ingress entrypoint (changed in file) <- 3
                """)
        #expect(
            lines(world.plan(desired(R("r", [V("v1", .stopped)])))) == """
                0. stop version/r/v1 stopped>stopped (changed in file, unfinished last time)
                  0 - Deployment v1-etl (changed in file)
                  1 - Secret v1-conf (changed in file) <- 0
                """)
    }

    @Test func dataStaysAsLongAsItsRuntime() {
        var with = R("a", [V("v1", .started)])
        with.stores = ["files"]
        let without = R("a", [V("v1", .started)])
        var world = World()
        world.bring(desired(with))
        // A status that changes touches nothing of the stack.
        var stopped = with
        stopped.versions = [V("v1", .stopped)]
        #expect(world.plan(desired(stopped)).plan.changes.allSatisfy { $0.entity == .version(runtime: "a", name: "v1") })
        let result = world.plan(desired(without))
        #expect(
            lines(result) == """
                0. update-runtime runtime/a (changed in file)
                  0 - StatefulSet files (changed in file)
                warning data-kept: Data of runtime a is kept, though the file no longer asks for what wrote it
                """)
        #expect(
            result.diagnostics.map(\.detail) == [
                "Kept: the volumes of StatefulSet files, PersistentVolumeClaim files, Secret files. All of it goes with the "
                    + "runtime, and is used again when the file asks for the same once more."
            ])
        world.carryOut(result.plan)
        #expect(lines(world.plan(desired(without))) == "")
        #expect(
            lines(world.plan(desired(with))) == """
                0. update-runtime runtime/a (changed in file)
                  0 + StatefulSet files (changed in file)
                """)
        let gone = world.plan(desired([])).plan.changes.filter { $0.entity == .runtime("a") }.map(\.address.short)
        #expect(gone.contains("PersistentVolumeClaim files") && gone.contains("Secret files"))
    }

    @Test func destroyTakesAwayWhatItIsToldTo() {
        var world = World()
        world.bring(desired(R("a", [V("v1", .published), V("v2", .started)]), R("b", [V("v1", .started)])))
        #expect(
            lines(world.destroy(.only([.version(runtime: "a", name: "v1"), .runtime("b")]))) == """
                0. unpublish version/a/v1 published>started (destroy)
                  0 - Ingress entrypoint (destroy)
                  1 - Service active-entrypoint (destroy) <- 0
                1. stop version/a/v1 started>stopped (destroy) after 0
                  2 - Service v1 (destroy)
                  3 - Deployment v1-etl (destroy) <- 2
                  4 - Secret v1-conf (destroy) <- 3
                2. delete-version version/a/v1 stopped>- (destroy) after 0,1
                3. stop version/b/v1 started>stopped (destroy)
                  5 - Service v1 (destroy)
                  6 - Deployment v1-etl (destroy) <- 5
                  7 - Secret v1-conf (destroy) <- 6
                4. delete-version version/b/v1 stopped>- (destroy) after 3
                5. delete-runtime runtime/b (destroy) after 3,4
                  8 - StatefulSet nats (destroy)
                  9 - Secret mongo (destroy) <- 8
                  10 - Namespace e-b (destroy) <- 8,9
                """)
        #expect(
            lines(world.destroy(.only([.runtime("c")])))
                == "error unknown-target: There is no runtime/c in the state")
    }
}
