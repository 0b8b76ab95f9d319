import Digest
import Model
import Rendering

/// Desired states that are as large as wanted, rendered by the product: runtimes of ten versions with eight nodes each.
struct SampleState {
    /// Two forms of the same entities: between them images, configuration and the stack's sizes differ.
    enum Form { case first, second }

    private let form: Form

    init(_ form: Form) { self.form = form }

    /// About so many objects, at least one runtime.
    func rendered(objects: Int) -> RenderedState {
        let each = render(1).entities.reduce(0) { $0 + $1.manifests.count }
        return render(max(1, (objects + each / 2) / each))
    }

    static let key: DigestKey = {
        var generator = SplitMix(seed: 7)
        return DigestKey(using: &generator)
    }()

    private func render(_ runtimes: Int) -> RenderedState {
        let state = DesiredState(
            engine: "bench", domain: "ai.example.com", runtimes: (0..<runtimes).map { runtime("runtime-\($0)") })
        return Rendering.render(state, key: Self.key)
    }

    private func runtime(_ name: String) -> DesiredRuntime {
        DesiredRuntime(
            name: name, description: "A runtime of the benchmark", namespace: "bench-\(name)",
            stack: StackSettings(preset: form == .first ? .small : .production),
            versions: (0..<10).map { version("\(name)-v\($0)", $0 == 0 ? .published : .started) }, span: span)
    }

    private func version(_ name: String, _ status: VersionStatus) -> DesiredVersion {
        let image = form == .first ? "konstellation/kre-py:1.23.1" : "konstellation/kre-py:1.24.0"
        let workflows = (0..<2).map { workflow in
            Workflow(
                name: "workflow-\(workflow)", method: "Call\(workflow)",
                nodes: (0..<4).map { node in
                    Node(
                        name: "node-\(node)", image: image, src: "src/node_\(node)/main.py", gpu: node == 2,
                        subscriptions: [node == 0 ? .entrypoint : .node("node-\(node - 1)", subtopic: nil)])
                }, exitpoint: "node-3")
        }
        let manifest = PackageManifest(
            format: .v1, version: name, description: "A version of the benchmark.",
            entrypoint: Entrypoint(proto: "public_input.proto", image: "konstellation/kre-entrypoint:1.6.0"),
            variables: (0..<6).map { "VARIABLE_\($0)" } + ["TOKEN"], workflows: workflows)
        let package = Package(
            path: "krt/\(name).krt", digest: SHA256Digest(of: name.utf8), size: 1, manifest: manifest,
            methods: workflows.map { ServiceMethod(service: "Entrypoint", name: $0.method) }, entries: [])
        return DesiredVersion(name: name, status: status, package: package, config: config, span: span)
    }

    private var config: [ConfigEntry] {
        let value = form == .first ? "before" : "after"
        return [ConfigEntry(name: "TOKEN", value: .sensitive(SensitiveValue("not-so-secret-\(value)")))]
            + (0..<6).map { ConfigEntry(name: "VARIABLE_\($0)", value: .plain("value-\($0)-\(value)")) }
    }

    private var span: SourceSpan {
        SourceSpan(
            file: "kreform.yaml", start: SourcePosition(line: 1, column: 1), end: SourcePosition(line: 1, column: 2))
    }
}
