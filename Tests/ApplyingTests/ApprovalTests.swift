import Applying
import Fields
import JSON
import Model
import Sandbox
import StateStore
import Synchronization
import Testing

/// What was approved holds for what the plan saw, and for nothing else.
@Suite struct ApprovalTests {
    /// Applies `v1`, plans for another image, lets `change` happen, and carries the plan out.
    private func outcome(
        _ bench: Bench, through wire: (SandboxCluster) -> any Cluster = { $0 },
        _ change: @escaping @Sendable (SandboxCluster) async throws -> Void
    ) async throws -> (report: ApplyReport, plan: Plan) {
        try await bench.bring(Wanted([("v1", .published)]).rendered(bench))
        let desired = try await Wanted([("v1", .published)], image: "etl:2").rendered(bench)
        let store = try bench.store()
        let plan = try await bench.plan(desired, store)
        let cluster = try bench.cluster()
        try await change(cluster)
        let run = try await store.beginRun(command: "apply", who: "", comment: "", planDigest: "", at: .now)
        let report = try await Applier(
            cluster: wire(cluster), store: store, settings: ApplySettings(timeout: 20, patience: 0, retry: Bench.quick)
        ).apply(plan, run: run, stop: StopSignal()) { _ in }
        await store.close()
        return (report, plan)
    }

    private let deployments = ResourceType(apiVersion: "apps/v1", kind: "Deployment")

    @Test func aFieldThatMovedSinceStopsTheChange() async throws {
        let bench = Bench()
        let (report, _) = try await outcome(bench) { [deployments] cluster in
            try await cluster.edit(deployments, namespace: "e-r", name: "v1-etl") { object in
                object[JSONPointer(tokens: ["spec", "replicas"])] = 5
            }
        }
        #expect(report.outcome == .failed)
        let diagnostic = try #require(report.failed.first?.diagnostic)
        #expect(diagnostic.code == "changed-since-plan")
        #expect(diagnostic.summary == "A field of apps/Deployment/e-r/v1-etl changed since the plan was made")
        #expect(diagnostic.detail.hasPrefix("spec.replicas was set by kubectl-edit at 2"))
        #expect(diagnostic.detail.hasSuffix("\nNothing was sent. Plan again to see what it is now."))
        let live = try #require(try await bench.object("Deployment", "v1-etl"))
        #expect(live.content["spec"]?["replicas"] == 5)
        #expect(try bench.state().openEntries == [])
    }

    /// The connection breaks, and while it is down somebody changes what the plan did not see so.
    @Test func aFieldThatMovesBetweenTriesStopsTheChange() async throws {
        let bench = Bench()
        let moves = Moves()
        let deployments = deployments
        let (report, _) = try await outcome(bench, through: { cluster in
            WireCluster(cluster: cluster, before: { name throws(ClusterError) in
                guard name == "apply Deployment v1-etl", moves.first() else { return }
                do {
                    try await cluster.edit(deployments, namespace: "e-r", name: "v1-etl") { object in
                        object[JSONPointer(tokens: ["spec", "replicas"])] = 5
                    }
                } catch {
                    Issue.record(error)
                }
                throw ClusterError(.connection, "connection reset by peer")
            })
        }) { _ in }
        #expect(report.failed.map(\.diagnostic.code) == ["changed-since-plan"])
        let live = try #require(try await bench.object("Deployment", "v1-etl"))
        #expect(live.content["spec"]?["replicas"] == 5)
    }

    private final class Moves: Sendable {
        private let done = Mutex(false)
        func first() -> Bool {
            done.withLock { done in
                defer { done = true }
                return !done
            }
        }
    }

    @Test func whatAnotherEngineMadeBetweenTriesIsNotTakenOver() async throws {
        let bench = Bench()
        let desired = try await Wanted([("v1", .started)]).rendered(bench)
        let store = try bench.store()
        let plan = try await bench.plan(desired, store)
        let cluster = try bench.cluster()
        let moves = Moves()
        let other: JSONValue = [
            "apiVersion": "v1", "kind": "Namespace",
            "metadata": ["name": "e-r", "labels": ["app.kubernetes.io/managed-by": "kreform", "kreform/engine": "other"]],
        ]
        let wire = WireCluster(cluster: cluster, before: { name throws(ClusterError) in
            guard name == "apply Namespace e-r", moves.first() else { return }
            do { _ = try await cluster.apply(ApplyRequest(object: other)) } catch { Issue.record(error) }
            throw ClusterError(.connection, "connection reset by peer")
        })
        let run = try await store.beginRun(command: "apply", who: "", comment: "", planDigest: "", at: .now)
        let report = try await Applier(
            cluster: wire, store: store, settings: ApplySettings(timeout: 20, retry: Bench.quick)
        ).apply(plan, run: run, stop: StopSignal()) { _ in }
        await store.close()
        #expect(report.failed.map(\.diagnostic.code) == ["object-exists"])
        #expect(try await bench.object("Namespace", "e-r")?.label(ObjectLabels.engine) == "other")
    }

