/// What the file says of the pods of nodes and entrypoints, besides what their package says. Nil or empty for what it
/// leaves as it is. Quantities are in their canonical form.
package struct WorkloadSettings: Sendable, Hashable {
    package var replicas: Int?
    /// For how many seconds a new pod must be ready before it counts.
    package var minReadySeconds: Int?
    /// In place of the package's.
    package var image: String?
    package var requests: ComputeAmounts
    package var limits: ComputeAmounts
    package var gpu: GPUSettings
    package var nodeSelector: [String: String]
    /// In the order written.
    package var tolerations: [Toleration]
    /// Variables for the runner, besides those of the package and of the contract.
    package var environment: [String: EnvironmentAddition]
    package var imagePullSecrets: [String]
    package var priorityClassName: String?

    package init(
        replicas: Int? = nil, minReadySeconds: Int? = nil, image: String? = nil, requests: ComputeAmounts = ComputeAmounts(),
        limits: ComputeAmounts = ComputeAmounts(), gpu: GPUSettings = GPUSettings(), nodeSelector: [String: String] = [:],
        tolerations: [Toleration] = [], environment: [String: EnvironmentAddition] = [:], imagePullSecrets: [String] = [],
        priorityClassName: String? = nil
    ) {
        self.replicas = replicas
        self.minReadySeconds = minReadySeconds
        self.image = image
        self.requests = requests
        self.limits = limits
        self.gpu = gpu
        self.nodeSelector = nodeSelector
        self.tolerations = tolerations
        self.environment = environment
        self.imagePullSecrets = imagePullSecrets
        self.priorityClassName = priorityClassName
    }

    /// These settings, and over them those that are said nearer to the node: a single value of theirs wins, mappings
    /// are joined and theirs wins by key, lists add up, each item once.
    package func under(_ nearer: WorkloadSettings) -> WorkloadSettings {
        WorkloadSettings(
            replicas: nearer.replicas ?? replicas, minReadySeconds: nearer.minReadySeconds ?? minReadySeconds,
            image: nearer.image ?? image, requests: requests.under(nearer.requests), limits: limits.under(nearer.limits), gpu: gpu.under(nearer.gpu),
            nodeSelector: nodeSelector.merging(nearer.nodeSelector) { $1 },
            tolerations: tolerations + nearer.tolerations.filter { !tolerations.contains($0) },
            environment: environment.merging(nearer.environment) { $1 },
            imagePullSecrets: imagePullSecrets + nearer.imagePullSecrets.filter { !imagePullSecrets.contains($0) },
            priorityClassName: nearer.priorityClassName ?? priorityClassName)
    }

    /// What an entrypoint takes of what is said for all: where its pods run, how their images are fetched, and when they count.
    package var placement: WorkloadSettings {
        WorkloadSettings(
            minReadySeconds: minReadySeconds, nodeSelector: nodeSelector, tolerations: tolerations,
            imagePullSecrets: imagePullSecrets, priorityClassName: priorityClassName)
    }
}

/// Graphics processors of a node.
package struct GPUSettings: Sendable, Hashable {
    /// What Kubernetes calls them, such as `nvidia.com/gpu`.
    package var resource: String?
    package var count: Int?
    /// Labels of the machines that have them, in place of the contract's.
    package var nodeSelector: [String: String]?

    package init(resource: String? = nil, count: Int? = nil, nodeSelector: [String: String]? = nil) {
        self.resource = resource
        self.count = count
        self.nodeSelector = nodeSelector
    }

    fileprivate func under(_ nearer: GPUSettings) -> GPUSettings {
        GPUSettings(
            resource: nearer.resource ?? resource, count: nearer.count ?? count,
            nodeSelector: nearer.nodeSelector ?? nodeSelector)
    }
}

extension ComputeAmounts {
    fileprivate func under(_ nearer: ComputeAmounts) -> ComputeAmounts {
        ComputeAmounts(cpu: nearer.cpu ?? cpu, memory: nearer.memory ?? memory)
    }
}

/// A taint that pods put up with (https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/).
package struct Toleration: Sendable, Hashable {
    package enum Operator: String, Sendable, Hashable, CaseIterable { case equal = "Equal", exists = "Exists" }
    package enum Effect: String, Sendable, Hashable, CaseIterable {
        case noSchedule = "NoSchedule", preferNoSchedule = "PreferNoSchedule", noExecute = "NoExecute"
    }

    /// Nil for every taint.
    package let key: String?
    package let comparison: Operator
    package let value: String?
    /// Nil for every effect.
    package let effect: Effect?
    /// How long pods stay, with `NoExecute`; nil for ever.
    package let seconds: Int?

    package init(key: String?, comparison: Operator, value: String? = nil, effect: Effect? = nil, seconds: Int? = nil) {
        self.key = key
        self.comparison = comparison
        self.value = value
        self.effect = effect
        self.seconds = seconds
    }
}

/// The value of a variable that the file adds.
package enum EnvironmentAddition: Sendable, Hashable {
    case text(String)
    case secret(SecretReference)
}

/// A key of an existing Secret in the runtime's namespace.
package struct SecretReference: Sendable, Hashable {
    package let name: String
    package let key: String

    package init(name: String, key: String) {
        self.name = name
        self.key = key
    }
}

/// What the file says of the pods of one version.
package struct VersionWorkloads: Sendable, Hashable {
    /// For all nodes: the engine's settings, over them the runtime's, over them the version's.
    package let common: WorkloadSettings
    /// For single ones, by `NODE` or `WORKFLOW/NODE`, and for the entrypoint by `entrypoint`.
    package let own: [String: WorkloadSettings]

    package init(common: WorkloadSettings = WorkloadSettings(), own: [String: WorkloadSettings] = [:]) {
        self.common = common
        self.own = own
    }

    /// What the gRPC server of a version is called here, which no node may be.
    package static let entrypointName = "entrypoint"
    package static func name(ofNode node: String, in workflow: String) -> String { "\(workflow)/\(node)" }

    /// What is said of this node alone.
    package func own(ofNode node: String, in workflow: String) -> WorkloadSettings {
        let everywhere = own[node] ?? WorkloadSettings()
        return own[Self.name(ofNode: node, in: workflow)].map(everywhere.under) ?? everywhere
    }

    package func settings(ofNode node: String, in workflow: String) -> WorkloadSettings {
        common.under(own(ofNode: node, in: workflow))
    }

    package var entrypoint: WorkloadSettings {
        common.placement.under(own[Self.entrypointName] ?? WorkloadSettings())
    }
}
