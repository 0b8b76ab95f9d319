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
                      not sent: spec.replicas
                left by flag: Deployment v1-etl
                      spec.replicas: 5 -> 1 drift kubectl-edit 2026-05-30T18:04:05Z
                """)
        let change = result.plan.changes[0]
        #expect(change.manifest?.content["spec"]?["replicas"] == 1)
        #expect(change.sent?.content["spec"]?["replicas"] == nil)
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
                      not sent: spec.replicas
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
                      not sent: spec.replicas
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
            nothing-to-leave: spec.replcas of apps/Deployment/e-r/v1-etl has not drifted. Did you mean `spec.replicas`?
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

    // MARK: Approval

    @Test func aPlanIsNotStaleForWhatItLeavesButForWhatNobodyHoldsAnyMore() {
        var world = drifted()
        let files = desired(R("r", [V("v1", .started, image: "etl:2")]))
        let plan = world.plan(files, leaving: ["Deployment/v1-etl"]).plan
        world.edit(deployment, replicas, "/spec/replicas", 7)
        #expect(Staleness.check(plan, state: world.state, live: LiveState(objects: world.live)) == [])
        // Its owner lets go of the field and it keeps its value: an apply without it would take it away.
        guard let object = world.live[deployment] else { return }
        world.put(object.content, managers: object.managers.filter { $0.manager == "kreform" })
        let stale = Staleness.check(plan, state: world.state, live: LiveState(objects: world.live))
        #expect(stale.map(\.summary) == ["The plan is stale: a field of apps/Deployment/e-r/v1-etl changed meanwhile"])
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
