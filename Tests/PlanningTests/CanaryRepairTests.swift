import Fields
import JSON
import Model
import Planning
import Testing

/// What is broken of the version that has the calls is mended before another one takes them.
@Suite struct CanaryRepairTests {
    private static let grpc = ResourceType(apiVersion: "gateway.networking.k8s.io/v1", kind: "GRPCRoute")
    private static let http = ResourceType(apiVersion: "gateway.networking.k8s.io/v1", kind: "HTTPRoute")

    private func runtime(
        _ v1: VersionStatus?, _ v2: VersionStatus, fronts: [ResourceType]? = nil, image: String = "etl:1", drain: Int? = nil,
        canary: [(weight: Int, seconds: Int)] = [(10, 60), (50, 300)]
    ) -> R {
        var runtime = R("r", (v1.map { [V("v1", $0, image: image)] } ?? []) + [V("v2", v2)])
        runtime.canary = canary
        runtime.drain = drain
        if let fronts { runtime.fronts = fronts }
        return runtime
    }

    /// `v1` published, and `v2` started beside it.
    private func running(fronts: [ResourceType]? = nil) -> World {
        var world = World()
        world.bring(desired(runtime(.published, .started, fronts: fronts)))
        return world
    }

    private func address(_ kind: String, _ name: String) -> ResourceAddress {
        let version = ["Ingress": "networking.k8s.io/v1", "Deployment": "apps/v1", "GRPCRoute": Self.grpc.apiVersion][kind] ?? "v1"
        return R("r").address(version, kind, name)
    }

    private func lost(_ kind: String, _ name: String, in world: World) -> World {
        var world = world
        world.lose(address(kind, name))
        return world
    }

