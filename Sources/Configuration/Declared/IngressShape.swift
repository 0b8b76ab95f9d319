import Model
import Schema

/// `ingress` of a runtime.
enum IngressShape {
    private static let hosts = "There are two: `entrypointHost` for gRPC and `protoHost` for the protos."
    private static let className = ShapeKey<String>.optional(
        "className", .text(.kubernetesName), "The ingress class.", default: "the cluster's default")
    private static let tlsSecret = ShapeKey<String>.optional(
        "tlsSecret", .text(.kubernetesName), "The Secret with the certificate of the entrypoint's hosts.")
    private static let clusterIssuer = ShapeKey<String>.optional(
        "clusterIssuer", .text(.kubernetesName), "The cert-manager ClusterIssuer that makes the certificate.")
    private static let annotations = ShapeKey<[ShapeEntry<String>]>.optional(
        "annotations", .map(names: .annotationName, to: .text), "Further annotations of the Ingresses, or of the routes.")

    private static let entrypointAnnotations = ShapeKey<[ShapeEntry<String>]>.optional(
        "entrypointAnnotations", .map(names: .annotationName, to: .text),
        "Annotations of the entrypoint's Ingress alone, such as those that tell a controller of gRPC.")
    private static let serviceAnnotations = ShapeKey<[ShapeEntry<String>]>.optional(
        "serviceAnnotations", .map(names: .annotationName, to: .text),
        "Annotations of the Service that the Ingresses, or the routes, lead to.")

    private static let host = Shape<String>.text(.hostTemplate).map { HostTemplate($0) ?? .entrypoint }
    private static let entrypointHost = ShapeKey<HostTemplate>.optional(
        "entrypointHost", host, "The host of the published entrypoint, with `{engine}`, `{runtime}` and `{domain}` in it.",
        default: "\(HostTemplate.entrypoint)")
    private static let protoHost = ShapeKey<HostTemplate>.optional(
        "protoHost", host, "The host of its protos, likewise.", default: "\(HostTemplate.proto)")

    private static let gateway = ShapeKey<GatewaySettings>.optional(
        "gateway", GatewayShape.gateway, "A Gateway, whose routes are made instead of Ingresses.")

    static let ingress = Shape<IngressSettings>.record(
        "an ingress",
        keys: ShapeKeys(
            className, tlsSecret, clusterIssuer, annotations, entrypointAnnotations, serviceAnnotations, entrypointHost, protoHost,
            gateway),
        hints: ["host": hosts, "hosts": hosts],
        synonyms: ["class": "className", "ingressClassName": "className", "issuer": "clusterIssuer"]
    ) { values, reading in
        if let gateway = values.value(gateway), !gateway.orIngress {
            let keys = [("className", values.keySpan(className)), ("tlsSecret", values.keySpan(tlsSecret))]
                + [("clusterIssuer", values.keySpan(clusterIssuer)), ("entrypointAnnotations", values.keySpan(entrypointAnnotations))]
            for case (let key, let span?) in keys {
                reading.report(
                    code: "conflicting-keys", summary: "`gateway` and `\(key)` exclude each other",
                    detail: "It is for Ingresses, which are made beside a Gateway only with `orIngress: true`. "
                        + "TLS is the matter of the Gateway's listener.", at: span)
            }
        }
        return IngressSettings(
            className: values.value(className), tlsSecret: values.value(tlsSecret),
            clusterIssuer: values.value(clusterIssuer),
            annotations: dictionary(values.value(annotations)), entrypointAnnotations: dictionary(values.value(entrypointAnnotations)),
            serviceAnnotations: dictionary(values.value(serviceAnnotations)),
            entrypointHost: values.value(entrypointHost) ?? .entrypoint,
            protoHost: values.value(protoHost) ?? .proto, gateway: values.value(gateway))
    }

    @Sendable private static func dictionary(_ entries: [ShapeEntry<String>]?) -> [String: String] {
        Dictionary((entries ?? []).map { ($0.name.value, $0.value.value) }, uniquingKeysWith: { first, _ in first })
    }
}
