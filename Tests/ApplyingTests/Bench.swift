import Applying
import Digest
import Glibc
import JSON
import Model
import Planning
import Sandbox
import StateStore
import Synchronization
import TestSupport

/// A simulated cluster and a real state in a folder of their own, removed with them, and what it takes to bring the one to
/// what a test wants.
final class Bench: Sendable {
    private let temporary = TemporaryFolder()
    let faults: SandboxFaults
    let speed: SandboxSpeed

    init(faults: SandboxFaults = SandboxFaults(), speed: SandboxSpeed = .instant) {
        self.faults = faults
        self.speed = speed
    }

    var folder: String { temporary.path }

    func cluster(_ faults: SandboxFaults? = nil) throws -> SandboxCluster {
        try SandboxCluster(
            path: "\(folder)/cluster.db",
            options: SandboxCluster.Options(speed: speed, faults: faults ?? self.faults, seed: 7))
    }

    func store() throws -> StateStore {
        try StateStore.open(at: "\(folder)/state.db", holder: "ada@host", command: "apply")
    }

    func state() throws -> StateSnapshot { try StateStore.read(at: "\(folder)/state.db") }

    /// Another one with the cluster and the state as they are on the disk now.
    func image() -> Bench {
        let image = Bench(faults: faults, speed: speed)
        system("cp '\(folder)'/*.db* '\(image.folder)/'")
        return image
    }

    // MARK: Running

    struct Outcome {
        let plan: Plan
        let report: ApplyReport
        let events: [ApplyEvent]

        /// The events as lines, without times.
        var lines: [String] { events.map { line($0, plan) } }
        /// Addresses of the changes that failed, with their diagnostics' codes.
        var failures: [String] { report.failed.map { "\(plan.changes[$0.change].address.short): \($0.diagnostic.code)" } }
    }

    static let quick = RetryPolicy(first: 0.001, longest: 0.005, deadline: 5)

    /// Plans with a cluster with those faults and carries out with `through`, or one with the faults.
    @discardableResult
    func bring(
        _ desired: RenderedState?, planning faults: SandboxFaults = SandboxFaults(), through: (any Cluster)? = nil, packages: (any PackageStore)? = nil, settings: ApplySettings? = nil, clock: RunClock = RunClock(),
        stop: StopSignal = StopSignal(),
        onEvent: @escaping @Sendable (ApplyEvent) -> Void = { _ in }
    ) async throws -> Outcome {
        let store = try store()
        let plan = try await plan(desired, store, faults)
        let cluster = try through ?? cluster()
        let events = Mutex<[ApplyEvent]>([])
        try await store.bind(to: plan.cluster, engine: plan.engine)
        let run = try await store.beginRun(command: "apply", who: "ada@host", comment: "", planDigest: "", at: .now)
        let stores = PackageStores(own: zip(plan.uploads.map(\.place), [packages].compactMap(\.self)).map { ($0, $1) })
        let settings = settings ?? ApplySettings(timeout: 20, patience: 0, grace: 0.2, retry: Self.quick)
        let report = try await Applier(cluster: cluster, store: store, packages: stores, settings: settings, clock: clock)
            .apply(plan, run: run, stop: stop) { event in
                events.withLock { $0.append(event) }
                onEvent(event)
            }
        await store.close()
        return Outcome(plan: plan, report: report, events: events.withLock(\.self))
    }

    /// Settles the journal, and plans: for `desired`, or to destroy everything.
    func plan(_ desired: RenderedState?, _ store: StateStore, _ faults: SandboxFaults = SandboxFaults()) async throws -> Plan {
        let cluster = try cluster(faults)
        let snapshot = try await store.snapshot()
        let objects = try await cluster.everything()
        var live = LiveState()
        for object in objects { live.objects[object.address] = object.sealed(with: store.key) }
        let settled = JournalSettlement.settle(snapshot.openEntries, state: snapshot.state, live: live.objects)
        try await store.settle(settled.resolutions, at: .now)
        let identity = try await cluster.identity()
        guard let desired else {
            return Planning.destroy(engine: "e", state: settled.state, live: live, cluster: identity).plan
        }
        for manifest in Planning.candidates(desired: desired, state: settled.state, live: live) {
            var generator = SystemRandomNumberGenerator()
            let object = manifest.resolved(live: objects.first { $0.address == manifest.address }, using: &generator)
            do throws(ClusterError) {
                let answer = try await cluster.apply(ApplyRequest(object: object, dryRun: true))
                live.predictions[manifest.address] = .accepted(answer.object.sealed(with: store.key), created: answer.created)
            } catch {
                live.predictions[manifest.address] = .refused(error)
            }
        }
        let result = Planning.apply(
            desired: desired, state: settled.state, live: live, interrupted: settled.interrupted, now: .now, cluster: identity)
        guard !result.diagnostics.hasErrors else { throw result.diagnostics.first { $0.severity == .error } ?? result.diagnostics[0] }
        return result.plan
    }

    /// Whether there is nothing to do any more for `desired`.
    func isSettled(_ desired: RenderedState?) async throws -> Bool {
        let store = try store()
        let plan = try await plan(desired, store)
        await store.close()
        return plan.isEmpty
    }

    func object(_ kind: String, _ name: String) async throws -> LiveObject? {
        try await cluster(SandboxFaults()).everything().first { $0.address.kind == kind && $0.address.name == name }
    }
}

func line(_ event: ApplyEvent, _ plan: Plan) -> String {
    func name(_ id: Change.ID) -> String { plan.changes[id].address.short }
    func step(_ id: Step.ID) -> String { "\(plan.steps[id].action.rawValue) \(plan.steps[id].entity)" }
    return switch event.kind {
    case .runStarted(let run, let changes, let steps): "run \(run): \(changes) changes in \(steps) steps"
    case .stepStarted(let id): "step \(step(id))"
    case .changeStarted(let id): "  \(plan.changes[id].action.rawValue) \(name(id))"
    case .changeAccepted(let id): "  accepted \(name(id))"
    case .changeWaiting(let id, let reason): "  waiting \(name(id)): \(reason)"
    case .changeRetrying(let id, _, let reason): "  retrying \(name(id)): \(reason)"
    case .changeFinished(let id, _): "  finished \(name(id))"
    case .changeFailed(let id, let diagnostic): "  failed \(name(id)): \(diagnostic.summary)"
    case .changeSkipped(let id, let cause): "  skipped \(name(id)) because of \(name(cause))"
    case .changeSkippedForStep(let id, let cause): "  skipped \(name(id)) because of \(step(cause))"
    case .uploadProgress(let id, let progress): "  \(progress.done) of \(progress.total) bytes of \(step(id))"
    case .stepWaiting(let id, let seconds): "  \(Int(seconds)) s pass for \(step(id))"
    case .uploadFailed(let id, let diagnostic): "  failed \(step(id)): \(diagnostic.summary)"
    case .stepFailed(let id, let diagnostic): "  failed \(step(id)): \(diagnostic.summary)"
    case .takingBack(let id): "taking back \(step(id))"
    case .stepFinished(let id, _): "done \(step(id))"
    case .stepNotFinished(let id): "not done \(step(id))"
    case .interrupted: "interrupted"
    case .runFinished(let report): "run finished: \(report.outcome.rawValue)"
    }
}
