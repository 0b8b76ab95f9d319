import JSON

/// A container of a pod.
struct Container: Sendable {
    let name: String
    let image: String
    var command: [String] = []
    var args: [String] = []
    var environment: [EnvironmentVariable] = []
    /// ConfigMaps and Secrets of which every key becomes a variable.
    var environmentFrom: [EnvironmentSource] = []
    var ports: [ContainerPort] = []
    var mounts: [Mount] = []
    var resources: Resources?
    var graphics: GraphicsProcessors?
    var probes = Probes()
    var security = ContainerSecurity()

    var json: JSONValue {
        .members([
            "name": .string(name), "image": .string(image), "imagePullPolicy": "IfNotPresent",
            "command": command.isEmpty ? nil : .strings(command), "args": args.isEmpty ? nil : .strings(args),
            "env": environment.sorted { $0.name < $1.name }.map(\.json).unlessEmpty,
            "envFrom": environmentFrom.map(\.json).unlessEmpty, "ports": ports.map(\.json).unlessEmpty,
            "volumeMounts": mounts.map(\.json).unlessEmpty, "resources": requirements,
            "readinessProbe": probes.readiness?.json, "livenessProbe": probes.liveness?.json,
            "startupProbe": probes.startup?.json, "securityContext": security.json,
        ])
    }
}

extension Container {
    /// Extended resources are given whole, and as request and limit alike
    /// (https://kubernetes.io/docs/tasks/manage-gpus/scheduling-gpus/).
    private var requirements: JSONValue? {
        guard let graphics else { return resources?.json }
        var requirements = resources?.json ?? .object([:])
        for part in ["requests", "limits"] {
            var quantities = requirements[part] ?? .object([:])
            quantities[graphics.resource] = .string("\(graphics.count)")
            requirements[part] = quantities
        }
        return requirements
    }
}

struct EnvironmentVariable: Sendable {
    enum Source: Sendable {
        case value(String)
        /// An optional one is absent where the Secret does not have the key.
        case secret(name: String, key: String, isOptional: Bool)
        /// A field of the pod itself.
        case field(String)
    }

    let name: String
    let source: Source

    init(_ name: String, _ value: String) {
        self.name = name
        source = .value(value)
    }

    init(_ name: String, secret: String, key: String, isOptional: Bool = false) {
        self.name = name
        source = .secret(name: secret, key: key, isOptional: isOptional)
    }

    init(_ name: String, field: String) {
        self.name = name
        source = .field(field)
    }

    var json: JSONValue {
        switch source {
        // A variable without a value is present and empty; an empty `value` would be dropped by the API server.
        case .value(""): ["name": .string(name)]
        case .value(let value): ["name": .string(name), "value": .string(Self.literal(value))]
        case .secret(let secret, let key, let isOptional):
            [
                "name": .string(name),
                "valueFrom": [
                    "secretKeyRef": .members([
                        "name": .string(secret), "key": .string(key), "optional": isOptional ? true : nil,
                    ])
                ],
            ]
        case .field(let path):
            ["name": .string(name), "valueFrom": ["fieldRef": ["apiVersion": "v1", "fieldPath": .string(path)]]]
        }
    }

    /// Kubernetes replaces `$(NAME)` in values; two dollar signs stand for one.
    private static func literal(_ value: String) -> String {
        value.reduce(into: "") { text, character in text += character == "$" ? "$$" : String(character) }
    }
}

extension [EnvironmentVariable] {
    /// With `others`, which win over those of their name.
    func under(_ others: [EnvironmentVariable]) -> [EnvironmentVariable] {
        let names = Set(others.map(\.name))
        return filter { !names.contains($0.name) } + others
    }
}

enum EnvironmentSource: Sendable {
    case configMap(String)
    case secret(String)

    var json: JSONValue {
        switch self {
        case .configMap(let name): ["configMapRef": ["name": .string(name)]]
        case .secret(let name): ["secretRef": ["name": .string(name)]]
        }
    }
}

struct ContainerPort: Sendable {
    let name: String
    let port: Int

    var json: JSONValue { ["name": .string(name), "containerPort": .integer(port), "protocol": "TCP"] }
}

struct Mount: Sendable {
    let volume: String
    let path: String
    var subPath: String?
    var readOnly = false

    var json: JSONValue {
        .members([
            "name": .string(volume), "mountPath": .string(path), "subPath": subPath.map { .string($0) },
            "readOnly": readOnly ? true : nil,
        ])
    }
}

/// Requests and limits. Without being told there is no limit of processor time, on purpose: it slows a container down
/// while the machine idles.
struct Resources: Sendable {
    var cpu: String?
    var memory: String?
    var memoryLimit: String?
    var cpuLimit: String?

    var json: JSONValue {
        .members(["requests": Self.amounts(cpu, memory), "limits": Self.amounts(cpuLimit, memoryLimit)])
    }

    private static func amounts(_ cpu: String?, _ memory: String?) -> JSONValue? {
        guard cpu != nil || memory != nil else { return nil }
        return .members(["cpu": cpu.map { .string($0) }, "memory": memory.map { .string($0) }])
    }
}

/// Graphics processors of a container, by Kubernetes' name for them.
struct GraphicsProcessors: Sendable {
    let resource: String
    let count: Int
}

/// No more rights than the program in the container needs: the restricted profile of the pod security standards, but
/// for the user, who is the image's own where the image is the user's choice
/// (https://kubernetes.io/docs/concepts/security/pod-security-standards/).
struct ContainerSecurity: Sendable {
    /// User and group; nil for the image's own.
    var user: Int?
    var group: Int?
    var readOnlyRoot = false

    var json: JSONValue {
        .members([
            "allowPrivilegeEscalation": false, "capabilities": ["drop": ["ALL"]],
            "readOnlyRootFilesystem": readOnlyRoot ? true : nil, "runAsNonRoot": user == nil ? nil : true,
            "runAsUser": user.map { .integer($0) }, "runAsGroup": group.map { .integer($0) },
        ])
    }
}
