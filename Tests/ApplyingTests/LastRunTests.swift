import JSON
import Model
import Sandbox
import StateStore
import Synchronization
import Testing

/// Jobs that run before they are deleted.
@Suite struct LastRunTests {
    /// A version with a Job that prepares, and one that cleans up after it.
    private func rendered(_ status: VersionStatus, _ bench: Bench) async throws -> RenderedState {
        let plain = try await Wanted([("v1", status)]).rendered(bench)
        guard status != .stopped else { return plain }
        let store = try bench.store()
        let key = store.key
        await store.close()
        let end = Manifest(job("v1-end", parallelism: 0, [ObjectAnnotations.lastRun: "always"]), key: key)
        let start = Manifest(job("v1-start", parallelism: 1), dependsOn: [end.address], key: key)
        let entities = plain.entities.map { entity in
            guard case .version = entity.record.address else { return entity }
            return RenderedEntity(record: entity.record, manifests: entity.manifests + [start, end])
        }
        return RenderedState(engine: plain.engine, entities: entities)
    }

    private func job(_ name: String, parallelism: Int, _ annotations: [String: JSONValue] = [:]) -> JSONValue {
        let container: JSONValue = ["name": "main", "image": "a:1"]
        return [
            "apiVersion": "batch/v1", "kind": "Job",
            "metadata": [
                "name": .string(name), "namespace": "e-r", "annotations": .object(annotations),
                "labels": .object([ObjectLabels.managedBy: "kreform", ObjectLabels.engine: "e"]),
            ],
            "spec": [
                "completions": 1, "parallelism": .integer(parallelism),
                "template": ["spec": ["restartPolicy": "OnFailure", "containers": [container]]],
            ],
        ]
    }

    /// Servers before Kubernetes 1.22 do not count the changes of Jobs: nothing but its specification tells that a watch still shows
    /// the Job asleep, which is as ready as one can be.
    @Test func aWatchThatLagsBehindDoesNotCutItShort() async throws {
        let bench = Bench(speed: .multiplied(10))
        #expect(try await bench.bring(rendered(.started, bench)).report.outcome == .succeeded)
        let cluster = try bench.cluster()
        let succeeded = Mutex<[Int?]>([])
        let wire = WireCluster(
            cluster: cluster,
            before: { name throws(ClusterError) in
                guard name == "delete Job v1-end" else { return }
                let job = try await cluster.get(ResourceType(apiVersion: "batch/v1", kind: "Job"), namespace: "e-r", name: "v1-end")
                #expect(job?.generation == nil)
                succeeded.withLock { $0.append(job?.content["status"]?["succeeded"]?.integer) }
            },
            isTold: { event in
                if case .modified(let object) = event { object.address.name != "v1-end" } else { true }
            })
        let outcome = try await bench.bring(rendered(.stopped, bench), through: wire)
        #expect(outcome.report.outcome == .succeeded, "\(outcome.report.failed)")
        #expect(succeeded.withLock(\.self) == [1])
        #expect(try await bench.object("Job", "v1-end") == nil)
    }
}
