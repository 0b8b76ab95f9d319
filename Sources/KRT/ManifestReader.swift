import Model
import Schema
import YAML

/// Reads `krt.yml` and checks it against the rest of its package. Reports all faults together.
struct ManifestReader {
    private var reading: SchemaReading
    private let entries: Set<String>
    /// By path of the `.proto`: the methods of its services.
    private let methods: [String: [ServiceMethod]]

    /// The manifest, unless there are errors; every fault; and the methods of the entrypoint.
    static func read(
        file: String, bytes: [UInt8], entries: [String], methods: [String: [ServiceMethod]]
    ) -> (manifest: PackageManifest?, methods: [ServiceMethod], diagnostics: [Diagnostic]) {
        var reader = ManifestReader(
            reading: SchemaReading(file: file, bytes: bytes, subject: "the manifest"), entries: Set(entries), methods: methods)
        let manifest = reader.manifest()
        let diagnostics = reader.reading.diagnostics
        return (
            diagnostics.hasErrors ? nil : manifest, manifest.flatMap { methods[$0.entrypoint.proto] } ?? [], diagnostics
        )
    }

    private mutating func manifest() -> PackageManifest? {
        guard let node = reading.parse(), let format = format(of: node) else { return nil }
        let shape = format == .v1 ? ManifestShape.v1 : ManifestShape.v2
        guard let written = reading.read(node, as: shape)?.value else { return nil }
        checkPackage(written)
        reportRepeated(written.config.variables + written.config.files, "The name")
        reportRepeated(written.workflows.map(\.name), "The workflow")
        reportRepeated(written.workflows.map(\.method), "The method")
        if format == .v1 { reportRepeated(written.nodes.map(\.name), "The node") }
        let workflows = written.workflows.map { format == .v1 ? sequence($0, of: written.nodes) : graph($0) }
        return PackageManifest(
            format: format, version: written.version.value, description: written.description,
            entrypoint: Entrypoint(proto: written.entrypoint.proto.value, image: written.entrypoint.image),
            variables: written.config.variables.map(\.value), files: written.config.files.map(\.value),
            workflows: workflows)
    }

    private mutating func format(of node: YAMLNode) -> PackageManifest.Format? {
        guard let written = node["krtVersion"], !written.isNull else { return .v1 }
        if let text = written.scalar?.text, let format = PackageManifest.Format(rawValue: text) { return format }
        reading.report(
            code: "unsupported-format", summary: "This is not a KRT format that Kreform knows",
            detail: "Write `krtVersion: v1` or `krtVersion: v2`.", at: written)
        return nil
    }

    // MARK: Against the package

    private mutating func checkPackage(_ written: WrittenManifest) {
        let proto = written.entrypoint.proto
        if entries.contains(proto.value) {
            if proto.value != "public_input.proto" {
                reading.report(
                    .warning, code: "proto-name", summary: "The entrypoint image reads `public_input.proto`",
                    detail: "The file is made available under that name too.", at: proto.span)
            }
            checkMethods(written.workflows, proto: proto.value)
        } else {
            reportAbsent(proto, "proto")
        }
        let nodes = written.nodes + written.workflows.flatMap(\.nodes)
        for node in nodes where !entries.contains(node.src.value) { reportAbsent(node.src, "src") }
    }

    private mutating func reportAbsent(_ path: Located<String>, _ key: String) {
        let near = didYouMean(path.value, among: entries).map { " \($0)" } ?? ""
        reading.report(
            code: "missing-file", summary: "\(Wording.code(path.value)) is not in the package",
            detail: "`\(key)` names a file from the root of the package.\(near)", at: path.span)
    }

    private mutating func checkMethods(_ workflows: [WrittenWorkflow], proto: String) {
        let names = (methods[proto] ?? []).map(\.name)
        for workflow in workflows where !names.contains(workflow.method.value) {
            let known = names.isEmpty ? "It has no methods." : "Its methods are \(Wording.list(names))."
            reading.report(
                code: "unknown-method",
                summary: "\(Wording.code(workflow.method.value)) is not a method of the service in \(Wording.code(proto))",
                detail: didYouMean(workflow.method.value, among: names) ?? known, at: workflow.method.span)
        }
    }

