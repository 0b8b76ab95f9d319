import JSON
import Model

extension Stamp {
    /// A Deployment. `selector` must hold nothing that can change: Kubernetes lets nobody change it.
    func deployment(
        _ name: String, _ component: Component, labels: [String: String] = [:], annotations: [String: String] = [:],
        selector: [String: String], replicas: Int = 1, minReadySeconds: Int = 0, recreate: Bool = false,
        pod: Pod
    ) -> JSONValue {
        object(
            "apps/v1", "Deployment", name, component, labels: labels, annotations: annotations,
            [
                "spec": .members([
                    "replicas": .integer(replicas), "selector": ["matchLabels": .strings(selector)],
                    "minReadySeconds": minReadySeconds == 0 ? nil : .integer(minReadySeconds),
                    "strategy": recreate ? ["type": "Recreate"] : nil, "template": pod.json,
                ])
            ])
    }

    /// A Job that starts its program again until it ends well, and keeps at it for hours. One that is asleep makes no pods until its
    /// `parallelism` is raised; servers before Kubernetes 1.22 know no other way (`suspend`). It never gives up: one that failed for
    /// good could not be woken again.
    func job(
        _ name: String, _ component: Component, labels: [String: String] = [:], asleep: Bool = false, pod: Pod
    ) -> JSONValue {
        var pod = pod
        pod.restartPolicy = "OnFailure"
        return object(
            "batch/v1", "Job", name, component, labels: labels,
            [
                "spec": [
                    "backoffLimit": .integer(asleep ? Int(Int32.max) : 50), "completions": 1, "parallelism": asleep ? 0 : 1,
                    "template": pod.json,
                ]
            ])
    }

    /// A StatefulSet of one pod whose volume `data` outlives it.
    func statefulSet(
        _ name: String, _ component: Component, service: String, selector: [String: String], pod: Pod, storage: String,
        storageClass: String?
    ) -> JSONValue {
        object(
            "apps/v1", "StatefulSet", name, component,
            [
                "spec": [
                    "replicas": 1, "serviceName": .string(service), "selector": ["matchLabels": .strings(selector)],
                    "template": pod.json,
                    "volumeClaimTemplates": [Self.claim("data", storage: storage, storageClass: storageClass)],
                ]
            ])
    }

    /// A volume for one pod. The fields that the API server would fill in are given, because the list of a
    /// StatefulSet's claims is compared as a whole.
    private static func claim(_ name: String, storage: String, storageClass: String?) -> JSONValue {
        [
            "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": ["name": .string(name)],
            "spec": claimSpec(storage: storage, storageClass: storageClass),
        ]
    }

    static func claimSpec(storage: String, storageClass: String?) -> JSONValue {
        .members([
            "accessModes": ["ReadWriteOnce"], "resources": ["requests": ["storage": .string(storage)]],
            "storageClassName": storageClass.map { .string($0) }, "volumeMode": "Filesystem",
        ])
    }
}
