import JSON
import Model

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
    /// Which machines take it, and how its images are pulled.
    var placement = Placement()
    /// Nil for `Always`.
    var restartPolicy: String?

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
                "volumes": volumes.map(\.json).unlessEmpty, "nodeSelector": placement.nodeSelector.unlessEmpty,
                "tolerations": placement.tolerations.map(\.json).unlessEmpty,
                "imagePullSecrets": placement.pullSecrets.map { ["name": .string($0)] as JSONValue }.unlessEmpty,
                "priorityClassName": placement.priorityClass.map { .string($0) },
                "restartPolicy": restartPolicy.map { .string($0) },
            ]),
        ]
    }
}

/// Which machines take a pod, and how its images are pulled.
struct Placement: Sendable {
    var nodeSelector: [String: String] = [:]
    var tolerations: [Toleration] = []
    var pullSecrets: [String] = []
    var priorityClass: String?
}

extension Toleration {
    var json: JSONValue {
        .members([
            "key": key.map { .string($0) }, "operator": .string(comparison.rawValue),
            "value": value.flatMap { $0.isEmpty ? nil : .string($0) }, "effect": effect.map { .string($0.rawValue) },
            "tolerationSeconds": seconds.map { .integer($0) },
        ])
    }
}

struct Volume: Sendable {
    enum Source: Sendable {
        case empty
        case configMap(String)
        case secret(String, mode: Int)
        case claim(String)
        /// One key alone, as `trustFile`.
        case trust(CertificateAuthority)
    }

    static let trustFile = "ca.crt"

    let name: String
    let source: Source

    private static func item(_ key: String) -> JSONValue { [["key": .string(key), "path": .string(trustFile)]] }

    var json: JSONValue {
        switch source {
        case .empty: ["name": .string(name), "emptyDir": [:]]
        case .configMap(let map): ["name": .string(name), "configMap": ["name": .string(map)]]
        case .secret(let secret, let mode):
            ["name": .string(name), "secret": ["secretName": .string(secret), "defaultMode": .integer(mode)]]
        case .claim(let claim): ["name": .string(name), "persistentVolumeClaim": ["claimName": .string(claim)]]
        case .trust(let authority):
            switch authority.holder {
            case .configMap: ["name": .string(name), "configMap": ["name": .string(authority.name), "items": Self.item(authority.key)]]
            case .secret: ["name": .string(name), "secret": ["secretName": .string(authority.name), "items": Self.item(authority.key)]]
            }
        }
    }
}
