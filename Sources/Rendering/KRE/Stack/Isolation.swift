import JSON
import Model

/// What the pods of a runtime may reach and use.
extension RuntimeStack {
    var isolation: [Manifest] { (runtime.isolation.isIsolated ? policies : []) + quota + limitRange }

    // MARK: Connections

    /// A connection within the runtime.
    private struct Flow {
        let from: [Component]
        let to: StackSettings.Part
        let target: Component
        let port: Int
    }

    /// Those of the engine's contract, and no other.
    private static let flows = [
        Flow(from: [.entrypoint, .mongoWriter, .node, .streams], to: .nats, target: .nats, port: 4222),
        // A replica set's member speaks to itself by the name that others know it by.
        Flow(from: [.mongoExpress, .mongoWriter, .mongodb, .node, .runtimeAPI], to: .mongodb, target: .mongodb, port: 27017),
        Flow(from: [.chronograf, .entrypoint, .node], to: .influxdb, target: .influxdb, port: 8086),
        // The package's files.
        Flow(from: [.entrypoint, .node], to: .minio, target: .minio, port: 9000),
    ]

    /// Reached from everywhere: callers in the cluster, and what stands before it.
    private static let open: [Component: [Int]] = [.entrypoint: [8080, 9000], .defaultBackend: [8080]]
    /// Reached from the namespaces that the file names.
    private static let watched: [Component: [Int]] = [
        .chronograf: [8888], .mongoExpress: [8081], .nats: [8222], .runtimeAPI: [50051],
    ]

    /// The parts with pods of their own.
    private static let parts: [(StackSettings.Part, Component)] = [
        (.nats, .nats), (.mongodb, .mongodb), (.mongoExpress, .mongoExpress), (.influxdb, .influxdb), (.chronograf, .chronograf),
        (.minio, .minio), (.mongoWriter, .mongoWriter), (.runtimeApi, .runtimeAPI), (.defaultBackend, .defaultBackend),
    ]

    private var components: [Component] {
        Self.parts.filter { runtime.stack.makes($0.0) }.map(\.1) + [.entrypoint, .node, .streams]
    }

    /// Nothing is let through (`default-deny`) but names' addresses, and what each component needs. Policies add up
    /// (https://kubernetes.io/docs/concepts/services-networking/network-policies/).
    private var policies: [Manifest] {
        let names: JSONValue = ["ports": [["port": 53, "protocol": "TCP"], ["port": 53, "protocol": "UDP"]]]
        let allowing = [policy("allow-dns", .runtime, ["egress": [names]], types: ["Egress"])]
            + components.map { component in
                policy(
                    "allow-\(component.rawValue)", component,
                    .members(["ingress": ingress(of: component).unlessEmpty, "egress": egress(of: component).unlessEmpty]),
                    selecting: component)
            }
        // Last, so that in a runtime that works already nothing is ever cut off.
        return [policy("default-deny", .runtime, [:], after: allowing.map(\.address))] + allowing
    }

    private func policy(
        _ name: String, _ component: Component, _ rules: JSONValue, types: [String] = ["Egress", "Ingress"],
        selecting selected: Component? = nil, after allowing: [ResourceAddress] = []
    ) -> Manifest {
        var spec = rules
        spec["podSelector"] = .members(["matchLabels": selected.map { .strings([ObjectLabels.component: $0.rawValue]) }])
        spec["policyTypes"] = .strings(types)
        return manifest(stamp.object("networking.k8s.io/v1", "NetworkPolicy", name, component, ["spec": spec]), dependsOn: allowing)
    }

    private func ingress(of component: Component) -> [JSONValue] {
        let present = Set(components)
        var rules = Self.flows.filter { $0.target == component }.map { flow in
            Self.rule("from", [Self.pods(flow.from.filter(present.contains))], [flow.port])
        }
        if let ports = Self.open[component] { rules.append(Self.rule("from", [], ports)) }
        // Packages come by way of the API server. Whoever asks for anything needs the store's keys.
        if component == .minio, scope.artifacts == nil, let store = Self.store(of: runtime) {
            rules.append(Self.rule("from", apiServer, [store.port]))
        }
        let allowed = runtime.isolation.allowedNamespaces
        if let ports = Self.watched[component], !allowed.isEmpty {
            let namespaces: JSONValue = ["namespaceSelector": Self.among(allowed, "kubernetes.io/metadata.name")]
            rules.append(Self.rule("from", [namespaces], ports))
        }
        return rules
    }

    private func egress(of component: Component) -> [JSONValue] {
        var rules = Self.flows.filter { $0.from.contains(component) }.compactMap { flow -> JSONValue? in
            if runtime.stack.makes(flow.to) { return Self.rule("to", [Self.pods([flow.target])], [flow.port]) }
            // A policy knows no names: whatever has that port may be reached.
            return externalPort(of: flow.to).map { Self.rule("to", [], [$0]) }
        }
        if component == .node || component == .entrypoint, let store = scope.artifacts {
            rules.append(Self.rule("to", [], [StackAddresses.port(of: store.podsTarget)]))
        }
        if component == .runtimeAPI { rules.append(Self.rule("to", apiServer, [443, 6443])) }
        guard component == .node else { return rules }
        return rules + runtime.isolation.egress.map { Self.rule("to", [Self.block($0.cidr)], $0.ports) }
    }

    private func externalPort(of part: StackSettings.Part) -> Int? {
        let external = runtime.stack.external
        return switch part {
        case .nats: external.nats.flatMap { _ in Int(addresses.natsPort) }
        case .mongodb: external.mongodb?.port
        case .influxdb: external.influxdb.map(StackAddresses.port)
        default: nil
        }
    }

    /// The API server is no pod, and only the file can tell its addresses: without its word it is everyone.
    private var apiServer: [JSONValue] { runtime.isolation.apiServer.map(Self.block) }

    private static func block(_ network: String) -> JSONValue { ["ipBlock": ["cidr": .string(network)]] }

    private static func pods(_ components: [Component]) -> JSONValue {
        ["podSelector": among(components.map(\.rawValue).sorted(), ObjectLabels.component)]
    }

    private static func among(_ values: [String], _ label: String) -> JSONValue {
        ["matchExpressions": [["key": .string(label), "operator": "In", "values": .strings(values)]]]
    }

    /// - Parameter peers: none for everyone.
    private static func rule(_ side: String, _ peers: [JSONValue], _ ports: [Int]) -> JSONValue {
        var rule = JSONValue.members([
            "ports": ports.map { ["port": .integer($0), "protocol": "TCP"] as JSONValue }.unlessEmpty
        ])
        rule[side] = peers.unlessEmpty
        return rule
    }

    // MARK: Amounts

    private var quota: [Manifest] {
        let amounts = runtime.isolation.quota
        guard !amounts.isEmpty else { return [] }
        return [manifest(stamp.object("v1", "ResourceQuota", "runtime", .runtime, ["spec": ["hard": .strings(amounts)]]))]
    }

    private var limitRange: [Manifest] {
        let items = runtime.isolation.limits
        guard !items.isEmpty else { return [] }
        return [
            manifest(
                stamp.object("v1", "LimitRange", "runtime", .runtime, ["spec": ["limits": .array(items.map(Self.item))]]))
        ]
    }

    private static func item(_ item: LimitItem) -> JSONValue {
        let filled = item.filled
        return .members([
            "type": .string(item.subject.rawValue), "default": filled.limit.unlessEmpty,
            "defaultRequest": filled.request.unlessEmpty, "min": item.minimum.unlessEmpty, "max": item.maximum.unlessEmpty,
        ])
    }
}
