import Model
import Schema

extension ObjectStore.Scope {
    static let shape = Shape<ObjectStore.Scope>.choice
}

/// The keys of `krt.yml`, both formats.
enum ManifestShape {
    private static let krtName = Shape<String>.text(.resourceName(limit: ObjectNames.krtNameLimit))
    private static let versionName = krtName.unless(
        ObjectNames.activeEntrypoint, "It is the Service of the published version. Choose another name.")
    private static let nodeNameShape = krtName.unless(
        "entrypoint", "It means the version's gRPC server. Choose another name.")
    private static let image = Shape<String>.text(.image)

    // MARK: Both formats

    private static let format = ShapeKey<Void>.optional(
        "krtVersion", Shape<String>.text.unread(), "The manifest's format, `v1` or `v2`.", default: "v1")
    private static let version = ShapeKey<String>.required("version", versionName, "The version's name, unique in its runtime.")
    private static let description = ShapeKey<String>.required("description", .text(.filled), "What the version is.")
    private static let entrypoint = ShapeKey<WrittenEntrypoint>.required(
        "entrypoint", entrypointShape, "The gRPC server in front of the workflows.")
    private static let config = ShapeKey<WrittenConfig>.optional(
        "config", configShape, "Names of the values that the version needs.")

    private static let entrypointShape: Shape<WrittenEntrypoint> = {
        let proto = ShapeKey<String>.required("proto", .text(.proto), "The `.proto` of the service, in the package.")
        let image = ShapeKey<String>.required("image", Self.image, "The image of the gRPC server.")
        return .record("an entrypoint", keys: ShapeKeys(proto, image)) { values, _ in
            WrittenEntrypoint(proto: values[proto], image: values.value(image))
        }
    }()

    private static let configShape: Shape<WrittenConfig> = {
        let names = Shape<[Located<String>]>.list(of: .text(.environmentName)).orEmpty([])
        let variables = ShapeKey<[Located<String>]>.optional("variables", names, "Names of variables.")
        let files = ShapeKey<[Located<String>]>.optional("files", names, "Names of variables that hold a file's text.")
        return .record("a config", keys: ShapeKeys(variables, files)) { values, _ in
            WrittenConfig(variables: values.value(variables) ?? [], files: values.value(files) ?? [])
        }
    }()

    // MARK: Version 1

    static let v1: Shape<WrittenManifest> = {
        let nodes = ShapeKey<[Located<WrittenNode>]>.required(
            "nodes", .list(of: nodeV1, atLeast: 1), "The nodes that workflows put in sequence.")
        let workflows = ShapeKey<[Located<WrittenWorkflow>]>.required(
            "workflows", .list(of: workflowV1, atLeast: 1), "The sequences of nodes that answer the service's methods.")
        return .record(
            "a v1 manifest", keys: ShapeKeys(format, version, description, entrypoint, config, nodes, workflows)
        ) { values, _ in
            WrittenManifest(
                version: values[version], description: values.value(description), entrypoint: values.value(entrypoint),
                config: values.value(config) ?? WrittenConfig(variables: [], files: []),
                nodes: (values.value(nodes) ?? []).map(\.value), workflows: (values.value(workflows) ?? []).map(\.value))
        }
    }()

    private static let nodeName = ShapeKey<String>.required("name", nodeNameShape, "The node's name.")
    private static let nodeImage = ShapeKey<String>.required("image", image, "The runner's image.")
    private static let nodeSrc = ShapeKey<String>.required("src", .text(.filled), "The file in the package that the runner loads.")
    private static let nodeGPU = ShapeKey<Bool>.optional("gpu", .boolean, "Whether the node needs a GPU.", default: "false")
    private static let v2Only = "It needs `krtVersion: v2`."

    private static let nodeV1 = Shape<WrittenNode>.record(
        "a node", keys: ShapeKeys(nodeName, nodeImage, nodeSrc, nodeGPU),
        hints: ["replicas": v2Only, "subscriptions": v2Only, "objectStore": v2Only]
    ) { values, _ in node(values) }

    private static func node(_ values: ShapeValues) -> WrittenNode {
        WrittenNode(
            name: values[nodeName], image: values.value(nodeImage), src: values[nodeSrc],
            gpu: values.value(nodeGPU) ?? false)
    }

    private static let workflowName = ShapeKey<String>.required("name", krtName, "The workflow's name.")
    private static let workflowMethod = ShapeKey<String>.required(
        "entrypoint", .text(.filled), "The method of the service that the workflow answers.")

