import Digest
import Model

extension Rendering {
    /// What Kubernetes would refuse or confuse: every derived name and label value against its limit, two things of one
    /// name, two runtimes in one namespace. Versions are checked as if they ran, so that starting one never fails on a
    /// name. Sorted; empty when all is well.
    package static func limits(_ desired: DesiredState) -> [Diagnostic] {
        var zeroes = Zeroes()
        // How long a name is does not depend on the key.
        let keys = StateKeys(own: DigestKey(using: &zeroes))
        var found = namespaces(of: desired)
        var hosts: [String: String] = [:]
        let own = concurrently(desired.runtimes) { runtime in
            let scope = RuntimeScope(desired: desired, runtime: runtime, keys: keys)
            let kind = RuntimeKinds.kind(of: runtime)
            let claims = kind.names(scope)
            let faults = claims.compactMap { NameRules.diagnostic(for: $0) } + NameRules.collisions(among: claims) + kind.limits(scope)
            return (hosts: claims.filter { $0.bearer == .host }.map(\.name), faults: faults)
        }
        for (runtime, own) in zip(desired.runtimes, own) {
            found += own.faults
            found += sharedHosts(of: runtime, own.hosts, taken: &hosts)
        }
        return found.sorted()
    }

    /// Two runtimes that would answer at one host. Adds to `taken` the runtime's hosts.
    private static func sharedHosts(
        of runtime: DesiredRuntime, _ own: [String], taken: inout [String: String]
    ) -> [Diagnostic] {
        Set(own).sorted().compactMap { host in
            guard let other = taken[host] else {
                taken[host] = runtime.name
                return nil
            }
            return Diagnostic(
                code: "host-taken", summary: "Runtimes `\(other)` and `\(runtime.name)` have the same host `\(host)`",
                detail: "Put `{runtime}` into `ingress.entrypointHost` and `ingress.protoHost`.", span: runtime.span,
                address: "\(EntityAddress.runtime(runtime.name))")
        }
    }

    private static func namespaces(of desired: DesiredState) -> [Diagnostic] {
        var found: [Diagnostic] = []
        var taken: [String: DesiredRuntime] = [:]
        for runtime in desired.runtimes.sorted(by: { $0.name < $1.name }) {
            let address = "\(EntityAddress.runtime(runtime.name))"
            let derived = runtime.namespace == ObjectNames.namespace(engine: desired.engine, runtime: runtime.name)
            if let fault = NameRules.namespaceFault(runtime.namespace) {
                let mend =
                    derived
                    ? "It is made of the engine's name and the runtime's. Shorten one of them, or set `namespace` in the "
                        + "runtime."
                    : "Set another `namespace` in runtime `\(runtime.name)`."
                found.append(
                    Diagnostic(
                        code: fault.code, summary: "The namespace `\(runtime.namespace)` \(fault.words)",
                        detail: fault.detail.isEmpty ? mend : "\(fault.detail) \(mend)", span: runtime.span,
                        address: address))
            }
            if let other = taken[runtime.namespace] {
                found.append(
                    Diagnostic(
                        code: "namespace-taken",
                        summary:
                            "Runtimes `\(other.name)` and `\(runtime.name)` have the same namespace `\(runtime.namespace)`",
                        detail: "A runtime has a namespace of its own. Set another `namespace` in one of them.",
                        span: runtime.span, address: address))
            } else {
                taken[runtime.namespace] = runtime
            }
        }
        return found
    }
}

/// For a key that seals nothing.
struct Zeroes: RandomNumberGenerator {
    mutating func next() -> UInt64 { 0 }
}
