import Model

/// Where calls cannot be shared between two versions, though the file asks for it.
struct CanaryLimits {
    private let scope: RuntimeScope
    private var runtime: DesiredRuntime { scope.runtime }

    init(_ scope: RuntimeScope) { self.scope = scope }

    private static let supported = "Shares are made by the routes of a Gateway (`ingress.gateway`), and by Ingresses of ingress-nginx."

    var diagnostics: [Diagnostic] {
        guard case .canary(let settings) = runtime.rollout else { return [] }
        guard !PublicationObjects.hosts(scope).isEmpty else {
            return [fault(
                settings, "canary-without-host", "Runtime `\(runtime.name)` has no host whose calls could be shared",
                "Calls from inside the cluster go to a Service, which leads to one version. Write `domain` at the top of the file, or "
                    + "`strategy: switch` or `drain`.")]
        }
        guard PublicationObjects.mayShareIngress(scope), runtime.ingress.isNginx != true else { return [] }
        guard let name = runtime.ingress.className else {
            return [fault(
                settings, "canary-not-supported", "Nobody knows whether the Ingresses of runtime `\(runtime.name)` can share calls",
                "\(Self.supported) Which controller the cluster's default class belongs to, the file does not say: where that is "
                    + "ingress-nginx, name it: `ingress: {className: nginx}`.")]
        }
        return [fault(
            settings, "canary-not-supported", "Ingresses of the class `\(name)` cannot share calls between two versions",
            "\(Self.supported) Its classes are known by `nginx` in their names. Without one of the two write `strategy: switch` or `drain`.")]
    }

    private func fault(_ settings: CanarySettings, _ code: String, _ summary: String, _ detail: String) -> Diagnostic {
        Diagnostic(
            code: code, summary: summary, detail: detail, span: settings.span ?? runtime.span,
            address: "\(EntityAddress.runtime(runtime.name))")
    }
}
