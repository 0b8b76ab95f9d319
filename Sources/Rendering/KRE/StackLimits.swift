import Fields
import Model

/// What the file says of a runtime's stack and of its amounts, and what cannot be true together.
struct StackLimits {
    private let scope: RuntimeScope
    private var runtime: DesiredRuntime { scope.runtime }

    init(_ scope: RuntimeScope) { self.scope = scope }

    var diagnostics: [Diagnostic] { requests + store + defaults }

    private func fault(_ code: String, _ summary: String, _ detail: String) -> Diagnostic {
        Diagnostic(
            code: code, summary: summary, detail: detail, span: runtime.span,
            address: "\(EntityAddress.runtime(runtime.name))")
    }

    /// Kubernetes refuses a container that requests more than it may have.
    private var requests: [Diagnostic] {
        StackSettings.Part.allCases.filter(runtime.stack.makes).flatMap { part -> [Diagnostic] in
            let resources = runtime.part(part).resources
            let pairs = [
                ("memory", resources.memory, resources.memoryLimit), ("cpu", resources.cpu, resources.cpuLimit ?? ""),
            ]
            return pairs.compactMap { name, request, limit in
                guard let least = Quantity(request), let most = Quantity(limit), least > most else { return nil }
                return fault(
                    "request-above-limit",
                    "`\(part.rawValue)` of runtime `\(runtime.name)` requests \(request) of \(name) and may have \(limit)",
                    "What is not given is as the preset `\(runtime.stack.preset.rawValue)` says. Give both "
                        + "`resources.requests.\(name)` and `resources.limits.\(name)`.")
            }
        }
    }

    private var store: [Diagnostic] {
        guard !runtime.stack.makes(.minio), scope.artifacts == nil, !runtime.versions.isEmpty else { return [] }
        return [
            fault(
                "store-missing", "Runtime `\(runtime.name)` has no store for its packages",
                "`minio` is switched off, and the file names no other store. Add `artifacts` at the top of the file, or leave "
                    + "`minio` on.")
        ]
    }

    /// With a quota of processor time or memory every container must say how much it takes, and those of packages cannot
    /// (https://kubernetes.io/docs/concepts/policy/resource-quotas/).
    private var defaults: [Diagnostic] {
        let quota = runtime.isolation.quota
        let container = runtime.isolation.limits.first { $0.subject == .container }
        let limits = (container?.limit ?? [:]).merging(container?.maximum ?? [:]) { own, _ in own }
        let requests = (container?.request ?? [:]).merging(limits) { own, _ in own }
            .merging(container?.minimum ?? [:]) { own, _ in own }
        let needed: [(String, String, [String: String], String)] = [
            ("cpu", "cpu", requests, "defaultRequest"), ("limits.cpu", "cpu", limits, "default"),
            ("limits.memory", "memory", limits, "default"), ("memory", "memory", requests, "defaultRequest"),
            ("requests.cpu", "cpu", requests, "defaultRequest"), ("requests.memory", "memory", requests, "defaultRequest"),
        ]
        return needed.compactMap { name, resource, given, key in
            guard quota[name] != nil, given[resource] == nil else { return nil }
            return fault(
                "quota-without-default",
                "The quota of runtime `\(runtime.name)` limits `\(name)`, and containers that do not name theirs would be refused",
                "Say what they get: `limits: {container: {\(key): {\(resource): …}}}` in the runtime.")
        }
    }
}
