import JSON
import Model
import Rendering
import Testing

/// The connections that policies let through.
@Suite struct IsolationTests {
    private struct Policy {
        let name: String
        let component: String?
        /// By direction: pairs of a component and a port.
        var flows: [String: Set<String>] = [:]
        /// By direction: ports that anyone is let through to.
        var open: [String: Set<Int>] = [:]

        init?(_ manifest: Manifest) {
            guard manifest.address.kind == "NetworkPolicy" else { return nil }
            name = manifest.address.name
            let spec = manifest.content["spec"]
            component = spec?["podSelector"]?["matchLabels"]?[ObjectLabels.component]?.string
            for (side, peers) in [("ingress", "from"), ("egress", "to")] {
                for rule in spec?[side]?.array ?? [] {
                    let ports = (rule["ports"]?.array ?? []).compactMap { $0["port"]?.integer }
                    if rule[peers] == nil { open[side, default: []].formUnion(ports) }
                    for peer in rule[peers]?.array ?? [] {
                        let values = peer["podSelector"]?["matchExpressions"]?[0]?["values"]?.array ?? []
                        for value in values.compactMap(\.string) { flows[side, default: []].formUnion(ports.map { "\(value):\($0)" }) }
                    }
                }
            }
        }
    }

    private static let versions = [Samples.roomPrice(.published), Samples.classifier(.started)]

    private func manifests(_ runtime: DesiredRuntime) -> [Manifest] {
        Rendering.render(Samples.state([runtime]), key: Samples.key).entities.flatMap(\.manifests)
    }

    private func policies(_ runtime: DesiredRuntime) -> [Policy] { manifests(runtime).compactMap(Policy.init) }

    @Test func whatIsLetOutIsLetInAndTheOtherWayRound() throws {
        for stack in [StackSettings(), Samples.settings] {
            let policies = policies(Samples.runtime(Self.versions, stack: stack))
            let byComponent = Dictionary(grouping: policies, by: \.component)
            var out: Set<String> = []
            var into: Set<String> = []
            for (component, policies) in byComponent {
                guard let component else { continue }
                let policy = try #require(policies.first)
                #expect(policies.count == 1, "\(component)")
                out.formUnion((policy.flows["egress"] ?? []).map { "\(component) > \($0)" })
                into.formUnion((policy.flows["ingress"] ?? []).map { flow in
                    let parts = flow.split(separator: ":")
                    return "\(parts[0]) > \(component):\(parts[1])"
                })
            }
            #expect(out == into)
            var wanted: Set = [
                "node > nats:4222", "node > mongodb:27017", "node > influxdb:8086", "node > minio:9000", "entrypoint > nats:4222",
                "entrypoint > influxdb:8086", "entrypoint > minio:9000", "streams > nats:4222", "mongodb > mongodb:27017",
                "chronograf > influxdb:8086",
            ]
            if stack.makes(.runtimeApi) { wanted.insert("runtime-api > mongodb:27017") }
            if stack.makes(.mongoExpress) { wanted.insert("mongo-express > mongodb:27017") }
            if stack.makes(.mongoWriter) { wanted.formUnion(["mongo-writer > nats:4222", "mongo-writer > mongodb:27017"]) }
            #expect(out == wanted)
        }
    }

    @Test func whoeverIsLetInFromAnywhereOrOutToAnywhereIsNamed() {
        let policies = policies(Samples.runtime(Self.versions))
        func open(_ side: String) -> [String: Set<Int>] {
            Dictionary(policies.compactMap { policy in policy.open[side].map { (policy.name, $0) } }) { $1 }
        }
        #expect(open("ingress") == ["allow-entrypoint": [8080, 9000], "allow-default-backend": [8080], "allow-minio": [9000]])
        #expect(open("egress") == ["allow-dns": [53], "allow-runtime-api": [443, 6443]])
    }

    @Test func everyPodIsUnderAPolicyOfItsOwn() {
        let runtime = Samples.runtime(Self.versions)
        let known = Set(policies(runtime).compactMap(\.component))
        for manifest in manifests(runtime) {
            guard let labels = manifest.content["spec"]?["template"]?["metadata"]?["labels"] else { continue }
            #expect(known.contains(labels[ObjectLabels.component]?.string ?? ""), "\(manifest.address)")
        }
    }

    @Test func nothingElseIsLetThrough() throws {
        let deny = try #require(manifests(Samples.runtime()).first { $0.address.name == "default-deny" })
        #expect(deny.content["spec"]?.encoded() == #"{"podSelector":{},"policyTypes":["Egress","Ingress"]}"#)
        #expect(policies(Samples.runtime(isolation: IsolationSettings(isIsolated: false))).isEmpty)
    }

    @Test func `Where the API server is narrows the rules that speak of it`() throws {
        func rules(_ settings: IsolationSettings) throws -> [String] {
            let manifests = manifests(Samples.runtime(isolation: settings))
            func spec(_ name: String) throws -> JSONValue? { try #require(manifests.first { $0.address.name == name }).content["spec"] }
            return [
                try spec("allow-minio")?["ingress"]?[1]?.encoded(), try spec("allow-runtime-api")?["egress"]?[1]?.encoded(),
            ].map { $0 ?? "none" }
        }
        #expect(try rules(IsolationSettings()) == [
            #"{"ports":[{"port":9000,"protocol":"TCP"}]}"#,
            #"{"ports":[{"port":443,"protocol":"TCP"},{"port":6443,"protocol":"TCP"}]}"#,
        ])
        let peers = #"[{"ipBlock":{"cidr":"10.0.0.0/28"}},{"ipBlock":{"cidr":"fd00::/64"}}]"#
        #expect(try rules(IsolationSettings(apiServer: ["10.0.0.0/28", "fd00::/64"])) == [
            #"{"from":\#(peers),"ports":[{"port":9000,"protocol":"TCP"}]}"#,
            #"{"ports":[{"port":443,"protocol":"TCP"},{"port":6443,"protocol":"TCP"}],"to":\#(peers)}"#,
        ])
    }

    @Test func noPodHasRightsButTheOneThatWatches() {
        for manifest in manifests(Samples.runtime(Self.versions)) {
            if manifest.address.kind == "ServiceAccount" { #expect(manifest.content["automountServiceAccountToken"]?.bool == false) }
            guard let spec = manifest.content["spec"]?["template"]?["spec"] else { continue }
            let mayWatch = manifest.address.name == "runtime-api"
            #expect(spec["automountServiceAccountToken"]?.bool == mayWatch, "\(manifest.address)")
            #expect(spec["securityContext"]?["seccompProfile"]?["type"]?.string == "RuntimeDefault", "\(manifest.address)")
            for container in (spec["initContainers"]?.array ?? []) + (spec["containers"]?.array ?? []) {
                let security = container["securityContext"]
                #expect(security?["allowPrivilegeEscalation"]?.bool == false, "\(manifest.address)")
                #expect(security?["capabilities"]?["drop"]?[0]?.string == "ALL", "\(manifest.address)")
            }
        }
    }
}
