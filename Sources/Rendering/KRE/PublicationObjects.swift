import JSON
import Model

/// What makes a version reachable from outside: the Service `active-entrypoint`, which moves from version to version by
/// its labels and selector, and the Ingresses in front of it when there is a domain (engine's contract, section 4).
struct PublicationObjects {
    private let scope: RuntimeScope
    private let version: DesiredVersion
    private let stamp: Stamp

    init(_ scope: RuntimeScope, version: DesiredVersion) {
        self.scope = scope
        self.version = version
        stamp = Stamp(scope, version: version.name)
    }

    static let entrypointIngress = "entrypoint"
    static let protoIngress = "proto"

    /// Of the entrypoint and of its protos; none where their templates want a domain and the file has none.
    static func hosts(_ scope: RuntimeScope) -> [String] {
        let ingress = scope.runtime.ingress
        let hosts = [ingress.entrypointHost, ingress.protoHost].compactMap {
            $0.filled(engine: scope.engine, runtime: scope.runtime.name, domain: scope.domain)
        }
        return hosts.count == 2 ? hosts : []
    }

    /// Of all objects that a publication may have.
    static func addresses(_ scope: RuntimeScope) -> [ResourceAddress] {
        let stamp = Stamp(scope)
        return [stamp.address("v1", "Service", ObjectNames.activeEntrypoint)]
            + (hosts(scope).isEmpty ? [] : [entrypointIngress, protoIngress])
            .map { stamp.address("networking.k8s.io/v1", "Ingress", $0) }
    }

    var manifests: [Manifest] {
        let service = Manifest(
            EntrypointDeployment.service(ObjectNames.activeEntrypoint, .publication, stamp: stamp, version: version),
            dependsOn: [stamp.address("v1", "Service", version.name)], key: scope.key)
        let hosts = Self.hosts(scope)
        guard let host = hosts.first, let protoHost = hosts.last else { return [service] }
        var annotations = ["nginx.ingress.kubernetes.io/backend-protocol": "GRPC"]
        if let issuer = scope.runtime.ingress.clusterIssuer { annotations["cert-manager.io/cluster-issuer"] = issuer }
        // One certificate is made for both hosts, by the annotation of the first Ingress.
        let grpc = ingress(
            Self.entrypointIngress, host: host, port: "grpc", annotations: annotations, certified: [host, protoHost])
        let proto = ingress(
            Self.protoIngress, host: protoHost, port: "web",
            annotations: scope.runtime.stack.makes(.defaultBackend)
                ? ["nginx.ingress.kubernetes.io/default-backend": StackNames.defaultBackend] : [:],
            certified: [protoHost])
        return [service] + [grpc, proto].map { Manifest($0, dependsOn: [service.address], key: scope.key) }
    }

    private func ingress(
        _ name: String, host: String, port: String, annotations: [String: String], certified: [String]
    ) -> JSONValue {
        let settings = scope.runtime.ingress
        let secret = settings.tlsSecret ?? (settings.clusterIssuer == nil ? nil : "entrypoint-tls")
        let nginx = settings.className.map { $0.contains("nginx") } ?? true
        let ours = annotations.filter { nginx || !$0.key.hasPrefix("nginx.") }
        // No version among the labels: an Ingress stays as it is when another version is published.
        return Stamp(scope).object(
            "networking.k8s.io/v1", "Ingress", name, .publication,
            annotations: ours.merging(settings.annotations) { $1 },
            [
                "spec": .members([
                    "ingressClassName": settings.className.map { .string($0) },
                    "tls": secret.map { [["hosts": .strings(certified), "secretName": .string($0)]] },
                    "rules": [["host": .string(host), "http": ["paths": [Self.path(to: port)]]]],
                ])
            ])
    }

    private static func path(to port: String) -> JSONValue {
        [
            "path": "/", "pathType": "Prefix",
            "backend": ["service": ["name": .string(ObjectNames.activeEntrypoint), "port": ["name": .string(port)]]],
        ]
    }
}
