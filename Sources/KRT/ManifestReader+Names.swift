import Model
import Schema
import YAML

/// Nodes of a manifest that could not be read: what names them is right, and is not reported.
struct UnreadNodes {
    private var names: Set<String> = []
    /// There are nodes without a name, or no readable nodes at all, so that any name may be right.
    private(set) var mayHaveAny = false

    init() {}

    init(of node: YAMLNode, besides written: WrittenManifest) {
        let workflows = node["workflows"]?.items ?? []
        let groups = [node["nodes"]] + workflows.map { $0["nodes"] }
        let read = (written.nodes + written.workflows.flatMap(\.nodes)).compactMap(\.name)
        let places = Set(read.map(\.span.start))
        for group in groups.compactMap(\.self) {
            guard let items = group.items, !items.isEmpty else {
                mayHaveAny = true
                continue
            }
            for item in items {
                guard let name = item["name"], let text = name.scalar?.text, !text.isEmpty else {
                    mayHaveAny = true
                    continue
                }
                let place = SourcePosition(line: name.range.start.line, column: name.range.start.column)
                if !places.contains(place) { names.insert(text) }
            }
        }
    }

    var isEmpty: Bool { names.isEmpty && !mayHaveAny }

    func excuses(_ name: String) -> Bool { mayHaveAny || names.contains(name) }
}

/// Names that stand twice, or that nothing else names.
extension ManifestReader {
    /// At every name but the first of its kind, in the order of the file.
    mutating func reportRepeated(_ names: [Located<String>], _ noun: String) {
        var first: [String: SourceSpan] = [:]
        for name in names.sorted(by: { $0.span.start < $1.span.start }) {
            guard let earlier = first[name.value] else {
                first[name.value] = name.span
                continue
            }
            let isSameLine = earlier.start.line == name.span.start.line
            reading.report(
                code: "duplicate-name", summary: "\(noun) \(Wording.code(name.value)) stands here a second time",
                detail: "The first is on \(isSameLine ? "the same line" : "line \(earlier.start.line)"). Keep one of them, or "
                    + "rename one.", at: name.span)
        }
    }

    /// One method cannot be bound by two workflows.
    mutating func reportSharedMethods(_ workflows: [WrittenWorkflow]) {
        var first: [String: WrittenWorkflow] = [:]
        for workflow in workflows {
            guard let method = workflow.method else { continue }
            guard let other = first[method.value] else {
                first[method.value] = workflow
                continue
            }
            let name = other.name.map { "The workflow \(Wording.code($0.value))" } ?? "Another workflow"
            reading.report(
                code: "duplicate-method", summary: "\(Wording.code(method.value)) has a workflow already",
                detail: "\(name) answers it, on line \(other.method?.span.start.line ?? 0). A method has one workflow.",
                at: method.span)
        }
    }

    /// v1: nodes that no workflow names would never run.
    mutating func reportUnused(_ written: WrittenManifest) {
        // A name that is wrong elsewhere may be meant to be this one.
        guard !reading.diagnostics.hasErrors else { return }
        let used = Set(written.workflows.flatMap(\.sequence).map(\.value))
        for name in written.nodes.compactMap(\.name) where !used.contains(name.value) {
            reading.report(
                .warning, code: "unused-node", summary: "No workflow names the node \(Wording.code(name.value))",
                detail: "It does not run. Name it under `sequential` of a workflow, or remove it.", at: name.span)
        }
    }

    /// `a` with node `b-c` and `a-b` with node `c` would be one Deployment.
    mutating func reportCollisions(_ written: WrittenManifest) {
        var taken: [String: (workflow: String, node: String)] = [:]
        for workflow in written.workflows {
            guard let name = workflow.name?.value else { continue }
            for node in workflow.sequence + workflow.nodes.compactMap(\.name) {
                let whole = "\(name)-\(node.value)"
                guard let other = taken.updateValue((name, node.value), forKey: whole), other.workflow != name else { continue }
                let deployment = written.version.map { "\($0.value)-\(whole)" } ?? whole
                reading.report(
                    code: "name-collision", summary: "Two nodes would have the Deployment \(Wording.code(deployment))",
                    detail: "The other is \(Wording.code(other.node)) of workflow \(Wording.code(other.workflow)). "
                        + "Rename a node or a workflow.", at: node.span)
            }
        }
    }
}
