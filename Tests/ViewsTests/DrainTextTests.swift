import JSON
import Model
import Testing
import Views

/// A version that stays up for a while after it lost the publication, in words.
@Suite struct DrainTextTests {
    private static let old = EntityAddress.version(runtime: "room-price", name: "room-price-v1")

    private func plan(_ drain: Drain) -> Plan {
        Plan(
            mode: .apply, engine: "clientx", cluster: Sample.cluster, lineage: "l-1", serial: 4,
            steps: [
                Step(
                    id: 0, action: .drain, entity: Self.old, records: [], reasons: [.changedInFile], from: .started, to: .started,
                    drain: drain, changes: [], predecessors: []),
                Step(
                    id: 1, action: .stop, entity: Self.old, records: [], reasons: [.changedInFile], from: .started, to: .stopped,
                    changes: [], predecessors: [0]),
            ], changes: [])
    }

    @Test(arguments: [
        (Drain(seconds: 45), "stays up for 45s after the switch"),
        (Drain(seconds: 300, since: Timestamp("2026-11-21T08:01:00Z")), "stays up for 5m00s after the switch, which was at 2026-11-21T08:01:00Z"),
    ])
    func aPlanSaysForHowLong(_ drain: Drain, _ words: String) {
        #expect(PlanText.render(plan(drain), style: .plain) == """
            Kreform will bring cluster sandbox to the desired state of engine clientx:

              1. drain room-price/room-price-v1                              changed in file
                 \(words)

              2. stop room-price/room-price-v1                               changed in file
                 no object changes

            Plan: 2 steps; objects: 0 to create, 0 to change, 0 to delete.

            """)
    }

    private let events: [ApplyEvent] = [
        ApplyEvent(sequence: 1, elapsed: 7, kind: .stepStarted(0)), ApplyEvent(sequence: 2, elapsed: 7, kind: .stepWaiting(0, seconds: 45)),
    ]
    private let end = ApplyEvent(sequence: 3, elapsed: 52, kind: .stepFinished(0, took: 45))

    @Test func aRunSaysWhatItWaitsForAndHowLong() {
        var progress = ApplyProgress(plan: plan(Drain(seconds: 45)), style: .plain)
        #expect((events + [end]).flatMap { progress.take($0) }.joined(separator: "\n") == """
              7.0s step 1 of 2: drain room-price/room-price-v1
              7.0s   room-price/room-price-v1: stays up for 45.0s more
             52.0s drained room-price/room-price-v1 after 45.0s
            """)
        // Where nothing is left, nothing is said of it.
        let none = ApplyEvent(sequence: 2, elapsed: 7, kind: .stepWaiting(0, seconds: 0))
        #expect(progress.take(none) == [])
    }

    @Test func aTerminalCountsDown() {
        var progress = ApplyProgress(plan: plan(Drain(seconds: 45)), style: .plain, hasFrame: true)
        #expect(progress.frame(now: 7, height: 8) == [])
        for event in events { _ = progress.take(event) }
        #expect(progress.frame(now: 20, height: 8) == [
            " 20.0s 0 of 0 changes settled, 1 running", "  draining room-price/room-price-v1: 32.0s left",
        ])
        #expect(progress.frame(now: 60, height: 8).last == "  draining room-price/room-price-v1: 0.0s left")
        _ = progress.take(end)
        #expect(progress.frame(now: 52, height: 8) == [])
    }

    @Test func asDataItIsAnEventOfItsOwn() {
        let line = EventJSON.value(events[1], plan: plan(Drain(seconds: 45))).encoded()
        #expect(line == """
            {"action":"drain","elapsed":7.0,"entity":"version/room-price/room-price-v1","format":1,"seconds":45.0,"sequence":2,"step":0,\
            "type":"step-waiting"}
            """)
    }
}
