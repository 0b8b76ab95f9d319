import Applying
import JSON
import Model
import Sandbox
import StateStore
import Synchronization
import Testing

/// A version gets a growing share of the calls before it takes the publication from another.
@Suite struct CanaryTests {
    private let bench = Bench()

    private func wanted(_ versions: [(String, VersionStatus)], _ canary: [Int] = [10, 50]) -> Wanted {
        var wanted = Wanted(versions.map { (name: $0.0, status: $0.1) })
        wanted.canary = canary
        return wanted
    }

    private func published() async throws {
        let first = try await bench.bring(wanted([("v1", .published), ("v2", .started)]).rendered(bench))
        #expect(first.report.outcome == .succeeded)
    }

    /// `v1` is published, and a run that was to publish `v2` was stopped while that had its first share.
    private func stoppedInTheFirstShare() async throws {
        try await published()
        let stop = StopSignal()
        _ = try await bench.bring(try await switched, clock: clock(Sights()) { _, over in
            stop.request()
            await over.requested()
        }, stop: stop)
    }

    private var switched: RenderedState {
        get async throws { try await wanted([("v1", .started), ("v2", .published)]).rendered(bench) }
    }

    /// What leads to `v2`: its share by the Ingress of its own, and where the rest of the calls goes.
    private func sight() async throws -> String {
        let share = try await bench.object("Ingress", "canary")?.metadata["annotations"]?["weight"]?.string
        let rest = try await bench.object("Service", "active-entrypoint")?.content["spec"]?["selector"]?["version"]?.string
        return "\(share ?? "no")% to v2, the rest to \(rest ?? "nobody")"
    }

    /// Tells what there is whenever time is to pass, and lets it pass at once unless `body` does something else.
    private final class Sights: Sendable {
        private let seen = Mutex<[String]>([])
        var all: [String] { seen.withLock(\.self) }

        func clock(
            now: Timestamp = Timestamp(seconds: 0), _ sight: @escaping @Sendable () async throws -> String,
            _ body: @escaping @Sendable (_ count: Int, _ over: StopSignal) async throws -> Void = { _, _ in }
        ) -> RunClock {
            RunClock(now: { now }, pass: { time, over in
                let found = (try? await sight()) ?? "?"
                let count = self.seen.withLock { seen in
                    seen.append("\(Int(time)) s: \(found)")
                    return seen.count
                }
                try? await body(count, over)
            })
        }
    }

    private func clock(
        _ sights: Sights, now: Timestamp = Timestamp(seconds: 0),
        _ body: @escaping @Sendable (_ count: Int, _ over: StopSignal) async throws -> Void = { _, _ in }
    ) -> RunClock { sights.clock(now: now, { try await self.sight() }, body) }