    @Test func aFieldThatIsNotOursMayMove() async throws {
        let bench = Bench()
        let (report, _) = try await outcome(bench) { [deployments] cluster in
            try await cluster.edit(deployments, namespace: "e-r", name: "v1-etl") { object in
                object[JSONPointer(tokens: ["metadata", "annotations", "example.com/note"])] = "hello"
            }
        }
        #expect(report.outcome == .succeeded)
        let live = try #require(try await bench.object("Deployment", "v1-etl"))
        #expect(live.metadata["annotations"]?["example.com/note"] == "hello")
    }

    @Test func anObjectThatWasDeletedOrMadeAnewStopsTheChange() async throws {
        for remake in [false, true] {
            let bench = Bench()
            let (report, _) = try await outcome(bench) { [deployments] cluster in
                let old = try #require(try await cluster.get(deployments, namespace: "e-r", name: "v1-etl"))
                try await cluster.delete(DeleteRequest(type: deployments, namespace: "e-r", name: "v1-etl", uid: old.uid))
                guard remake else { return }
                var content = old.content
                content["status"] = nil
                content[JSONPointer(tokens: ["metadata"])] = ["name": "v1-etl", "namespace": "e-r"]
                _ = try await cluster.apply(ApplyRequest(object: content), as: "kubectl", force: true)
            }
            let what = remake ? "made anew" : "deleted"
            #expect(report.failed.map(\.diagnostic) == [
                Diagnostic(
                    code: "changed-since-plan", summary: "apps/Deployment/e-r/v1-etl was \(what) since the plan was made",
                    detail: "What was approved holds for the object that the plan saw. Plan again.",
                    address: "apps/Deployment/e-r/v1-etl")
            ])
        }
    }

    @Test func aReplacementIsNotBegunWhenAFieldMoved() async throws {
        let bench = Bench()
        let desired = try await Wanted([("v1", .published)]).rendered(bench)
        try await bench.bring(desired)
        let store = try bench.store()
        let manifest = try #require(desired.entities.flatMap(\.manifests).first { $0.address.name == "v1-etl" })
        let live = try #require(try await bench.object("Deployment", "v1-etl"))
        let version = EntityAddress.version(runtime: "r", name: "v1")
        let change = Change(
            id: 0, action: .replace, address: manifest.address, apiVersion: "apps/v1", entity: version, manifest: manifest,
            prior: Change.Prior(of: live, applying: manifest), differences: [], reasons: [.changedInFile], predecessors: [])
        let step = Step(
            id: 0, action: .update, entity: version, records: [], reasons: [.changedInFile], changes: [0], predecessors: [])
        let plan = Plan(
            mode: .apply, engine: "e", cluster: try await bench.cluster().identity(), lineage: nil, serial: 0, steps: [step],
            changes: [change])
        let cluster = try bench.cluster()
        try await cluster.edit(deployments, namespace: "e-r", name: "v1-etl") {
            $0[JSONPointer(tokens: ["spec", "replicas"])] = 5
        }
        let run = try await store.beginRun(command: "apply", who: "", comment: "", planDigest: "", at: .now)
        let report = try await Applier(
            cluster: cluster, store: store, settings: ApplySettings(timeout: 20, patience: 0, retry: Bench.quick)
        ).apply(plan, run: run, stop: StopSignal()) { _ in }
        await store.close()
        #expect(report.failed.map(\.diagnostic.code) == ["changed-since-plan"])
        #expect(try await bench.object("Deployment", "v1-etl")?.uid == live.uid)
        #expect(try bench.state().openEntries == [])
    }

    @Test func whatSomebodyElseMadeSinceIsNotTakenOver() async throws {
        let bench = Bench()
        let desired = try await Wanted([("v1", .started)]).rendered(bench)
        let store = try bench.store()
        let plan = try await bench.plan(desired, store)
        let cluster = try bench.cluster()
        let namespace: JSONValue = ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "e-r"]]
        _ = try await cluster.apply(ApplyRequest(object: namespace), as: "kubectl", force: true)
        let run = try await store.beginRun(command: "apply", who: "", comment: "", planDigest: "", at: .now)
        let report = try await Applier(
            cluster: cluster, store: store, settings: ApplySettings(timeout: 20, retry: Bench.quick)
        ).apply(plan, run: run, stop: StopSignal()) { _ in }
        await store.close()
        #expect(report.failed.map(\.diagnostic) == [
            Diagnostic(
                code: "object-exists", summary: "Namespace/e-r was made by someone else since the plan was made",
                detail: "Kreform never takes over what it did not make. Look at what it is, then plan again.",
                address: "Namespace/e-r")
        ])
        #expect(report.finished == [])
        let live = try #require(try await bench.object("Namespace", "e-r"))
        #expect(live.owned.isEmpty)
    }
}

