import Model
import Readiness
import StateStore

/// The one task that decides what runs next: the schedule says what may, this starts it and takes in how it ended.
struct ApplyDriver {
    private let plan: Plan
    private let run: Run.ID
    private let sender: ChangeSender
    private let waiter: Waiter
    private let store: StateStore
    private let packages: PackageStores
    private let settings: ApplySettings
    private let clock: RunClock
    private let stop: StopSignal
    private let ending: StopSignal
    private let events: EventLog

    private var schedule: ApplySchedule
    private var stepOf: [Step.ID]
    private var startedSteps: [Step.ID: Double] = [:]
    private var startedChanges: [Change.ID: Double] = [:]
    private var sending = 0
    private var waiting = 0
    /// Those of them that wait for endpoints.
    private var waitingServices = 0
    /// Steps that let time pass, and what ends each before its time.
    private var draining: [Step.ID: StopSignal] = [:]
    /// Changes that were sent, and answered.
    private var accepted: Set<Change.ID> = []
    /// Changes that are to be carried out out of turn, since the canary has failed that they end.
    private var takingBack: [Change.ID] = []
    private var takenBack: [Step.ID] = []
    /// Nothing more may start: the state cannot be written.
    private var isHalted = false {
        didSet { if isHalted { endAll() } }
    }
    private var stateFailure: Diagnostic?
    private var finished: [Change.ID] = []
    private var finishedSteps: [Step.ID] = []
    private var failedSteps: [ApplyReport.FailedStep] = []
    private var failures: [(change: Change.ID, diagnostic: Diagnostic, skipped: [Change.ID])] = []

    init(
        plan: Plan, run: Run.ID, sender: ChangeSender, waiter: Waiter, store: StateStore, packages: PackageStores,
        settings: ApplySettings, clock: RunClock, stop: StopSignal, ending: StopSignal, events: EventLog
    ) {
        self.plan = plan
        self.run = run
        self.sender = sender
        self.waiter = waiter
        self.store = store
        self.packages = packages
        self.settings = settings
        self.clock = clock
        self.stop = stop
        self.ending = ending
        self.events = events
        schedule = ApplySchedule(plan.graph)
        stepOf = Array(repeating: 0, count: plan.changes.count)
        for step in plan.steps {
            for id in step.changes { stepOf[id] = step.id }
        }
    }

    private enum Message: Sendable {
        case sent(Change.ID, Result<ChangeSender.Sent, any Error>)
        case settled(Change.ID, Result<Void, any Error>)
        case uploaded(Step.ID, Uploading.Outcome)
        case drained(Step.ID)
        case held(Step.ID, CanaryHold.Outcome)
        case stopped
    }

    mutating func drive() async -> ApplyReport {
        events.write(.runStarted(run, changes: plan.changes.count, steps: plan.steps.count))
        await withTaskGroup(of: Message.self) { group in
            group.addTask { [stop] in
                await stop.requested()
                return .stopped
            }
            await startReady(in: &group)
            while sending + waiting + draining.count > 0, let message = await group.next() {
                await take(message, in: &group)
                await startReady(in: &group)
                waiter.quiet.set(sending == 0 && waiting == waitingServices)
            }
            group.cancelAll()
        }
        return report()
    }

    // MARK: Starting

    private mutating func startReady(in group: inout TaskGroup<Message>) async {
        while !isHalted, let id = takingBack.popLast() { send(plan.changes[id], asItIs: true, in: &group) }
        while !isHalted, !stop.isRequested, sending < settings.parallelism, let node = schedule.takeReady(1).first {
            if node >= plan.changes.count {
                let step = plan.steps[node - plan.changes.count]
                if let upload = step.upload {
                    start(upload, of: step, in: &group)
                } else if let drain = step.drain {
                    start(drain, of: step, in: &group)
                } else if let canary = step.canary {
                    start(canary, of: step, in: &group)
                } else {
                    await end(step)
                }
            } else {
                start(plan.changes[node], in: &group)
            }
        }
        if stop.isRequested { await endStartedSteps() }
    }

    /// A run that was asked to stop still writes down the steps whose objects are all done: nothing is sent for that.
    private mutating func endStartedSteps() async {
        let first = plan.changes.count
        let started = Set(startedSteps.keys)
        // A share that was only just given has not had its time.
        let ended = started.filter { plan.steps[$0].canary == nil }
        while !isHalted, let node = schedule.takeReady(where: { $0 >= first && ended.contains($0 - first) }) {
            await end(plan.steps[node - first])
        }
    }

    private mutating func start(_ change: Change, in group: inout TaskGroup<Message>) {
        begin(stepOf[change.id])
        send(change, in: &group)
    }