    private mutating func reportRepeated(_ names: [Located<String>], _ noun: String) {
        var first: [String: SourceSpan] = [:]
        for name in names {
            if let earlier = first[name.value] {
                reading.report(
                    code: "duplicate-name", summary: "\(noun) \(Wording.code(name.value)) stands here a second time",
                    detail: "The first is on line \(earlier.start.line).", at: name.span)
            } else {
                first[name.value] = name.span
            }
        }
    }

    // MARK: Workflows

    private mutating func sequence(_ workflow: WrittenWorkflow, of nodes: [WrittenNode]) -> Workflow {
        reportRepeated(workflow.sequence, "The node")
        var members: [Node] = []
        for name in workflow.sequence {
            guard let node = nodes.first(where: { $0.name.value == name.value }) else {
                reportUnknown(name, among: nodes.map(\.name.value))
                continue
            }
            let source = members.last.map { Subscription.node($0.name, subtopic: nil) } ?? .entrypoint
            members.append(Node(
                name: node.name.value, image: node.image, src: node.src.value, gpu: node.gpu, subscriptions: [source]))
        }
        return Workflow(
            name: workflow.name.value, method: workflow.method.value, nodes: members, exitpoint: members.last?.name ?? "")
    }

    private mutating func reportUnknown(_ name: Located<String>, among names: [String]) {
        reading.report(
            code: "unknown-node", summary: "There is no node \(Wording.code(name.value))",
            detail: didYouMean(name.value, among: names) ?? "The nodes are \(Wording.list(names)).", at: name.span)
    }

    private mutating func graph(_ workflow: WrittenWorkflow) -> Workflow {
        reportRepeated(workflow.nodes.map(\.name), "The node")
        let names = workflow.nodes.map(\.name.value)
        let nodes = workflow.nodes.map { node in
            Node(
                name: node.name.value, image: node.image, src: node.src.value, gpu: node.gpu, replicas: node.replicas,
                subscriptions: node.subscriptions.compactMap { subscription($0, of: node.name.value, among: names) },
                objectStore: node.objectStore)
        }
        if let exitpoint = workflow.exitpoint, !names.contains(exitpoint.value) {
            reportUnknown(exitpoint, among: names)
        } else {
            checkReach(workflow, nodes: nodes)
        }
        return Workflow(
            name: workflow.name.value, method: workflow.method.value, nodes: nodes,
            exitpoint: workflow.exitpoint?.value ?? "")
    }

    private mutating func subscription(
        _ written: Located<String>, of node: String, among names: [String]
    ) -> Subscription? {
        if written.value == "entrypoint" { return .entrypoint }
        let parts = written.value.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard names.contains(parts[0]) else {
            reportUnknown(Located(parts[0], at: written.span), among: ["entrypoint"] + names)
            return nil
        }
        guard parts[0] != node else {
            reading.report(
                code: "self-subscription", summary: "The node \(Wording.code(node)) subscribes to itself",
                detail: "Subscribe to `entrypoint` or to another node.", at: written.span)
            return nil
        }
        guard parts.count == 1 || ObjectNames.isResourceName(parts[1]) else {
            reading.report(
                code: "bad-name", summary: "\(Wording.code(parts[1])) is not a valid subtopic",
                detail: "A subtopic takes lower-case letters, digits and `-`.", at: written.span)
            return nil
        }
        return .node(parts[0], subtopic: parts.count == 2 ? parts[1] : nil)
    }

    private mutating func checkReach(_ workflow: WrittenWorkflow, nodes: [Node]) {
        var reached: Set<String> = []
        var grew = true
        while grew {
            grew = false
            for node in nodes where !reached.contains(node.name) {
                let isFed = node.subscriptions.contains { subscription in
                    if case .node(let source, _) = subscription { reached.contains(source) } else { true }
                }
                if isFed { grew = reached.insert(node.name).inserted }
            }
        }
        if let exitpoint = workflow.exitpoint, !reached.contains(exitpoint.value), !reading.diagnostics.hasErrors {
            reading.report(
                code: "unreachable-exitpoint", summary: "No message reaches the exitpoint \(Wording.code(exitpoint.value))",
                detail: "Follow the subscriptions back from it: they must lead to `entrypoint`.", at: exitpoint.span)
        }
        for node in workflow.nodes where !reached.contains(node.name.value) && node.name.value != workflow.exitpoint?.value {
            reading.report(
                .warning, code: "unreachable-node", summary: "No message reaches the node \(Wording.code(node.name.value))",
                detail: "Its subscriptions do not lead back to `entrypoint`.", at: node.name.span)
        }
    }
}
