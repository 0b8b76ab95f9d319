import Model
import StateStore

/// Carries out a plan: every change as soon as its own predecessors have settled, at most so many requests at once.
///
/// Before each request the journal has it, and with its answer the record of the object changes in one transaction: a run that
/// is cut off anywhere leaves a state that tells what is left to be found out.
package struct Applier: Sendable {
    private let cluster: any Cluster
    private let store: StateStore
    private let packages: PackageStores
    private let settings: ApplySettings
    private let clock: RunClock

    /// - Parameter packages: where uploads go; a plan without them needs none.
    package init(
        cluster: any Cluster, store: StateStore, packages: PackageStores = PackageStores(), settings: ApplySettings, clock: RunClock = RunClock()
    ) {
        self.cluster = cluster
        self.store = store
        self.packages = packages
        self.settings = settings
        self.clock = clock
    }

    /// Carries out `plan`, whose sensitive values are filled in, as the run that `beginRun` gave, and ends that run in the
    /// history. `onEvent` gets each event once, in order, one at a time. Throws only when the state cannot be read at the start.
    package func apply(
        _ plan: Plan, run: Run.ID, stop: StopSignal, onEvent: @escaping @Sendable (ApplyEvent) -> Void
    ) async throws(StateStoreError) -> ApplyReport {
        let records = try await store.snapshot().state.objects
        let events = EventLog(onEvent)
        // What is under way is to come to its end: the user asked to stop, or the state cannot be written.
        let ending = StopSignal()
        let watch = ObjectWatch(cluster, labels: ObjectLabels.selector(engine: plan.engine), retry: settings.retry)
        let waiter = Waiter(cluster: cluster, watch: watch, settings: settings, stop: ending, events: events,
            awaited: AwaitedObject.all(plan, records: records))
        let sender = ChangeSender(
            cluster: cluster, store: store, run: run, records: records, lastRuns: LastRuns(plan, records: records),
            chained: ChainedObjects(plan), watch: watch, waiter: waiter, settings: settings, stop: ending, events: events)
        var driver = ApplyDriver(
            plan: plan, run: run, sender: sender, waiter: waiter, store: store, packages: packages, settings: settings, clock: clock, stop: stop, ending: ending,
            events: events)
        let report = await driver.drive()
        await watch.stop()
        // When even this cannot be written, the next run sees that this one was cut off.
        try? await store.endRun(run, report.outcome, at: .now)
        return report
    }
}