    /// - Parameter asItIs: whatever has become of the object since the plan, as long as it is the same one.
    private mutating func send(_ change: Change, asItIs: Bool = false, in group: inout TaskGroup<Message>) {
        events.write(.changeStarted(change.id))
        startedChanges[change.id] = events.elapsed
        sending += 1
        let isLastLook = plan.steps[stepOf[change.id]].action == .stop
        group.addTask { [sender] in
            do { return .sent(change.id, .success(try await sender.send(change, asItIs: asItIs, isLastLook: isLastLook))) } catch {
                return .sent(change.id, .failure(error))
            }
        }
    }

    private mutating func start(_ upload: PackageUpload, of step: Step, in group: inout TaskGroup<Message>) {
        begin(step.id)
        sending += 1
        group.addTask { [packages, ending, events] in
            guard let store = packages.store(of: upload.place) else { return .uploaded(step.id, .failed(.noStore(upload))) }
            return .uploaded(step.id, await Uploading.put(upload, in: store, until: ending, step: step.id, events))
        }
    }

    /// Nothing is under way meanwhile that would count against the limit on requests.
    private mutating func start(_ drain: Drain, of step: Step, in group: inout TaskGroup<Message>) {
        begin(step.id)
        let over = StopSignal()
        draining[step.id] = over
        let seconds = clock.scaled(Double(drain.left(at: clock.now())))
        if schedule.isInVain(plan.changes.count + step.id) { over.request() } else { events.write(.stepWaiting(step.id, seconds: seconds)) }
        group.addTask { [clock] in
            await clock.pass(seconds, over)
            return .drained(step.id)
        }
    }

    private mutating func start(_ canary: Canary, of step: Step, in group: inout TaskGroup<Message>) {
        begin(step.id)
        let over = StopSignal()
        draining[step.id] = over
        let seconds = clock.scaled(Double(canary.left(at: clock.now())))
        events.write(.stepWaiting(step.id, seconds: seconds))
        let hold = CanaryHold(step, of: plan, waiter)
        group.addTask { [clock] in .held(step.id, await hold.outcome(after: seconds, clock, over)) }
    }

    private mutating func begin(_ step: Step.ID) {
        guard startedSteps[step] == nil else { return }
        startedSteps[step] = events.elapsed
        events.write(.stepStarted(step))
    }

    // MARK: Taking in

    private mutating func take(_ message: Message, in group: inout TaskGroup<Message>) async {
        switch message {
        case .stopped:
            guard stop.isRequested else { return }
            endAll()
            events.write(.interrupted)
        case .sent(let id, .failure(let error)):
            sending -= 1
            fail(id, error)
        case .sent(let id, .success(let sent)):
            sending -= 1
            await follow(sent, of: plan.changes[id], in: &group)
        case .uploaded(let id, let outcome):
            sending -= 1
            switch outcome {
            case .done: await end(plan.steps[id])
            case .failed(let diagnostic): fail(uploadOf: id, diagnostic)
            case .stopped: break
            }
        case .drained(let id):
            // What was ended before its time is not done: the next run goes on with it.
            if draining.removeValue(forKey: id)?.isRequested == false { await end(plan.steps[id]) }
        case .held(let id, let outcome):
            draining.removeValue(forKey: id)
            switch outcome {
            case .held: await end(plan.steps[id])
            case .failed(let diagnostic): fail(canaryOf: id, diagnostic)
            case .ended: break
            }
        case .settled(let id, .success):
            countWaiting(id, -1)
            finish(id)
        case .settled(let id, .failure(let error)):
            countWaiting(id, -1)
            fail(id, error)
        }
    }

    /// Waits, outside the limit on requests, until the change has done its work.
    private mutating func follow(_ sent: ChangeSender.Sent, of change: Change, in group: inout TaskGroup<Message>) async {
        if case .settled = sent { return finish(change.id) }
        accepted.insert(change.id)
        events.write(.changeAccepted(change.id))
        // What is taken over may need what only the next apply brings; that one waits for it.
        if plan.mode == .adopt { return finish(change.id) }
        countWaiting(change.id, 1)
        group.addTask { [sender, waiter] in
            do {
                switch sent {
                case .settled: break
                case .accepted(let object, let isKnownReady):
                    try await waiter.untilReady(object, of: change)
                    if !isKnownReady { try await sender.recordReady(object) }
                case .deleting(let uid, let entry):
                    do { try await waiter.untilGone(change, uid: uid) } catch {
                        try await sender.end(deletion: entry, of: change, isGone: false)
                        throw error
                    }
                    try await sender.end(deletion: entry, of: change, isGone: true)
                }
                return .settled(change.id, .success(()))
            } catch {
                return .settled(change.id, .failure(error))
            }
        }
    }

    private mutating func countWaiting(_ id: Change.ID, _ more: Int) {
        waiting += more
        if RelatedObjects.hasEndpoints(plan.changes[id].address), plan.changes[id].action != .delete { waitingServices += more }
    }

    // MARK: Ending early

