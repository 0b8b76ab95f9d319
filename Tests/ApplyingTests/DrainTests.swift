import Applying
import JSON
import Model
import Sandbox
import StateStore
import Testing

/// Versions that lost the publication stay up for a while.
@Suite struct DrainTests {
    private let bench = Bench()

    private func wanted(_ versions: [(String, VersionStatus)]) -> Wanted {
        var wanted = Wanted(versions.map { (name: $0.0, status: $0.1) })
        wanted.drain = 60
        return wanted
    }

    private func published() async throws {
        let first = try await bench.bring(wanted([("v1", .published), ("v2", .started)]).rendered(bench))
        #expect(first.report.outcome == .succeeded)
    }

    @Test func nothingOfTheOldVersionGoesBeforeItsTimeIsUp() async throws {
        try await published()
        let hand = HandClock()
        let after = try await wanted([("v1", .stopped), ("v2", .published)]).rendered(bench)
        async let run = bench.bring(after, clock: hand.clock)
        await hand.began.requested()
        #expect(hand.asked == [60])
        #expect(try await bench.object("Deployment", "v1-etl") != nil)
        #expect(try await bench.object("Service", "active-entrypoint")?.content["spec"]?["selector"]?["version"] == "v2")
        hand.isOver.request()
        let outcome = try await run
        #expect(outcome.report.outcome == .succeeded)
        #expect(outcome.lines.filter { !$0.hasPrefix("  ") || $0.contains(" pass ") || $0.contains("  delete") } == [
            "run 2: 10 changes in 4 steps", "step publish version/r/v2", "done publish version/r/v2", "step unpublish version/r/v1",
            "done unpublish version/r/v1", "step drain version/r/v1", "  60 s pass for drain version/r/v1", "done drain version/r/v1",
            "step stop version/r/v1", "  delete Service v1", "  delete Deployment v1-etl", "  delete ConfigMap v1-conf",
            "done stop version/r/v1", "run finished: succeeded",
        ])
        #expect(try await bench.object("Deployment", "v1-etl") == nil)
        #expect(try bench.state().activities.suffix(4).map(\.step) == [.publish, .unpublish, .drain, .stop])
    }

    @Test(arguments: [true, false]) func theOldVersionStaysWhenWhatHasItsCallsIsNotReadyAnyMore(_ isNew: Bool) async throws {
        let before: [(String, VersionStatus)] = isNew ? [("v1", .published)] : [("v1", .published), ("v2", .started)]
        #expect(try await bench.bring(wanted(before).rendered(bench)).report.outcome == .succeeded)
        let after = try await wanted([("v1", .stopped), ("v2", .published)]).rendered(bench)
        let clock = RunClock(now: { Timestamp(seconds: 0) }, pass: { [bench] _, _ in
            guard let deployment = try? await bench.object("Deployment", "v2-etl") else { return }
            try? await bench.cluster().delete(
                DeleteRequest(type: deployment.type, namespace: "e-r", name: "v2-etl", uid: deployment.uid))
        })
        let outcome = try await bench.bring(after, clock: clock)
        #expect(outcome.report.outcome == .failed)
        let failure = try #require(outcome.report.failed.first { outcome.plan.changes[$0.change].address.kind == "Deployment" })
        #expect(failure.diagnostic.code == "changed-since-plan")
        #expect(failure.diagnostic.detail.hasSuffix(
            "\nv1 stays up, since this has its calls now. `rollout: {strategy: switch}` in the file stops it all the same."))
        for kind in ["Deployment", "Service"] {
            #expect(try await bench.object(kind, kind == "Service" ? "v1" : "v1-etl") != nil)
        }
        // Once it is mended the old one goes.
        let hand = HandClock()
        hand.isOver.request()
        #expect(try await bench.bring(after, clock: hand.clock).report.outcome == .succeeded)
        #expect(try await bench.object("Deployment", "v1-etl") == nil)
        #expect(try await bench.isSettled(after))
    }

    @Test func aRunThatIsStoppedMeanwhileLeavesTheRestToTheNext() async throws {
        try await published()
        let after = try await wanted([("v1", .stopped), ("v2", .published)]).rendered(bench)
        let (hand, stop) = (HandClock(), StopSignal())
        async let run = bench.bring(after, clock: hand.clock, stop: stop)
        await hand.began.requested()
        stop.request()
        let outcome = try await run
        #expect(outcome.report.outcome == .interrupted)
        #expect(outcome.lines.suffix(4) == [
            "interrupted", "not done drain version/r/v1", "not done stop version/r/v1", "run finished: interrupted",
        ])
        #expect(try await bench.object("Deployment", "v1-etl") != nil)

        // What has passed by then counts, whatever happened between.
        let lost = try #require(try bench.state().state.unpublished[.version(runtime: "r", name: "v1")])
        let next = HandClock()
        next.set(Timestamp(seconds: lost.seconds + 21))
        next.isOver.request()
        let second = try await bench.bring(after, clock: next.clock)
        #expect(second.report.outcome == .succeeded)
        #expect(next.asked == [40])
        #expect(try await bench.isSettled(after))
        #expect(try bench.state().state.unpublished == [:])
    }

    @Test func nobodyWaitsBeforeAStopThatAFailureHoldsUp() async throws {
        try await published()
        // v3 cannot start, and nothing is taken away before all that is built up stands.
        let after = try await wanted([("v1", .stopped), ("v2", .published), ("v3", .started)]).rendered(bench)
        let hand = HandClock()
        let broken = WireCluster(
            cluster: try bench.cluster(),
            before: { name throws(ClusterError) in
                guard name == "apply Deployment v3-etl" else { return }
                await hand.began.requested()
                throw ClusterError(.invalid(fields: []), "no such thing")
            })
        let outcome = try await bench.bring(after, through: broken, clock: hand.clock)
        #expect(outcome.report.outcome == .failed)
        #expect(outcome.failures == ["Deployment v3-etl: request-failed"])
        #expect(hand.asked == [60])
        #expect(outcome.lines.contains("not done drain version/r/v1") && outcome.lines.contains("not done stop version/r/v1"))
        #expect(try await bench.object("Deployment", "v1-etl") != nil)
    }
}
