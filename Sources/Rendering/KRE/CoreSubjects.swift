import Model

/// Subjects of KRT v1, over core NATS with request and reply (engine's contract, section 5).
struct CoreSubjects: Sendable {
    let version: String

    /// Where the entrypoint sends a method's requests, and the first node listens.
    func entrypoint(method: String) -> String { "\(version)-\(method)-entrypoint" }

    /// An edge's own subject. Names hold no dots and the entrypoint's subjects have none, so that no two subjects of a
    /// runtime are the same.
    func edge(workflow: Workflow, from: Node, to: Node) -> String {
        "\(version).\(workflow.name).\(from.name).\(to.name)"
    }

    /// What the node at `index` of the sequence listens to.
    func input(workflow: Workflow, at index: Int) -> String {
        index == 0
            ? entrypoint(method: workflow.method)
            : edge(workflow: workflow, from: workflow.nodes[index - 1], to: workflow.nodes[index])
    }

    /// Where it sends its answer; empty for the last, which replies to the entrypoint.
    func output(workflow: Workflow, at index: Int) -> String {
        index == workflow.nodes.count - 1
            ? "" : edge(workflow: workflow, from: workflow.nodes[index], to: workflow.nodes[index + 1])
    }
}
