import Fields
import JSON
import Model
import Planning
import Testing

/// Fields that others own by now and that a plan leaves to them.
@Suite struct LeaveTests {
    private let runtime = R("r", [V("v1", .started)])
    private var deployment: ResourceAddress { runtime.address("apps/v1", "Deployment", "v1-etl") }
    private let replicas = FieldPath("spec", "replicas")
    private let image = FieldPath([
        .field("spec"), .field("template"), .field("spec"), .field("containers"), .key(["name": "etl"]),
        .field("image"),
    ])

    /// Replicas set to 5 by somebody else.
    private func drifted() -> World {
        var world = World()
        world.bring(desired(runtime))
        world.edit(deployment, replicas, "/spec/replicas", 5)
        return world
    }

    private func ignoring(_ fields: String..., kind: String = "*", name: String = "*", image: String = "etl:1") throws -> R {
        var runtime = R("r", [V("v1", .started, image: image)])
        let place = SourcePosition(line: 1, column: 1)
        runtime.ignore = [
            IgnoreRule(
                kind: NamePattern(kind), name: NamePattern(name), fields: try fields.map { try FieldPattern($0) },
                span: SourceSpan(file: "kreform.yaml", start: place, end: place))
        ]
        return runtime
    }

    private func live(_ world: World) -> JSONValue? { world.live[deployment]?.content["spec"]?["replicas"] }

    // MARK: --leave

