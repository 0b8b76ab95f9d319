import Applying
import Glibc
import JSON
import Model
import Sandbox
import StateStore
import Synchronization
import Testing

/// What goes wrong between us and the cluster.
@Suite struct FaultTests {
    private let first = Wanted([("v1", .published)])
    private let second = Wanted([("v1", .started), ("v2", .published)], image: "etl:2")

    /// Every request of a run, one after the other, is answered with the fault: the run succeeds all the same, and leaves
    /// nothing to do.
    @Test(arguments: [
        RequestFault.Answer.reset, .lost, .status(500, retryAfter: nil), .status(503, retryAfter: 0.001),
        .status(429, retryAfter: 0.001), .status(409, retryAfter: nil),
    ])
    func aFaultThatPassesIsSurvived(_ answer: RequestFault.Answer) async throws {
        // However long a busy machine takes for it.
        let settings = ApplySettings(
            timeout: 200, patience: 0, grace: 0.2, retry: RetryPolicy(first: 0.001, longest: 0.005, deadline: 100))
        for number in [1, 2, 3, 5, 7, 8, 11, 13, 17, 20, 23] {
            let bench = Bench(faults: SandboxFaults(requests: [RequestFault(number: number, answer: answer)]))
            let started = try await bench.bring(first.rendered(bench), settings: settings)
            #expect(started.report.outcome == .succeeded, "create, request \(number): \(started.report.failed)")
            let desired = try await second.rendered(bench)
            let switched = try await bench.bring(desired, settings: settings)
            #expect(switched.report.outcome == .succeeded, "switch, request \(number): \(switched.report.failed)")
            #expect(try await bench.isSettled(desired))
            let destroyed = try await bench.bring(nil, settings: settings)
            #expect(destroyed.report.outcome == .succeeded, "destroy, request \(number): \(destroyed.report.failed)")
            #expect(try bench.state().openEntries == [])
        }
    }

    @Test func aLostAnswerToACreateDoesNotMakeTheObjectSomebodyElses() async throws {
        let bench = Bench(faults: SandboxFaults(requests: [
            RequestFault(verb: .apply, kind: "Secret", times: 1, answer: .lost)
        ]))
        let outcome = try await bench.bring(first.rendered(bench))
        #expect(outcome.report.outcome == .succeeded)
        #expect(outcome.lines.contains("  retrying Secret store: connection reset by peer (injected)"))
    }

