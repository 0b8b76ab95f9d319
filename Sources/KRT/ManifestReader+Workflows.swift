import Model
import Schema

/// Workflows as graphs of nodes.
extension ManifestReader {
    /// v1: each node listens to the one before it.
    mutating func sequence(_ workflow: WrittenWorkflow, of nodes: [WrittenNode]) -> Workflow {
        reportRepeated(workflow.sequence, "The node")
        let known = Dictionary(nodes.compactMap { node in node.name.map { ($0.value, node) } }) { first, _ in first }
        let names = nodes.compactMap(\.name?.value)
        var members: [Node] = []
        for name in workflow.sequence {
            guard let node = known[name.value] else {
                reportUnknown(name, among: names)
                continue
            }
            let source = members.last.map { Subscription.node($0.name, subtopic: nil) } ?? .entrypoint
            members.append(Node(
                name: name.value, image: node.image ?? "", src: node.src?.value ?? "", gpu: node.gpu, subscriptions: [source]))
        }
        return Workflow(
            name: workflow.name?.value ?? "", method: workflow.method?.value ?? "", nodes: members,
            exitpoint: members.last?.name ?? "")
    }

    /// v2: each node says what it listens to.
    mutating func graph(_ workflow: WrittenWorkflow) -> Workflow {
        reportRepeated(workflow.nodes.compactMap(\.name), "The node")
        let names = workflow.nodes.compactMap(\.name?.value)
        let known = Set(names)
        var once: Set<String> = []
        let repeated = Set(names.filter { !once.insert($0).inserted })
        var isWhole = unread.isEmpty
        let nodes = workflow.nodes.map { node in
            let subscriptions = node.subscriptions.compactMap {
                subscription($0, of: node.name?.value, among: names, known: known, repeated: repeated)
            }
            isWhole = isWhole && !subscriptions.isEmpty && subscriptions.count == node.subscriptions.count
            reportRepeatedSubscriptions(node.subscriptions)
            return Node(
                name: node.name?.value ?? "", image: node.image ?? "", src: node.src?.value ?? "", gpu: node.gpu,
                replicas: node.replicas, subscriptions: subscriptions, objectStore: node.objectStore)
        }
        if let exitpoint = workflow.exitpoint, !known.contains(exitpoint.value) {
            reportUnknown(exitpoint, among: names)
        } else if isWhole {
            checkReach(workflow, nodes: nodes)
        }
        return Workflow(
            name: workflow.name?.value ?? "", method: workflow.method?.value ?? "", nodes: nodes,
            exitpoint: workflow.exitpoint?.value ?? "")
    }

    private mutating func reportUnknown(_ name: Located<String>, among names: [String], or others: [String] = []) {
        guard !unread.excuses(name.value), !names.isEmpty else { return }
        let home = homes[name.value]
        let detail = if let home {
            "It is a node of the workflow \(Wording.code(home)); nodes of two workflows do not reach each other."
        } else {
            near(to: name.value, among: others + names) ?? Self.listing(names, "node")
        }
        reading.report(
            code: "unknown-node",
            summary: "There is no node \(Wording.code(name.value))\(home == nil ? "" : " in this workflow")", detail: detail,
            at: name.span)
    }

    // MARK: Subscriptions

    private mutating func subscription(
        _ written: Located<String>, of node: String?, among names: [String], known: Set<String>, repeated: Set<String>
    ) -> Subscription? {
        if written.value == "entrypoint" { return .entrypoint }
        let parts = written.value.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts[0] != "entrypoint" else {
            reading.report(
                code: "bad-subscription", summary: "The entrypoint has no subtopics",
                detail: "Write `entrypoint` alone: it sends requests, and nothing else.", at: written.span)
            return nil
        }
        guard !parts[0].isEmpty, parts.count == 1 || Self.isSubtopic(parts[1]) else {
            reading.report(
                code: "bad-subscription", summary: "\(Wording.code(written.value)) is not a subscription",
                detail: "Write `entrypoint`, `NODE` or `NODE.SUBTOPIC`, the subtopic in letters, digits, `-` and `_`.",
                at: written.span)
            return nil
        }
        guard known.contains(parts[0]) else {
            reportUnknown(Located(parts[0], at: written.span), among: names, or: ["entrypoint"])
            return nil
        }
        // Of two nodes with one name, which is told, the other may be meant.
        guard parts[0] != node || repeated.contains(parts[0]) else {
            reading.report(
                code: "self-subscription", summary: "The node \(Wording.code(parts[0])) subscribes to itself",
                detail: "Subscribe to `entrypoint` or to another node.", at: written.span)
            return nil
        }
        return .node(parts[0], subtopic: parts.count == 2 ? parts[1] : nil)
    }

    /// One token of a NATS subject (https://docs.nats.io/nats-concepts/subjects), without its wildcards.
    private static func isSubtopic(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy {
            $0 >= 48 && $0 <= 57 || $0 | 0x20 >= 97 && $0 | 0x20 <= 122 || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
        }
    }

    private mutating func reportRepeatedSubscriptions(_ names: [Located<String>]) {
        var seen: Set<String> = []
        for name in names where !seen.insert(name.value).inserted {
            reading.report(
                .warning, code: "duplicate-subscription",
                summary: "The subscription \(Wording.code(name.value)) stands here a second time",
                detail: "The node may get every message twice. Remove it.", at: name.span)
        }
    }

    // MARK: Reach

    private mutating func checkReach(_ workflow: WrittenWorkflow, nodes: [Node]) {
        let reached = Self.reached(nodes)
        if let exitpoint = workflow.exitpoint, !reached.contains(exitpoint.value) {
            reading.report(
                code: "unreachable-exitpoint", summary: "No message reaches the exitpoint \(Wording.code(exitpoint.value))",
                detail: "Follow the subscriptions back from it: they must lead to `entrypoint`.", at: exitpoint.span)
        }
        for name in workflow.nodes.compactMap(\.name) {
            guard !reached.contains(name.value), name.value != workflow.exitpoint?.value else { continue }
            reading.report(
                .warning, code: "unreachable-node", summary: "No message reaches the node \(Wording.code(name.value))",
                detail: "Its subscriptions do not lead back to `entrypoint`.", at: name.span)
        }
    }

    /// The nodes that a request can come to. Each node is looked at once a subscription.
    private static func reached(_ nodes: [Node]) -> Set<String> {
        var listeners: [String: [String]] = [:]
        var next: [String] = []
        for node in nodes {
            for subscription in node.subscriptions {
                switch subscription {
                case .entrypoint: next.append(node.name)
                case .node(let source, _): listeners[source, default: []].append(node.name)
                }
            }
        }
        var reached: Set<String> = []
        while let name = next.popLast() {
            if reached.insert(name).inserted { next += listeners[name] ?? [] }
        }
        return reached
    }
}