    private static let workflowV1: Shape<WrittenWorkflow> = {
        let sequential = ShapeKey<[Located<String>]>.required(
            "sequential", .list(of: .text(.filled), atLeast: 1), "The names of its nodes, in order.")
        return .record(
            "a workflow", keys: ShapeKeys(workflowName, workflowMethod, sequential),
            hints: ["nodes": v2Only, "exitpoint": v2Only]
        ) { values, _ in
            WrittenWorkflow(
                name: values[workflowName], method: values[workflowMethod], sequence: values.value(sequential) ?? [])
        }
    }()

    // MARK: Version 2

    static let v2: Shape<WrittenManifest> = {
        let workflows = ShapeKey<[Located<WrittenWorkflow>]>.required(
            "workflows", .list(of: workflowV2, atLeast: 1), "The graphs of nodes that answer the service's methods.")
        return .record(
            "a v2 manifest", keys: ShapeKeys(format, version, description, entrypoint, config, workflows),
            hints: ["nodes": "In `krtVersion: v2` nodes stand inside their workflow."]
        ) { values, _ in
            WrittenManifest(
                version: values[version], description: values.value(description), entrypoint: values.value(entrypoint),
                config: values.value(config) ?? WrittenConfig(variables: [], files: []), nodes: [],
                workflows: (values.value(workflows) ?? []).map(\.value))
        }
    }()

    private static let nodeV2: Shape<WrittenNode> = {
        let replicas = ShapeKey<Int>.optional("replicas", .integer(in: 1...Int(Int32.max)), "How many run.", default: "1")
        let subscriptions = ShapeKey<[Located<String>]>.required(
            "subscriptions", .list(of: .text(.filled), atLeast: 1), "What it listens to: `entrypoint`, NODE or NODE.SUBTOPIC.")
        let store = ShapeKey<ObjectStore>.optional("objectStore", storeShape, "The object store that it uses.")
        return .record(
            "a node", keys: ShapeKeys(nodeName, nodeImage, nodeSrc, nodeGPU, replicas, subscriptions, store)
        ) { values, _ in
            var node = node(values)
            node.replicas = values.value(replicas) ?? 1
            node.subscriptions = values.value(subscriptions) ?? []
            node.objectStore = values.value(store)
            return node
        }
    }()

    private static let storeShape: Shape<ObjectStore> = {
        let name = ShapeKey<String>.required("name", .text(.resourceName()), "The store's name.")
        let scope = ShapeKey<ObjectStore.Scope>.optional(
            "scope", ObjectStore.Scope.shape, "Who shares it: the workflow or the whole version.", default: "workflow")
        return .record("an object store", keys: ShapeKeys(name, scope)) { values, _ in
            values.value(name).map { ObjectStore(name: $0, scope: values.value(scope) ?? .workflow) }
        }
    }()

    private static let workflowV2: Shape<WrittenWorkflow> = {
        let nodes = ShapeKey<[Located<WrittenNode>]>.required("nodes", .list(of: nodeV2, atLeast: 1), "Its nodes.")
        let exitpoint = ShapeKey<String>.required(
            "exitpoint", .text(.filled), "The node whose output is the answer.")
        return .record(
            "a workflow", keys: ShapeKeys(workflowName, workflowMethod, exitpoint, nodes),
            hints: ["sequential": "In `krtVersion: v2` each node says what it subscribes to."]
        ) { values, _ in
            WrittenWorkflow(
                name: values[workflowName], method: values[workflowMethod],
                nodes: (values.value(nodes) ?? []).map(\.value), exitpoint: values[exitpoint])
        }
    }()
}

extension Shape<String> {
    /// The same, but for one name.
    fileprivate func unless(_ name: String, _ advice: String) -> Shape {
        map(reporting: { text, node, reading in
            guard text == name else { return text }
            reading.report(
                code: "reserved-name", summary: "The name \(Wording.code(name)) is taken", detail: advice, at: node)
            return nil
        })
    }
}

extension TextRule {
    /// `entrypoint.proto`.
    static let proto = TextRule(
        code: "bad-proto", noun: "the path of a `.proto` file", words: "a path that ends in `.proto`", pattern: #"\.proto$"#
    ) { $0.hasSuffix(".proto") && $0.utf8.count > 6 }

    /// An image reference.
    package static let image = TextRule(
        code: "bad-image", noun: "a valid image",
        words: "an image reference such as `konstellation/kre-py:1.23.1`, its repository in lower case",
        mended: ImageReference.mended, holds: ImageReference.isValid)
}
