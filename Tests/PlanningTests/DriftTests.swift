import Fields
import JSON
import Model
import Planning
import Testing

@Suite struct DriftTests {
    private let runtime = R("r", [V("v1", .started)])
    private var deployment: ResourceAddress { runtime.address("apps/v1", "Deployment", "v1-etl") }
    private let image = FieldPath([
        .field("spec"), .field("template"), .field("spec"), .field("containers"), .key(["name": "etl"]),
        .field("image"),
    ])

    private func applied() -> World {
        var world = World()
        world.bring(desired(runtime))
        return world
    }

    @Test func anEditOfOurFieldIsPutBackAndSaysWhoAndWhen() {
        var world = applied()
        world.edit(deployment, image, "/spec/template/spec/containers/0/image", "hacked")
        #expect(
            lines(world.plan(desired(runtime))) == """
                0. update version/r/v1 (drifted in cluster)
                  0 ~ Deployment v1-etl (drifted in cluster)
                      spec.template.spec.containers[name=etl].image: "hacked" -> "etl:1" drift kubectl-edit 2026-05-30T18:04:05Z
                """)
    }

    @Test func onlyWhatDiffersIsKeptWhole() {
        var world = applied()
        let wanted = desired(runtime)
        world.edit(deployment, image, "/spec/template/spec/containers/0/image", "hacked")
        let sieve = LiveSieve(desired: wanted, state: world.state)
        let whole = world.live.values.map(sieve.sifted).filter { !$0.isOutline }
        #expect(whole.map(\.address) == [deployment])
        let kept = LiveSieve(desired: wanted, state: world.state, keeping: Set(world.live.keys))
        #expect(world.live.values.allSatisfy { !kept.sifted($0).isOutline })
        // Of objects that the state does not know nothing is taken.
        let unknown = LiveSieve(desired: wanted, state: State())
        #expect(world.live.values.allSatisfy { unknown.sifted($0) == $0 })
    }

    @Test func fileAndDriftAreToldApartFieldByField() {
        var world = applied()
        world.edit(deployment, FieldPath("spec", "replicas"), "/spec/replicas", 5)
        #expect(
            lines(world.plan(desired(R("r", [V("v1", .started, image: "etl:2")])))) == """
                0. update version/r/v1 (changed in file, drifted in cluster)
                  0 ~ Deployment v1-etl (changed in file, drifted in cluster)
                      spec.replicas: 5 -> 1 drift kubectl-edit 2026-05-30T18:04:05Z
                      spec.template.spec.containers[name=etl].image: "etl:1" -> "etl:2"
                """)
    }

    @Test func fieldsOfOthersAreSilence() {
        var world = applied()
        let note = FieldPath("metadata", "annotations", "note")
        world.edit(deployment, note, "/metadata/annotations", ["note": "hello"])
        world.edit(deployment, FieldPath("status", "readyReplicas"), "/status", ["readyReplicas": 1])
        #expect(lines(world.plan(desired(runtime))) == "")
    }

    @Test func aFieldTakenOverAtOurValueIsAsItShouldBe() {
        var world = applied()
        world.edit(deployment, FieldPath("spec", "replicas"), "/spec/replicas", 1)
        #expect(lines(world.plan(desired(runtime))) == "")
    }

    @Test func aFieldTakenAwayInTheClusterComesBack() {
        var world = applied()
        world.edit(deployment, FieldPath("spec", "replicas"), "/spec/replicas", nil)
        #expect(
            lines(world.plan(desired(runtime))) == """
                0. update version/r/v1 (drifted in cluster)
                  0 ~ Deployment v1-etl (drifted in cluster)
                      spec.replicas: absent -> 1 drift ? ?
                """)
    }

    @Test func aFieldThatLeftTheFileGoes() {
        var world = World()
        var extra = desired(runtime)
        extra = RenderedState(
            engine: "e",
            entities: extra.entities.map { entity in
                RenderedEntity(
                    record: entity.record,
                    manifests: entity.manifests.map { manifest in
                        guard manifest.address == deployment else { return manifest }
                        var content = manifest.content
                        content["spec"]?["paused"] = true
                        return Manifest(sealed: content, dependsOn: manifest.dependsOn)
                    })
            })
        world.bring(extra)
        #expect(
            lines(world.plan(desired(runtime))) == """
                0. update version/r/v1 (changed in file)
                  0 ~ Deployment v1-etl (changed in file)
                      spec.paused: true -> absent
                """)
    }

    @Test func aMissingObjectIsMadeAgain() {
        var world = applied()
        world.lose(deployment)
        #expect(
            lines(world.plan(desired(runtime))) == """
                0. update version/r/v1 (missing in cluster)
                  0 + Deployment v1-etl (missing in cluster)
                """)
    }

    @Test func aMissingObjectThatIsNotWantedIsForgotten() {
        var world = applied()
        world.lose(deployment)
        #expect(
            lines(world.plan(desired(R("r", [V("v1", .stopped)])))) == """
                0. stop version/r/v1 started>stopped (changed in file)
                  0 - Service v1 (changed in file)
                  1 x Deployment v1-etl (changed in file) <- 0
                  2 - Secret v1-conf (changed in file) <- 1
                """)
    }

    @Test func whatTheServerStoresAlikeIsNoChange() {
        var world = applied()
        let files = desired(R("r", [V("v1", .started, image: "etl:same")]))
        var live = LiveState(objects: world.live)
        #expect(Planning.candidates(desired: files, state: world.state, live: live).map(\.address) == [deployment])
        // The server would leave the object as it is: it knows the value in another form.
        live.predictions[deployment] = world.live[deployment].map { .accepted($0, created: false) }
        #expect(lines(Planning.apply(desired: files, state: world.state, live: live, now: .now, cluster: cluster)) == "")
        world.isAsked = false
        #expect(world.plan(files).plan.changes.map(\.unchecked) == [true])
    }

    @Test func anImmutableFieldMeansReplacement() {
        var world = applied()
        world.refusals[deployment] = ClusterError(.immutable(field: "spec.replicas"), "field is immutable")
        world.edit(deployment, FieldPath("spec", "replicas"), "/spec/replicas", 2)
        #expect(
            lines(world.plan(desired(runtime))) == """
                0. update version/r/v1 (drifted in cluster)
                  0 -/+ Deployment v1-etl (drifted in cluster) unchecked
                      spec.replicas: 2 -> 1 drift kubectl-edit 2026-05-30T18:04:05Z
                """)
    }

    /// A deletion that an earlier run began is nobody else's doing, whether the file wants the object again or not.
    @Test func whatWeBeganToDeleteIsNotDrift() throws {
        var world = applied()
        let service = runtime.address("v1", "Service", "v1")
        world.terminate(service)
        world.state.deleting = [try #require(world.live[service]?.uid)]
        let plan = world.plan(desired(runtime)).plan
        #expect(lines(PlanResult(plan: plan, diagnostics: [])) == """
            0. update version/r/v1 (unfinished last time)
              0 -/+ Service v1 (unfinished last time) unchecked
            """)
        let deletion = Change.Deletion(since: "2026-05-30T18:00:00Z", finalizers: [])
        #expect(plan.changes.map(\.deletion) == [deletion])
        #expect(try PlanDocument.read(PlanDocument.value(of: plan), file: "p.json").changes.map(\.deletion) == [deletion])
        let destruction = world.destroy().plan.changes
        #expect(destruction.filter { $0.deletion != nil }.map(\.address) == [service])
    }

    @Test func aNamespaceThatGoesAwayIsWaitedForAndEverythingInItMadeAnew() {
        var world = applied()
        world.terminate(runtime.address("v1", "Namespace", "e-r"))
        #expect(
            lines(world.plan(desired(runtime)), fields: false) == """
                0. update-runtime runtime/r (drifted in cluster, missing in cluster)
                  0 -/+ Namespace e-r (drifted in cluster) unchecked
                  1 + Secret mongo (missing in cluster) unchecked <- 0
                  2 + StatefulSet nats (missing in cluster) unchecked <- 0,1
                1. update version/r/v1 (missing in cluster) after 0
                  3 + Secret v1-conf (missing in cluster) unchecked
                  4 + Deployment v1-etl (missing in cluster) unchecked <- 3
                  5 + Service v1 (missing in cluster) unchecked <- 4
                """)
    }

    @Test func generatedValuesStayAndTheirLossIsTold() {
        var world = applied()
        let mongo = runtime.address("v1", "Secret", "mongo")
        world.edit(mongo, FieldPath("data", "password"), "/data", [:])
        #expect(
            lines(world.plan(desired(runtime)), fields: true).split(separator: "\n").prefix(2).joined(separator: "\n")
                == """
                0. update-runtime runtime/r (drifted in cluster)
                  0 ~ Secret mongo (drifted in cluster)
                """)
        world.lose(mongo)
        #expect(
            lines(world.plan(desired(runtime))) == """
                0. update-runtime runtime/r (missing in cluster)
                  0 + Secret mongo (missing in cluster)
                warning generated-values-lost: Secret/e-r/mongo is gone from the cluster, and the values made for it with it
                """)
    }

    @Test func aStateThatWasLostIsMadeAgainFromTheLabels() {
        var world = applied()
        world.state = State()
        let result = world.plan(desired(runtime))
        #expect(
            lines(result) == """
                0. create-runtime runtime/r (new in file)
                  0 = Namespace e-r
                  1 = Secret mongo <- 0
                  2 = StatefulSet nats <- 0,1
                1. create-version version/r/v1 ->stopped (new in file) after 0
                2. start version/r/v1 stopped>started (new in file) after 0,1
                  3 = Secret v1-conf
                  4 = Deployment v1-etl <- 3
                  5 = Service v1 <- 4
                warning objects-adopted: 6 objects of runtime r bear our labels but are not in the state
                """)
        world.carryOut(result.plan)
        #expect(lines(world.plan(desired(runtime))) == "")
    }

    @Test func aRecordedObjectWithoutItsLabelsIsStillOurs() {
        var world = applied()
        var live = LiveState(objects: world.live)
        live.objects[deployment] = nil
        live.predictions[deployment] = world.live[deployment].map { .accepted($0, created: false) }
        world.isAsked = false
        #expect(
            lines(Planning.apply(desired: desired(runtime), state: world.state, live: live, now: .now, cluster: cluster)) == """
                0. update version/r/v1 (drifted in cluster)
                  0 ~ Deployment v1-etl (drifted in cluster)
                      metadata.labels["app.kubernetes.io/managed-by"]: absent -> "kreform" drift ? ?
                      metadata.labels["kreform/engine"]: absent -> "e" drift ? ?
                """)
    }
}
