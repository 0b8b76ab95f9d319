import Model
import Schema
import YAML

/// Reads `krt.yml` and checks it against the rest of its package. Reports all faults together, each once: what only follows
/// from a fault that was told is not told too.
struct ManifestReader {
    var reading: SchemaReading
    /// The files of the package, sorted.
    private let entries: [String]
    private let files: Set<String>
    private let folders: Set<String>
    /// Every `.proto` of the package by its path.
    private let protos: [String: [UInt8]]
    /// Names of nodes that are there, but cannot be read as a whole.
    var unread = UnreadNodes()
    /// v2: by the name of a node, the first workflow that has one.
    private(set) var homes: [String: String] = [:]
    /// How many names may still be looked at for one that was meant: so that no manifest takes long to refuse.
    private var nearNames = 200_000

    private init(file: String, bytes: [UInt8], entries: [String], protos: [String: [UInt8]]) {
        reading = SchemaReading(file: file, bytes: bytes, subject: "the manifest")
        self.entries = entries
        self.protos = protos
        files = Set(entries)
        var folders: Set<String> = []
        for entry in entries {
            var path = entry[...]
            while let slash = path.lastIndex(of: "/") {
                path = path[..<slash]
                guard folders.insert(String(path)).inserted else { break }
            }
        }
        self.folders = folders
    }

    /// Far more than any manifest has, and few enough to be read at once.
    private static let limits = YAMLLimits(bytes: 1 << 20, nodes: 50_000)

    /// The manifest, unless there are errors; every fault; and the methods of the entrypoint.
    static func read(
        file: String, bytes: [UInt8], entries: [String], protos: [String: [UInt8]]
    ) -> (manifest: PackageManifest?, methods: [ServiceMethod], diagnostics: [Diagnostic]) {
        var reader = ManifestReader(file: file, bytes: bytes, entries: entries, protos: protos)
        let (manifest, methods) = reader.manifest() ?? (nil, [])
        // A faulty value with an anchor is met once an alias.
        var told: Set<Diagnostic> = []
        let diagnostics = reader.reading.diagnostics.filter { told.insert($0).inserted }
        return diagnostics.hasErrors ? (nil, [], diagnostics) : (manifest, methods, diagnostics)
    }

    private mutating func manifest() -> (PackageManifest?, [ServiceMethod])? {
        guard let node = reading.parse(limits: Self.limits) else { return nil }
        let format = format(of: node)
        let shape = format == .v1 ? ManifestShape.v1 : ManifestShape.v2
        guard let written = reading.read(node, as: shape)?.value else { return nil }
        unread = UnreadNodes(of: node, besides: written)
        for workflow in written.workflows {
            for node in workflow.nodes.compactMap(\.name) where homes[node.value] == nil {
                homes[node.value] = workflow.name?.value
            }
        }
        let methods = checkPackage(written)
        reportRepeated(written.config.variables + written.config.files, "The name")
        reportRepeated(written.workflows.compactMap(\.name), "The workflow")
        reportSharedMethods(written.workflows)
        if format == .v1 {
            reportRepeated(written.nodes.compactMap(\.name), "The node")
        }
        let workflows = written.workflows.map { format == .v1 ? sequence($0, of: written.nodes) : graph($0) }
        if format == .v1 { reportUnused(written) }
        reportCollisions(written)
        guard let version = written.version, let proto = written.entrypoint?.proto, let image = written.entrypoint?.image
        else { return nil }
        let manifest = PackageManifest(
            format: format, version: version.value, description: written.description ?? "",
            entrypoint: Entrypoint(proto: proto.value, image: image), variables: written.config.variables.map(\.value),
            files: written.config.files.map(\.value), workflows: workflows)
        return (manifest, methods)
    }

    /// `` Did you mean `x`? ``, as long as looking for it is no great work.
    mutating func near(to name: String, among names: [String]) -> String? {
        guard names.count <= nearNames else { return nil }
        nearNames -= names.count
        return didYouMean(name, among: names)
    }

    /// All the names, or some when there are many.
    static func listing(_ names: [String], _ noun: String) -> String {
        switch names.count {
        case 1: "The only \(noun) is \(Wording.list(names))."
        case ...20: "The \(noun)s are \(Wording.list(names))."
        default: "There are \(names.count) \(noun)s, such as \(Wording.list(Array(names.prefix(3))))."
        }
    }

    // MARK: The format

