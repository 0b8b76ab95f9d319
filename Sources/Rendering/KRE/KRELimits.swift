import Model

/// Limits of a KRE runtime that are not about names.
struct KRELimits {
    /// A ConfigMap's or Secret's data (https://kubernetes.io/docs/concepts/configuration/configmap/).
    private static let objectLimit = 1_048_576
    /// Linux refuses to start a program with a longer `NAME=value` (MAX_ARG_STRLEN of execve(2)).
    private static let variableLimit = 131_072

    private let scope: RuntimeScope

    init(_ scope: RuntimeScope) { self.scope = scope }

    var diagnostics: [Diagnostic] {
        StackLimits(scope).diagnostics + CanaryLimits(scope).diagnostics + scope.runtime.versions.sorted { $0.name < $1.name }.flatMap { version in
            variables(of: version) + objects(of: version) + nodes(of: version) + names(of: version)
                + requests(of: version)
        }
    }

    private func address(_ version: DesiredVersion) -> String {
        "\(EntityAddress.version(runtime: scope.runtime.name, name: version.name))"
    }

    private func variables(of version: DesiredVersion) -> [Diagnostic] {
        version.config.sorted { $0.name < $1.name }.compactMap { entry in
            guard let size = self.size(entry.value), entry.name.utf8.count + 2 + size > Self.variableLimit else {
                return nil
            }
            return Diagnostic(
                code: "config-too-large",
                summary: "The value of `\(entry.name)` has \(size) bytes, more than an environment variable can hold",
                detail: "Nodes get each value as an environment variable of at most \(Self.variableLimit) bytes, name "
                    + "included. Put a file of this size into the package, or let the node fetch it.",
                span: version.span, address: address(version))
        }
    }

    private func objects(of version: DesiredVersion) -> [Diagnostic] {
        var plain = 0
        var sensitive = 0
        for entry in version.config {
            switch entry.value {
            case .plain(let text): plain += entry.name.utf8.count + text.utf8.count
            case .sensitive(let value): sensitive += entry.name.utf8.count + value.count
            case .secret: break
            }
        }
        return [("plain", "ConfigMap", plain), ("sensitive", "Secret", sensitive)].compactMap { word, kind, size in
            guard size > Self.objectLimit else { return nil }
            return Diagnostic(
                code: "config-too-large",
                summary: "The \(word) values of version `\(version.name)` have \(size) bytes together; a \(kind) holds "
                    + "\(Self.objectLimit)",
                detail: "Put large files into the package.", span: version.span, address: address(version))
        }
    }

    /// Labels and subjects call the gRPC server `entrypoint`.
    private func nodes(of version: DesiredVersion) -> [Diagnostic] {
        version.solution.manifest.workflows.compactMap { workflow in
            guard workflow.nodes.contains(where: { $0.name == "entrypoint" }) else { return nil }
            return Diagnostic(
                code: "reserved-name",
                summary: "Workflow `\(workflow.name)` of version `\(version.name)` has a node called `entrypoint`",
                detail: "That name means the version's gRPC server. Rename the node in krt.yml.", span: version.span,
                address: address(version))
        }
    }

    /// A value under a runner's own name would be lost, or would take the runner's place.
    private func names(of version: DesiredVersion) -> [Diagnostic] {
        guard !version.config.isEmpty else { return [] }
        let context = VersionContext(scope, version: version)
        var own: Set<String> = []
        for workflow in version.solution.manifest.workflows {
            for index in workflow.nodes.indices {
                own.formUnion(NodeEnvironment(context, workflow: workflow, index: index).variables.map(\.name))
            }
        }
        return version.config.map(\.name).filter(own.contains).sorted().map { name in
            Diagnostic(
                code: "reserved-name", summary: "Version `\(version.name)` has a config value called `\(name)`",
                detail: "Runners read that variable for themselves. Rename it in krt.yml and in the nodes' sources.",
                span: version.span, address: address(version))
        }
    }

    /// Kubernetes refuses a container that requests more than it may have.
    private func requests(of version: DesiredVersion) -> [Diagnostic] {
        version.workloads(scope.runtime.stack).flatMap { words, workload in
            (workload.resources?.excesses ?? []).map { name, request, limit in
                Diagnostic(
                    code: "request-above-limit",
                    summary: "\(words.prefix(1).uppercased())\(words.dropFirst()) of version `\(version.name)` requests \(request) "
                        + "of \(name) and may have \(limit)",
                    detail: "What is said of one node counts more than `defaults` of the version, the runtime and the file. "
                        + "Give both `resources.requests.\(name)` and `resources.limits.\(name)` in the same place.",
                    span: version.span, address: address(version))
            }
        }
    }

    private func size(_ value: ConfigValue) -> Int? {
        switch value {
        case .plain(let text): text.utf8.count
        case .sensitive(let value): value.count
        case .secret: nil
        }
    }
}
