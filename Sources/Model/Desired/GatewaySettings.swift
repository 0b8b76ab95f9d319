/// The Gateway in front of published entrypoints (https://gateway-api.sigs.k8s.io/reference/spec/).
package struct GatewaySettings: Sendable, Hashable {
    /// The kind of the route that leads to the entrypoint; its protos have an `HTTPRoute` always.
    package enum Route: String, Sendable, Hashable, CaseIterable {
        /// Since Gateway API 1.1.
        case grpc = "GRPCRoute"
        case http = "HTTPRoute"
    }

    package let name: String
    /// Nil for the runtime's own.
    package let namespace: String?
    /// The listener; nil for every one that takes the hosts.
    package let sectionName: String?
    /// Nil for the first that the cluster serves.
    package let route: Route?
    /// Ingresses are made where the cluster serves no such route.
    package let orIngress: Bool
    package let span: SourceSpan?

    package init(
        name: String, namespace: String? = nil, sectionName: String? = nil, route: Route? = nil, orIngress: Bool = false,
        span: SourceSpan? = nil
    ) {
        self.name = name
        self.namespace = namespace
        self.sectionName = sectionName
        self.route = route
        self.orIngress = orIngress
        self.span = span
    }
}
