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
