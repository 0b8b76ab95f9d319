import Model

/// What the file says of one workload of a version, as its Deployment takes it.
struct Workload: Sendable {
    private let settings: WorkloadSettings
    private let stack: StackSettings
    let graphics: GraphicsProcessors?

    /// A node has graphics processors when its package says so. The file's word for that one node counts more, and its
    /// word for many is how many those have that have any.
    init(_ version: DesiredVersion, workflow: Workflow, node: Node, stack: StackSettings) {
        settings = version.workloads.settings(ofNode: node.name, in: workflow.name)
        self.stack = stack
        let isAsked = version.workloads.own(ofNode: node.name, in: workflow.name).gpu.count.map { $0 > 0 } ?? node.gpu
        let count = isAsked ? settings.gpu.count ?? 1 : 0
        graphics = count == 0
            ? nil : GraphicsProcessors(resource: settings.gpu.resource ?? Self.graphicsResource, count: count)
    }

    init(entrypointOf version: DesiredVersion, stack: StackSettings) {
        settings = version.workloads.entrypoint
        self.stack = stack
        graphics = nil
    }

    var replicas: Int? { settings.replicas }
    var image: String? { settings.image }
    /// Runners have no probe that tells a handler which cannot be loaded from one that works: they end within seconds.
    var minReadySeconds: Int { settings.minReadySeconds ?? 10 }

    /// Nil when nothing is said of them.
    var resources: Resources? {
        let resources = Resources(
            cpu: settings.requests.cpu, memory: settings.requests.memory, memoryLimit: settings.limits.memory,
            cpuLimit: settings.limits.cpu)
        return settings.requests == ComputeAmounts() && settings.limits == ComputeAmounts() ? nil : resources
    }

    var environment: [EnvironmentVariable] {
        settings.environment.sorted { $0.key < $1.key }.map { name, value in
            switch value {
            case .text(let text): EnvironmentVariable(name, text)
            case .secret(let secret): EnvironmentVariable(name, secret: secret.name, key: secret.key)
            }
        }
    }

    /// With the contract's label and taints for those with graphics processors.
    var placement: Placement {
        var placement = Placement(
            nodeSelector: settings.nodeSelector, tolerations: settings.tolerations,
            pullSecrets: stack.imagePullSecrets + settings.imagePullSecrets.filter { !stack.imagePullSecrets.contains($0) },
            priorityClass: settings.priorityClassName)
        guard let graphics else { return placement }
        let machines = settings.gpu.nodeSelector ?? [Self.graphicsLabel: "true"]
        placement.nodeSelector = machines.merging(settings.nodeSelector) { $1 }
        let taints = [Self.graphicsLabel, graphics.resource].map {
            Toleration(key: $0, comparison: .exists, effect: .noSchedule)
        }
        placement.tolerations = taints + settings.tolerations.filter { !taints.contains($0) }
        return placement
    }

    private static let graphicsResource = "nvidia.com/gpu"
    private static let graphicsLabel = "konstellation.io/gpu"
}

extension DesiredVersion {
    /// Of the entrypoint and all nodes, each with what it is in words.
    func workloads(_ stack: StackSettings) -> [(words: String, workload: Workload)] {
        [("the entrypoint", Workload(entrypointOf: self, stack: stack))]
            + solution.manifest.workflows.flatMap { workflow in
                workflow.nodes.map { node in
                    (
                        "node `\(node.name)` of workflow `\(workflow.name)`",
                        Workload(self, workflow: workflow, node: node, stack: stack)
                    )
                }
            }
    }
}