    @Test func theShareRisesBeforeTheSwitchAndIsGoneAfterIt() async throws {
        try await published()
        let sights = Sights()
        let after = try await switched
        let outcome = try await bench.bring(after, clock: clock(sights))
        #expect(outcome.report.outcome == .succeeded)
        #expect(sights.all == ["60 s: 10% to v2, the rest to v1", "60 s: 50% to v2, the rest to v1"])
        #expect(try await sight() == "no% to v2, the rest to v2")
        #expect(outcome.lines.filter { !$0.hasPrefix("  ") || $0.contains(" pass ") || $0.hasSuffix("Ingress canary") } == [
            "run 2: 7 changes in 4 steps", "step canary version/r/v2", "  create Ingress canary", "  accepted Ingress canary",
            "  finished Ingress canary", "  60 s pass for canary version/r/v2", "done canary version/r/v2", "step canary version/r/v2",
            "  update Ingress canary", "  accepted Ingress canary", "  finished Ingress canary", "  60 s pass for canary version/r/v2",
            "done canary version/r/v2", "step publish version/r/v2", "  delete Ingress canary", "  accepted Ingress canary",
            "  finished Ingress canary", "done publish version/r/v2", "step unpublish version/r/v1", "done unpublish version/r/v1",
            "run finished: succeeded",
        ])
        let told = try bench.state().activities.suffix(4).map { "\($0.step.rawValue) \($0.weight.map(String.init) ?? "-")" }
        #expect(told == ["canary 10", "canary 50", "publish -", "unpublish -"])
        #expect(try await bench.isSettled(after))
    }

    @Test func aRunThatIsStoppedMeanwhileIsGoneOnFromWhereItWas() async throws {
        try await published()
        let (sights, stop) = (Sights(), StopSignal())
        let after = try await switched
        let outcome = try await bench.bring(after, clock: clock(sights) { count, over in
            guard count == 2 else { return }
            stop.request()
            await over.requested()
        }, stop: stop)
        #expect(outcome.report.outcome == .interrupted)
        #expect(try await sight() == "50% to v2, the rest to v1")
        let record = try #require(try bench.state().state.objects.values.first { $0.address.name == "canary" })

        let more = Sights()
        let now = Timestamp(seconds: record.appliedAt.seconds + 21)
        let second = try await bench.bring(after, clock: clock(more, now: now))
        #expect(second.report.outcome == .succeeded)
        #expect(more.all == ["40 s: 50% to v2, the rest to v1"])
        #expect(try await sight() == "no% to v2, the rest to v2")
        #expect(try await bench.isSettled(after))
    }

    @Test func aVersionThatFailsMeanwhileLosesItsShare() async throws {
        try await published()
        let sights = Sights()
        let after = try await switched
        let outcome = try await bench.bring(after, clock: clock(sights) { count, over in
            guard count == 2 else { return }
            let deployment = try #require(try await bench.object("Deployment", "v2-etl"))
            try await bench.cluster().delete(
                DeleteRequest(type: deployment.type, namespace: "e-r", name: "v2-etl", uid: deployment.uid))
            await over.requested(within: 20)
        })
        #expect(outcome.report.outcome == .failed)
        #expect(outcome.report.failedSteps.map(\.diagnostic.code) == ["canary-failed"])
        #expect(outcome.lines.suffix(12) == [
            "  finished Ingress canary", "  60 s pass for canary version/r/v2",
            "  failed canary version/r/v2: Version v2 cannot answer its 50% of the calls: Deployment v2-etl is not ready any more: Gone",
            "taking back canary version/r/v2", "  skipped Service active-entrypoint because of canary version/r/v2",
            "  delete Ingress canary", "  accepted Ingress canary", "  finished Ingress canary", "not done canary version/r/v2",
            "not done publish version/r/v2", "not done unpublish version/r/v1", "run finished: failed",
        ])
        #expect(try await sight() == "no% to v2, the rest to v1")
        #expect(try bench.state().state.entities[.publication(runtime: "r")]?.published == "v1")
        #expect(try bench.state().openEntries == [])

        // Once it is mended the next run begins anew.
        let again = Sights()
        #expect(try await bench.bring(after, clock: clock(again)).report.outcome == .succeeded)
        #expect(again.all == ["60 s: 10% to v2, the rest to v1", "60 s: 50% to v2, the rest to v1"])
        #expect(try await bench.isSettled(after))
    }

    @Test func aShareThatIsRefusedIsTakenBackToNone() async throws {
        try await published()
        let after = try await switched
        let count = Mutex(0)
        let broken = WireCluster(
            cluster: try bench.cluster(),
            before: { name throws(ClusterError) in
                guard name == "apply Ingress canary" else { return }
                let isSecond = count.withLock { $0 += 1; return $0 == 2 }
                if isSecond { throw ClusterError(.invalid(fields: []), "no such share") }
            })
        let outcome = try await bench.bring(after, through: broken, clock: clock(Sights()))
        #expect(outcome.report.outcome == .failed)
        #expect(outcome.failures == ["Ingress canary: request-failed"])
        #expect(outcome.lines.contains("taking back canary version/r/v2"))
        #expect(try await sight() == "no% to v2, the rest to v1")
        #expect(try await bench.bring(after, clock: clock(Sights())).report.outcome == .succeeded)
    }

    @Test func aShareThatOthersChangeMeanwhileIsNotRaised() async throws {
        try await published()
        let after = try await switched
        let outcome = try await bench.bring(after, clock: clock(Sights()) { count, _ in
            guard count == 1 else { return }
            let type = ResourceType(apiVersion: "networking.k8s.io/v1", kind: "Ingress")
            try await bench.cluster().edit(type, namespace: "e-r", name: "canary", as: "kubectl-edit") {
                $0[JSONPointer(tokens: ["metadata", "annotations", "weight"])] = "90"
            }
        })
        #expect(outcome.report.outcome == .failed)
        #expect(outcome.failures == ["Ingress canary: changed-since-plan"])
        #expect(outcome.lines.contains("taking back canary version/r/v2"))
        #expect(try await sight() == "no% to v2, the rest to v1")
        #expect(try await bench.bring(after, clock: clock(Sights())).report.outcome == .succeeded)
    }

    /// Where the Ingress leads that all calls come by.
    private func front() async throws -> String {
        let path = JSONPointer(tokens: ["spec", "rules", "0", "http", "paths", "0", "backend", "service", "name"])
        return try await bench.object("Ingress", "entrypoint")?.content[path]?.string ?? "nowhere"
    }

    private func sharingFront(_ versions: [(String, VersionStatus)]) async throws -> RenderedState {
        var files = wanted(versions)
        files.sharesFront = true
        return try await files.rendered(bench)
    }

    @Test func whatSharesTheCallsIsTakenBackWhateverOthersMadeOfIt() async throws {
        #expect(try await bench.bring(try await sharingFront([("v1", .published), ("v2", .started)])).report.outcome == .succeeded)
        let after = try await sharingFront([("v1", .started), ("v2", .published)])
        let leads = Mutex("")
        let outcome = try await bench.bring(after, clock: clock(Sights()) { count, _ in
            guard count == 1 else { return }
            let found = try await front()
            leads.withLock { $0 = found }
            let type = ResourceType(apiVersion: "networking.k8s.io/v1", kind: "Ingress")
            try await bench.cluster().edit(type, namespace: "e-r", name: "entrypoint", as: "kubectl-edit") {
                $0[JSONPointer(tokens: ["spec", "rules", "0", "http", "paths", "0", "backend", "service", "name"])] = "other"
            }
        })
        #expect(leads.withLock(\.self) == "v2")
        #expect(outcome.failures == ["Ingress entrypoint: changed-since-plan"])
        #expect(outcome.lines.contains("taking back canary version/r/v2"))
        #expect(try await front() == "active-entrypoint")
        #expect(try bench.state().state.entities[.publication(runtime: "r")]?.published == "v1")
    }

    @Test(arguments: ["entrypoint", "canary"]) func aShareOfWhichNoAnswerCameIsTakenBack(_ name: String) async throws {
        let isFront = name == "entrypoint"
        let before = [("v1", VersionStatus.published), ("v2", .started)]
        let files = try await (isFront ? sharingFront(before) : wanted(before).rendered(bench))
        #expect(try await bench.bring(files).report.outcome == .succeeded)
        let after = try await (isFront ? sharingFront([("v1", .started), ("v2", .published)]) : switched)
        let isLost = Mutex(true)
        let broken = WireCluster(
            cluster: try bench.cluster(),
            after: { request throws(ClusterError) in
                // All answers are lost until the share is given up.
                if request == "apply Ingress \(name)", isLost.withLock(\.self) { throw ClusterError(.connection, "gone") }
            })
        let settings = ApplySettings(timeout: 20, patience: 0, grace: 0.2, retry: RetryPolicy(first: 0.01, longest: 0.02, deadline: 0.3))
        let outcome = try await bench.bring(after, through: broken, settings: settings, clock: clock(Sights())) { event in
            if case .takingBack = event.kind { isLost.withLock { $0 = false } }
        }
        #expect(outcome.failures == ["Ingress \(name): request-failed"])
        #expect(try await front() == "active-entrypoint")
        #expect(try await bench.object("Ingress", "canary") == nil)
        #expect(try await bench.bring(after, clock: clock(Sights())).report.outcome == .succeeded)
        #expect(try await bench.isSettled(after))
    }

    @Test func aShareThatWasOnlyJustGivenIsNotDoneWhenTheRunIsStopped() async throws {
        try await published()
        let (sights, stop) = (Sights(), StopSignal())
        let after = try await switched
        let stopping = WireCluster(
            cluster: try bench.cluster(),
            before: { name throws(ClusterError) in if name == "apply Ingress canary" { stop.request() } })
        let outcome = try await bench.bring(after, through: stopping, clock: clock(sights), stop: stop)
        #expect(outcome.report.outcome == .interrupted)
        #expect(sights.all == [])
        #expect(!(try bench.state().activities.contains { $0.step == .canary }))
        #expect(try await sight() == "10% to v2, the rest to v1")
        #expect(try await bench.bring(after, clock: clock(Sights())).report.outcome == .succeeded)
    }

    @Test func whatIsRefusedFromTheStartLeavesNothingToTakeBack() async throws {
        try await published()
        let after = try await switched
        let broken = WireCluster(
            cluster: try bench.cluster(),
            before: { name throws(ClusterError) in
                if name == "apply Ingress canary" { throw ClusterError(.invalid(fields: []), "no such share") }
            })
        let outcome = try await bench.bring(after, through: broken, clock: clock(Sights()))
        #expect(outcome.report.outcome == .failed)
        #expect(!outcome.lines.contains { $0.hasPrefix("taking back") })
        #expect(try await sight() == "no% to v2, the rest to v1")
    }

    @Test func aVersionThatCannotBeChangedLosesItsShare() async throws {
        try await stoppedInTheFirstShare()
        var files = wanted([("v1", .started), ("v2", .published)])
        files.image = "etl:2"
        let after = try await files.rendered(bench)
        let broken = WireCluster(
            cluster: try bench.cluster(),
            before: { name throws(ClusterError) in
                if name == "apply Deployment v2-etl" { throw ClusterError(.invalid(fields: []), "no such image") }
            })
        let outcome = try await bench.bring(after, through: broken, clock: clock(Sights()))
        #expect(outcome.failures == ["Deployment v2-etl: request-failed"])
        #expect(outcome.lines.contains("taking back canary version/r/v2"))
        #expect(try await sight() == "no% to v2, the rest to v1")
        #expect(try await bench.bring(after, clock: clock(Sights())).report.outcome == .succeeded)
    }

    @Test func goingBackInTheFileTakesTheShareAway() async throws {
        try await stoppedInTheFirstShare()
        #expect(try await sight() == "10% to v2, the rest to v1")
        let back = try await wanted([("v1", .published), ("v2", .stopped)]).rendered(bench)
        let outcome = try await bench.bring(back)
        #expect(outcome.lines.filter { !$0.hasPrefix("  ") || $0.contains("  delete ") } == [
            "run 3: 4 changes in 2 steps", "step update-publication version/r/v1", "  delete Ingress canary",
            "done update-publication version/r/v1", "step stop version/r/v2", "  delete Service v2", "  delete Deployment v2-etl",
            "  delete ConfigMap v2-conf", "done stop version/r/v2", "run finished: succeeded",
        ])
        #expect(try await sight() == "no% to v2, the rest to v1")
        #expect(try await bench.isSettled(back))
    }

    @Test func destroyingInTheMiddleLeavesNothing() async throws {
        try await stoppedInTheFirstShare()
        #expect(try await bench.bring(nil).report.outcome == .succeeded)
        #expect(try await sight() == "no% to v2, the rest to nobody")
        #expect(try bench.state().state.objects.isEmpty)
    }
}
