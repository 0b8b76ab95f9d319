import JSON
import Model
import Testing

/// One thing that every cluster must do, real or simulated. A case makes what it needs in a namespace of its own.
package struct ConformanceCase: Sendable, CustomTestStringConvertible {
    package let name: String
    /// Given the cluster as Kreform sees it, and somebody else who works in it.
    package let run: @Sendable (any Cluster, OtherClient) async throws -> Void

    package var testDescription: String { name }

    package init(_ name: String, _ run: @escaping @Sendable (any Cluster) async throws -> Void) {
        self.init(name, beside: { cluster, _ in try await run(cluster) })
    }

    package init(_ name: String, beside run: @escaping @Sendable (any Cluster, OtherClient) async throws -> Void) {
        self.name = name
        self.run = run
    }

    /// All of them, for any kind of cluster.
    package static let all = applying + sharing + validating + deleting + watching + running + troubled

    /// The label of pods that the cluster of a test makes crash; their image's name says so to the hollow kubelets.
    package static let crashing = (label: "conform", value: "crash", image: "example.test/exits-1:1")
}

/// Somebody other than Kreform: what kubectl does.
package struct OtherClient: Sendable {
    /// A server-side apply that takes no fields from others.
    package let apply: @Sendable (_ object: JSONValue, _ manager: String) async throws -> Void
    /// Sets the number of a Deployment's replicas.
    package let scale: @Sendable (_ namespace: String, _ name: String, _ replicas: Int) async throws -> Void

    package init(
        apply: @escaping @Sendable (_ object: JSONValue, _ manager: String) async throws -> Void,
        scale: @escaping @Sendable (_ namespace: String, _ name: String, _ replicas: Int) async throws -> Void
    ) {
        self.apply = apply
        self.scale = scale
    }
}

/// Short ways for the cases to ask a cluster.
extension Cluster {
    @discardableResult
    package func apply(_ object: JSONValue, uid: String? = nil, dryRun: Bool = false) async throws -> ApplyResult {
        try await apply(ApplyRequest(object: object, uid: uid, dryRun: dryRun))
    }

    package func get(_ object: JSONValue) async throws -> LiveObject? {
        let live = LiveObject(object)
        return try await get(live.type, namespace: live.address.namespace, name: live.address.name)
    }

    /// The refusal of a dry run; nil when it is accepted.
    package func refusalOfDryRun(of object: JSONValue) async -> ClusterError? {
        do {
            _ = try await apply(ApplyRequest(object: object, dryRun: true))
            return nil
        } catch {
            return error
        }
    }

    package func delete(_ object: LiveObject) async throws {
        try await delete(
            DeleteRequest(
                type: object.type, namespace: object.address.namespace, name: object.address.name, uid: object.uid))
    }

    package func list(
        _ apiVersion: String, _ kind: String, in namespace: String? = nil, labels: [String: String] = [:]
    ) async throws -> ObjectList {
        try await list(
            ObjectQuery(type: ResourceType(apiVersion: apiVersion, kind: kind), namespace: namespace, labels: labels))
    }

    /// The refusal of a request that must be refused.
    package func refusal(of object: JSONValue, uid: String? = nil) async -> ClusterError? {
        do {
            _ = try await apply(ApplyRequest(object: object, uid: uid))
            return nil
        } catch {
            return error
        }
    }

    /// Makes a namespace.
    package func makeNamespace(_ name: String) async throws {
        try await apply(["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": .string(name)]])
    }

    /// Looks until `condition` holds, for two minutes at most: a kubelet takes its time.
    package func eventually(
        _ what: String, sourceLocation: SourceLocation = #_sourceLocation,
        _ condition: @Sendable () async throws -> Bool
    ) async throws {
        let deadline = ContinuousClock.now + .seconds(120)
        while try await !condition() {
            guard ContinuousClock.now < deadline else {
                Issue.record("not in two minutes: \(what)", sourceLocation: sourceLocation)
                return
            }
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}

/// Manifests that the cases start from.
package enum Sample {
    package static func configMap(_ namespace: String, _ name: String = "settings", _ data: JSONObject = ["a": "1"])
        -> JSONValue
    {
        [
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": ["name": .string(name), "namespace": .string(namespace), "labels": ["app": "sample"]],
            "data": .object(data),
        ]
    }

    package static func deployment(_ namespace: String, _ name: String = "web", image: String = "web:1", replicas: Int = 1)
        -> JSONValue
    {
        [
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": ["name": .string(name), "namespace": .string(namespace)],
            "spec": [
                "replicas": .integer(replicas), "selector": ["matchLabels": ["app": .string(name)]],
                "template": [
                    "metadata": ["labels": ["app": .string(name)]],
                    "spec": [
                        "terminationGracePeriodSeconds": 1,
                        "containers": [
                            [
                                "name": "main", "image": .string(image),
                                "ports": [["name": "http", "containerPort": 8080]],
                            ]
                        ],
                    ],
                ],
            ],
        ]
    }

    package static func service(_ namespace: String, _ name: String = "web", app: String = "web") -> JSONValue {
        [
            "apiVersion": "v1", "kind": "Service",
            "metadata": ["name": .string(name), "namespace": .string(namespace)],
            "spec": ["selector": ["app": .string(app)], "ports": [["port": 80, "protocol": "TCP", "targetPort": "http"]]],
        ]
    }

    package static func statefulSet(_ namespace: String, _ name: String = "db", replicas: Int = 2) -> JSONValue {
        [
            "apiVersion": "apps/v1", "kind": "StatefulSet",
            "metadata": ["name": .string(name), "namespace": .string(namespace)],
            "spec": [
                "replicas": .integer(replicas), "serviceName": .string(name),
                "selector": ["matchLabels": ["app": .string(name)]],
                "template": [
                    "metadata": ["labels": ["app": .string(name)]],
                    "spec": [
                        "terminationGracePeriodSeconds": 1,
                        "containers": [
                            [
                                "name": "main", "image": "db:1",
                                "volumeMounts": [["name": "data", "mountPath": "/data"]],
                            ]
                        ],
                    ],
                ],
                "volumeClaimTemplates": [
                    [
                        "metadata": ["name": "data"],
                        "spec": ["accessModes": ["ReadWriteOnce"], "resources": ["requests": ["storage": "1024Mi"]]],
                    ]
                ],
            ],
        ]
    }

    package static func job(_ namespace: String, _ name: String = "task", image: String = "task:1") -> JSONValue {
        [
            "apiVersion": "batch/v1", "kind": "Job",
            "metadata": ["name": .string(name), "namespace": .string(namespace)],
            "spec": [
                "template": [
                    "spec": ["restartPolicy": "Never", "containers": [["name": "main", "image": .string(image)]]]
                ]
            ],
        ]
    }
}
