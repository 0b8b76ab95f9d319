import Applying
import JSON
import Model
import StateStore
import Synchronization
import Testing

/// A run that is killed at any request of a canary.
@Suite struct CanaryCrashTests {
    private let bench = Bench()

    private func wanted(_ v1: VersionStatus, _ v2: VersionStatus, sharesFront: Bool) async throws -> RenderedState {
        var wanted = Wanted([(name: "v1", status: v1), (name: "v2", status: v2)])
        wanted.canary = [10, 50]
        wanted.sharesFront = sharesFront
        return try await wanted.rendered(bench)
    }

    /// What was on the disk at a moment: as a kill leaves it.
    private struct Image: Sendable {
        let moment: String
        let bench: Bench
    }

    /// An image before each request that writes, when the journal has it, and one after each, when nobody has heard the answer.
    private func images(of after: RenderedState) async throws -> [Image] {
        let images = Mutex<[Image]>([])
        let take: @Sendable (String) -> Void = { [bench] moment in
            let image = Image(moment: moment, bench: bench.image())
            images.withLock { $0.append(image) }
        }
        let wire = WireCluster(
            cluster: try bench.cluster(), before: { name in take("before \(name)") }, after: { name in take("after \(name)") })
        var settings = ApplySettings(timeout: 20, patience: 0, grace: 0.2, retry: Bench.quick)
        settings.parallelism = 1
        let outcome = try await bench.bring(after, through: wire, settings: settings, clock: passing)
        #expect(outcome.report.outcome == .succeeded)
        return images.withLock(\.self)
    }

    private var passing: RunClock { RunClock(now: { Timestamp(seconds: 0) }, pass: { _, _ in }) }

    /// The steps of a plan that matter here, each with what it does to what shares the calls.
    private func course(_ bench: Bench, _ files: RenderedState, _ name: String) async throws -> [String] {
        let store = try bench.store()
        let plan = try await bench.plan(files, store)
        await store.close()
        return plan.steps.map { step in
            let share = step.canary.map { " \($0.weight)%\($0.since == nil ? "" : " since then")" } ?? ""
            let changes = plan.changes(of: step).filter { $0.address.name == name && $0.action != .noOp }.map { " \($0.action.rawValue)" }
            return "\(step.action.rawValue)\(share)\(changes.joined())"
        }
    }

    @Test func theNextRunGoesOnWithAnIngressOfItsOwn() async throws {
        try await goesOn(sharesFront: false, "canary", [
            "before apply Ingress canary": ["canary 10% create", "canary 50% update", "publish delete", "unpublish"],
            "after apply Ingress canary": ["canary 10% since then", "canary 50% update", "publish delete", "unpublish"],
            "before apply Ingress canary again": ["canary 10% since then", "canary 50% update", "publish delete", "unpublish"],
            "after apply Ingress canary again": ["canary 50% since then", "publish delete", "unpublish"],
            "before apply Service active-entrypoint": ["canary 50% since then", "publish delete", "unpublish"],
            "after apply Service active-entrypoint": ["publish delete", "unpublish"],
            "before delete Ingress canary": ["publish delete", "unpublish"],
            "after delete Ingress canary": ["publish", "unpublish"],
        ])
    }

    @Test func theNextRunGoesOnWithARoute() async throws {
        try await goesOn(sharesFront: true, "entrypoint", [
            "before apply Ingress entrypoint": ["canary 10% update", "canary 50% update", "publish update", "unpublish"],
            "after apply Ingress entrypoint": ["canary 10% since then", "canary 50% update", "publish update", "unpublish"],
            "before apply Ingress entrypoint again": ["canary 10% since then", "canary 50% update", "publish update", "unpublish"],
            "after apply Ingress entrypoint again": ["canary 50% since then", "publish update", "unpublish"],
            "before apply Service active-entrypoint": ["canary 50% since then", "publish update", "unpublish"],
            "after apply Service active-entrypoint": ["publish update", "unpublish"],
            "before apply Ingress entrypoint again again": ["publish update", "unpublish"],
            "after apply Ingress entrypoint again again": ["publish", "unpublish"],
        ])
    }

    /// - Parameter courses: by moment, what the next plan is.
    private func goesOn(sharesFront: Bool, _ name: String, _ courses: [String: [String]]) async throws {
        let before = try await wanted(.published, .started, sharesFront: sharesFront)
        #expect(try await bench.bring(before).report.outcome == .succeeded)
        let after = try await wanted(.started, .published, sharesFront: sharesFront)
        var told: [String: [String]] = [:]
        for image in try await images(of: after) {
            var moment = image.moment
            while told[moment] != nil { moment += " again" }
            told[moment] = try await course(image.bench, after, name)
            #expect(try await image.bench.bring(after, clock: passing).report.outcome == .succeeded, "\(moment)")
            let service = try await image.bench.object("Service", "active-entrypoint")
            #expect(service?.content["spec"]?["selector"]?["version"] == "v2", "\(moment)")
            #expect(try await image.bench.object("Ingress", "canary") == nil, "\(moment)")
            #expect(try await image.bench.isSettled(after), "\(moment)")
            #expect(try image.bench.state().openEntries == [], "\(moment)")
        }
        #expect(told == courses)
    }
}
