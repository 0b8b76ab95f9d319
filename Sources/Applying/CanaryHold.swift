import JSON
import Model
import Readiness

/// The time for which a version has a share of the calls. It is watched all the while.
struct CanaryHold: Sendable {
    enum Outcome: Sendable {
        /// The time is up, and the version is ready.
        case held
        /// Ended before its time.
        case ended
        case failed(Diagnostic)
    }

    private let waiter: Waiter
    private let step: Step
    /// The changes that made what answers calls, or looked at it.
    private let workloads: [Change]

    init(_ step: Step, of plan: Plan, _ waiter: Waiter) {
        self.waiter = waiter
        self.step = step
        var known: Set<ResourceAddress> = []
        workloads = plan.changes.filter { change in
            change.entity == step.entity && change.manifest != nil && change.address.kind != "Job"
                && RelatedObjects.hasPods(change.address) && known.insert(change.address).inserted
        }
    }

    /// How often it is looked at, in seconds. What is looked at is in memory.
    private static let pause = 0.25

    /// Returns after so many seconds, when the version is ready then, or as soon as `over` is requested; earlier when the version
    /// has not been able to answer for longer than the patience of the run.
    func outcome(after seconds: Double, _ clock: RunClock, _ over: StopSignal) async -> Outcome {
        let isUp = StopSignal()
        let passing = Task {
            await clock.pass(seconds, over)
            isUp.request()
        }
        defer { passing.cancel() }
        var failingSince: Double?
        var lateSince: Double?
        while !over.isRequested {
            let (now, isTimeUp) = (waiter.events.elapsed, isUp.isRequested)
            switch await look() {
            case .ready:
                if isTimeUp { return over.isRequested ? .ended : .held }
                failingSince = nil
            case .waiting(let change, let reason):
                failingSince = nil
                lateSince = isTimeUp ? lateSince ?? now : nil
                if let lateSince, now - lateSince > waiter.settings.timeout {
                    return .failed(await diagnostic(change, ReadinessFailure(reason: "NotReady", message: reason)))
                }
            case .failing(let change, let failure):
                failingSince = failingSince ?? now
                guard now - (failingSince ?? now) < waiter.settings.patience else {
                    return over.isRequested ? .ended : .failed(await diagnostic(change, failure))
                }
            }
            await (isTimeUp ? over : isUp).requested(within: Self.pause)
        }
        return .ended
    }

    // MARK: Looking

    private enum Look {
        case ready
        /// It answers calls, though not with all that it is to have.
        case waiting(Change, String)
        case failing(Change, ReadinessFailure)
    }

    private func look() async -> Look {
        var waiting: (Change, String)?
        for change in workloads {
            do throws(ClusterError) {
                let found = try await waiter.watch.current(
                    change.address, change.type, stop: waiter.stop, grace: waiter.settings.grace)
                guard let found else { return .failing(change, ReadinessFailure(reason: "Gone", message: "It is not there any more.")) }
                guard let related = try await waiter.watch.related(to: found) else {
                    waiting = (change, "its pods have not been seen yet")
                    continue
                }
                switch ReadinessRules.judge(found, related: related) {
                case .ready: continue
                case .failed(let failure): return .failing(change, failure)
                case .progressing(let reason):
                    guard isAnswering(found) else { return .failing(change, ReadinessFailure(reason: "NotReady", message: reason)) }
                    waiting = (change, reason)
                }
            } catch {
                // That says nothing of the version.
                waiting = (change, "it cannot be looked at: \(error.message)")
            }
        }
        return waiting.map { .waiting($0.0, $0.1) } ?? .ready
    }

    /// Whether one that is not ready has some pod that is, however long: one that is scaled up by others is as good as it was.
    private func isAnswering(_ object: LiveObject) -> Bool {
        let status = object.content["status"]
        return !object.isTerminating && (status?["readyReplicas"]?.integer ?? 0) > 0
    }

    private func diagnostic(_ change: Change, _ failure: ReadinessFailure) async -> Diagnostic {
        let found = try? await waiter.watch.current(
            change.address, change.type, stop: waiter.stop, grace: waiter.settings.grace)
        var told = Evidence(failure)
        if let found { told = await waiter.witness.evidence(of: failure, about: found) }
        return .canaryFailed(step, change, failure, told)
    }
}

extension Diagnostic {
    fileprivate static func canaryFailed(
        _ step: Step, _ change: Change, _ failure: ReadinessFailure, _ evidence: Evidence
    ) -> Diagnostic {
        let version = if case .version(_, let name) = step.entity { name } else { "\(step.entity)" }
        let old = step.replaces.map { "Its share is to be taken back: \($0) stays published." }
        return Diagnostic(
            code: "canary-failed",
            summary: "Version \(version) cannot answer its \(step.canary?.weight ?? 0)% of the calls: "
                + "\(change.address.short) is not ready any more: \(failure.reason)",
            detail: ([failure.message] + evidence.lines(besides: failure) + (old.map { [$0] } ?? [])).filter { !$0.isEmpty }
                .joined(separator: "\n"),
            address: "\(change.address)", evidence: evidence)
    }
}
