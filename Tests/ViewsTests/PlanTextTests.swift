import Fields
import JSON
import Model
import Testing
import Views

@Suite struct PlanTextTests {
    @Test func aPlanReadsAsOrderedStepsWithTheirChangesBeneath() {
        #expect(PlanText.render(Sample.plan, style: .plain) == """
            Kreform will bring cluster sandbox to the desired state of engine clientx:

              1. create version room-price/room-price-v2                         new in file
                 recorded as stopped; nothing runs in the cluster

              2. start room-price/room-price-v2                                  new in file
                 + ConfigMap room-price-v2-krt-conf
                 + Secret room-price-v2-krt-conf
                 + Deployment room-price-v2-entrypoint

              3. publish room-price/room-price-v2 in place of room-price-v1
                 changed in file, drifted in cluster
                 ~ Service active-entrypoint  (changed in file; drifted in cluster)
                     spec.selector.version-name:
                       "room-price-v1-entrypoint" → "room-price-v2-entrypoint"
                     spec.sessionAffinity: "ClientIP" → "None"
                       drifted: set by kubectl-edit at 2026-05-30T18:04:05Z
                 -/+ Job migrate  (changed in file; deleted, then created: a field that cannot change differs)
                     spec.template: "a" → (known after apply)

              4. unpublish room-price/room-price-v1                          changed in file
                 the active entrypoint has moved already; no object changes

              5. stop room-price/room-price-v1                               changed in file
                 - Deployment room-price-v1-entrypoint
                 × Secret room-price-v1-krt-conf  (gone already)

            Plan: 5 steps; objects: 3 to create, 1 to change, 1 to replace, 1 to delete, 1 to forget.

            """)
    }

    @Test func whatIsBeingDeletedAlreadySaysSinceWhenAndWhatFor() {
        func plan(_ action: Action, _ finalizers: [String]) -> Plan {
            let change = Change(
                id: 0, action: action, address: Sample.address("v1", "ConfigMap", "a"), apiVersion: "v1", entity: Sample.version,
                manifest: nil, prior: nil, differences: [], reasons: [.unfinishedLastTime], predecessors: [],
                deletion: Change.Deletion(since: "2026-05-30T18:00:00Z", finalizers: finalizers))
            let step = Step(
                id: 0, action: .update, entity: Sample.version, records: [], reasons: [.unfinishedLastTime], from: .started, to: .started,
                changes: [0], predecessors: [])
            return Plan(
                mode: .apply, engine: "clientx", cluster: Sample.cluster, lineage: nil, serial: 0, steps: [step], changes: [change])
        }
        func line(_ action: Action, _ finalizers: [String]) -> String {
            let lines = PlanText.render(plan(action, finalizers), style: .plain).split(separator: "\n")
            return lines.first { $0.contains("ConfigMap a") }.map(String.init) ?? ""
        }
        #expect(line(.delete, ["example.test/backup"])
            == "     - ConfigMap a  (being deleted already, since 2026-05-30T18:00:00Z; waits for finalizer example.test/backup)")
        #expect(line(.delete, []) == "     - ConfigMap a  (being deleted already, since 2026-05-30T18:00:00Z)")
        #expect(line(.replace, ["a", "b"])
            == "     -/+ ConfigMap a  (being deleted already, since 2026-05-30T18:00:00Z; waits for finalizers a, b; then created)")
    }

    @Test func aJobThatIsOverIsMadeAnewForThat() {
        let change = Sample.change(0, .replace, "batch/v1", "Job", "migrate", reasons: [.unfinishedLastTime])
        let step = Step(
            id: 0, action: .update, entity: Sample.version, records: [], reasons: [.unfinishedLastTime], from: .started, to: .started,
            changes: [0], predecessors: [])
        let plan = Plan(
            mode: .apply, engine: "clientx", cluster: Sample.cluster, lineage: nil, serial: 0, steps: [step], changes: [change])
        #expect(PlanText.render(plan, style: .plain).contains(
            "\n     -/+ Job migrate  (deleted, then created: it is over, and has to run again)\n"))
    }

    @Test func whatTakesThePlaceOfAnotherObjectIsShownByWhatDiffers() {
        func change(
            _ id: Int, _ action: Action, _ kind: String, _ name: String, _ old: String? = nil, _ differences: [Difference] = [],
            after predecessors: [Int] = []
        ) -> Change {
            let type = kind == "Deployment" ? "apps/v1" : "v1"
            return Change(
                id: id, action: action, address: Sample.address(type, kind, name), apiVersion: type, entity: Sample.version, manifest: nil,
                prior: nil, differences: differences, reasons: [.changedInFile], predecessors: predecessors,
                inPlaceOf: old.map { Sample.address(type, kind, $0) })
        }
        func difference(_ path: FieldPath, _ old: Difference.Shown, _ new: Difference.Shown) -> Difference {
            Difference(path: path, old: old, new: new, cause: .file)
        }
        let changes = [
            change(0, .create, "ConfigMap", "v2-krt-conf-2222222222", "v2-krt-conf-1111111111", [
                difference(FieldPath("data", "CURRENCY"), .value("EUR"), .value("CHF")),
                difference(FieldPath("data", "OLD"), .value("1"), .absent), difference(FieldPath("data", "NEW"), .absent, .value("2")),
            ]),
            change(1, .create, "Secret", "v2-krt-conf-bbbbbbbbbb", "v2-krt-conf-aaaaaaaaaa", [
                difference(FieldPath("data", "API_SECRET"), .sensitive, .sensitive),
                difference(FieldPath("data", "OTHER"), .sensitive, .absent),
            ]),
            change(2, .update, "Deployment", "v2-etl", nil, [
                difference(FieldPath("spec", "replicas"), .value(1), .value(2))
            ], after: [0, 1]),
            change(3, .noOp, "ConfigMap", "v2-conf-files-3333333333", "v2-conf-files-4444444444", [
                difference(FieldPath("data", "a"), .value("1"), .value("2"))
            ]),
            change(4, .noOp, "ConfigMap", "other"),
            change(5, .delete, "ConfigMap", "v2-krt-conf-1111111111", after: [2]),
            change(6, .delete, "Secret", "v2-krt-conf-aaaaaaaaaa", after: [2]),
        ]
        let step = Step(
            id: 0, action: .update, entity: Sample.version, records: [], reasons: [.changedInFile], changes: [0, 1, 2, 3, 4, 5, 6],
            predecessors: [])
        let plan = Plan(
            mode: .apply, engine: "clientx", cluster: Sample.cluster, lineage: "l-1", serial: 4, steps: [step], changes: changes)
        let text = """
            Kreform will bring cluster sandbox to the desired state of engine clientx:

              1. update room-price/room-price-v2                             changed in file
                 + ConfigMap v2-krt-conf-2222222222  (in place of v2-krt-conf-1111111111)
                     data.CURRENCY: "EUR" → "CHF"
                     data.OLD: "1" → (removed)
                     data.NEW: "2"
                 + Secret v2-krt-conf-bbbbbbbbbb  (in place of v2-krt-conf-aaaaaaaaaa)
                     data.API_SECRET: (sensitive value, changed)
                     data.OTHER: (sensitive value) → (removed)
                 ~ Deployment v2-etl
                     spec.replicas: 1 → 2
                 = ConfigMap v2-conf-files-3333333333  (there already; in place of v2-conf-files-4444444444)
                     data.a: "1" → "2"
                 - ConfigMap v2-krt-conf-1111111111  (after the rollout)
                 - Secret v2-krt-conf-aaaaaaaaaa  (after the rollout)

            Plan: 1 step; objects: 2 to create, 1 to change, 2 to delete.

            """
        #expect(PlanText.render(plan, style: .plain) == text)
        #expect(PlanText.render(plan, style: .plain, full: true) == text)
    }

    @Test func fullShowsTheFieldsOfNewObjectsAndNoSecret() {
        let text = PlanText.render(Sample.plan, style: .plain, full: true)
        #expect(text.contains("""
                 + ConfigMap room-price-v2-krt-conf
                     data.CURRENCY: "EUR"
                 + Secret room-price-v2-krt-conf
                     data.API_SECRET: (sensitive value)

            """))
    }

    @Test func anEmptyPlanSaysSo() {
        let none = Plan(
            mode: .apply, engine: "clientx", cluster: Sample.cluster, lineage: nil, serial: 0, steps: [], changes: [])
        #expect(PlanText.render(none, style: .plain) == "No changes. Cluster sandbox is as the files say.\n")
        let gone = Plan(
            mode: .destroy, engine: "clientx", cluster: Sample.cluster, lineage: nil, serial: 0, steps: [], changes: [])
        #expect(PlanText.render(gone, style: .plain) == "No changes. Nothing of engine clientx is left in cluster sandbox.\n")
    }

    @Test func colourAddsNothingButColour() {
        let colored = PlanText.render(Sample.plan, style: Style(colored: true))
        #expect(colored.contains("\u{1B}[32m+\u{1B}[0m ConfigMap"))
        #expect(withoutColour(colored) == PlanText.render(Sample.plan, style: .plain))
    }

    @Test func theNextCommandIsNamed() {
        #expect(PlanText.next(savedTo: "friday.plan", flags: " --sandbox") == """

            Saved to friday.plan. To carry out exactly this plan:
              kreform apply --sandbox friday.plan

            """)
        #expect(PlanText.next(savedTo: nil, flags: " -f prod") == """

            To carry it out:  kreform apply -f prod
            It plans again and asks; save a plan with --out to apply exactly that one.

            """)
    }

    /// Text without SGR sequences.
    private func withoutColour(_ text: String) -> String {
        var plain = ""
        var isInside = false
        for character in text {
            if character == "\u{1B}" { isInside = true }
            if !isInside { plain.append(character) }
            if isInside, character == "m" { isInside = false }
        }
        return plain
    }
}
