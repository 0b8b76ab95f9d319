import Digest
import Fields
import JSON
import Model
import Planning
import Testing

/// A version gets a growing share of the calls before it takes the publication from another.
@Suite struct CanaryTests {
    private static let route = ResourceType(apiVersion: "gateway.networking.k8s.io/v1", kind: "GRPCRoute")

    private func files(
        _ v1: VersionStatus?, _ v2: VersionStatus, canary: [(weight: Int, seconds: Int)] = [(10, 60), (50, 300)], isRouted: Bool = false
    ) -> RenderedState {
        var runtime = R("r", (v1.map { [V("v1", $0)] } ?? []) + [V("v2", v2)])
        runtime.canary = canary
        if isRouted { runtime.fronts = [Self.route] }
        return desired(runtime)
    }

    /// `v1` published, and `v2` started beside it.
    private func running(isRouted: Bool = false) -> World {
        var world = World()
        world.bring(files(.published, .started, isRouted: isRouted))
        return world
    }

    /// A run that was cut off after the first so many steps.
    private func cutOff(_ files: RenderedState, after steps: Int, isRouted: Bool = false) -> World {
        var world = running(isRouted: isRouted)
        let plan = world.plan(files).plan
        for step in plan.steps.prefix(steps) {
            for change in plan.changes(of: step) { world.carryOut(change) }
            world.finish(step)
        }
        return world
    }

    /// Each step with what it does to the Ingress that shares the calls.
    private func course(_ result: PlanResult) -> [String] {
        result.plan.steps.map { step in
            let share = step.canary.map { " \($0.weight)%" + ($0.since.map { " since \($0)" } ?? "") } ?? ""
            let changes = result.plan.changes(of: step).filter { $0.address.name == "canary" }.map { " \($0.action.rawValue)" }
            return "\(step.action.rawValue)\(share)\(changes.joined())"
        } + result.diagnostics.map(\.code)
    }