    /// What is under way comes to its end.
    private func endAll() {
        ending.request()
        for over in draining.values { over.request() }
    }

    /// Nobody waits for time that passes before what will not be done.
    private func endDrainsInVain() {
        for (step, over) in draining where schedule.isInVain(plan.changes.count + step) { over.request() }
    }

    // MARK: Settling

    private mutating func finish(_ id: Change.ID) {
        finished.append(id)
        events.write(.changeFinished(id, took: events.elapsed - (startedChanges[id] ?? 0)))
        _ = schedule.settle(id, .done)
    }

    private mutating func fail(_ id: Change.ID, _ error: any Error) {
        let diagnostic = diagnostic(error).concerning(plan.changes[id], in: plan.steps[stepOf[id]])
        events.write(.changeFailed(id, diagnostic))
        let skipped = skip(after: id, failing: stepOf[id])
        failures.append((id, diagnostic, skipped))
        endDrainsInVain()
        for other in skipped { events.write(.changeSkipped(other, because: id)) }
    }

    private mutating func fail(uploadOf id: Step.ID, _ diagnostic: Diagnostic) {
        events.write(.uploadFailed(id, diagnostic))
        fail(step: id, diagnostic)
    }

    private mutating func fail(canaryOf id: Step.ID, _ diagnostic: Diagnostic) {
        events.write(.stepFailed(id, diagnostic))
        fail(step: id, diagnostic)
    }

    private mutating func fail(step id: Step.ID, _ diagnostic: Diagnostic) {
        let skipped = skip(after: plan.changes.count + id, failing: id)
        failedSteps.append(ApplyReport.FailedStep(step: id, diagnostic: diagnostic, skipped: skipped))
        endDrainsInVain()
        for other in skipped { events.write(.changeSkippedForStep(other, because: id)) }
    }

    /// What a failed node keeps from being carried out; of a canary not the changes that end it.
    private mutating func skip(after node: Int, failing step: Step.ID) -> [Change.ID] {
        let skipped = schedule.settle(node, .failed).filter { $0 < plan.changes.count }
        let ending = mayTakeBack ? CanaryEnd(of: plan, failing: plan.steps[step]) : nil
        guard let ending, ending.isAhead(of: accepted) else { return skipped }
        let changes = ending.changes.filter { skipped.contains($0) && (ending.isUnderWay || sender.mayHaveChanged(plan.changes[$0].address)) }
        guard !changes.isEmpty else { return skipped }
        events.write(.takingBack(ending.step))
        takenBack.append(ending.step)
        takingBack += changes.reversed()
        return skipped.filter { !changes.contains($0) }
    }

    /// A run that is asked to stop leaves a canary where it is, for the next one to go on with.
    private var mayTakeBack: Bool { !isHalted && !stop.isRequested }

    /// When the state cannot be written nothing more may be sent.
    private mutating func diagnostic(_ error: any Error) -> Diagnostic {
        if let error = error as? Diagnostic { return error }
        isHalted = true
        guard let error = error as? StateStoreError else {
            return Diagnostic(code: "run-failed", summary: "The run failed", detail: "\(error)")
        }
        return error.diagnostic(path: store.path)
    }

    /// Everything of the step is done: its entity is where the step was to bring it.
    private mutating func end(_ step: Step) async {
        begin(step.id)
        let node = plan.changes.count + step.id
        do throws(StateStoreError) {
            try await store.settleStep(
                records: step.records,
                activity: Activity(
                    run: run, step: step.action, entity: step.entity, from: step.from, to: step.to, replaced: step.replaces,
                    weight: step.canary?.weight, at: .now))
            finishedSteps.append(step.id)
            events.write(.stepFinished(step.id, took: events.elapsed - (startedSteps[step.id] ?? 0)))
            _ = schedule.settle(node, .done)
        } catch {
            isHalted = true
            stateFailure = error.diagnostic(path: store.path)
        }
    }

    // MARK: Report

    private func report() -> ApplyReport {
        let done = Set(finishedSteps)
        let unfinished = plan.steps.map(\.id).filter { !done.contains($0) }
        for step in unfinished { events.write(.stepNotFinished(step)) }
        let settled = Set(finished + failures.map(\.change))
        let outcome: RunOutcome = unfinished.isEmpty ? .succeeded : stop.isRequested ? .interrupted : .failed
        let report = ApplyReport(
            outcome: outcome, finished: finished.sorted(),
            failed: failures.map { ApplyReport.Failure(change: $0.change, diagnostic: $0.diagnostic, skipped: $0.skipped) },
            failedSteps: failedSteps, takenBack: takenBack, notStarted: plan.changes.map(\.id).filter { !settled.contains($0) },
            finishedSteps: finishedSteps.sorted(), unfinishedSteps: unfinished, took: events.elapsed, stateFailure: stateFailure)
        events.write(.runFinished(report))
        return report
    }
}
