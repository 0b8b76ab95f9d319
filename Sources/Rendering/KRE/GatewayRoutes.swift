import JSON
import Model

/// The routes by which a Gateway leads to the active entrypoint (https://gateway-api.sigs.k8s.io/reference/spec/): that of the gRPC
/// server, and that of its protos. TLS is the matter of the Gateway's listener. Every field with a default is written out: the
/// lists that they are in are compared as a whole.
struct GatewayRoutes {
    private let scope: RuntimeScope
    private let gateway: GatewaySettings
    private let hosts: [String]

    /// - Parameter hosts: of the entrypoint and of its protos.
    init(_ scope: RuntimeScope, _ gateway: GatewaySettings, hosts: [String]) {
        self.scope = scope
        self.gateway = gateway
        self.hosts = hosts
    }

    static func type(_ route: GatewaySettings.Route) -> ResourceType { ResourceType(apiVersion: apiVersion, kind: route.rawValue) }

    private static let apiVersion = "gateway.networking.k8s.io/v1"
    private static let entrypoint = PublicationObjects.entrypointIngress
    private static let proto = PublicationObjects.protoIngress

    static func addresses(_ scope: RuntimeScope, entrypoint kind: GatewaySettings.Route) -> [ResourceAddress] {
        [(kind, entrypoint), (.http, proto)].map { Stamp(scope).address(apiVersion, $0.0.rawValue, $0.1) }
    }

    func objects(entrypoint kind: GatewaySettings.Route) -> [JSONValue] {
        guard let host = hosts.first, let protoHost = hosts.last else { return [] }
        return [route(kind, Self.entrypoint, to: 9000, host: host), route(.http, Self.proto, to: 80, host: protoHost)]
    }

    /// The route to the entrypoint, of which `weight` per cent lead to the Service of a version.
    func shared(_ kind: GatewaySettings.Route, with version: String, weight: Int) -> JSONValue? {
        hosts.first.map { host in
            route(kind, Self.entrypoint, to: 9000, host: host, [(ObjectNames.activeEntrypoint, 100 - weight), (version, weight)])
        }
    }

    private func route(
        _ kind: GatewaySettings.Route, _ name: String, to port: Int, host: String,
        _ services: [(name: String, weight: Int)] = [(ObjectNames.activeEntrypoint, 1)]
    ) -> JSONValue {
        let backends = services.map { service -> JSONValue in
            [
                "group": "", "kind": "Service", "name": .string(service.name), "port": .integer(port),
                "weight": .integer(service.weight),
            ]
        }
        let everything: JSONValue = [["path": ["type": "PathPrefix", "value": "/"]]]
        // No version among the labels: a route stays as it is when another version is published.
        return Stamp(scope).object(
            Self.apiVersion, kind.rawValue, name, .publication, annotations: scope.runtime.ingress.annotations,
            [
                "spec": [
                    "parentRefs": [parent], "hostnames": [.string(host)],
                    "rules": [.members(["matches": kind == .http ? everything : nil, "backendRefs": .array(backends)])],
                ]
            ])
    }

    private var parent: JSONValue {
        .members([
            "group": "gateway.networking.k8s.io", "kind": "Gateway", "name": .string(gateway.name),
            "namespace": gateway.namespace.map { .string($0) }, "sectionName": gateway.sectionName.map { .string($0) },
        ])
    }
}
