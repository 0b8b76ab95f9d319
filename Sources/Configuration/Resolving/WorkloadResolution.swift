import Model
import Schema

/// What the file says of the pods of one version: `defaults` of the engine, the runtime and the version, and its `nodes`.
struct WorkloadResolution {
    let engine: DeclaredWorkload?
    let runtime: DeclaredRuntime
    let version: DeclaredVersion
    let solution: Package
    let address: EntityAddress

    /// Reports nodes that the package does not have, and variables that would hide its configuration.
    func resolved(_ report: inout Report) -> VersionWorkloads {
        let common = [engine, runtime.defaults, version.defaults].compactMap { $0 }
        reportHidden(by: engine, of: nil, &report)
        reportHidden(by: runtime.defaults, of: .runtime(runtime.name.value), &report)
        reportHidden(by: version.defaults, of: address, &report)
        let known = nodes
        var own: [String: WorkloadSettings] = [:]
        for entry in version.nodes {
            let name = entry.name.value
            if name == VersionWorkloads.entrypointName {
                reportGraphics(of: entry, &report)
            } else if known.contains(name) {
                reportHidden(by: entry.value.value, of: address, &report)
            } else {
                reportUnknown(entry.name, known, &report)
                continue
            }
            own[name] = entry.value.value.all
        }
        return VersionWorkloads(
            common: common.reduce(WorkloadSettings()) { $0.under($1.all) }, own: own)
    }

    /// By which nodes can be named, each once, in the order of the package.
    private var nodes: [String] {
        var names: [String] = []
        for workflow in solution.manifest.workflows {
            for node in workflow.nodes where !names.contains(node.name) { names.append(node.name) }
        }
        return names
            + solution.manifest.workflows.flatMap { workflow in
                workflow.nodes.map { VersionWorkloads.name(ofNode: $0.name, in: workflow.name) }
            }
    }

    private func reportUnknown(_ name: Located<String>, _ known: [String], _ report: inout Report) {
        let names = known.filter { !$0.contains("/") }
        let near = nearest(to: name.value, among: names + [VersionWorkloads.entrypointName])
            ?? nearest(to: name.value, among: known)
        report.add(
            code: "unknown-node",
            summary: "\(Wording.code(solution.manifest.version)) has no node \(Wording.code(name.value))",
            detail: near.map { "Did you mean \(Wording.code($0))?" }
                ?? "Its nodes are \(Wording.list(Array(names.prefix(12))))" + (names.count > 12 ? ", …" : "."),
            at: name.span, address: address)
    }

    private func reportGraphics(of entry: ShapeEntry<DeclaredWorkload>, _ report: inout Report) {
        guard let span = entry.value.value.gpu else { return }
        report.add(
            code: "conflicting-keys", summary: "The entrypoint has no graphics processors",
            detail: "It passes messages on. Remove `gpu`, or write it at the node that computes.", at: span, address: address)
    }

    /// A container's own variables win over those of the configuration.
    private func reportHidden(by settings: DeclaredWorkload?, of owner: EntityAddress?, _ report: inout Report) {
        let declared = Set(solution.manifest.variables + solution.manifest.files)
        for entry in settings?.environment ?? [] where declared.contains(entry.name.value) {
            report.add(
                code: "reserved-name",
                summary: "\(Wording.code(entry.name.value)) would hide the configuration value of that name",
                detail: "\(Wording.code(solution.manifest.version)) declares it: write its value under `config` instead.",
                at: entry.name.span, address: owner)
        }
    }
}
