import JSON
import Model

/// A runtime's own objects: namespace, service accounts, and the stack that its versions share (engine's contract,
/// section 6).
///
/// Workloads wait for what they read at start (Secrets, ConfigMaps, roles), and writers and APIs for the databases.
/// They do not wait for their own Services and volumes, which become ready only with them.
struct RuntimeStack: Sendable {
    let scope: RuntimeScope
    let stamp: Stamp
    let addresses: StackAddresses

    init(_ scope: RuntimeScope) {
        self.scope = scope
        stamp = Stamp(scope)
        addresses = StackAddresses(scope.runtime)
    }

    var runtime: DesiredRuntime { scope.runtime }

    var manifests: [Manifest] {
        base + partManifests.flatMap(\.manifests) + alerts
    }

    /// The objects of each part that is made.
    var partManifests: [(part: StackSettings.Part, manifests: [Manifest])] {
        let all: [(part: StackSettings.Part, manifests: [Manifest])] = [
            (.nats, nats), (.mongodb, mongo), (.mongoExpress, mongoExpress), (.influxdb, influxDB), (.chronograf, chronograf),
            (.minio, minio), (.mongoWriter, mongoWriter), (.runtimeApi, runtimeAPI), (.defaultBackend, defaultBackend),
        ]
        return all.filter { runtime.stack.makes($0.part) }
    }

    func manifest(
        _ content: JSONValue, secrets: [String: SensitiveValue] = [:], generated: [String: GeneratedValue] = [:],
        renewed: Set<String> = [], dependsOn: [ResourceAddress] = []
    ) -> Manifest {
        Manifest(content, secrets: secrets, generated: generated, renewed: renewed, dependsOn: dependsOn, key: scope.key)
    }

    /// Selector and pod label of a stack's workload, as other charts of KRE have it.
    func selector(_ name: String) -> [String: String] { [Self.selectorLabel: name] }
    private static let selectorLabel = "app"

    /// The pod of a workload: our labels, its selector's, and no right to call the API.
    func pod(
        _ name: String, _ component: Component, _ container: Container, volumes: [Volume] = [], fileGroup: Int? = nil
    ) -> Pod {
        Pod(
            labels: stamp.labels(component, selector(name)), serviceAccount: StackNames.serviceAccount,
            containers: [container], volumes: volumes, fileGroup: fileGroup,
            placement: Placement(pullSecrets: runtime.stack.imagePullSecrets)
        ).marked(by: scope)
    }

    var account: ResourceAddress { stamp.address("v1", "ServiceAccount", StackNames.serviceAccount) }
    func secret(_ name: String) -> ResourceAddress { stamp.address("v1", "Secret", name) }
    func configMap(_ name: String) -> ResourceAddress { stamp.address("v1", "ConfigMap", name) }

    /// What writers and APIs need before they start.
    var databases: [ResourceAddress] { made(.nats) + made(.mongodb) }

    /// The StatefulSet of a part; nothing when something else is used instead.
    func made(_ part: StackSettings.Part) -> [ResourceAddress] {
        guard runtime.stack.makes(part), let name = Self.statefulSets(runtime: runtime.name)[part] else { return [] }
        return [stamp.address("apps/v1", "StatefulSet", name)]
    }

    private static func statefulSets(runtime: String) -> [StackSettings.Part: String] {
        [
            .nats: StackNames.nats, .mongodb: StackNames.mongo, .influxdb: ObjectNames.influxDB(runtime: runtime),
            .minio: StackNames.minio,
        ]
    }

    /// A claim has the labels of its set's selector.
    static func hasClaimed(_ object: LiveObject, runtime: String) -> Bool {
        object.address.kind == "PersistentVolumeClaim" && object.address.group.isEmpty
            && statefulSets(runtime: runtime).values.contains { set in
                object.address.name == "data-\(set)-0" && object.label(selectorLabel) == set
            }
    }
}
