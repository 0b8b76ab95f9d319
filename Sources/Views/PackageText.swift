import Digest
import Model

/// A KRT package as people read it: `kreform krt inspect`.
package enum PackageText {
    package static func render(_ package: Package, style: Style) -> String {
        let manifest = package.manifest
        let rows = [
            ["version", style.bold(manifest.version)], ["description", manifest.description], ["format", "KRT \(manifest.format.rawValue)"],
            ["digest", package.digest.description], ["size", "\(Layout.bytes(package.size)), \(files(package))"],
            ["entrypoint", "\(manifest.entrypoint.image), \(manifest.entrypoint.proto)"],
            ["variables", manifest.variables.joined(separator: ", ")], ["files", manifest.files.joined(separator: ", ")],
        ].filter { !$0[1].isEmpty }
        var lines = Layout.table(rows) { _, column, cell in column == 0 ? style.dim(cell) : cell }
        lines += services(package, style: style)
        for workflow in manifest.workflows { lines += ["", graph(of: workflow, style: style)] }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func files(_ package: Package) -> String {
        let unpacked = package.entries.reduce(0) { $0 + $1.size }
        return "\(Layout.count(package.entries.count, "file")) of \(Layout.bytes(unpacked)) unpacked"
    }

    private static func services(_ package: Package, style: Style) -> [String] {
        var names: [String] = []
        for method in package.methods where !names.contains(method.service) { names.append(method.service) }
        let bound = Dictionary(
            package.manifest.workflows.map { ($0.method, $0.name) }, uniquingKeysWith: { first, _ in first })
        return names.flatMap { name -> [String] in
            let methods = package.methods.filter { $0.service == name }.map { method in
                ["  " + method.name, bound[method.name].map { "→ workflow \($0)" } ?? "(no workflow)"]
            }
            return ["", style.dim("service ") + style.bold(name)] + Layout.table(methods)
        }
    }

    /// The nodes as a tree that follows the messages from the entrypoint. A node that several feed is drawn below the first
    /// and named below the others.
    private static func graph(of workflow: Workflow, style: Style) -> String {
        var lines = ["\(style.dim("workflow")) \(style.bold(workflow.name)) \(style.dim("answers")) \(workflow.method)"]
        var drawn: Set<String> = []
        func draw(_ source: String, indent: String) {
            let fed = workflow.nodes.flatMap { node in
                node.subscriptions.filter { feeds(source, $0) }.map { (node: node, subscription: $0) }
            }
            for (index, item) in fed.enumerated() {
                let isLast = index == fed.count - 1
                let again = !drawn.insert(item.node.name).inserted
                let title = title(item.node, item.subscription, workflow, again: again, style: style)
                lines.append("\(indent)\(isLast ? "└─" : "├─") \(title)")
                if !again { draw(item.node.name, indent: indent + (isLast ? "   " : "│  ")) }
            }
        }
        lines.append("  entrypoint")
        draw("", indent: "  ")
        let lost = workflow.nodes.filter { !drawn.contains($0.name) }.map(\.name)
        if !lost.isEmpty { lines.append("  never reached: \(lost.joined(separator: ", "))") }
        return lines.joined(separator: "\n")
    }

    /// `source` is a node's name, or empty for the entrypoint.
    private static func feeds(_ source: String, _ subscription: Subscription) -> Bool {
        switch subscription {
        case .entrypoint: source.isEmpty
        case .node(let name, _): name == source
        }
    }

    private static func title(
        _ node: Node, _ subscription: Subscription, _ workflow: Workflow, again: Bool, style: Style
    ) -> String {
        var name = style.bold(node.name)
        if case .node(_, let subtopic?) = subscription { name = "\(style.dim("(\(subtopic))")) " + name }
        if again { return "\(name) \(style.dim("(above)"))" }
        var notes = [node.src, node.image]
        if node.gpu { notes.append("gpu") }
        if node.replicas > 1 { notes.append("\(node.replicas) replicas") }
        if let store = node.objectStore { notes.append("object store \(store.name) (\(store.scope.rawValue))") }
        let exit = node.name == workflow.exitpoint ? " → answer" : ""
        return "\(name)  \(style.dim(notes.joined(separator: ", ")))\(exit)"
    }
}

extension PackageText {
    /// `krt verify` found nothing wrong.
    package static func sound(_ package: Package, style: Style) -> String {
        let manifest = package.manifest
        let nodes = manifest.workflows.reduce(0) { $0 + $1.nodes.count }
        return """
            \(style.green(style.bold("Sound."))) \(manifest.version): KRT \(manifest.format.rawValue), \
            \(Layout.count(manifest.workflows.count, "workflow")), \(Layout.count(nodes, "node")), \(files(package)).
            \(package.digest)

            """
    }

    /// `krt pack` wrote the package.
    package static func packed(_ package: Package, style: Style) -> String {
        """
        \(style.green(style.bold("Packed"))) \(package.manifest.version) into \(package.path): \(Layout.bytes(package.size)), \
        \(files(package)).
        \(package.digest)

        """
    }
}
