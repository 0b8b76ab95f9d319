import Model
import Testing
import Views

@Suite struct ApplyProgressTests {
    @Test func everyEventHasAtMostALine() {
        var progress = ApplyProgress(plan: Sample.plan, style: .plain)
        let failure = Diagnostic(code: "not-ready", summary: "Deployment room-price-v2-entrypoint cannot become ready")
        let kinds: [ApplyEvent.Kind] = [
            .runStarted(1, changes: 7, steps: 5), .stepStarted(0), .stepFinished(0, took: 0), .stepStarted(1),
            .changeStarted(0), .changeAccepted(0), .changeFinished(0, took: 0.1), .changeStarted(2),
            .changeWaiting(2, "0 of 1 replicas ready"), .changeRetrying(2, after: 2, because: "too many requests"),
            .changeFailed(2, failure), .changeSkipped(3, because: 2), .stepNotFinished(1), .interrupted,
        ]
        var lines: [String] = []
        for (index, kind) in kinds.enumerated() {
            lines += progress.take(ApplyEvent(sequence: index + 1, elapsed: Double(index) * 7, kind: kind))
        }
        #expect(lines.joined(separator: "\n") == """
              7.0s step 1 of 5: create version room-price/room-price-v2
             14.0s created version room-price/room-price-v2 after 0.0s
             21.0s step 2 of 5: start room-price/room-price-v2
             28.0s   ConfigMap room-price-v2-krt-conf: creating
             42.0s   ConfigMap room-price-v2-krt-conf: created after 0.1s
             49.0s   Deployment room-price-v2-entrypoint: creating
             56.0s   Deployment room-price-v2-entrypoint: waiting: 0 of 1 replicas ready
             1m03s   Deployment room-price-v2-entrypoint: trying again in 2.0s: too many requests
             1m10s   Deployment room-price-v2-entrypoint: failed: Deployment room-price-v2-entrypoint cannot become ready
             1m24s not done: start room-price/room-price-v2
             1m31s Interrupted: starting nothing new, finishing what runs in a few seconds. Ctrl-C again leaves at once.
            """)
    }

    @Test func theFrameShowsWhatRunsWithinTheWidth() {
        var progress = ApplyProgress(plan: Sample.plan, style: Style(colored: false, width: 60))
        for (index, id) in [0, 1, 2, 3].enumerated() {
            _ = progress.take(ApplyEvent(sequence: index + 1, elapsed: Double(index), kind: .changeStarted(id)))
        }
        _ = progress.take(ApplyEvent(sequence: 5, elapsed: 4, kind: .changeFinished(0, took: 4)))
        _ = progress.take(ApplyEvent(sequence: 6, elapsed: 5, kind: .changeWaiting(2, "0 of 1 replicas ready")))
        #expect(progress.frame(now: 75, height: 4).joined(separator: "\n") == """
             1m15s 1 of 7 changes settled, 3 running
              creating Secret room-price-v2-krt-conf 1m14s
              creating Deployment room-price-v2-entrypoint: 0 of 1 1m13s
              and 1 more
            """)
        #expect(progress.frame(now: 75, height: 9).allSatisfy { $0.count <= 60 })
    }

    @Test func theReportNamesFailuresOnceWithWhatTheyHeldUp() {
        let failure = ApplyReport.Failure(
            change: 2,
            diagnostic: Diagnostic(
                code: "not-ready", summary: "Deployment room-price-v2-entrypoint cannot become ready",
                detail: "Pod p-1: ImagePullBackOff: no such image.", address: "apps/Deployment/clientx-room-price/room-price-v2-entrypoint"),
            skipped: [3, 4, 5, 6])
        let report = ApplyReport(
            outcome: .failed, finished: [0, 1], failed: [failure], notStarted: [3, 4, 5, 6], finishedSteps: [0],
            unfinishedSteps: [1, 2, 3, 4], took: 12.04)
        #expect(ReportText.render(report, plan: Sample.plan, style: .plain) == """
            Error: Deployment room-price-v2-entrypoint cannot become ready [not-ready]
              on apps/Deployment/clientx-room-price/room-price-v2-entrypoint
              Pod p-1: ImagePullBackOff: no such image.
              Not started because of it: Service active-entrypoint, Job migrate, Deployment
              room-price-v1-entrypoint, Secret room-price-v1-krt-conf.

            Apply failed. 1 of 5 steps done in 12.0s, 1 change failed, 4 not started; objects: 2 created.
            What was done is recorded. Mend the cause and run the same command again: it goes on from here.

            """)
    }

    @Test func successIsOneLine() {
        let report = ApplyReport(
            outcome: .succeeded, finished: [0, 1, 2, 3, 4, 5, 6], failed: [], notStarted: [],
            finishedSteps: [0, 1, 2, 3, 4], unfinishedSteps: [], took: 63)
        #expect(ReportText.render(report, plan: Sample.plan, style: .plain)
            == "Apply complete! 5 steps in 1m03s; objects: 3 created, 1 changed, 1 replaced, 1 deleted, 1 forgotten.\n")
    }
}
