import Model

/// Every name that a KRE runtime, its versions and its publication bear.
struct KRENames {
    private let scope: RuntimeScope
    private var runtime: DesiredRuntime { scope.runtime }

    init(_ scope: RuntimeScope) { self.scope = scope }

    var claims: [NameClaim] { ownClaims + runtime.versions.sorted { $0.name < $1.name }.flatMap(claims(of:)) }

    private var ownClaims: [NameClaim] {
        let owner = EntityAddress.runtime(runtime.name)
        let named = "runtime `\(runtime.name)`"
        func claim(_ bearer: NameClaim.Bearer, _ name: String, _ origin: String) -> NameClaim {
            NameClaim(bearer, name, origin: origin, owner: owner, span: runtime.span)
        }
        var claims = [claim(.label(key: ObjectLabels.runtime), runtime.name, named)]
        let shared = RuntimeStack(scope).manifests.map(\.address) + PublicationObjects.addresses(scope)
        for address in shared where address.namespace != nil {
            let derived = address.name == ObjectNames.influxDB(runtime: runtime.name)
            claims.append(claim(.object(kind: address.kind), address.name, derived ? named : "the stack of \(named)"))
        }
        for host in PublicationObjects.hosts(scope) {
            claims.append(claim(.host, host, "\(named) and domain `\(scope.domain ?? "")`"))
        }
        return claims
    }

    private func claims(of version: DesiredVersion) -> [NameClaim] {
        let owner = EntityAddress.version(runtime: runtime.name, name: version.name)
        let named = "version `\(version.name)`"
        func claim(_ bearer: NameClaim.Bearer, _ name: String, _ origin: String) -> NameClaim {
            NameClaim(bearer, name, origin: origin, owner: owner, span: version.span)
        }
        var claims = [
            claim(
                .label(key: VersionLabels.versionName), ObjectNames.entrypointDeployment(version: version.name), named),
            claim(.object(kind: "Service"), version.name, named),
            claim(.object(kind: "Deployment"), ObjectNames.entrypointDeployment(version: version.name), named),
        ]
        let context = VersionContext(scope, version: version)
        claims += context.configuration.manifests.map { claim(.object(kind: $0.address.kind), $0.address.name, named) }
        claims += StreamJobs(context).manifests.map { claim(.object(kind: "Job"), $0.address.name, named) }
        let streams = JetStreamNames(runtime: runtime.name, version: version.name)
        for workflow in version.solution.manifest.workflows {
            let flow = "\(named), workflow `\(workflow.name)`"
            for node in workflow.nodes {
                let origin = "\(flow) and node `\(node.name)`"
                claims.append(
                    claim(
                        .object(kind: "Deployment"),
                        ObjectNames.nodeDeployment(version: version.name, workflow: workflow.name, node: node.name),
                        origin))
                claims.append(claim(.label(key: VersionLabels.nodeName), node.name, origin))
                guard let store = node.objectStore, version.solution.manifest.format == .v2 else { continue }
                let name = streams.objectStore(store, workflow: workflow.name)
                let shared = store.scope == .project ? named : flow
                claims.append(
                    claim(.objectStore(scope: store.scope.rawValue), name, "\(shared) and object store `\(store.name)`")
                )
            }
            guard version.solution.manifest.format == .v2 else { continue }
            claims.append(
                claim(
                    .stream, streams.stream(method: workflow.method),
                    "runtime `\(runtime.name)`, \(named) and method `\(workflow.method)`"))
        }
        return claims
    }
}