    /// What the manifest says, or else is evidently meant to be.
    private mutating func format(of node: YAMLNode) -> PackageManifest.Format {
        let hasGraphs = node["nodes"] == nil
            && node["workflows"]?.items?.contains { $0["nodes"] != nil || $0["exitpoint"] != nil } == true
        guard let written = node["krtVersion"], !written.isNull else {
            if hasGraphs { reportNoFormat(node) }
            return hasGraphs ? .v2 : .v1
        }
        guard let text = written.scalar?.text else {
            reading.report(
                code: "wrong-type", summary: "`krtVersion` must be text, not a \(written.items == nil ? "mapping" : "list")",
                detail: "Write `krtVersion: v1` or `krtVersion: v2`.", at: written)
            return hasGraphs ? .v2 : .v1
        }
        if let format = PackageManifest.Format(rawValue: text) { return format }
        reading.report(
            code: "unsupported-format", summary: "`krtVersion` cannot be \(Wording.code(text))",
            detail: "Kreform reads the formats `v1` and `v2`.", at: written)
        return hasGraphs ? .v2 : .v1
    }

    private mutating func reportNoFormat(_ node: YAMLNode) {
        let pairs = node.pairs ?? []
        // A misspelt key is reported as such.
        guard !pairs.contains(where: { pair in
            let key = pair.key.scalar?.text ?? ""
            return key != "version" && nearest(to: key, among: ["krtVersion", "version"]) == "krtVersion"
        }) else { return }
        reading.report(
            code: "missing-key", summary: "`krtVersion` is missing from a v2 manifest",
            detail: "Add `krtVersion: v2`: workflows with nodes of their own are v2.", at: pairs.first?.key ?? node)
    }

    // MARK: Against the package

    /// The methods of the entrypoint's `.proto`.
    private mutating func checkPackage(_ written: WrittenManifest) -> [ServiceMethod] {
        for node in written.nodes + written.workflows.flatMap(\.nodes) {
            if let src = node.src, !files.contains(src.value) { reportAbsent(src, "src") }
        }
        guard let proto = written.entrypoint?.proto else { return [] }
        guard files.contains(proto.value), let bytes = protos[proto.value] else {
            reportAbsent(proto, "proto")
            return []
        }
        if proto.value != "public_input.proto" {
            let isThere = files.contains("public_input.proto")
            reading.report(
                .warning, code: "proto-name", summary: "The entrypoint image reads `public_input.proto`",
                detail: isThere
                    ? "The package's own `public_input.proto` is replaced by this file. Keep one of them."
                    : "The file is made available under that name too.", at: proto.span)
        }
        let methods = ProtoScanner.methods(in: bytes)
        check(written.workflows, methods, of: proto)
        return methods
    }

    private mutating func reportAbsent(_ path: Located<String>, _ key: String) {
        let isFolder = folders.contains(path.value.hasSuffix("/") ? String(path.value.dropLast()) : path.value)
        let roots = ["./", "/", "/krt-files/"].filter { path.value.hasPrefix($0) }
        let meant = roots.map { String(path.value.dropFirst($0.count)) }.first(where: files.contains)
        let near = isFolder ? nil : meant.map { "Did you mean \(Wording.code($0))?" } ?? near(to: path.value, among: entries)
        reading.report(
            code: "missing-file",
            summary: "\(Wording.code(path.value)) is \(isFolder ? "a folder of" : "not in") the package",
            detail: "`\(key)` names a file from the root of the package.\(near.map { " \($0)" } ?? "")", at: path.span)
    }

    private mutating func check(_ workflows: [WrittenWorkflow], _ methods: [ServiceMethod], of proto: Located<String>) {
        guard !methods.isEmpty else {
            reading.report(
                code: "no-methods", summary: "\(Wording.code(proto.value)) has no service with methods",
                detail: "Every workflow answers one. Write `service Entrypoint { rpc NAME(REQUEST) returns (RESPONSE) {}; }` "
                    + "with the messages of your own.", at: proto.span)
            return
        }
        let served = methods.filter { $0.service == "Entrypoint" }
        if served.isEmpty {
            reading.report(
                .warning, code: "service-name", summary: "\(Wording.code(proto.value)) has no service `Entrypoint`",
                detail: "The entrypoint image serves the service of that name. The file has "
                    + "\(Wording.list(Set(methods.map(\.service)).sorted())).", at: proto.span)
        }
        let names = (served.isEmpty ? methods : served).map(\.name)
        let known = Set(names)
        for method in workflows.compactMap(\.method) where !known.contains(method.value) {
            reportUnknown(method, among: names, all: methods, of: proto.value)
        }
    }

    private mutating func reportUnknown(
        _ method: Located<String>, among names: [String], all: [ServiceMethod], of proto: String
    ) {
        if let other = all.first(where: { $0.name == method.value }) {
            reading.report(
                code: "unknown-method",
                summary: "\(Wording.code(method.value)) is a method of the service \(Wording.code(other.service))",
                detail: "The entrypoint image serves the service `Entrypoint` alone. Move the method there.",
                at: method.span)
        } else {
            reading.report(
                code: "unknown-method",
                summary: "\(Wording.code(method.value)) is not a method of the service in \(Wording.code(proto))",
                detail: near(to: method.value, among: names) ?? Self.listing(names, "method"), at: method.span)
        }
    }
}
