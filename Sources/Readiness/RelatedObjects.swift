import JSON
import Model

/// Objects that say more about one than its own status does.
package struct RelatedObjects: Sendable {
    /// Those that a workload or a Service selects.
    package let pods: [LiveObject]
    /// Of a Service: the Endpoints of its name.
    package let endpoints: LiveObject?
    /// Of a PersistentVolumeClaim: its storage class binds it when a pod uses it.
    package let waitsForConsumer: Bool

    package init(pods: [LiveObject] = [], endpoints: LiveObject? = nil, waitsForConsumer: Bool = false) {
        self.pods = pods
        self.endpoints = endpoints
        self.waitsForConsumer = waitsForConsumer
    }

    /// What belongs to `object` among the pods and the Endpoints (by name) of its namespace.
    package init(of object: LiveObject, pods: some Sequence<LiveObject>, endpoints: (String) -> LiveObject?) {
        let selector = PodSelector(of: object)
        self.endpoints = Self.hasEndpoints(object.address) ? endpoints(object.address.name) : nil
        waitsForConsumer = false
        self.pods = pods.filter(selector.selects)
    }

    package static let podType = ResourceType(apiVersion: "v1", kind: "Pod")
    package static let endpointsType = ResourceType(apiVersion: "v1", kind: "Endpoints")
    package static let storageClassType = ResourceType(apiVersion: "storage.k8s.io/v1", kind: "StorageClass")

    /// Whether the readiness of this kind needs its pods.
    package static func hasPods(_ address: ResourceAddress) -> Bool {
        switch (address.group, address.kind) {
        case ("apps", "Deployment"), ("apps", "StatefulSet"), ("apps", "DaemonSet"), ("batch", "Job"), ("", "Service"): true
        default: false
        }
    }

    /// Whether the readiness of this kind needs its Endpoints.
    package static func hasEndpoints(_ address: ResourceAddress) -> Bool {
        address.group.isEmpty && address.kind == "Service"
    }
}

/// The labels by which a workload or a Service knows its pods.
package struct PodSelector: Sendable {
    private let labels: [(name: String, value: JSONValue)]

    /// That of `object`; of other kinds, one that selects nothing.
    package init(of object: LiveObject) {
        let selector = object.content["spec"]?["selector"]
        let labels = RelatedObjects.hasEndpoints(object.address) ? selector : selector?["matchLabels"]
        self.labels = (labels?.object ?? [:]).map { ($0.key, $0.value) }
    }

    /// Whether `pod`, of the same namespace, is one of its.
    package func selects(_ pod: LiveObject) -> Bool {
        guard !labels.isEmpty, let own = pod.content["metadata"]?["labels"] else { return false }
        return labels.allSatisfy { own[$0.name] == $0.value }
    }
}
