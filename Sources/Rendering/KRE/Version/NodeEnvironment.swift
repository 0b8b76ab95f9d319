import Model

/// The environment that a node's runner reads (engine's contract, section 5). Runners stop when a variable is absent,
/// so that empty ones are there, and empty.
struct NodeEnvironment {
    private let context: VersionContext
    private let workflow: Workflow
    private let index: Int
    private var node: Node { workflow.nodes[index] }

    init(_ context: VersionContext, workflow: Workflow, index: Int) {
        self.context = context
        self.workflow = workflow
        self.index = index
    }

    var variables: [EnvironmentVariable] { common + (context.format == .v1 ? core : jetStream) }

    private var common: [EnvironmentVariable] {
        [
            EnvironmentVariable("KRT_VERSION_ID", context.versionID),
            EnvironmentVariable("KRT_VERSION", context.version.name),
            EnvironmentVariable("KRT_RUNTIME_ID", context.runtime),
            EnvironmentVariable("KRT_WORKFLOW_ID", context.workflowID(workflow)),
            EnvironmentVariable("KRT_WORKFLOW_NAME", workflow.name),
            EnvironmentVariable("KRT_NODE_ID", context.nodeID(workflow, node)),
            EnvironmentVariable("KRT_NODE_NAME", node.name),
            EnvironmentVariable("KRT_NATS_SERVER", context.addresses.nats),
            EnvironmentVariable("KRT_BASE_PATH", "/krt-files"),
            EnvironmentVariable("KRT_HANDLER_PATH", node.src),
            context.addresses.mongoURI(as: "KRT_MONGO_URI"),
            EnvironmentVariable("KRT_MONGO_DB_NAME", StackNames.database),
            EnvironmentVariable("KRT_MONGO_BUCKET", StackNames.bucket),
            EnvironmentVariable("KRT_INFLUX_URI", context.addresses.influxDB),
        ]
    }

    private var core: [EnvironmentVariable] {
        [
            EnvironmentVariable("KRT_NATS_MONGO_WRITER", "mongo_writer"),
            EnvironmentVariable("KRT_NATS_INPUT", context.subjects.input(workflow: workflow, at: index)),
            EnvironmentVariable("KRT_NATS_OUTPUT", context.subjects.output(workflow: workflow, at: index)),
        ]
    }

    private var jetStream: [EnvironmentVariable] {
        let streams = context.streams
        let inputs = node.subscriptions.map { streams.subject($0, method: workflow.method) }
        let output = Subscription.node(node.name, subtopic: nil)
        var variables = [
            EnvironmentVariable("KRT_NATS_MONGO_WRITER", "mongo_writer_data.\(context.runtime)"),
            EnvironmentVariable("KRT_NATS_STREAM", streams.stream(method: workflow.method)),
            EnvironmentVariable("KRT_NATS_INPUTS", inputs.joined(separator: ",")),
            EnvironmentVariable("KRT_NATS_OUTPUT", streams.subject(output, method: workflow.method)),
            EnvironmentVariable("KRT_IS_EXITPOINT", node.name == workflow.exitpoint ? "true" : "false"),
            EnvironmentVariable("KRT_NATS_KEY_VALUE_STORE_PROJECT", streams.projectBucket),
            EnvironmentVariable("KRT_NATS_KEY_VALUE_STORE_WORKFLOW", streams.bucket(workflow: workflow.name)),
            EnvironmentVariable(
                "KRT_NATS_KEY_VALUE_STORE_NODE", streams.bucket(workflow: workflow.name, node: node.name)),
            // Milliseconds.
            EnvironmentVariable("KRT_JS_REQUEST_TIMEOUT", "30000"),
        ]
        if let store = node.objectStore {
            variables.append(
                EnvironmentVariable("KRT_NATS_OBJECT_STORE", streams.objectStore(store, workflow: workflow.name)))
        }
        return variables
    }
}
