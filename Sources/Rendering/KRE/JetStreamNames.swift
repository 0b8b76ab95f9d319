import Model

/// What a KRT v2 version needs in NATS JetStream: streams, key-value buckets and object stores, by name (engine's
/// contract, section 5). They must exist before the nodes start; the nodes' environment names them.
package struct JetStreamNames: Sendable {
    package let runtime: String
    package let version: String

    package init(runtime: String, version: String) {
        self.runtime = runtime
        self.version = version
    }

    /// The stream of a workflow, by the method it answers. Neither runtime nor version holds an underscore, so that
    /// two never share a stream.
    package func stream(method: String) -> String { "\(runtime)_\(version)_\(method)" }

    /// What the stream of `workflow` must take, in the order written.
    package func subjects(of workflow: Workflow) -> [String] {
        let stream = stream(method: workflow.method)
        return ["\(stream).entrypoint"] + workflow.nodes.flatMap { ["\(stream).\($0.name)", "\(stream).\($0.name).*"] }
    }

    /// The subject that a subscription listens to.
    package func subject(_ subscription: Subscription, method: String) -> String {
        let stream = stream(method: method)
        return switch subscription {
        case .entrypoint: "\(stream).entrypoint"
        case .node(let name, nil): "\(stream).\(name)"
        case .node(let name, let subtopic?): "\(stream).\(name).\(subtopic)"
        }
    }

    /// The key-value bucket that all nodes share.
    package var projectBucket: String { "key-store_\(runtime)_\(version)" }
    package func bucket(workflow: String) -> String { "\(projectBucket)_\(workflow)" }
    package func bucket(workflow: String, node: String) -> String { "\(projectBucket)_\(workflow)_\(node)" }

    /// All key-value buckets of a version: they are made whether nodes use them or not.
    package func buckets(of manifest: PackageManifest) -> [String] {
        [projectBucket]
            + manifest.workflows.flatMap { workflow in
                [bucket(workflow: workflow.name)]
                    + workflow.nodes.map { bucket(workflow: workflow.name, node: $0.name) }
            }
    }

    package func objectStore(_ store: ObjectStore, workflow: String) -> String {
        switch store.scope {
        case .workflow: "\(runtime)_\(version)_\(workflow)_\(store.name)"
        case .project: "\(runtime)_\(version)_\(store.name)"
        }
    }

    /// All object stores of a version, sorted, each once.
    package func objectStores(of manifest: PackageManifest) -> [String] {
        let names = manifest.workflows.flatMap { workflow in
            workflow.nodes.compactMap { node in node.objectStore.map { objectStore($0, workflow: workflow.name) } }
        }
        return Set(names).sorted()
    }
}
