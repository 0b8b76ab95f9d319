import JSON
import Model

/// What makes a version reachable from outside: the Service `active-entrypoint`, which moves from version to version by
/// its labels and selector, and the Ingresses or the Gateway's routes in front of it when there is a domain (engine's contract, section 4).
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
    /// Beside that of the entrypoint, as long as a version has a share of the calls.
    static let canaryIngress = "entrypoint-canary"

    /// Of the entrypoint and of its protos; none where their templates want a domain and the file has none.
    static func hosts(_ scope: RuntimeScope) -> [String] {
        let ingress = scope.runtime.ingress
        let hosts = [ingress.entrypointHost, ingress.protoHost].compactMap {
            $0.filled(engine: scope.engine, runtime: scope.runtime.name, domain: scope.domain)
        }
        return hosts.count == 2 ? hosts : []
    }

    /// What may stand before the entrypoint, in the order of preference.
    private enum Front {
        /// Routes, that to the entrypoint of this kind.
        case routes(GatewaySettings, GatewaySettings.Route)
        case ingresses
    }

    private static func fronts(_ scope: RuntimeScope) -> [Front] {
        guard !hosts(scope).isEmpty else { return [] }
        guard let gateway = scope.runtime.ingress.gateway else { return [.ingresses] }
        let kinds = gateway.route.map { [$0] } ?? [.grpc, .http]
        return kinds.map { .routes(gateway, $0) } + (gateway.orIngress ? [.ingresses] : [])
    }

    private static func addresses(of front: Front, _ scope: RuntimeScope) -> [ResourceAddress] {
        switch front {
        case .routes(_, let kind): GatewayRoutes.addresses(scope, entrypoint: kind)
        case .ingresses:
            [entrypointIngress, protoIngress].map { Stamp(scope).address("networking.k8s.io/v1", "Ingress", $0) }
        }
    }

    /// Of all objects that a publication may have.
    static func addresses(_ scope: RuntimeScope) -> [ResourceAddress] {
        let service = Stamp(scope).address("v1", "Service", ObjectNames.activeEntrypoint)
        let canary = Stamp(scope).address("networking.k8s.io/v1", "Ingress", canaryIngress)
        return [service] + Set(fronts(scope).flatMap { addresses(of: $0, scope) }).sorted() + (mayShareIngress(scope) ? [canary] : [])
    }

    /// With a Gateway: which routes, or Ingresses, there are follows from what the cluster serves.
    static func choice(_ scope: RuntimeScope) -> ServedChoice? {
        let fronts = fronts(scope)
        guard let gateway = scope.runtime.ingress.gateway, !fronts.isEmpty else { return nil }
        let options = fronts.map { front in
            // Of two routes to one host a Gateway takes the older, until that is gone: what is there is not replaced unasked.
            let stays = if case .routes(_, .http) = front { true } else { false }
            return ServedChoice.Option(addresses(of: front, scope), stays: stays)
        }
        let instead = gateway.route == .grpc ? "`route: HTTPRoute` does without GRPCRoute, which came with Gateway API 1.1. " : ""
        return ServedChoice(
            options: options,
            advice: "Install the Gateway API, or a newer one. \(instead)With `orIngress: true` Ingresses are made instead.",
            span: gateway.span)
    }

    var manifests: [Manifest] {
        let service = Manifest(
            EntrypointDeployment.service(
                ObjectNames.activeEntrypoint, .publication, stamp: stamp, version: version, behind: scope.runtime.ingress),
            dependsOn: [stamp.address("v1", "Service", version.name)], key: scope.key)
        var known: Set<ResourceAddress> = []
        let fronts = Self.fronts(scope).flatMap { front in
            switch front {
            case .routes(let gateway, let kind): GatewayRoutes(scope, gateway, hosts: Self.hosts(scope)).objects(entrypoint: kind)
            case .ingresses: ingresses
            }
        }
        let before = fronts.map { Manifest($0, dependsOn: [service.address], key: scope.key) }
        return [service] + before.filter { known.insert($0.address).inserted }
    }

    // MARK: Sharing the calls

    /// Whether calls that come by an Ingress may be shared.
    static func mayShareIngress(_ scope: RuntimeScope) -> Bool {
        guard case .canary = scope.runtime.rollout else { return false }
        return fronts(scope).contains { if case .ingresses = $0 { true } else { false } }
    }

    /// How the version takes the publication from another, when it does so step by step. The protos are not shared: their host gives
    /// those of the version that is published.
    var canary: RenderedCanary? {
        guard case .canary(let settings) = scope.runtime.rollout else { return nil }
        let stages = settings.stages.map { stage in
            RenderedCanary.Stage(
                weight: stage.weight, seconds: stage.seconds,
                routes: Self.fronts(scope).compactMap { route(before: $0, weight: stage.weight) })
        }
        let pivot = stamp.address("v1", "Service", ObjectNames.activeEntrypoint)
        return stages.contains { $0.routes.isEmpty } ? nil : RenderedCanary(stages: stages, pivot: pivot)
    }

    private func route(before front: Front, weight: Int) -> RenderedCanary.Route? {
        let service = stamp.address("v1", "Service", version.name)
        switch front {
        case .routes(let gateway, let kind):
            let routes = GatewayRoutes(scope, gateway, hosts: Self.hosts(scope))
            guard let object = routes.shared(kind, with: version.name, weight: weight) else { return nil }
            let manifest = Manifest(object, dependsOn: [service], key: scope.key)
            return RenderedCanary.Route(manifest, front: manifest.address)
        case .ingresses:
            guard let host = Self.hosts(scope).first else { return nil }
            let front = stamp.address("networking.k8s.io/v1", "Ingress", Self.entrypointIngress)
            return RenderedCanary.Route(
                Manifest(canaryIngress(host, weight), dependsOn: [service, front], key: scope.key), front: front)
        }
    }

    /// The share that an object gives that was made by one of these.
    static func share(by object: LiveObject) -> CallShare? {
        let first = object.content["spec"]?["rules"]?[0]
        switch (object.address.kind, object.address.name) {
        case ("Ingress", canaryIngress):
            let weight = object.metadata["annotations"]?[canaryWeight]?.string.flatMap { Int($0) }
            let service = first?["http"]?["paths"]?[0]?["backend"]?["service"]?["name"]?.string
            guard let weight, let service else { return nil }
            return CallShare(version: service, weight: weight)
        case ("GRPCRoute", entrypointIngress), ("HTTPRoute", entrypointIngress):
            let other = first?["backendRefs"]?.array?.first { $0["name"]?.string != ObjectNames.activeEntrypoint }
            guard let weight = other?["weight"]?.integer, let service = other?["name"]?.string else { return nil }
            return CallShare(version: service, weight: weight)
        default: return nil
        }
    }

    private static let canaryWeight = "nginx.ingress.kubernetes.io/canary-weight"

    /// ingress-nginx gives the calls of the Ingress with the same host and path a second place to go
    /// (https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/#canary). It takes the certificate, and
    /// all annotations but these, from that one.
    private func canaryIngress(_ host: String, _ weight: Int) -> JSONValue {
        Stamp(scope).object(
            "networking.k8s.io/v1", "Ingress", Self.canaryIngress, .publication,
            annotations: [
                "nginx.ingress.kubernetes.io/backend-protocol": "GRPC", "nginx.ingress.kubernetes.io/canary": "true",
                Self.canaryWeight: "\(weight)",
            ],
            [
                "spec": .members([
                    "ingressClassName": scope.runtime.ingress.className.map { .string($0) },
                    "rules": [["host": .string(host), "http": ["paths": [Self.path(to: "grpc", of: version.name)]]]],
                ])
            ])
    }

    // MARK: Ingresses

    private var ingresses: [JSONValue] {
        let hosts = Self.hosts(scope)
        guard let host = hosts.first, let protoHost = hosts.last else { return [] }
        var annotations = ["nginx.ingress.kubernetes.io/backend-protocol": "GRPC"]
        if let issuer = scope.runtime.ingress.clusterIssuer { annotations["cert-manager.io/cluster-issuer"] = issuer }
        // One certificate is made for both hosts, by the annotation of the first Ingress.
        let grpc = ingress(
            Self.entrypointIngress, host: host, port: "grpc", annotations: annotations, more: scope.runtime.ingress.entrypointAnnotations,
            certified: [host, protoHost])
        let proto = ingress(
            Self.protoIngress, host: protoHost, port: "web",
            annotations: scope.runtime.stack.makes(.defaultBackend)
                ? ["nginx.ingress.kubernetes.io/default-backend": StackNames.defaultBackend] : [:],
            certified: [protoHost])
        return [grpc, proto]
    }

    private func ingress(
        _ name: String, host: String, port: String, annotations: [String: String], more: [String: String] = [:], certified: [String]
    ) -> JSONValue {
        let settings = scope.runtime.ingress
        let secret = settings.tlsSecret ?? (settings.clusterIssuer == nil ? nil : "entrypoint-tls")
        let ours = annotations.filter { settings.isNginx ?? true || !$0.key.hasPrefix("nginx.") }
        // No version among the labels: an Ingress stays as it is when another version is published.
        return Stamp(scope).object(
            "networking.k8s.io/v1", "Ingress", name, .publication,
            annotations: ours.merging(settings.annotations) { $1 }.merging(more) { $1 },
            [
                "spec": .members([
                    "ingressClassName": settings.className.map { .string($0) },
                    "tls": secret.map { [["hosts": .strings(certified), "secretName": .string($0)]] },
                    "rules": [["host": .string(host), "http": ["paths": [Self.path(to: port)]]]],
                ])
            ])
    }

    private static func path(to port: String, of service: String = ObjectNames.activeEntrypoint) -> JSONValue {
        [
            "path": "/", "pathType": "Prefix",
            "backend": ["service": ["name": .string(service), "port": ["name": .string(port)]]],
        ]
    }
}
