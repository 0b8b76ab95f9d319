import JSON
import Model

/// The Deployment of one node in one workflow.
struct NodeDeployment {
    private let context: VersionContext
    private let workflow: Workflow
    private let index: Int
    private var node: Node { workflow.nodes[index] }

    init(_ context: VersionContext, workflow: Workflow, index: Int) {
        self.context = context
        self.workflow = workflow
        self.index = index
    }

    /// The contract's labels, which are the selector too: none of them can change while the Deployment lives.
    private var labels: [String: String] {
        var labels = [
            VersionLabels.type: "node", VersionLabels.versionName: context.version.name,
            VersionLabels.nodeName: node.name,
            VersionLabels.nodeID: context.nodeID(workflow, node),
        ]
        if context.format == .v2 { labels[VersionLabels.runtimeID] = context.runtime }
        return labels
    }

    var content: JSONValue {
        let configuration = context.configuration
        let environment = NodeEnvironment(context, workflow: workflow, index: index).variables
        let workload = Workload(context.version, workflow: workflow, node: node, stack: context.scope.runtime.stack)
        let runner = Container(
            name: "runner", image: workload.image ?? node.image,
            environment: (environment + configuration.references).under(workload.environment),
            environmentFrom: configuration.sources, mounts: [context.files, context.logs], resources: workload.resources,
            graphics: workload.graphics)
        let pod = context.pod(
            labels: labels, component: .node, containers: [runner, context.logShipper(environment)], volumes: context.volumes,
            placement: workload.placement)
        return context.stamp.deployment(
            ObjectNames.nodeDeployment(version: context.version.name, workflow: workflow.name, node: node.name), .node,
            labels: labels, annotations: context.annotations, selector: labels, replicas: workload.replicas ?? node.replicas,
            minReadySeconds: workload.minReadySeconds, pod: pod)
    }
}
