import Model
import Schema

/// `gateway` of a runtime's `ingress`.
enum GatewayShape {
    private static let name = ShapeKey<String>.required("name", .text(.kubernetesName), "The Gateway's name.")
    private static let namespace = ShapeKey<String>.optional(
        "namespace", .text(.resourceName()), "The namespace that it is in.", default: "the runtime's own")
    private static let sectionName = ShapeKey<String>.optional(
        "sectionName", .text(.kubernetesName), "Its listener.", default: "every listener that takes the hosts")
    private static let route = ShapeKey<GatewaySettings.Route>.optional(
        "route", .choice, "The kind of the route to the entrypoint.", default: "GRPCRoute where the cluster serves it, else HTTPRoute")
    private static let orIngress = ShapeKey<Bool>.optional(
        "orIngress", .boolean, "Whether Ingresses are made where the cluster serves no such routes.", default: "false")

    static let gateway = Shape<GatewaySettings>.record(
        "a gateway", "A Gateway that leads to published entrypoints, by routes of the Gateway API.",
        keys: ShapeKeys(name, namespace, sectionName, route, orIngress),
        hints: [
            "tls": "TLS is the matter of the Gateway's listener.", "hostnames": "The hosts are `entrypointHost` and `protoHost`.",
            "gatewayClassName": "The Gateway exists already: Kreform makes the routes alone.",
            "annotations": "`annotations` stand beside `gateway`.",
        ],
        synonyms: ["listener": "sectionName", "section": "sectionName", "kind": "route", "fallback": "orIngress", "ingress": "orIngress"]
    ) { values, _ in
        guard let name = values.value(name) else { return nil }
        return GatewaySettings(
            name: name, namespace: values.value(namespace), sectionName: values.value(sectionName), route: values.value(route),
            orIngress: values.value(orIngress) ?? false, span: values.head)
    }
}
