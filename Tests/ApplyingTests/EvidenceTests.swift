import Applying
import JSON
import Model
import Readiness
import Sandbox
import Synchronization
import Testing

/// What an object that cannot become ready is judged by, and what is told of it.
@Suite struct EvidenceTests {
    private let published = Wanted([("v1", .published)])
    private let crash = SandboxFaults(pods: [PodFault(pods: .init(name: "v1-etl"), reason: "CrashLoopBackOff")])

    // MARK: What was there before

    /// The pods still say what they said when the last run ended.
    @Test func whatWasMendedSinceIsNotHeldAgainstTheNextRun() async throws {
        let bench = Bench(faults: crash, speed: .multiplied(1))
        let desired = try await published.rendered(bench)
        #expect(try await bench.bring(desired).failures == ["Deployment v1-etl: not-ready"])
        let again = try await bench.bring(desired, planning: crash, through: bench.cluster(SandboxFaults()))
        #expect(again.report.outcome == .succeeded)
    }

    @Test(arguments: ["CrashLoopBackOff", "ImagePullBackOff", "ErrImagePull"])
    func whatGoesOnFailsTheNextRunOnceItIsTriedAgain(_ reason: String) async throws {
        let bench = Bench(faults: SandboxFaults(pods: [PodFault(pods: .init(name: "v1-etl"), reason: reason)]))
        let desired = try await published.rendered(bench)
        #expect(try await bench.bring(desired).failures == ["Deployment v1-etl: not-ready"])
        let settings = ApplySettings(timeout: 60, patience: 0, retry: Bench.quick)
        let again = try await bench.bring(desired, planning: bench.faults, settings: settings)
        #expect(again.failures == ["Deployment v1-etl: not-ready"])
        #expect(again.report.took < 30)
    }

    @Test func whatIsMissingStillFailsTheNextRunAfterAWhile() async throws {
        let bench = Bench(faults: SandboxFaults(pods: [
            PodFault(pods: .init(name: "v1-etl"), reason: "CreateContainerConfigError", message: "secret \"nowhere\" not found")
        ]))
        let desired = try await published.rendered(bench)
        #expect(try await bench.bring(desired).failures == ["Deployment v1-etl: not-ready"])
        var settings = ApplySettings(timeout: 60, patience: 0, retry: Bench.quick)
        settings.retries = EarlierTrouble.RetryTimes(soon: 0.5, late: 60)
        let again = try await bench.bring(desired, planning: bench.faults, settings: settings)
        #expect(again.failures == ["Deployment v1-etl: not-ready"])
        #expect(0.5..<30 ~= again.report.took)
    }

    // MARK: Paused

    @Test func aPausedRolloutIsToldWithWhoPausedIt() async throws {
        let bench = Bench()
        try await bench.bring(published.rendered(bench))
        let deployment = try #require(try await bench.object("Deployment", "v1-etl"))
        _ = try await bench.cluster().edit(deployment.type, namespace: "e-r", name: "v1-etl", as: "kubectl-rollout") {
            $0[JSONPointer(tokens: ["spec", "paused"])] = true
        }
        let time = try #require(
            try await bench.object("Deployment", "v1-etl")?.managers.first { $0.manager == "kubectl-rollout" }?.time)
        let desired = try await Wanted([("v1", .published)], image: "etl:2").rendered(bench)
        let outcome = try await bench.bring(desired, settings: ApplySettings(timeout: 60, patience: 0.2, retry: Bench.quick))
        #expect(outcome.report.failed.map(\.diagnostic.summary) == ["apps/Deployment/e-r/v1-etl cannot become ready: Paused"])
        #expect(outcome.report.failed.first?.diagnostic.detail == """
            its rollout is paused (spec.paused, set by kubectl-rollout at \(time)), and no pods are made of the change until it goes \
            on: `kubectl rollout resume deployment/v1-etl --namespace e-r`
            It was applied and is recorded.
            """)
        _ = try await bench.cluster().edit(deployment.type, namespace: "e-r", name: "v1-etl", as: "kubectl-rollout") {
            $0[JSONPointer(tokens: ["spec", "paused"])] = nil
        }
        #expect(try await bench.bring(desired).report.outcome == .succeeded)
    }

    // MARK: Common causes

    /// What two containers wrote last is not the same, though they end with the same code.
    @Test func whatAContainerWroteIsNotToldWithOthers() async throws {
        let crashing = Bench(faults: crash)
        let crashed = try #require(try await crashing.bring(published.rendered(crashing)).report.failed.first?.diagnostic)
        #expect(crashed.evidence?.log.isEmpty == false)
        #expect(crashed.cause == nil)
        let pulling = Bench(faults: SandboxFaults(pods: [PodFault(pods: .init(name: "v1-etl"), reason: "ImagePullBackOff")]))
        let pulled = try #require(try await pulling.bring(published.rendered(pulling)).report.failed.first?.diagnostic)
        #expect(pulled.cause?.effect == "cannot become ready: ImagePullBackOff")
    }

    // MARK: Events

    /// Events come on another way than statuses.
    @Test func anEventThatIsLateIsWaitedForAMoment() async throws {
        let bench = Bench(faults: crash)
        let asked = Mutex(0)
        let wire = WireCluster(cluster: try bench.cluster(), lists: { query, list in
            guard query.type.kind == "Event", asked.withLock({ $0 += 1; return $0 <= 2 }) else { return list }
            return ObjectList(objects: [], resourceVersion: list.resourceVersion)
        })
        let outcome = try await bench.bring(published.rendered(bench), through: wire)
        let evidence = try #require(outcome.report.failed.first?.diagnostic.evidence)
        #expect(evidence.events.map(\.reason) == ["BackOff"])
        #expect(asked.withLock(\.self) == 3)
    }

    @Test func anEventThatDoesNotComeIsNotWaitedForLong() async throws {
        let bench = Bench(faults: crash)
        let asked = Mutex(0)
        let wire = WireCluster(cluster: try bench.cluster(), lists: { query, list in
            guard query.type.kind == "Event" else { return list }
            asked.withLock { $0 += 1 }
            return ObjectList(objects: [], resourceVersion: list.resourceVersion)
        })
        var settings = ApplySettings(timeout: 60, patience: 0, retry: Bench.quick)
        settings.explanation = 0.5
        let outcome = try await bench.bring(published.rendered(bench), through: wire, settings: settings)
        #expect(outcome.failures == ["Deployment v1-etl: not-ready"])
        #expect(outcome.report.failed.first?.diagnostic.evidence?.events == [])
        #expect(2...5 ~= asked.withLock(\.self))
    }
}