    @Test func anIngressThatIsGoneIsMadeAgainForTheOldVersionBeforeCallsAreShared() {
        #expect(
            lines(lost("Ingress", "entrypoint", in: running()).plan(desired(runtime(.started, .published))), fields: false) == """
                0. update-publication version/r/v1 (missing in cluster)
                  0 + Ingress entrypoint (missing in cluster)
                1. canary version/r/v2 started>started replacing v1 10% for 60 s (changed in file) after 0
                  1 = Secret v2-conf
                  2 = Deployment v2-etl <- 1
                  3 = Service v2 <- 2
                  4 + Ingress canary (changed in file) <- 1,2,3
                2. canary version/r/v2 started>started replacing v1 50% for 300 s (changed in file) after 0,1
                  5 ~ Ingress canary (changed in file) unchecked following 4
                3. publish version/r/v2 started>published replacing v1 (changed in file) after 2
                  6 ~ Service active-entrypoint (changed in file)
                  7 - Ingress canary (changed in file) following 5 <- 6
                4. unpublish version/r/v1 published>started (changed in file) after 3
                """)
    }

    @Test func aRouteThatIsGoneLeadsToTheOldVersionFirst() {
        let world = lost("GRPCRoute", "entrypoint", in: running(fronts: [Self.grpc]))
        #expect(
            lines(world.plan(desired(runtime(.started, .published, fronts: [Self.grpc])))) == """
                0. update-publication version/r/v1 (missing in cluster)
                  0 + GRPCRoute entrypoint (missing in cluster)
                1. canary version/r/v2 started>started replacing v1 10% for 60 s (changed in file) after 0
                  1 = Secret v2-conf
                  2 = Deployment v2-etl <- 1
                  3 = Service v2 <- 2
                  4 ~ GRPCRoute entrypoint (changed in file) unchecked following 0 <- 1,2,3
                      spec.ingressClassName: "nginx" -> absent
                      spec.share.to: absent -> "v2"
                      spec.share.weight: absent -> 10
                2. canary version/r/v2 started>started replacing v1 50% for 300 s (changed in file) after 1
                  5 ~ GRPCRoute entrypoint (changed in file) unchecked following 4
                      spec.share.weight: 10 -> 50
                3. publish version/r/v2 started>published replacing v1 (changed in file) after 2
                  6 ~ Service active-entrypoint (changed in file)
                      spec.selector: {"version-name":"v1"} -> {"version-name":"v2"}
                  7 ~ GRPCRoute entrypoint (changed in file) unchecked following 5 <- 6
                      spec.ingressClassName: absent -> "nginx"
                      spec.share.to: "v2" -> absent
                      spec.share.weight: 50 -> absent
                4. unpublish version/r/v1 published>started (changed in file) after 3
                """)
    }

    @Test func whatIsMendedIsAskedAboutAndCarriedOutToTheEnd() {
        for fronts in [nil, [Self.grpc]] {
            let files = desired(runtime(.started, .published, fronts: fronts))
            var world = lost(fronts == nil ? "Ingress" : "GRPCRoute", "entrypoint", in: running(fronts: fronts))
            let asked = Planning.candidates(desired: files, state: world.state, live: LiveState(objects: world.live))
            #expect(asked.first { $0.address.name == "entrypoint" }?.content["spec"]?["ingressClassName"] == "nginx")
            world.carryOut(world.plan(files).plan)
            #expect(world.plan(files).plan.isEmpty)
        }
    }

    @Test func aShareThatWasGivenBesideALostIngressHasItsWholeTimeAgain() {
        var world = running()
        let files = desired(runtime(.started, .published))
        let plan = world.plan(files).plan
        for change in plan.changes(of: plan.steps[0]) { world.carryOut(change) }
        world.finish(plan.steps[0])
        let goesOn = world.plan(files).plan.steps.first?.canary
        #expect(goesOn?.since != nil)
        let again = lost("Ingress", "entrypoint", in: world).plan(files).plan.steps
        #expect(again.map(\.action) == [.updatePublication, .canary, .canary, .publish, .unpublish])
        #expect(again[1].canary?.weight == 10 && again[1].canary?.since == nil && again[1].canary?.isUnderWay == true)
    }

    @Test func callsThatComeByANewIngressAreSharedToo() {
        var old = runtime(.published, .started)
        old.fronts = []
        old.canary = []
        var world = World()
        world.bring(desired(old))
        #expect(
            lines(world.plan(desired(runtime(.started, .published))), fields: false).split(separator: "\n").prefix(6)
                .joined(separator: "\n") == """
                0. canary version/r/v2 started>started replacing v1 10% for 60 s (changed in file)
                  0 = Secret v2-conf
                  1 = Deployment v2-etl <- 0
                  2 = Service v2 <- 1
                  3 + Ingress entrypoint (changed in file)
                  4 + Ingress canary (changed in file) <- 0,1,2,3
                """)
    }

    @Test func aRouteInThePlaceOfOneOfAnotherKindIsNotShared() {
        let result = running(fronts: [Self.http]).plan(desired(runtime(.started, .published, fronts: [Self.grpc])))
        #expect(result.plan.steps.map(\.action) == [.publish, .unpublish])
        #expect(
            result.diagnostics.map { "\($0.code): \($0.summary)" }
                == ["canary-skipped: Version v2 gets all calls at once: GRPCRoute entrypoint is not there"])
    }

    // MARK: Versions

    @Test func whatIsBrokenOfTheOldVersionIsMendedAtOnceAndTheRestAfterwards() {
        var world = lost("Secret", "v1-conf", in: running())
        world.edit(address("Deployment", "v1-etl"), FieldPath("spec", "replicas"), "/spec/replicas", 0)
        let courses: [[(weight: Int, seconds: Int)]] = [[(10, 60)], []]
        for canary in courses {
            let files = desired(runtime(.started, .published, canary: canary))
            let text = lines(world.plan(files), fields: false)
            #expect(
                text.hasPrefix("""
                    0. update version/r/v1 (drifted in cluster, missing in cluster)
                      0 + Secret v1-conf (missing in cluster)
                      1 ~ Deployment v1-etl (drifted in cluster) <- 0
                    1.
                    """.replacing("\n1.", with: "\n1. \(canary.isEmpty ? "publish" : "canary") version/r/v2")), "\(text)")
            #expect(!text.contains("canary version/r/v2 started>started replacing v1 10% for 60 s (changed in file) after"))
            #expect(world.plan(files).plan.steps.count { $0.action == .update } == 1)
        }
        // Nobody waits for it but who stops the version: publishing another one mends it, too.
        var drained = runtime(.started, .published)
        drained.drain = 60
        world.carryOut(world.plan(desired(drained)).plan)
        #expect(world.plan(desired(drained)).plan.isEmpty)
    }

    @Test func whatTheFileChangesOfTheOldVersionWaitsUnlessItIsBroken() {
        let files = desired(runtime(.started, .published, image: "etl:2"))
        let whole = running()
        #expect(whole.plan(files).plan.steps.map(\.action) == [.canary, .canary, .publish, .unpublish, .update])
        // What is broken apart from it is mended at once all the same.
        let apart = lost("Secret", "v1-conf", in: whole).plan(files).plan.steps
        #expect(apart.map(\.action) == [.update, .canary, .canary, .publish, .unpublish, .update])
        let both = lost("Deployment", "v1-etl", in: whole).plan(files).plan.steps
        #expect(both.map(\.action) == [.update, .canary, .canary, .publish, .unpublish])
    }

    @Test func aVersionThatIsToBeStoppedIsNotMendedWhichIsTold() {
        let world = lost("Deployment", "v1-etl", in: running())
        for status in [VersionStatus.stopped, nil] {
            let result = world.plan(desired(runtime(status, .published)))
            #expect(result.diagnostics.map { "\($0.severity) \($0.code): \($0.summary)" } == [
                "warning old-version-broken: Version v1 has calls until the switch, and is not whole: Deployment v1-etl is gone"
            ])
        }
        #expect(world.plan(desired(runtime(.started, .published))).diagnostics == [])
        #expect(running().plan(desired(runtime(.stopped, .published))).diagnostics == [])
    }

    // MARK: What others made

    private func withForeignShare() -> World {
        var world = running()
        world.put([
            "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
            "metadata": ["name": "canary", "namespace": "e-r", "uid": "x", "resourceVersion": "1"],
            "spec": ["share": ["to": "other", "weight": 5]],
        ], managers: [
            ManagedFields(manager: "kubectl", operation: .update, time: nil, fields: FieldSet([FieldPath("spec", "share", "to")]))
        ])
        return world
    }

    @Test func anObjectOfOthersInThePlaceOfTheShareIsToldOnceAndMayBeTakenOver() {
        let world = withForeignShare()
        let result = world.plan(desired(runtime(.started, .published)))
        #expect(result.diagnostics.map(\.code) == ["object-exists"])
        #expect(result.diagnostics.first?.detail.contains("kreform import") == false)
        #expect(result.diagnostics.first?.detail.contains("write `adopt: true` beside runtime r in the file") == true)
        let imported = world.adopt(["Ingress/canary"], of: desired(runtime(.started, .published)))
        #expect(imported.diagnostics.map(\.code) == ["shares-calls"])
        var adopting = runtime(.started, .published)
        adopting.adopts = true
        let adopted = world.plan(desired(adopting))
        #expect(adopted.diagnostics.allSatisfy { $0.severity == .warning }, "\(adopted.diagnostics)")
        let first = adopted.plan.changes.first { $0.address.name == "canary" }
        #expect(first?.action == .update && first?.reasons == [.adopt])
    }

    @Test func whatOthersSetOfAShareMayBeLeft() throws {
        var world = running()
        let files = desired(runtime(.started, .published))
        let plan = world.plan(files).plan
        for change in plan.changes(of: plan.steps[0]) { world.carryOut(change) }
        world.finish(plan.steps[0])
        world.edit(address("Ingress", "canary"), FieldPath("spec", "share", "weight"), "/spec/share/weight", 20)
        let left = world.plan(files, leaving: ["Ingress/canary"])
        #expect(left.diagnostics == [])
        #expect(left.plan.left.map(\.address.name) == ["canary"])
        #expect(left.plan.steps.first?.canary?.since != nil)
    }
}