    @Test func anIngressOfItsOwnSharesTheCallsUntilTheSwitch() {
        #expect(
            lines(running().plan(files(.started, .published))) == """
                0. canary version/r/v2 started>started replacing v1 10% for 60 s (changed in file)
                  0 = Secret v2-conf
                  1 = Deployment v2-etl <- 0
                  2 = Service v2 <- 1
                  3 + Ingress canary (changed in file) <- 0,1,2
                1. canary version/r/v2 started>started replacing v1 50% for 300 s (changed in file) after 0
                  4 ~ Ingress canary (changed in file) unchecked following 3
                      spec.share.weight: 10 -> 50
                2. publish version/r/v2 started>published replacing v1 (changed in file) after 1
                  5 ~ Service active-entrypoint (changed in file)
                      spec.selector: {"version-name":"v1"} -> {"version-name":"v2"}
                  6 - Ingress canary (changed in file) following 4 <- 5
                3. unpublish version/r/v1 published>started (changed in file) after 2
                """)
    }

    @Test func aRouteSharesThemByItsWeights() {
        #expect(
            lines(running(isRouted: true).plan(files(.started, .published, isRouted: true))) == """
                0. canary version/r/v2 started>started replacing v1 10% for 60 s (changed in file)
                  0 = Secret v2-conf
                  1 = Deployment v2-etl <- 0
                  2 = Service v2 <- 1
                  3 ~ GRPCRoute entrypoint (changed in file) <- 0,1,2
                      spec.ingressClassName: "nginx" -> absent
                      spec.share.to: absent -> "v2"
                      spec.share.weight: absent -> 10
                1. canary version/r/v2 started>started replacing v1 50% for 300 s (changed in file) after 0
                  4 ~ GRPCRoute entrypoint (changed in file) unchecked following 3
                      spec.share.weight: 10 -> 50
                2. publish version/r/v2 started>published replacing v1 (changed in file) after 1
                  5 ~ Service active-entrypoint (changed in file)
                      spec.selector: {"version-name":"v1"} -> {"version-name":"v2"}
                  6 ~ GRPCRoute entrypoint (changed in file) unchecked following 4 <- 5
                      spec.ingressClassName: absent -> "nginx"
                      spec.share.to: "v2" -> absent
                      spec.share.weight: 50 -> absent
                3. unpublish version/r/v1 published>started (changed in file) after 2
                """)
    }

    @Test func anotherRunGoesOnFromTheShareThatTheRoutesHave() {
        let files = files(.started, .published)
        var world = cutOff(files, after: 1)
        let since = Timestamp(seconds: 0)
        for later in [0, 30, 100_000] {
            world.now = Timestamp(seconds: later)
            #expect(course(world.plan(files)) == ["canary 10% since \(since)", "canary 50% update", "publish delete", "unpublish"], "\(later)")
        }
        #expect(course(cutOff(files, after: 2).plan(files)) == ["canary 50% since \(since)", "publish delete", "unpublish"])
        // The switch was made, and nothing more.
        var switched = cutOff(files, after: 2)
        for change in switched.plan(files).plan.changes where change.address.name == "active-entrypoint" { switched.carryOut(change) }
        #expect(course(switched.plan(files)) == ["publish delete", "unpublish"])
        #expect(course(cutOff(files, after: 3).plan(files)) == ["unpublish"])
        // How long it lasts may change; a share that is not there any more counts for nothing.
        let other = cutOff(files, after: 1)
        #expect(course(other.plan(self.files(.started, .published, canary: [(10, 1), (20, 1)]))).first == "canary 10% since \(since)")
        #expect(
            course(other.plan(self.files(.started, .published, canary: [(5, 1), (20, 1)])))
                == ["canary 5% update", "canary 20% update", "publish delete", "unpublish"])
    }

    @Test func aShareThatOthersChangedIsGivenAgain() {
        let files = files(.started, .published)
        var world = cutOff(files, after: 1)
        let address = world.state.objects.keys.first { $0.name == "canary" }
        if let address { world.edit(address, FieldPath("spec", "share", "weight"), "/spec/share/weight", 90) }
        #expect(
            course(world.plan(files)) == ["canary 10% update", "canary 50% update", "publish delete", "unpublish"])
        if let address { world.lose(address) }
        #expect(
            course(world.plan(files)) == ["canary 10% create", "canary 50% update", "publish delete", "unpublish"])
    }

    @Test func aNextShareThatNeverArrivedLeavesTheTimeOfTheOneBefore() throws {
        for isRouted in [false, true] {
            let files = files(.started, .published, isRouted: isRouted)
            var world = cutOff(files, after: 1, isRouted: isRouted)
            let plan = world.plan(files).plan
            let share = try #require(plan.steps.first { $0.canary?.weight == 50 }.flatMap { plan.changes(of: $0).last })
            let entry = JournalEntry(
                id: 1, run: 1, action: share.action, address: share.address, apiVersion: share.apiVersion, entity: share.entity,
                intended: share.manifest?.content, dependsOn: share.manifest?.dependsOn ?? [], priorUID: share.prior?.uid,
                begun: Timestamp(seconds: 60))
            let settled = JournalSettlement.settle([entry], state: world.state, live: world.live)
            #expect(settled.resolutions.map(\.outcome) == [.settledUndone])
            world.state = settled.state
            world.interrupted = settled.interrupted
            #expect(course(world.plan(files)).first == "canary 10% since \(Timestamp(seconds: 0))", "\(isRouted)")
            // One that arrived has been given when it was sent, as far as anybody knows.
            let before = world.state
            world.carryOut(share)
            let done = JournalSettlement.settle([entry], state: before, live: world.live)
            #expect(done.resolutions.map(\.outcome) == [.settledDone])
            world.state = done.state
            world.interrupted = []
            let goesOn = course(world.plan(files)).first ?? ""
            #expect(goesOn.hasPrefix("canary 50% since \(Timestamp(seconds: 60))"), "\(isRouted): \(goesOn)")
        }
    }

    @Test func goingBackTakesTheShareAway() {
        let world = cutOff(files(.started, .published), after: 1)
        #expect(
            lines(world.plan(files(.published, .stopped)), fields: false) == """
                0. update-publication version/r/v1 (changed in file)
                  0 - Ingress canary (changed in file)
                1. stop version/r/v2 started>stopped (changed in file) after 0
                  1 - Service v2 (changed in file)
                  2 - Deployment v2-etl (changed in file) <- 1
                  3 - Secret v2-conf (changed in file) <- 2
                """)
        // Who wants it at once gets it at once.
        #expect(course(world.plan(files(.started, .published, canary: []))) == ["publish delete", "unpublish"])
        #expect(course(world.destroy()).contains("unpublish delete"))
        let routed = cutOff(files(.started, .published, isRouted: true), after: 1, isRouted: true)
        #expect(
            lines(routed.plan(files(.published, .started, isRouted: true))) == """
                0. update-publication version/r/v1 (changed in file)
                  0 ~ GRPCRoute entrypoint (changed in file)
                      spec.ingressClassName: absent -> "nginx"
                      spec.share.to: "v2" -> absent
                      spec.share.weight: 10 -> absent
                """)
    }

    @Test func nothingIsSharedWhereThereIsNothingToShare() {
        #expect(course(World().plan(files(nil, .published))).allSatisfy { !$0.hasPrefix("canary") })
        // From nobody, and from one that has no calls itself.
        var world = World()
        world.bring(files(.started, .started))
        #expect(course(world.plan(files(.started, .published))) == ["publish"])
        var lost = running()
        if let pivot = lost.live.keys.first(where: { $0.name == "active-entrypoint" }) { lost.lose(pivot) }
        let result = lost.plan(files(.started, .published))
        #expect(course(result) == ["publish", "unpublish", "canary-skipped"])
        #expect(result.diagnostics.map(\.summary) == ["Version v2 gets all calls at once: Service active-entrypoint is not there"])
        // A version that is published stays so.
        #expect(running().plan(files(.published, .started)).plan.isEmpty)
    }

    @Test func aSavedPlanKeepsItsShares() throws {
        let files = files(.started, .published)
        for world in [running(), cutOff(files, after: 1)] {
            let plan = world.plan(files).plan
            let saved = try PlanDocument.read(PlanDocument.value(of: plan), file: "plan")
            #expect(saved.steps == plan.steps && saved.changes.map(\.follows) == plan.changes.map(\.follows))
            #expect(plan.changes.contains { $0.follows != nil })
            #expect(Staleness.check(saved, state: world.state, live: world.asked(files)) == [])
        }
    }

    @Test func aSavedPlanIsStaleWhenTheShareHasMovedOn() {
        let files = files(.started, .published)
        let plan = cutOff(files, after: 1).plan(files).plan
        let later = cutOff(files, after: 2)
        #expect(
            Staleness.check(plan, state: later.state, live: later.asked(files)).map(\.summary)
                == ["The plan is stale: a field of networking.k8s.io/Ingress/e-r/canary changed meanwhile"])
        let over = cutOff(files, after: 4)
        #expect(!Staleness.check(plan, state: over.state, live: over.asked(files)).isEmpty)
        #expect(!Staleness.check(running().plan(files).plan, state: later.state, live: later.asked(files)).isEmpty)
    }

    @Test(arguments: [("weight", 0, "a weight of 0 is not from 1 to 99"), ("seconds", -1, "-1 is not from 0 to 86400")])
    func aSavedPlanWithAShareThatCannotBeIsDamaged(_ key: String, _ value: Int, _ reason: String) {
        var document = PlanDocument.value(of: running().plan(files(.started, .published)).plan)
        document[JSONPointer(tokens: ["steps", "0", "canary", key])] = .integer(value)
        document["digest"] = nil
        document["digest"] = .string("\(SHA256Digest(of: document.encodedBytes()))")
        let error = #expect(throws: Diagnostic.self) { try PlanDocument.read(document, file: "p.json") }
        #expect(error?.detail == "At /steps/0/canary: \(reason). Plan again.")
    }
}
