import Applying
import JSON
import Model
import Sandbox
import StateStore
import Testing

@Suite struct ApplierTests {
    private let published = Wanted([("v1", .published)])

    @Test func everyEventOfARunInOrder() async throws {
        let bench = Bench()
        let outcome = try await bench.bring(
            published.rendered(bench), settings: ApplySettings(parallelism: 1, timeout: 20, patience: 0))
        #expect(outcome.events.map(\.sequence) == Array(1...outcome.events.count))
        #expect(zip(outcome.events, outcome.events.dropFirst()).allSatisfy { $0.elapsed <= $1.elapsed })
        // What is waited for depends on how fast the cluster is.
        let lines = outcome.lines.filter { !$0.hasPrefix("  waiting") }
        #expect(
            lines.filter { $0.hasPrefix("step") || $0.hasPrefix("done") || $0.hasPrefix("run") } == [
                "run 1: 6 changes in 4 steps",
                "step create-runtime runtime/r",
                "done create-runtime runtime/r",
                "step create-version version/r/v1",
                "done create-version version/r/v1",
                "step start version/r/v1",
                "done start version/r/v1",
                "step publish version/r/v1",
                "done publish version/r/v1",
                "run finished: succeeded",
            ])
        for name in ["Namespace e-r", "Secret store", "ConfigMap v1-conf", "Deployment v1-etl", "Service v1"] {
            let own = lines.filter { $0.hasSuffix(" \(name)") }
            #expect(own == ["  create \(name)", "  accepted \(name)", "  finished \(name)"])
        }
    }

    @Test func whatWasAppliedIsLiveReadyAndRecorded() async throws {
        let bench = Bench()
        let desired = try await published.rendered(bench)
        let outcome = try await bench.bring(desired)
        #expect(outcome.report.outcome == .succeeded)
        #expect(outcome.report.finished == outcome.plan.changes.map(\.id))
        let snapshot = try bench.state()
        #expect(snapshot.openEntries == [])
        #expect(Set(snapshot.state.objects.keys) == Set(desired.entities.flatMap(\.manifests).map(\.address)))
        #expect(
            snapshot.state.entities.keys.sorted() == [
                .runtime("r"), .version(runtime: "r", name: "v1"), .publication(runtime: "r"),
            ])
        #expect(snapshot.runs.map(\.outcome) == [.succeeded])
        #expect(snapshot.activities.map(\.step) == [.createRuntime, .createVersion, .start, .publish])
        for record in snapshot.state.objects.values {
            let live = try await bench.object(record.address.kind, record.address.name)
            #expect(live?.uid == record.uid)
        }
        #expect(try await bench.isSettled(desired))
    }

    @Test func secretsAreNeitherInTheStateNorInEvents() async throws {
        let bench = Bench()
        let outcome = try await bench.bring(published.rendered(bench))
        let secret = try await bench.object("Secret", "store")
        let password = try #require(secret?.content["data"]?["password"]?.string)
        #expect(secret?.content["data"]?["user"] == "czNjcjN0")
        let snapshot = try bench.state()
        for text in ["\(snapshot)", "\(outcome.events)", "\(outcome.plan)"] {
            #expect(!text.contains("s3cr3t") && !text.contains("czNjcjN0") && !text.contains(password))
        }
    }

    @Test func noStepStartsBeforeTheStepsItNeeds() async throws {
        let bench = Bench()
        try await bench.bring(Wanted([("v1", .published)]).rendered(bench))
        let outcome = try await bench.bring(Wanted([("v1", .started), ("v2", .published)]).rendered(bench))
        #expect(outcome.report.outcome == .succeeded)
        var ended: Set<Step.ID> = []
        var finished: Set<Change.ID> = []
        for event in outcome.events {
            switch event.kind {
            case .stepFinished(let id, _): ended.insert(id)
            case .changeFinished(let id, _): finished.insert(id)
            case .changeStarted(let id):
                let change = outcome.plan.changes[id]
                #expect(finished.isSuperset(of: change.predecessors))
                let step = try #require(outcome.plan.steps.first { $0.changes.contains(id) })
                #expect(ended.isSuperset(of: step.predecessors))
            default: break
            }
        }
        #expect(try await bench.object("Service", "active-entrypoint")?.content["spec"]?["selector"]?["version"] == "v2")
    }

    @Test func destroyLeavesNothing() async throws {
        let bench = Bench()
        try await bench.bring(published.rendered(bench))
        let outcome = try await bench.bring(nil)
        #expect(outcome.report.outcome == .succeeded)
        let snapshot = try bench.state()
        #expect(snapshot.state.objects.isEmpty && snapshot.state.entities.isEmpty && snapshot.openEntries.isEmpty)
        #expect(try await bench.object("Namespace", "e-r") == nil)
        #expect(try await bench.object("Deployment", "v1-etl") == nil)
    }

    @Test func aServiceThatNothingWillServeIsNotWaitedForToTheEnd() async throws {
        let bench = Bench()
        var wanted = Wanted([("v1", .started)])
        wanted.hasLonelyService = true
        let outcome = try await bench.bring(
            wanted.rendered(bench), settings: ApplySettings(timeout: 600, patience: 0, retry: Bench.quick))
        let failure = try #require(outcome.report.failed.first)
        #expect(outcome.failures == ["Service lonely: not-ready"])
        #expect(failure.diagnostic.summary == "Service/e-r/lonely cannot become ready: NoPods")
        #expect(failure.diagnostic.detail == """
            no pod has the labels that it selects (version=none), and nothing that is still under way makes one
            It was applied and is recorded.
            """)
    }

    @Test func aFailedStartLeavesThePublishedVersionAlone() async throws {
        let bench = Bench(faults: SandboxFaults(pods: [
            PodFault(pods: .init(name: "v2-etl"), reason: "ImagePullBackOff")
        ]))
        try await bench.bring(published.rendered(bench))
        let before = try #require(try await bench.object("Service", "active-entrypoint"))
        let outcome = try await bench.bring(Wanted([("v1", .stopped), ("v2", .published)]).rendered(bench))
        #expect(outcome.report.outcome == .failed)
        #expect(outcome.failures == ["Deployment v2-etl: not-ready"])
        let failure = try #require(outcome.report.failed.first)
        #expect(
            failure.diagnostic.summary
                .hasPrefix("apps/Deployment/e-r/v2-etl cannot become ready: ImagePullBackOff (pod v2-etl-"))
        #expect(failure.diagnostic.detail == """
            container etl: Back-off pulling image "etl:1"
            It was applied and is recorded.
            """)
        // Named once, with the cause; v1 is neither unpublished nor stopped.
        #expect(failure.skipped == outcome.report.notStarted)
        #expect(outcome.lines.filter { $0.hasPrefix("  skipped") }.count == failure.skipped.count)
        #expect(try await bench.object("Service", "active-entrypoint") == before)
        #expect(try await bench.object("Deployment", "v1-etl") != nil)
        let state = try bench.state().state
        #expect(state.entities[.publication(runtime: "r")]?.published == "v1")
        #expect(state.entities[.version(runtime: "r", name: "v2")]?.status == .stopped)
        #expect(state.objects[Wanted().address("apps/v1", "Deployment", "v2-etl")] != nil)
    }

    @Test func whatFailedIsMendedByTheNextRun() async throws {
        let bench = Bench(faults: SandboxFaults(pods: [PodFault(pods: .init(name: "v1-etl"), reason: "CrashLoopBackOff")]))
        let desired = try await published.rendered(bench)
        #expect(try await bench.bring(desired).report.outcome == .failed)
        let again = try await bench.bring(desired, through: try bench.cluster(SandboxFaults()))
        #expect(again.report.outcome == .succeeded)
        #expect(try await bench.isSettled(desired))
    }

    @Test func whatIsNotReadyInTimeIsRecordedAndReported() async throws {
        let bench = Bench(faults: SandboxFaults(pods: [PodFault(pods: .init(name: "v1-etl"), reason: "NotReady")]))
        let outcome = try await bench.bring(
            published.rendered(bench), settings: ApplySettings(timeout: 6, patience: 0, retry: Bench.quick))
        #expect(outcome.failures == ["Deployment v1-etl: not-ready-in-time"])
        let diagnostic = try #require(outcome.report.failed.first?.diagnostic)
        let evidence = try #require(diagnostic.evidence)
        let pod = try #require(evidence.pod)
        #expect(diagnostic.detail == """
            Last seen: 0 of 1 replicas ready.
            Pod \(pod): container etl runs and is not ready
            Event Unhealthy: Readiness probe failed
            The last lines of container etl:
              started etl:1
            It was waited for 6 s; --timeout sets how long.
            It was applied and is recorded.
            """)
        #expect(pod.hasPrefix("v1-etl-"))
        #expect((evidence.reason, evidence.container) == ("NotReady", "etl"))
        #expect(evidence.events.map(\.reason) == ["Unhealthy"])
    }

    @Test func aValueThatCannotBeTakenOverIsNotMadeUp() async throws {
        let bench = Bench()
        var wanted = Wanted()
        wanted.copies = true
        let outcome = try await bench.bring(try await wanted.rendered(bench))
        #expect(outcome.failures == ["Secret store: credentials-gone"])
        #expect(outcome.report.failed.first.map { "\($0.diagnostic.summary)\n\($0.diagnostic.detail)" } == """
            Secret/e-r/store cannot take over its new values: Secret next is gone, or has no password
            Somebody deleted or changed it while this ran. Secret store is as it was, and the credentials in it are let in as before. \
            The same command makes others and goes on.
            """)
    }

    @Test func generatedValuesAreMadeOnceAndKept() async throws {
        let bench = Bench()
        try await bench.bring(published.rendered(bench))
        let before = try await bench.object("Secret", "store")?.content["data"]
        var changed = published
        changed.token = "other"
        let outcome = try await bench.bring(changed.rendered(bench))
        #expect(outcome.plan.changes.map(\.action).filter { $0 != .noOp } == [.update])
        let after = try await bench.object("Secret", "store")?.content["data"]
        #expect(before?["password"]?.string?.isEmpty == false)
        #expect(after?["password"] == before?["password"])
        #expect(after?["user"] != before?["user"])
    }

    @Test func anObjectThatIsGoneIsForgottenAndOneThatIsGoingIsMadeAnew() async throws {
        let bench = Bench()
        try await bench.bring(published.rendered(bench))
        let cluster = try bench.cluster()
        let config = try #require(try await bench.object("ConfigMap", "v1-conf"))
        try await cluster.edit(config.type, namespace: "e-r", name: "v1-conf") {
            $0[JSONPointer(tokens: ["metadata", "finalizers"])] = ["example.com/hold"]
        }
        try await cluster.delete(DeleteRequest(type: config.type, namespace: "e-r", name: "v1-conf", uid: config.uid))
        let release = Task {
            // The finalizer's owner lets go once the run waits for it.
            for try await event in cluster.watch(ObjectQuery(type: config.type), after: config.resourceVersion) {
                guard event.object.address.name == "v1-conf", event.object.isTerminating else { continue }
                try await cluster.edit(config.type, namespace: "e-r", name: "v1-conf") {
                    $0[JSONPointer(tokens: ["metadata", "finalizers"])] = nil
                }
                return
            }
        }
        let desired = try await published.rendered(bench)
        let outcome = try await bench.bring(desired)
        try await release.value
        #expect(outcome.report.outcome == .succeeded)
        #expect(outcome.plan.changes.contains { $0.action == .replace || $0.action == .create })
        #expect(try await bench.object("ConfigMap", "v1-conf").map { $0.uid != config.uid } == true)
        #expect(try await bench.isSettled(desired))
    }
}
