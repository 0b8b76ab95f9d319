import JSON

/// A pod template.
struct Pod: Sendable {
    var labels: [String: String]
    var annotations: [String: String] = [:]
    var serviceAccount: String
    /// Whether programs in the pod may call the Kubernetes API.
    var usesAPI = false
    var initContainers: [Container] = []
    var containers: [Container]
    var volumes: [Volume] = []
    /// Group that owns the volumes; nil for the node's default.
    var fileGroup: Int?
    /// Set beside a container's own resources, because only some nodes have it.
    var gpu = false

    var json: JSONValue {
        [
            "metadata": .members(["labels": .strings(labels), "annotations": annotations.unlessEmpty]),
            "spec": .members([
                "serviceAccountName": .string(serviceAccount), "automountServiceAccountToken": .bool(usesAPI),
                // Variables for every Service of the namespace would collide with settings that images read.
                "enableServiceLinks": false,
                "securityContext": .members([
                    "seccompProfile": ["type": "RuntimeDefault"], "fsGroup": fileGroup.map { .integer($0) },
                ]),
                "initContainers": initContainers.map(\.json).unlessEmpty, "containers": .array(containers.map(\.json)),
                "volumes": volumes.map(\.json).unlessEmpty, "nodeSelector": gpu ? Self.gpuNodes : nil,
                "tolerations": gpu ? Self.gpuTolerations : nil,
            ]),
        ]
    }

    private static let gpuNodes: JSONValue = ["konstellation.io/gpu": "true"]
    private static let gpuTolerations: JSONValue = [
        ["key": "konstellation.io/gpu", "operator": "Exists", "effect": "NoSchedule"],
        ["key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"],
    ]
}

struct Volume: Sendable {
    enum Source: Sendable {
        case empty
        case configMap(String)
        case secret(String, mode: Int)
        case claim(String)
    }

    let name: String
    let source: Source

    var json: JSONValue {
        switch source {
        case .empty: ["name": .string(name), "emptyDir": [:]]
        case .configMap(let map): ["name": .string(name), "configMap": ["name": .string(map)]]
        case .secret(let secret, let mode):
            ["name": .string(name), "secret": ["secretName": .string(secret), "defaultMode": .integer(mode)]]
        case .claim(let claim): ["name": .string(name), "persistentVolumeClaim": ["claimName": .string(claim)]]
        }
    }
}
