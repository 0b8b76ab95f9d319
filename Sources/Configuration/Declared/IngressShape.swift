import Model
import Schema

/// `ingress` of a runtime.
enum IngressShape {
    private static let className = ShapeKey<String>.optional(
        "className", .text(.kubernetesName), "The ingress class.", default: "the cluster's default")
    private static let tlsSecret = ShapeKey<String>.optional(
        "tlsSecret", .text(.kubernetesName), "The Secret with the certificate of the entrypoint's hosts.")
    private static let clusterIssuer = ShapeKey<String>.optional(
        "clusterIssuer", .text(.kubernetesName), "The cert-manager ClusterIssuer that makes the certificate.")
    private static let annotations = ShapeKey<[ShapeEntry<String>]>.optional(
        "annotations", .map(names: .annotationName, to: .text), "Further annotations of the Ingresses.")

    static let ingress = Shape<IngressSettings>.record(
        "an ingress", keys: ShapeKeys(className, tlsSecret, clusterIssuer, annotations),
        synonyms: ["class": "className", "ingressClassName": "className", "issuer": "clusterIssuer"]
    ) { values, _ in
        let annotations = (values.value(annotations) ?? []).map { ($0.name.value, $0.value.value) }
        return IngressSettings(
            className: values.value(className), tlsSecret: values.value(tlsSecret),
            clusterIssuer: values.value(clusterIssuer),
            annotations: Dictionary(annotations, uniquingKeysWith: { first, _ in first }))
    }
}
