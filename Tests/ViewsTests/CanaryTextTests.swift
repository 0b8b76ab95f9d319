import JSON
import Model
import Testing
import Views

/// A version that has a share of the calls for a while, in words.
@Suite struct CanaryTextTests {
    private static let new = EntityAddress.version(runtime: "room-price", name: "room-price-v2")

    private func plan(_ canary: Canary = Canary(weight: 10, seconds: 45, routes: [])) -> Plan {
        Plan(
            mode: .apply, engine: "clientx", cluster: Sample.cluster, lineage: "l-1", serial: 4,
            steps: [
                Step(
                    id: 0, action: .canary, entity: Self.new, records: [], reasons: [.changedInFile], from: .started, to: .started,
                    replaces: "room-price-v1", canary: canary, changes: [], predecessors: []),
                Step(
                    id: 1, action: .publish, entity: Self.new, records: [], reasons: [.changedInFile], from: .started, to: .published,
                    replaces: "room-price-v1", changes: [], predecessors: [0]),
            ], changes: [])
    }

    @Test(arguments: [
        (nil as String?, "of all calls from outside for 45s; taken back if it fails"),
        ("2026-11-21T08:01:00Z", "of all calls from outside for 45s, which it has had since 2026-11-21T08:01:00Z"),
    ])
    func aPlanSaysHowMuchAndForHowLong(_ since: String?, _ words: String) {
        let canary = Canary(weight: 10, seconds: 45, since: since.flatMap { Timestamp($0) }, routes: [])
        #expect(PlanText.render(plan(canary), style: .plain) == """
            Kreform will bring cluster sandbox to the desired state of engine clientx:

              1. route 10% to room-price/room-price-v2                       changed in file
                 \(words)

              2. publish room-price/room-price-v2 in place of room-price-v1  changed in file
                 no object changes

            Plan: 2 steps; objects: 0 to create, 0 to change, 0 to delete.

            """)
    }

    private let start = [
        ApplyEvent(sequence: 1, elapsed: 7, kind: .stepStarted(0)), ApplyEvent(sequence: 2, elapsed: 7, kind: .stepWaiting(0, seconds: 45)),
    ]
    private static let fault = Diagnostic(code: "canary-failed", summary: "It cannot answer", detail: "Its pods are gone.")

    @Test func aRunSaysWhoHasHowMuchAndWhatBecomesOfIt() {
        var progress = ApplyProgress(plan: plan(), style: .plain)
        let end = ApplyEvent(sequence: 3, elapsed: 52, kind: .stepFinished(0, took: 45))
        #expect((start + [end]).flatMap { progress.take($0) }.joined(separator: "\n") == """
              7.0s step 1 of 2: route 10% to room-price/room-price-v2
              7.0s   room-price/room-price-v2: has 10% of the calls for 45.0s
             52.0s routed 10% to room-price/room-price-v2 after 45.0s
            """)
        let failing = [
            ApplyEvent(sequence: 3, elapsed: 20, kind: .stepFailed(0, Self.fault)), ApplyEvent(sequence: 4, elapsed: 20, kind: .takingBack(0)),
        ]
        #expect(failing.flatMap { progress.take($0) }.joined(separator: "\n") == """
             20.0s   room-price/room-price-v2: failed: It cannot answer
             20.0s taking back the share of room-price/room-price-v2: room-price-v1 gets all calls again
            """)
    }

    @Test func aTerminalCountsDown() {
        var progress = ApplyProgress(plan: plan(), style: .plain, hasFrame: true)
        for event in start { _ = progress.take(event) }
        #expect(progress.frame(now: 20, height: 8).last == "  room-price/room-price-v2 has 10% of the calls: 32.0s left")
        _ = progress.take(ApplyEvent(sequence: 3, elapsed: 20, kind: .stepFailed(0, Self.fault)))
        #expect(progress.frame(now: 20, height: 8) == [])
    }

    @Test func aReportTellsAnUploadFromAShare() {
        let report = ApplyReport(
            outcome: .failed, finished: [], failed: [], failedSteps: [.init(step: 0, diagnostic: Self.fault, skipped: [])], notStarted: [],
            finishedSteps: [], unfinishedSteps: [0, 1], took: 20)
        #expect(ReportText.render(report, plan: plan(), style: .plain).contains("0 of 2 steps done in 20.0s, 1 canary step failed,"))
        let data = EventJSON.value(ApplyEvent(sequence: 5, elapsed: 20, kind: .runFinished(report)), plan: plan())
        #expect(data["failedUploads"] == nil && data["failedSteps"]?[0]?["step"] == 0)
    }

    /// A plan that gives a share by an Ingress, raises it, and takes it away after the switch.
    private var sharing: Plan {
        func change(_ id: Int, _ action: Action, _ kind: String) -> Change {
            Change(
                id: id, action: action, address: ResourceAddress(group: "", kind: kind, namespace: "n", name: "a"), apiVersion: "v1",
                entity: .publication(runtime: "room-price"), manifest: nil, prior: nil, differences: [], reasons: [.changedInFile],
                predecessors: [])
        }
        let changes = [
            change(0, .create, "Ingress"), change(1, .update, "Ingress"), change(2, .update, "Service"), change(3, .delete, "Ingress"),
        ]
        func step(_ id: Int, _ action: StepAction, _ canary: Canary?, _ changes: [Int]) -> Step {
            Step(
                id: id, action: action, entity: Self.new, records: [], reasons: [.changedInFile], from: .started, to: .started,
                replaces: "room-price-v1", canary: canary, changes: changes, predecessors: [])
        }
        let routes = [changes[0].address]
        return Plan(
            mode: .apply, engine: "clientx", cluster: Sample.cluster, lineage: "l-1", serial: 4,
            steps: [
                step(0, .canary, Canary(weight: 10, seconds: 45, routes: routes), [0]),
                step(1, .canary, Canary(weight: 50, seconds: 45, routes: routes), [1]), step(2, .publish, nil, [2, 3]),
            ], changes: changes)
    }

    @Test func aPlanCountsObjectsHoweverOftenTheyChange() {
        #expect(PlanText.summary(of: sharing, style: .plain) == "Plan: 3 steps; objects: 1 to create, 1 to change, 1 to delete.")
        func made(_ finished: [Int]) -> String {
            let report = ApplyReport(
                outcome: .succeeded, finished: finished, failed: [], notStarted: [], finishedSteps: [], unfinishedSteps: [], took: 1)
            return ReportText.render(report, plan: sharing, style: .plain)
        }
        #expect(made([0, 1, 2, 3]) == "Apply complete! 3 steps in 1.0s; objects: 1 created, 1 changed, 1 deleted.\n")
        #expect(made([0, 1]) == "Apply complete! 3 steps in 1.0s; objects: 1 created.\n")
        #expect(made([1, 3]) == "Apply complete! 3 steps in 1.0s; objects: 1 deleted.\n")
    }

    @Test(arguments: [
        (RunOutcome.failed, [0, 1, 3], """
            What was done is recorded. room-price/room-price-v2 has no calls any more: room-price-v1 has them all.
            Mend the cause and run the same command again: it begins with the first share.

            """),
        (.failed, [0, 1], """
            What was done is recorded. The share of room-price/room-price-v2 could not be taken back: room-price-v1, published in the file \
            and applied, gets all calls again.
            Mend the cause and run the same command again: it goes on from here.

            """),
        (.interrupted, [0, 1, 3], """
            What was done is recorded. room-price/room-price-v2 has no calls any more: room-price-v1 has them all.
            Run the same command again: it begins with the first share.

            """),
    ])
    func aReportSaysWhatBecameOfTheShareAndWhatTheNextRunDoes(_ outcome: RunOutcome, _ finished: [Int], _ words: String) {
        let report = ApplyReport(
            outcome: outcome, finished: finished, failed: [], failedSteps: [.init(step: 1, diagnostic: Self.fault, skipped: [2])],
            takenBack: [0], notStarted: [2], finishedSteps: [0], unfinishedSteps: [1, 2], took: 20)
        let text = ReportText.render(report, plan: sharing, style: .plain)
        #expect(text.hasSuffix(words), "\(text)")
        let data = EventJSON.value(ApplyEvent(sequence: 5, elapsed: 20, kind: .runFinished(report)), plan: sharing)
        #expect(data["takenBack"] == [0])
    }

    @Test func whatIsChangedMoreThanOnceIsNamedOnce() {
        let address = ResourceAddress(group: "", kind: "Service", namespace: "n", name: "a")
        let changes = (0..<3).map { id in
            Change(
                id: id, action: .delete, address: address, apiVersion: "v1", entity: Self.new, manifest: nil, prior: nil,
                differences: [], reasons: [.changedInFile], predecessors: [])
        }
        let plan = Plan(
            mode: .apply, engine: "clientx", cluster: Sample.cluster, lineage: "l-1", serial: 4, steps: plan().steps, changes: changes)
        let report = ApplyReport(
            outcome: .failed, finished: [], failed: [], failedSteps: [.init(step: 0, diagnostic: Self.fault, skipped: [0, 1, 2])],
            notStarted: [0, 1, 2], finishedSteps: [], unfinishedSteps: [0, 1], took: 20)
        #expect(ReportText.render(report, plan: plan, style: .plain).contains("  Not started because of it: Service a.\n"))
    }

    @Test func asDataTheyAreEventsOfTheirOwn() {
        let events = [ApplyEvent.Kind.stepFailed(0, Self.fault), .takingBack(0)].map {
            EventJSON.value(ApplyEvent(sequence: 3, elapsed: 20, kind: $0), plan: plan())
        }
        #expect(events.map { $0["type"]?.string } == ["step-failed", "taking-back"])
        #expect(events.allSatisfy { $0["action"] == "canary" && $0["step"] == 0 })
        #expect(events.first?["diagnostic"]?["code"] == "canary-failed")
    }
}