    @Test(arguments: [
        "apps/Deployment/e-r/v1-etl", "Deployment v1-etl", "Deployment/v1-etl", "Deployment e-r/v1-etl",
        "apps/Deployment/e-r/v1-etl#spec.replicas", "Deployment/v1-etl#spec",
    ])
    func whatIsLeftIsToldAndNotDone(_ address: String) {
        let world = drifted()
        #expect(
            lines(world.plan(desired(runtime), leaving: [address])) == """
                left by flag: Deployment v1-etl
                      spec.replicas: 5 -> 1 drift kubectl-edit 2026-05-30T18:04:05Z
                """)
        #expect(world.plan(desired(runtime), leaving: [address]).plan.isEmpty)
    }

    @Test func otherFieldsOfTheObjectAreChangedWithoutWhatIsLeft() {
        var world = drifted()
        let files = desired(R("r", [V("v1", .started, image: "etl:2")]))
        let result = world.plan(files, leaving: ["Deployment/v1-etl#spec.replicas"])
        #expect(
            lines(result) == """
                0. update version/r/v1 (changed in file)
                  0 ~ Deployment v1-etl (changed in file)
                      spec.template.spec.containers[name=etl].image: "etl:1" -> "etl:2"
                      left: spec.replicas
                left by flag: Deployment v1-etl
                      spec.replicas: 5 -> 1 drift kubectl-edit 2026-05-30T18:04:05Z
                """)
        let change = result.plan.changes[0]
        #expect(change.manifest?.content["spec"]?["replicas"] == 1)
        #expect(change.sent(over: world.live[deployment])?.content["spec"]?["replicas"] == nil)
        #expect(change.prior?.fields["spec"]?["replicas"] == nil)
        world.carryOut(result.plan)
        #expect(live(world) == 5)
        #expect(world.live[deployment]?.owned.contains(replicas) == false)
        // It is drift, then as before, to a plan that is not told to leave it; who set it is not forgotten.
        #expect(
            lines(world.plan(files)) == """
                0. update version/r/v1 (drifted in cluster)
                  0 ~ Deployment v1-etl (drifted in cluster)
                      spec.replicas: 5 -> 1 drift kubectl-edit 2026-05-30T18:04:05Z
                """)
        world.bring(files)
        #expect(live(world) == 1)
        #expect(lines(world.plan(files)) == "")
        #expect(world.state.objects[deployment]?.left.isEmpty == true)
    }

    @Test func onlyTheFieldThatIsNamedIsLeft() {
        var world = drifted()
        world.edit(deployment, image, "/spec/template/spec/containers/0/image", "hacked")
        #expect(
            lines(world.plan(desired(runtime), leaving: ["Deployment/v1-etl#spec.replicas"])) == """
                0. update version/r/v1 (drifted in cluster)
                  0 ~ Deployment v1-etl (drifted in cluster)
                      spec.template.spec.containers[name=etl].image: "hacked" -> "etl:1" drift kubectl-edit 2026-05-30T18:04:05Z
                      left: spec.replicas
                left by flag: Deployment v1-etl
                      spec.replicas: 5 -> 1 drift kubectl-edit 2026-05-30T18:04:05Z
                """)
        #expect(world.plan(desired(runtime), leaving: ["Deployment/v1-etl"]).plan.isEmpty)
    }

    @Test func aFieldThatWasTakenAwayCanBeLeftAway() {
        var world = World()
        world.bring(desired(runtime))
        world.edit(deployment, replicas, "/spec/replicas", nil)
        let result = world.plan(desired(runtime), leaving: ["Deployment/v1-etl"])
        #expect(
            lines(result) == """
                left by flag: Deployment v1-etl
                      spec.replicas: absent -> 1 drift ? ?
                """)
    }

    @Test func ourIdentityIsNeverLeft() {
        var world = drifted()
        let label = FieldPath("metadata", "labels", ObjectLabels.engine)
        world.edit(deployment, label, "/metadata/labels/kreform~1engine", "other")
        #expect(
            lines(world.plan(desired(runtime), leaving: ["Deployment/v1-etl"])) == """
                0. update version/r/v1 (drifted in cluster)
                  0 ~ Deployment v1-etl (drifted in cluster)
                      metadata.labels["kreform/engine"]: "other" -> "e" drift kubectl-edit 2026-05-30T18:04:05Z
                      left: spec.replicas
                left by flag: Deployment v1-etl
                      spec.replicas: 5 -> 1 drift kubectl-edit 2026-05-30T18:04:05Z
                """)
    }

    @Test func whatIsMadeAnewHasNothingLeft() {
        var world = drifted()
        world.refusals[deployment] = ClusterError(.immutable(field: "spec.selector"), "field is immutable")
        let files = desired(R("r", [V("v1", .started, image: "etl:2")]))
        let result = world.plan(files, leaving: ["Deployment/v1-etl"])
        #expect(result.plan.changes.map(\.action) == [.replace])
        #expect(result.plan.changes[0].left == [])
        #expect(result.diagnostics.map(\.code) == ["nothing-to-leave"])
    }

    @Test func whatIsNotThereToBeLeftIsAnError() {
        var world = drifted()
        func said(_ text: String) -> String {
            world.plan(desired(runtime), leaving: [text]).diagnostics.map { "\($0.code): \($0.summary). \($0.detail)" }
                .joined(separator: "\n")
        }
        #expect(said("apps/Deployment/e-r/v1-elt") == """
            unknown-address: There is no apps/Deployment/e-r/v1-elt in the files. Did you mean `apps/Deployment/e-r/v1-etl`?
            """)
        #expect(said("Deployment v1-elt") == """
            unknown-address: There is no Deployment v1-elt in the files. Did you mean `apps/Deployment/e-r/v1-etl`?
            """)
        #expect(said("Service/v1") == """
            nothing-to-leave: Service/e-r/v1 has no drift that could be left as it is. \
            What has drifted: apps/Deployment/e-r/v1-etl.
            """)
        #expect(said("Deployment/v1-etl#spec.replcas") == """
            unknown-field: Kreform sets no spec.replcas of apps/Deployment/e-r/v1-etl. Did you mean `spec.replicas`?
            """)
        #expect(said("Deployment/v1-etl#/spec/replicas") == """
            bad-field: `/spec/replicas` in --leave is not a field. It is written as plans print it, with dots: `spec.replicas`.
            """)
        world = World()
        world.bring(desired(runtime))
        #expect(said("Service/v1") == """
            nothing-to-leave: Service/e-r/v1 has no drift that could be left as it is. \
            Nothing has drifted: run the same command without --leave.
            """)
    }

    @Test func anAddressThatCouldBeSeveralIsRefused() {
        var world = World()
        let files = desired(R("a", [V("v1", .started)]), R("b", [V("v1", .started)]))
        world.bring(files)
        #expect(world.plan(files, leaving: ["Deployment/v1-etl"]).diagnostics.map { "\($0.summary). \($0.detail)" } == [
            "Deployment/v1-etl can be 2 objects. Write which: apps/Deployment/e-a/v1-etl, apps/Deployment/e-b/v1-etl."
        ])
    }

    // MARK: ignore

    @Test func anIgnoredFieldIsSentWhenTheObjectIsMade() throws {
        var world = World()
        let files = desired(try ignoring("spec.replicas"))
        world.bring(files)
        #expect(live(world) == 1)
        #expect(world.live[deployment]?.owned.contains(replicas) == true)
        #expect(lines(world.plan(files)) == "")
    }

    @Test func anIgnoredFieldBelongsToWhoeverSetsIt() throws {
        var world = drifted()
        let files = desired(try ignoring("spec.replicas", kind: "Deploy*", name: "*-etl"))
        #expect(
            lines(world.plan(files)) == """
                left by file: Deployment v1-etl
                      spec.replicas: 5 -> 1 drift kubectl-edit 2026-05-30T18:04:05Z
                """)
        let newer = desired(try ignoring("spec.replicas", image: "etl:2"))
        world.bring(newer)
        #expect(live(world) == 5)
        #expect(lines(world.plan(newer), fields: false) == "left by file: Deployment v1-etl")
        // As long as nobody else sets it, it is an ordinary field.
        world.edit(deployment, replicas, "/spec/replicas", nil)
        #expect(lines(world.plan(newer), fields: false) == """
            0. update version/r/v1 (drifted in cluster)
              0 ~ Deployment v1-etl (drifted in cluster)
            """)
    }

    @Test func entriesForOtherObjectsAndFieldsLeaveNothing() throws {
        for runtime in [
            try ignoring("spec.replicas", kind: "StatefulSet"), try ignoring("spec.replicas", name: "v2-*"),
            try ignoring("spec.template"),
        ] {
            #expect(drifted().plan(desired(runtime)).plan.left == [])
            #expect(drifted().plan(desired(runtime)).plan.summary.update == 1)
        }
    }

    @Test func aFieldHeldTogetherIsLetGoWithoutLosingItsValue() throws {
        var world = World()
        world.bring(desired(runtime))
        // Somebody applies the same value: both own it.
        let object = try #require(world.live[deployment])
        let theirs = ManagedFields(manager: "hpa", operation: .apply, time: nil, fields: FieldSet([replicas]))
        world.put(object.content, managers: object.managers + [theirs])
        #expect(lines(world.plan(desired(runtime))) == "")
        let files = desired(try ignoring("spec.replicas", image: "etl:2"))
        let result = world.plan(files)
        #expect(result.plan.changes.map(\.left) == [[replicas]])
        world.carryOut(result.plan)
        #expect(live(world) == 1)
        #expect(world.live[deployment]?.owned.contains(replicas) == false)
        #expect(lines(world.plan(files)) == "")
    }

    // MARK: What nobody owns

    /// Replicas set to 3 by a scale, for which the server names nobody.
    private func scaled(_ files: RenderedState? = nil) -> World {
        var world = World()
        world.bring(files ?? desired(runtime))
        world.scale(deployment, to: 3)
        return world
    }

    @Test func aScaleThatNobodyIsNamedForIsLeft() throws {
        let world = scaled()
        #expect(
            lines(world.plan(desired(runtime))) == """
                0. update version/r/v1 (drifted in cluster)
                  0 ~ Deployment v1-etl (drifted in cluster)
                      spec.replicas: 3 -> 1 drift ? ?
                """)
        for leave in ["Deployment/v1-etl", "Deployment/v1-etl#spec.replicas"] {
            #expect(
                lines(world.plan(desired(runtime), leaving: [leave])) == """
                    left by flag: Deployment v1-etl
                          spec.replicas: 3 -> 1 drift ? ?
                    """)
        }
        #expect(
            lines(world.plan(desired(try ignoring("spec.replicas")))) == """
                left by file: Deployment v1-etl
                      spec.replicas: 3 -> 1 drift ? ?
                """)
    }

    @Test func aScaleIsSentAsItIsWhenOtherFieldsChange() throws {
        for isFlagged in [false, true] {
            let files = desired(isFlagged ? runtime : try ignoring("spec.replicas"))
            let newer = desired(
                isFlagged ? R("r", [V("v1", .started, image: "etl:2")]) : try ignoring("spec.replicas", image: "etl:2"))
            let leaves = isFlagged ? ["Deployment/v1-etl#spec.replicas"] : []
            var world = scaled(files)
            let plan = world.plan(newer, leaving: leaves).plan
            #expect(plan.changes.map(\.left) == [[replicas]])
            #expect(plan.changes[0].differences.map(\.path) == [image])
            // It goes on while the plan is looked at.
            world.scale(deployment, to: 5)
            #expect(Staleness.check(plan, state: world.state, live: LiveState(objects: world.live)) == [])
            world.carryOut(plan)
            #expect(live(world) == 5)
            #expect(world.live[deployment]?.owned.contains(replicas) == true)
            #expect(world.state.objects[deployment]?.left == FieldSet([replicas]))
            #expect(world.plan(newer, leaving: leaves).plan.isEmpty)
            #expect(lines(world.plan(desired(R("r", [V("v1", .started, image: "etl:2")])))) == """
                0. update version/r/v1 (drifted in cluster)
                  0 ~ Deployment v1-etl (drifted in cluster)
                      spec.replicas: 5 -> 1 drift ? ?
                """)
        }
    }

    @Test func aFieldThatIsIgnoredMayMoveUntilItIsSent() throws {
        var world = World()
        world.bring(desired(try ignoring("spec.replicas")))
        let newer = desired(try ignoring("spec.replicas", image: "etl:2"))
        let plan = world.plan(newer).plan
        world.scale(deployment, to: 4)
        #expect(Staleness.check(plan, state: world.state, live: LiveState(objects: world.live)) == [])
        world.carryOut(plan)
        #expect(live(world) == 4)
        // Without the entry it is what was approved that counts.
        var strict = World()
        strict.bring(desired(runtime))
        let other = strict.plan(desired(R("r", [V("v1", .started, image: "etl:2")]))).plan
        strict.scale(deployment, to: 4)
        #expect(Staleness.check(other, state: strict.state, live: LiveState(objects: strict.live)).count == 1)
    }

    @Test func whatTheFileChangesOfAnIgnoredFieldIsSent() throws {
        var world = World()
        world.bring(desired(try ignoring("spec.template")))
        world.bring(desired(try ignoring("spec.template", image: "etl:2")))
        #expect(world.live[deployment].flatMap { value(at: image, in: $0.content) } == "etl:2")
    }

    @Test func aRebuiltStateStillLeavesWhatTheFileIgnores() throws {
        let files = desired(try ignoring("spec.replicas"))
        var world = scaled(files)
        let rebuild = StateRebuild(desired: files, found: Array(world.live.values), ready: Set(world.live.keys))
        world.state.objects = rebuild.objects
        world.state.entities = rebuild.entities
        #expect(world.plan(files).plan.summary.update == 0)
        #expect(world.plan(files).plan.left.map(\.address) == [deployment])
    }

    @Test func aRunThatWasCutOffDoesNotTakeForAppliedWhatItLeft() throws {
        let files = desired(try ignoring("spec.replicas"))
        let newer = desired(try ignoring("spec.replicas", image: "etl:2"))
        var world = scaled(files)
        let change = try #require(world.plan(newer).plan.changes.first)
        let object = try #require(world.live[deployment])
        let sent = try #require(change.sent(over: object))
        world.live[deployment] = world.applied(sent, over: object)
        let entry = JournalEntry(
            id: 1, run: 1, action: .update, address: deployment, apiVersion: "apps/v1", entity: change.entity,
            intended: change.intended?.value, dependsOn: [], priorUID: object.uid, begun: Timestamp(seconds: 1))
        let settlement = JournalSettlement.settle([entry], state: world.state, live: world.live)
        #expect(settlement.resolutions.map(\.outcome) == [.settledDone])
        world.state = settlement.state
        #expect(world.plan(newer).plan.summary.update == 0)
        #expect(world.plan(newer).plan.left.map(\.address) == [deployment])
    }

    // MARK: As plans print it

    @Test func everyFieldIsNamedAsPlansPrintIt() throws {
        let service = runtime.address("v1", "Service", "v1")
        var world = World()
        world.bring(desired(runtime))
        world.edit(service, FieldPath("spec", "selector"), "/spec/selector", ["version-name": "v0", "team": "x"])
        world.edit(
            service, FieldPath("metadata", "labels", "kreform/version"), "/metadata/labels/kreform~1version", "v0")
        world.edit(deployment, image, "/spec/template/spec/containers/0/image", "hacked")
        func left(_ text: String) -> [String] {
            let result = world.plan(desired(runtime), leaving: [text])
            return result.diagnostics.map(\.summary) + result.plan.left.flatMap { $0.differences.map { "\($0.path)" } }
        }
        let label = #"Service/v1#metadata.labels["app.kubernetes.io/managed-by"]"#
        #expect(left(label) == [#"metadata.labels["app.kubernetes.io/managed-by"] of Service/e-r/v1 has not drifted"#])
        #expect(left("Service/v1#spec.selector") == ["spec.selector"])
        #expect(left("Service/v1#spec.selector.version-name") == ["spec.selector.version-name"])
        #expect(left("Service/v1#spec.selector.team") == ["spec.selector.team"])
        #expect(left("Deployment/v1-etl#spec.template.spec.containers[name=etl].image") == ["\(image)"])
        #expect(left("Deployment/v1-etl#spec.template.spec.containers[name=etl]") == ["\(image)"])
        #expect(left("Deployment/v1-etl#spec.template.spec.containers[*].image") == ["\(image)"])
    }

    @Test func aMemberOfAMapThatChangesAsOneIsLeftAlone() throws {
        let service = runtime.address("v1", "Service", "v1")
        var world = World()
        world.bring(desired(runtime))
        world.edit(service, FieldPath("spec", "selector"), "/spec/selector", ["version-name": "v0", "team": "x"])
        let result = world.plan(desired(runtime), leaving: ["Service/v1#spec.selector.team"])
        #expect(
            lines(result) == """
                0. update version/r/v1 (drifted in cluster)
                  0 ~ Service v1 (drifted in cluster)
                      spec.selector: {"team":"x","version-name":"v0"} -> {"team":"x","version-name":"v1"} drift kubectl-edit 2026-05-30T18:04:05Z
                      left: spec.selector.team
                left by flag: Service v1
                      spec.selector.team: "x" -> absent drift kubectl-edit 2026-05-30T18:04:05Z
                """)
        #expect(Staleness.check(result.plan, state: world.state, live: LiveState(objects: world.live)) == [])
        world.carryOut(result.plan)
        #expect(world.live[service]?.content["spec"]?["selector"] == ["team": "x", "version-name": "v1"])
    }

    @Test func aFieldThatTheObjectDoesNotHaveIsToldWithThoseMeant() {
        let world = drifted()
        func said(_ text: String) -> [String] {
            world.plan(desired(runtime), leaving: [text]).diagnostics.map { "\($0.code): \($0.summary). \($0.detail)" }
        }
        #expect(said("Deployment/v1-etl#spec.template.spec.containers[name=elt].image") == [
            "unknown-field: Kreform sets no spec.template.spec.containers[name=elt].image of apps/Deployment/e-r/v1-etl. "
                + "Did you mean `spec.template.spec.containers[name=etl].image`?"
        ])
        #expect(said("Deployment/v1-etl#spec.paused") == [
            "unknown-field: Kreform sets no spec.paused of apps/Deployment/e-r/v1-etl. Fields are written as plans print them. "
                + "Next to it there is `spec.replicas`, `spec.template.spec.containers[name=etl]`, "
                + "`spec.template.spec.containers[name=etl].image`, `spec.template.spec.containers[name=etl].name`."
        ])
    }

    // MARK: Values that were made once

    private let password = FieldPath("data", "password")

    /// The password of the database changed with kubectl.
    private func withOtherPassword() -> (World, ResourceAddress) {
        let secret = runtime.address("v1", "Secret", "mongo")
        var world = World()
        world.bring(desired(runtime))
        world.edit(secret, password, "/data/password", "hmac-sha256:theirs")
        return (world, secret)
    }

    @Test func aPasswordThatSomebodyChangedIsDriftAndTakenAsItIs() throws {
        var (world, secret) = withOtherPassword()
        let result = world.plan(desired(runtime))
        #expect(
            lines(result) == """
                0. update-runtime runtime/r (drifted in cluster)
                  0 ~ Secret mongo (drifted in cluster)
                      data.password: sensitive -> kept drift kubectl-edit 2026-05-30T18:04:05Z
                warning generated-value-changed: A value of Secret/e-r/mongo is not the one that Kreform made
                """)
        #expect(result.diagnostics.map(\.detail) == ["""
            data.password was set by kubectl-edit at 2026-05-30T18:04:05Z.
            Kreform keeps no copy of what it makes, so it cannot put the old one back: an apply takes the value that is there as it \
            is, from then on as its own. What was set up with the old one goes on with that (a database keeps its users in its \
            volume): give it the new one too, or put the old one back into the Secret. `--leave Secret/mongo` leaves all this to others.
            """])
        let document = PlanDocument.value(of: result.plan)
        #expect(document["changes"]?[0]?["differences"]?[0]?["new"] == ["sensitive": true, "kept": true])
        #expect(try PlanDocument.read(document, file: "plan") == result.plan)
        world.carryOut(result.plan)
        #expect(world.live[secret]?.content["data"]?["password"] == "hmac-sha256:theirs")
        #expect(lines(world.plan(desired(runtime))) == "")
        // The next one is told as well.
        world.edit(secret, password, "/data/password", "hmac-sha256:theirs-too")
        #expect(world.plan(desired(runtime)).plan.summary.update == 1)
    }

    @Test func aPasswordThatSomebodyChangedCanBeLeft() throws {
        let (world, _) = withOtherPassword()
        for leave in ["Secret/mongo", "Secret/mongo#data.password"] {
            #expect(
                lines(world.plan(desired(runtime), leaving: [leave])) == """
                    left by flag: Secret mongo
                          data.password: sensitive -> kept drift kubectl-edit 2026-05-30T18:04:05Z
                    """)
        }
    }

    @Test func aRebuiltStateStillTellsOfAPasswordThatSomebodyChanged() throws {
        var (world, secret) = withOtherPassword()
        let rebuild = StateRebuild(
            desired: desired(runtime), found: Array(world.live.values), ready: Set(world.live.keys))
        world.state.objects = rebuild.objects
        #expect(world.plan(desired(runtime)).plan.changes.filter { $0.action == .update }.map(\.address) == [secret])
    }

    // MARK: Approval

    @Test func aPlanIsNotStaleForWhatItLeavesWhoeverHoldsIt() {
        var world = drifted()
        let files = desired(R("r", [V("v1", .started, image: "etl:2")]))
        let plan = world.plan(files, leaving: ["Deployment/v1-etl"]).plan
        world.edit(deployment, replicas, "/spec/replicas", 7)
        #expect(Staleness.check(plan, state: world.state, live: LiveState(objects: world.live)) == [])
        // Its owner lets go of the field and it keeps its value: an apply without it would take it away.
        guard let object = world.live[deployment] else { return }
        world.put(object.content, managers: object.managers.filter { $0.manager == "kreform" })
        #expect(Staleness.check(plan, state: world.state, live: LiveState(objects: world.live)) == [])
        world.carryOut(plan)
        #expect(live(world) == 7)
        #expect(world.live[deployment]?.owned.contains(replicas) == true)
        #expect(lines(world.plan(files), fields: false) == """
            0. update version/r/v1 (drifted in cluster)
              0 ~ Deployment v1-etl (drifted in cluster)
            """)
    }

    @Test func aSavedPlanCarriesWhatItLeaves() throws {
        let world = drifted()
        let files = desired(R("r", [V("v1", .started, image: "etl:2")]))
        let plan = world.plan(files, leaving: ["Deployment/v1-etl"]).plan
        let document = PlanDocument.value(of: plan)
        #expect(try PlanDocument.read(document, file: "plan") == plan)
        #expect(document["left"]?[0]?["by"] == "flag")
        #expect(document["left"]?[0]?["differences"]?[0]?["field"] == "spec.replicas")
        #expect(document["changes"]?[0]?["left"]?[0]?["field"] == "spec.replicas")
        #expect(PlanDocument.value(of: world.plan(files).plan)["left"] == nil)
    }
}