@Suite struct StopTests {
    @Test func aStopStartsNothingNewAndFinishesWhatRuns() async throws {
        let bench = Bench(speed: .multiplied(10))
        let stop = StopSignal()
        let desired = try await Wanted([("v1", .published)]).rendered(bench)
        let settings = ApplySettings(timeout: 20, patience: 0, grace: 20, retry: Bench.quick)
        // Asked while the first Deployment is waited for.
        let outcome = try await bench.bring(desired, settings: settings, stop: stop) { event in
            if case .changeAccepted(let id) = event.kind, id == 3 { stop.request() }
        }
        #expect(outcome.plan.changes[3].address.short == "Deployment v1-etl")
        #expect(outcome.report.outcome == .interrupted)
        #expect(outcome.report.failed == [])
        #expect(outcome.report.finished == [0, 1, 2, 3])
        #expect(outcome.report.notStarted == [4, 5])
        #expect(outcome.lines.contains("interrupted"))
        let snapshot = try bench.state()
        #expect(snapshot.runs.map(\.outcome) == [.interrupted])
        #expect(snapshot.openEntries == [])
        #expect(try await bench.bring(desired).report.outcome == .succeeded)
        #expect(try await bench.isSettled(desired))
    }

    @Test func whatDoesNotBecomeReadyIsWaitedForNoLongerThanTheGrace() async throws {
        let bench = Bench(faults: SandboxFaults(pods: [PodFault(pods: .init(name: "v1-etl"), reason: "NotReady")]))
        let stop = StopSignal()
        let settings = ApplySettings(timeout: 600, patience: 0, grace: 0.1, retry: Bench.quick)
        let outcome = try await bench.bring(Wanted([("v1", .published)]).rendered(bench), settings: settings, stop: stop) {
            if case .changeWaiting(_, "0 of 1 replicas ready") = $0.kind { stop.request() }
        }
        #expect(outcome.report.outcome == .interrupted)
        #expect(outcome.failures == ["Deployment v1-etl: not-ready-in-time"])
        #expect(outcome.report.took < 300)
    }

    @Test func aStopEndsAPauseBetweenTriesAndTheTrying() async throws {
        let bench = Bench(faults: SandboxFaults(requests: [
            RequestFault(verb: .apply, kind: "Secret", times: 1, answer: .status(429, retryAfter: 100))
        ]))
        let stop = StopSignal()
        let desired = try await Wanted([("v1", .published)]).rendered(bench)
        let outcome = try await bench.bring(desired, settings: ApplySettings(timeout: 20), stop: stop) { event in
            if case .changeRetrying = event.kind { stop.request() }
        }
        #expect(outcome.report.outcome == .interrupted)
        #expect(outcome.failures == ["Secret store: request-failed"])
        #expect(outcome.report.took < 50)
        #expect(try bench.state().openEntries == [])
    }

    @Test func aStepWhoseObjectsAreAllDoneIsRecordedAfterAStopToo() async throws {
        let bench = Bench()
        let stop = StopSignal()
        let desired = try await Wanted([("v1", .published)]).rendered(bench)
        let outcome = try await bench.bring(desired, stop: stop) { event in
            if case .changeAccepted(5) = event.kind { stop.request() }
        }
        #expect(outcome.report.outcome == .succeeded)
        #expect(try bench.state().state.entities[.publication(runtime: "r")]?.published == "v1")
        #expect(try await bench.isSettled(desired))
    }

    @Test func noMoreRequestsThanAllowedAreUnderWay() async throws {
        let bench = Bench()
        let under = Mutex((now: 0, most: 0))
        let wire = try WireCluster(
            cluster: bench.cluster(),
            before: { _ in
                under.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
                await Task.yield()
            },
            after: { _ in under.withLock { $0.now -= 1 } })
        let versions = (1...8).map { (name: "v\($0)", status: VersionStatus.started) }
        let outcome = try await bench.bring(
            Wanted(versions).rendered(bench), through: wire,
            settings: ApplySettings(parallelism: 3, timeout: 20, patience: 0, retry: Bench.quick))
        #expect(outcome.report.outcome == .succeeded)
        #expect(under.withLock(\.most) <= 3)
        #expect(under.withLock(\.most) > 1)
    }
}
