import Fields
import Model

/// What the file says of a runtime's stack, and what cannot be true together.
struct StackLimits {
    private let scope: RuntimeScope
    private var runtime: DesiredRuntime { scope.runtime }

    init(_ scope: RuntimeScope) { self.scope = scope }

    var diagnostics: [Diagnostic] { requests + store + hosts + AmountLimits(scope).diagnostics }

    private func fault(_ code: String, _ summary: String, _ detail: String, at part: StackSettings.Part? = nil) -> Diagnostic {
        Diagnostic(
            code: code, summary: summary, detail: detail, span: part.flatMap { runtime.stack.places[$0] } ?? runtime.span,
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
                        + "`resources.requests.\(name)` and `resources.limits.\(name)`.", at: part)
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
                    + "`minio` on.", at: .minio)
        ]
    }
}

extension Resources {
    /// These, or so much where that is less; a limit of processor time as it is.
    func atMost(cpu: String, memory: String, memoryLimit: String) -> Resources {
        func least(_ own: String?, _ other: String) -> String {
            guard let own, let mine = Quantity(own), let theirs = Quantity(other) else { return other }
            return mine < theirs ? own : other
        }
        return Resources(
            cpu: least(self.cpu, cpu), memory: least(self.memory, memory), memoryLimit: least(self.memoryLimit, memoryLimit),
            cpuLimit: cpuLimit)
    }

    /// These, or as much as `limits` want at least of the only container of a pod.
    func atLeast(_ limits: [LimitItem]) -> Resources {
        func most(_ own: String?, _ resource: String) -> String? {
            let amounts = limits.filter { $0.subject != .claim }.map { $0.minimum[resource] } + [own]
            let known = amounts.compactMap { text in text.flatMap { Quantity($0) }.map { (text: text, quantity: $0) } }
            return known.max { $0.quantity < $1.quantity }?.text
        }
        return Resources(
            cpu: most(cpu, "cpu"), memory: most(memory, "memory"), memoryLimit: memoryLimit.flatMap { most($0, "memory") },
            cpuLimit: cpuLimit.flatMap { most($0, "cpu") })
    }

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