    @Test func whatDoesNotPassIsReportedInTheServersWords() async throws {
        let bench = Bench(faults: SandboxFaults(requests: [RequestFault(verb: .apply, kind: "Secret", answer: .status(403, retryAfter: nil))]))
        let outcome = try await bench.bring(first.rendered(bench))
        #expect(outcome.report.outcome == .failed)
        #expect(outcome.report.failed.map(\.diagnostic) == [
            Diagnostic(
                code: "request-failed", summary: "The server refuses Secret/e-r/store",
                detail: """
                    The server says: Secret "store" is forbidden (injected)
                    Ask the cluster's administrators for the right to do this (`kubectl auth can-i`).
                    """,
                address: "Secret/e-r/store",
                cause: Diagnostic.Cause(
                    name: #"Secret "store" is forbidden (injected)"#, effect: "are refused by the server",
                    detail: """
                        The server says: Secret "store" is forbidden (injected)
                        Ask the cluster's administrators for the right to do this (`kubectl auth can-i`).
                        """))
        ])
        #expect(try bench.state().openEntries == [])
        #expect(try bench.state().state.objects.keys.map(\.kind) == ["Namespace"])
    }

    @Test func aRequestThatMayHaveArrivedStaysInTheJournal() async throws {
        let bench = Bench(faults: SandboxFaults(requests: [RequestFault(verb: .apply, kind: "Secret", answer: .lost)]))
        var settings = ApplySettings(timeout: 20, patience: 0, retry: Bench.quick)
        settings.retry = RetryPolicy(first: 0.001, longest: 0.001, deadline: 0)
        let outcome = try await bench.bring(first.rendered(bench), settings: settings)
        #expect(outcome.failures == ["Secret store: request-failed"])
        #expect(try bench.state().openEntries.map(\.address.name) == ["store"])
        // The next run finds out that it had arrived: the Secret is recorded, and not made anew.
        let secret = try await bench.object("Secret", "store")
        let again = try await bench.bring(first.rendered(bench), through: bench.cluster(SandboxFaults()))
        #expect(again.report.outcome == .succeeded)
        #expect(!again.plan.changes.contains { $0.action == .create && $0.address.name == "store" })
        #expect(try await bench.object("Secret", "store") == secret)
        #expect(try bench.state().openEntries == [])
    }

    @Test func aBrokenWatchIsListedAnew() async throws {
        for answer in [RequestFault.Answer.status(410, retryAfter: nil), .reset, .status(500, retryAfter: nil)] {
            let bench = Bench(
                faults: SandboxFaults(requests: [RequestFault(verb: .watch, times: 3, answer: answer)]),
                speed: .multiplied(20))
            let outcome = try await bench.bring(first.rendered(bench))
            #expect(outcome.report.outcome == .succeeded)
        }
    }

    @Test func aWatchThatIsForbiddenIsSaid() async throws {
        let bench = Bench(
            faults: SandboxFaults(requests: [RequestFault(verb: .list, kind: "Deployment", answer: .status(403, retryAfter: nil))]),
            speed: .multiplied(20))
        let outcome = try await bench.bring(first.rendered(bench))
        #expect(outcome.failures == ["Deployment v1-etl: cannot-look"])
    }

    @Test func podsThatMayNotBeListedAreSaid() async throws {
        let bench = Bench(
            faults: SandboxFaults(requests: [RequestFault(verb: .list, kind: "Pod", answer: .status(403, retryAfter: nil))]))
        let outcome = try await bench.bring(first.rendered(bench))
        #expect(outcome.failures == ["Deployment v1-etl: cannot-look"])
    }

    @Test(.timeLimit(.minutes(1))) func whatCannotBeListedIsGivenUp() async throws {
        let bench = Bench()
        try await bench.bring(Wanted([("v1", .started)]).rendered(bench))
        let faults = SandboxFaults(requests: [RequestFault(verb: .list, kind: "ConfigMap", answer: .status(503, retryAfter: nil))])
        // Before v1 is published, its objects are looked at.
        let desired = try await first.rendered(bench)
        var settings = ApplySettings(timeout: 20, retry: RetryPolicy(first: 0.001, longest: 0.005, deadline: 0.2))
        let failed = try await bench.bring(desired, through: bench.cluster(faults), settings: settings)
        #expect(failed.failures == ["ConfigMap v1-conf: cannot-look"])
        // Asked to stop, it does not wait for the server either.
        settings = ApplySettings(grace: 0.1, retry: RetryPolicy(first: 0.001, longest: 0.005, deadline: 600))
        let stop = StopSignal()
        let stopped = try await bench.bring(desired, through: bench.cluster(faults), settings: settings, stop: stop) { event in
            if case .changeStarted = event.kind { stop.request() }
        }
        #expect(stopped.report.outcome == .interrupted)
    }

    /// Nothing on a Service tells whether a watch is behind: a switch that was seen by nobody has not happened.
    @Test func aServiceIsNotReadyByTheEndpointsThatItHadBefore() async throws {
        let bench = Bench()
        try await bench.bring(Wanted([("v1", .published), ("v2", .started)]).rendered(bench))
        let desired = try await Wanted([("v2", .published)]).rendered(bench)
        let wire = WireCluster(cluster: try bench.cluster(), isBlind: true)
        let settings = ApplySettings(timeout: 1, patience: 0, retry: Bench.quick)
        let outcome = try await bench.bring(desired, through: wire, settings: settings)
        #expect(outcome.failures == ["Service active-entrypoint: not-ready-in-time"])
        #expect(try await bench.object("Deployment", "v1-etl") != nil)
        #expect(try await bench.bring(desired).report.outcome == .succeeded)
        #expect(try await bench.object("Deployment", "v1-etl") == nil)
    }

    /// What was sent and did not become ready is no "nothing to do" for the next run.
    @Test func aRunningVersionThatDidNotBecomeReadyIsLookedAtAgain() async throws {
        let bench = Bench()
        try await bench.bring(first.rendered(bench))
        let desired = try await Wanted([("v1", .published)], image: "etl:2").rendered(bench)
        let broken = SandboxFaults(pods: [PodFault(pods: .init(name: "v1-etl"), reason: "CrashLoopBackOff")])
        let failed = try await bench.bring(desired, through: bench.cluster(broken))
        #expect(failed.failures == ["Deployment v1-etl: not-ready"])
        let again = try await bench.bring(desired)
        #expect(again.plan.changes.map(\.action) == [.noOp])
        #expect(again.plan.steps.map(\.reasons) == [[.unfinishedLastTime]])
        #expect(again.report.outcome == .succeeded)
        #expect(try await bench.isSettled(desired))
        #expect(try bench.state().state.objects.values.allSatisfy(\.isReady))
    }

    @Test func anObjectThatIsToBeReplacedAndDoesNotGoIsSaid() async throws {
        let bench = Bench()
        try await bench.bring(first.rendered(bench))
        let cluster = try bench.cluster()
        let config = try #require(try await bench.object("ConfigMap", "v1-conf"))
        try await cluster.edit(config.type, namespace: "e-r", name: "v1-conf") {
            $0[JSONPointer(tokens: ["metadata", "finalizers"])] = ["example.com/hold"]
        }
        try await cluster.delete(DeleteRequest(type: config.type, namespace: "e-r", name: "v1-conf", uid: config.uid))
        let outcome = try await bench.bring(
            first.rendered(bench), settings: ApplySettings(timeout: 6, patience: 0, retry: Bench.quick))
        #expect(outcome.report.failed.map(\.diagnostic) == [
            Diagnostic(
                code: "not-gone-in-time", summary: "ConfigMap/e-r/v1-conf is not gone yet",
                detail: """
                    Last seen: being deleted; finalizer example.com/hold is not done.
                    It was waited for 6 s; --timeout sets how long.
                    """,
                address: "ConfigMap/e-r/v1-conf",
                evidence: Evidence(reason: "Terminating", pod: nil, container: nil, events: [], log: []))
        ])
        #expect(try bench.state().state.deleting == [config.uid])
    }

    /// What somebody else deletes later is not taken for what we began.
    @Test func aDeletionThatIsRefusedIsNotBegun() async throws {
        let bench = Bench()
        try await bench.bring(first.rendered(bench))
        var wire = try WireCluster(cluster: bench.cluster())
        wire.before = { name throws(ClusterError) in
            if name == "delete ConfigMap v1-conf" { throw ClusterError(.forbidden, "configmaps \"v1-conf\" is forbidden") }
        }
        let outcome = try await bench.bring(Wanted([("v1", .stopped)]).rendered(bench), through: wire)
        #expect(outcome.failures == ["ConfigMap v1-conf: request-failed"])
        #expect(try bench.state().state.deleting == [])
    }

    // MARK: Cut off

    /// A run that is killed before or after any of its requests, as the files on the disk are at that moment: the next run goes on
    /// from there and ends where the first one would have.
    @Test(arguments: [true, false]) func aRunThatIsKilledAnywhereIsGoneOnFrom(_ afterTheRequest: Bool) async throws {
        let bench = Bench()
        let start = try await first.rendered(bench)
        try await bench.bring(start)
        let desired = try await second.rendered(bench)
        let images = Mutex<[Bench]>([])
        let copy: @Sendable (String) async throws(ClusterError) -> Void = { _ in
            images.withLock { $0.append(bench.copied()) }
        }
        var wire = try WireCluster(cluster: bench.cluster())
        if afterTheRequest { wire.after = copy } else { wire.before = copy }
        let settings = ApplySettings(parallelism: 1, timeout: 20, patience: 0, retry: Bench.quick)
        #expect(try await bench.bring(desired, through: wire, settings: settings).report.outcome == .succeeded)
        let finished = try bench.state().state
        let all = images.withLock(\.self)
        #expect(all.count >= 5)
        for (number, image) in all.enumerated() {
            #expect(try image.state().openEntries.count == 1, "image \(number)")
            let outcome = try await image.bring(desired)
            #expect(outcome.report.outcome == .succeeded, "image \(number): \(outcome.failures)")
            #expect(try await image.isSettled(desired), "image \(number)")
            let state = try image.state().state
            #expect(state.entities == finished.entities, "image \(number)")
            #expect(Set(state.objects.keys) == Set(finished.objects.keys), "image \(number)")
        }
    }

    // MARK: The state

    @Test func whenTheStateCannotBeWrittenNothingMoreIsSent() async throws {
        let bench = Bench()
        let desired = try await first.rendered(bench)
        let store = try bench.store()
        let plan = try await bench.plan(desired, store)
        let run = try await store.beginRun(command: "apply", who: "", comment: "", planDigest: "", at: .now)
        let sent = Mutex<[String]>([])
        // The state goes away under the run after its second request.
        let wire = try WireCluster(
            cluster: bench.cluster(),
            before: { name in sent.withLock { $0.append(name) } },
            after: { _ in if sent.withLock({ $0.count == 2 }) { await store.close() } })
        let report = try await Applier(
            cluster: wire, store: store, settings: ApplySettings(parallelism: 1, timeout: 20, patience: 0, retry: Bench.quick)
        ).apply(plan, run: run, stop: StopSignal()) { _ in }
        #expect(report.outcome == .failed)
        #expect(sent.withLock(\.self) == ["apply Namespace e-r", "apply Secret store"])
        #expect(report.failed.map(\.diagnostic.code) == ["state-failed"])
        // What had been sent is found out by the next run.
        #expect(try bench.state().openEntries.map(\.address.name) == ["store"])
        #expect(try await bench.bring(desired).report.outcome == .succeeded)
        #expect(try await bench.isSettled(desired))
    }
}

extension Bench {
    /// A copy of both files as they are now, as a machine that lost power would have them.
    func copied() -> Bench {
        let other = Bench()
        for name in ["cluster.db", "cluster.db-wal", "state.db", "state.db-wal"] {
            copy("\(folder)/\(name)", to: "\(other.folder)/\(name)")
        }
        return other
    }

    private func copy(_ from: String, to: String) {
        let source = open(from, O_RDONLY), target = open(to, O_WRONLY | O_CREAT, 0o600)
        guard source >= 0, target >= 0 else { return }
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while case let count = read(source, &buffer, buffer.count), count > 0 { _ = write(target, buffer, count) }
        close(source)
        close(target)
    }
}
