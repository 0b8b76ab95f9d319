import Model
import Schema

/// `network` of a runtime.
struct NetworkSettings: Sendable {
    var isIsolated = true
    var allowed: [String] = []
    var egress: [EgressRule] = []
    var apiServer: [String] = []
}

/// An item of `limits`, and where its keys stand.
struct DeclaredLimit: Sendable {
    let item: LimitItem
    let places: [String: SourceSpan]
}

/// `network`, `quota` and `limits` of a runtime.
enum IsolationShape {
    static func isolation(
        _ network: NetworkSettings, quota: [ShapeEntry<String>], limits: [DeclaredLimit]
    ) -> IsolationSettings {
        let quotas = quota.map { ("quota.\($0.name.value)", $0.name.span) }
        return IsolationSettings(
            isIsolated: network.isIsolated, allowedNamespaces: Set(network.allowed).sorted(), egress: network.egress,
            apiServer: network.apiServer,
            quota: Dictionary(quota.map { ($0.name.value, $0.value.value) }, uniquingKeysWith: { first, _ in first }),
            limits: limits.map(\.item),
            places: limits.reduce(into: Dictionary(quotas, uniquingKeysWith: { first, _ in first })) { $0.merge($1.places) { $1 } })
    }

    // MARK: Connections

    private static let isolated = ShapeKey<Bool>.optional(
        "isolated", .boolean, "Whether only those connections are let through that the runtime needs.", default: "true")
    private static let allow = ShapeKey<[Located<String>]>.optional(
        "allow", .list(of: .text(.resourceName())),
        "Namespaces whose pods may reach the stack's web pages, APIs and metrics, such as `monitoring`.")
    private static let to = ShapeKey<String>.required("to", .text(.network), "Addresses, such as `10.0.0.0/8`.")
    private static let ports = ShapeKey<[Located<Int>]>.optional(
        "ports", .list(of: .integer(in: 1...65535), atLeast: 1), "TCP ports.", default: "all, of every protocol")
    private static let rule = Shape<EgressRule>.record(
        "an entry of `egress`", "What nodes may reach.", keys: ShapeKeys(to, ports),
        synonyms: ["cidr": "to", "address": "to", "port": "ports"]
    ) { values, _ in
        values.value(to).map { EgressRule(cidr: $0, ports: (values.value(ports) ?? []).map(\.value)) }
    }
    private static let egress = ShapeKey<[Located<EgressRule>]>.optional(
        "egress", .list(of: rule), "What nodes may reach outside the runtime.")
    private static let apiServer = ShapeKey<[Located<String>]>.optional(
        "apiServer", .list(of: .text(.network), atLeast: 1), "Networks that the Kubernetes API server is at, and that its requests to pods come from.",
        default: "anywhere")

    static let network = Shape<NetworkSettings>.record(
        "a network", keys: ShapeKeys(isolated, allow, egress, apiServer),
        hints: ["ingress": "Name the namespaces that may reach the stack under `allow`."],
        synonyms: ["namespaces": "allow", "from": "allow", "to": "egress"]
    ) { values, _ in
        NetworkSettings(
            isIsolated: values.value(isolated) ?? true, allowed: (values.value(allow) ?? []).map(\.value),
            egress: (values.value(egress) ?? []).map(\.value), apiServer: (values.value(apiServer) ?? []).map(\.value))
    }

    // MARK: Amounts

    static let quota = Shape<[ShapeEntry<String>]>.map(
        names: .quotaName, to: .text(.quantityOrZero).map(PartShape.canonical))

    private static let cpu = ShapeKey<String>.optional("cpu", PartShape.amount, "Processor time, such as `500m`.")
    private static let memory = ShapeKey<String>.optional("memory", PartShape.amount, "Memory, such as `512Mi`.")
    private static let amounts = Shape<[String: String]>.record("an amount of resources", keys: ShapeKeys(cpu, memory)) { values, _ in
        var amounts: [String: String] = [:]
        amounts["cpu"] = values.value(cpu)
        amounts["memory"] = values.value(memory)
        return amounts
    }
    private static let limit = ShapeKey<[String: String]>.optional("default", amounts, "The limits of containers that name none.")
    private static let request = ShapeKey<[String: String]>.optional(
        "defaultRequest", amounts, "The requests of containers that name none.", default: "those of `default`")
    private static let minimum = ShapeKey<[String: String]>.optional("min", amounts, "The least that may be requested.")
    private static let maximum = ShapeKey<[String: String]>.optional("max", amounts, "The most that limits may be.")

    private static func declared(_ name: String, _ item: LimitItem, _ keys: [(String, SourceSpan?)]) -> DeclaredLimit {
        let places = keys.compactMap { key, span in span.map { ("limits.\(name).\(key)", $0) } }
        return DeclaredLimit(item: item, places: Dictionary(places, uniquingKeysWith: { first, _ in first }))
    }

    private static let container = ShapeKey<DeclaredLimit>.optional(
        "container",
        .record("limits of containers", keys: ShapeKeys(limit, request, minimum, maximum)) { values, _ in
            let item = LimitItem(
                .container, minimum: values.value(minimum) ?? [:], maximum: values.value(maximum) ?? [:],
                limit: values.value(limit) ?? [:], request: values.value(request) ?? [:])
            return declared(
                "container", item,
                [
                    ("default", values.keySpan(limit)), ("defaultRequest", values.keySpan(request)),
                    ("min", values.keySpan(minimum)), ("max", values.keySpan(maximum)),
                ])
        }, "Of each container.")
    private static let pod = ShapeKey<DeclaredLimit>.optional(
        "pod",
        .record("limits of pods", keys: ShapeKeys(minimum, maximum), hints: ["default": "Defaults are for containers."]) { values, _ in
            declared(
                "pod", LimitItem(.pod, minimum: values.value(minimum) ?? [:], maximum: values.value(maximum) ?? [:]),
                [("min", values.keySpan(minimum)), ("max", values.keySpan(maximum))])
        }, "Of all containers of a pod together.")

    private static let least = ShapeKey<String>.optional("min", PartShape.amount, "The least that may be requested, such as `1Gi`.")
    private static let most = ShapeKey<String>.optional("max", PartShape.amount, "The most that may be requested.")
    private static let claim = ShapeKey<DeclaredLimit>.optional(
        "claim",
        .record("limits of claims", keys: ShapeKeys(least, most)) { values, _ in
            func storage(_ amount: String?) -> [String: String] { amount.map { ["storage": $0] } ?? [:] }
            return declared(
                "claim", LimitItem(.claim, minimum: storage(values.value(least)), maximum: storage(values.value(most))),
                [("min", values.keySpan(least)), ("max", values.keySpan(most))])
        }, "Of each volume's claim: `{min: 1Gi, max: 100Gi}`.")

    static let limits = Shape<[DeclaredLimit]>.record(
        "limits", keys: ShapeKeys(container, pod, claim), synonyms: ["volume": "claim", "containers": "container", "pods": "pod"]
    ) { values, _ in
        [values.value(container), values.value(pod), values.value(claim)].compactMap(\.self).filter { limit in
            let item = limit.item
            return !(item.minimum.isEmpty && item.maximum.isEmpty && item.limit.isEmpty && item.request.isEmpty)
        }
    }
}
