import Applying
import JSON
import Kubernetes
import Model
import Planning
import StateStore
import TestSupport
import Testing

/// A Job by itself, whatever runtime kinds make: the engine's rooms are wired here as it wires them.
@Suite(.needsControlPlane) struct FailedJobTests {
    @Test(.timeLimit(.minutes(3)), arguments: [("Never", true), ("OnFailure", false)])
    func aFailedJobIsToldWithTheLastWordsOfItsPod(_ restartPolicy: String, _ keepsItsPods: Bool) async throws {
        let plane = try ControlPlane.current()
        try await plane.withNamespace("job") { namespace in
            let folder = TemporaryFolder()
            let store = try StateStore.open(at: "\(folder.path)/state.db", holder: "tests", command: "apply")
            let cluster = try plane.cluster()
            let manifest = Manifest(job(namespace, restartPolicy), key: store.key)
            let answer = try await cluster.apply(ApplyRequest(object: manifest.content, dryRun: true))
            var live = LiveState()
            live.predictions[manifest.address] = .accepted(answer.object, created: true)
            let desired = RenderedState(engine: namespace, entities: [
                RenderedEntity(record: EntityRecord(address: .runtime("r"), namespace: namespace), manifests: [manifest])
            ])
            let identity = try await cluster.identity()
            let planned = Planning.apply(desired: desired, state: State(), live: live, interrupted: [], now: .now, cluster: identity)
            try #require(planned.plan.changes.count == 1, "\(planned.diagnostics)")
            try await store.bind(to: identity, engine: namespace)
            let run = try await store.beginRun(command: "apply", who: "tests", comment: "", planDigest: "", at: .now)
            let report = try await Applier(cluster: cluster, store: store, settings: ApplySettings(timeout: 100, patience: 2))
                .apply(planned.plan, run: run, stop: StopSignal()) { _ in }
            await store.close()

            let failure = try #require(report.failed.first?.diagnostic, "\(report)")
            let evidence = try #require(failure.evidence, "\(failure)")
            #expect(report.took < 60)
            #expect(failure.code == "not-ready")
            #expect(evidence.pod?.hasPrefix("task-") == true && evidence.container == "main", "\(failure)")
            #expect(evidence.log == ["started example.test/exits-7:1", "ended with code 7"], "\(failure)")
            #expect(evidence.reason == (keepsItsPods ? "BackoffLimitExceeded" : "CrashLoopBackOff"), "\(failure)")
            if keepsItsPods {
                #expect(failure.detail.hasPrefix(
                    "Job has reached the specified backoff limit: container main ended with code 7\n"), "\(failure)")
            }
        }
    }

    private func job(_ namespace: String, _ restartPolicy: String) -> JSONValue {
        let labels = JSONValue.object(JSONObject(ObjectLabels.selector(engine: namespace).mapValues { .string($0) }))
        return [
            "apiVersion": "batch/v1", "kind": "Job",
            "metadata": ["name": "task", "namespace": .string(namespace), "labels": labels],
            "spec": [
                "backoffLimit": .integer(restartPolicy == "Never" ? 0 : 6),
                "template": [
                    "metadata": ["labels": labels],
                    "spec": [
                        "restartPolicy": .string(restartPolicy),
                        "containers": [["name": "main", "image": "example.test/exits-7:1"]],
                    ],
                ],
            ],
        ]
    }
}
