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
        "annotations", .map(names: .annotationName, to: .text), "Further annotations of the Ingresses.")

    private static let host = Shape<String>.text(.hostTemplate).map { HostTemplate($0) ?? .entrypoint }
    private static let entrypointHost = ShapeKey<HostTemplate>.optional(
        "entrypointHost", host, "The host of the published entrypoint, with `{engine}`, `{runtime}` and `{domain}` in it.",
        default: "\(HostTemplate.entrypoint)")
    private static let protoHost = ShapeKey<HostTemplate>.optional(
        "protoHost", host, "The host of its protos, likewise.", default: "\(HostTemplate.proto)")

    static let ingress = Shape<IngressSettings>.record(
        "an ingress", keys: ShapeKeys(className, tlsSecret, clusterIssuer, annotations, entrypointHost, protoHost),
        hints: ["host": hosts, "hosts": hosts],
        synonyms: ["class": "className", "ingressClassName": "className", "issuer": "clusterIssuer"]
    ) { values, _ in
        let annotations = (values.value(annotations) ?? []).map { ($0.name.value, $0.value.value) }
        return IngressSettings(
            className: values.value(className), tlsSecret: values.value(tlsSecret),
            clusterIssuer: values.value(clusterIssuer),
            annotations: Dictionary(annotations, uniquingKeysWith: { first, _ in first }),
            entrypointHost: values.value(entrypointHost) ?? .entrypoint,
            protoHost: values.value(protoHost) ?? .proto)
    }
}
