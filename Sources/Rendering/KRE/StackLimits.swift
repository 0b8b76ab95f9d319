import Fields
import Model

/// What the file says of a runtime's stack and of its amounts, and what cannot be true together.
struct StackLimits {
    private let scope: RuntimeScope
    private var runtime: DesiredRuntime { scope.runtime }

    init(_ scope: RuntimeScope) { self.scope = scope }

    var diagnostics: [Diagnostic] { requests + store + defaults + hosts }

    private func fault(_ code: String, _ summary: String, _ detail: String) -> Diagnostic {
        Diagnostic(
            code: code, summary: summary, detail: detail, span: runtime.span,
            address: "\(EntityAddress.runtime(runtime.name))")
    }

    /// Kubernetes refuses a container that requests more than it may have.
    private var requests: [Diagnostic] {
        StackSettings.Part.allCases.filter(runtime.stack.makes).flatMap { part in
            runtime.part(part).resources.excesses.map { name, request, limit in
                fault(
                    "request-above-limit",
                    "`\(part.rawValue)` of runtime `\(runtime.name)` requests \(request) of \(name) and may have \(limit)",
                    "What is not given is as the preset `\(runtime.stack.preset.rawValue)` says. Give both "
                        + "`resources.requests.\(name)` and `resources.limits.\(name)`.")
            }
        }
    }

    /// Templates that cannot be filled in, and one host for gRPC and for the protos, which are told apart by it.
    private var hosts: [Diagnostic] {
        let ingress = runtime.ingress
        let templates = [
            ("entrypointHost", ingress.entrypointHost, HostTemplate.entrypoint), ("protoHost", ingress.protoHost, .proto),
        ]
        func filled(_ template: HostTemplate) -> String? {
            template.filled(engine: scope.engine, runtime: runtime.name, domain: scope.domain)
        }
        if templates.contains(where: { $0.1 != $0.2 }) {
            let unfilled = templates.filter { filled($0.1) == nil }
            guard unfilled.isEmpty else {
                return unfilled.map { name, template, _ in
                    fault(
                        "missing-domain", "`ingress.\(name)` of runtime `\(runtime.name)` is `\(template)`, and there is no `domain`",
                        "Write `domain` at the top of the file, or `\(name)` without `{domain}`.")
                }
            }
        }
        guard let host = filled(ingress.entrypointHost), host == filled(ingress.protoHost) else { return [] }
        return [
            fault(
                "host-taken", "The entrypoint of runtime `\(runtime.name)` and its protos have the same host `\(host)`",
                "Give `ingress.entrypointHost` and `ingress.protoHost` names of their own.")
        ]
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
            guard quota[name] != nil, given[resource] == nil, !isGivenByAll(name) else { return nil }
            return fault(
                "quota-without-default",
                "The quota of runtime `\(runtime.name)` limits `\(name)`, and containers that do not name theirs would be refused",
                "Say what they get: `limits: {container: {\(key): {\(resource): …}}}` in the runtime.")
        }
    }

    /// Whether every container of every version names that amount itself. None of the stack's has a limit of processor time
    /// without being told.
    private func isGivenByAll(_ name: String) -> Bool {
        let own = runtime.versions.flatMap { $0.workloads(runtime.stack) }.map(\.workload.resources)
        return !own.isEmpty
            && own.allSatisfy { resources in
                guard let resources else { return false }
                return switch name {
                case "limits.memory": resources.memoryLimit != nil
                case "memory", "requests.memory": resources.memory ?? resources.memoryLimit != nil
                case "cpu", "requests.cpu": resources.cpu ?? resources.cpuLimit != nil
                default: false
                }
            }
    }
}

extension Resources {
    /// What is requested above its limit: name, request and limit.
    var excesses: [(name: String, request: String, limit: String)] {
        [("memory", memory, memoryLimit), ("cpu", cpu, cpuLimit)].compactMap { name, request, limit in
            guard let request, let limit, let least = Quantity(request), let most = Quantity(limit), least > most else {
                return nil
            }
            return (name, request, limit)
        }
    }
}
