import Model

/// How a server serves a type of object.
struct ServedType: Sendable, Hashable {
    /// As served: it may be another version than was asked for.
    let apiVersion: String
    let kind: String
    /// As in paths: `deployments`.
    let plural: String
    let isNamespaced: Bool

    init(_ apiVersion: String, _ kind: String, _ plural: String, namespaced: Bool = true) {
        self.apiVersion = apiVersion
        self.kind = kind
        self.plural = plural
        isNamespaced = namespaced
    }

    func at(_ apiVersion: String) -> ServedType {
        ServedType(apiVersion, kind, plural, namespaced: isNamespaced)
    }

    /// The path of all objects of the type, or of those in a namespace; of one, with its name
    /// (https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-uris).
    func path(namespace: String? = nil, name: String? = nil) -> String {
        var path = apiVersion.contains("/") ? "/apis/\(apiVersion)" : "/api/\(apiVersion)"
        if isNamespaced, let namespace { path += "/namespaces/\(URLText.escaped(namespace))" }
        path += "/\(plural)"
        if let name { path += "/\(URLText.escaped(name))" }
        return path
    }

    /// Kinds that every server has had in this version since Kubernetes 1.20 and still has: nothing needs to be asked about them.
    static let stable: [ResourceType: ServedType] = Dictionary(
        [
            ServedType("v1", "Namespace", "namespaces", namespaced: false),
            ServedType("v1", "Node", "nodes", namespaced: false),
            ServedType("v1", "PersistentVolume", "persistentvolumes", namespaced: false),
            ServedType("v1", "Pod", "pods"),
            ServedType("v1", "Service", "services"),
            ServedType("v1", "Endpoints", "endpoints"),
            ServedType("v1", "ConfigMap", "configmaps"),
            ServedType("v1", "Secret", "secrets"),
            ServedType("v1", "ServiceAccount", "serviceaccounts"),
            ServedType("v1", "PersistentVolumeClaim", "persistentvolumeclaims"),
            ServedType("v1", "ResourceQuota", "resourcequotas"),
            ServedType("v1", "LimitRange", "limitranges"),
            ServedType("v1", "Event", "events"),
            ServedType("apps/v1", "Deployment", "deployments"),
            ServedType("apps/v1", "StatefulSet", "statefulsets"),
            ServedType("apps/v1", "DaemonSet", "daemonsets"),
            ServedType("apps/v1", "ReplicaSet", "replicasets"),
            ServedType("batch/v1", "Job", "jobs"),
            ServedType("networking.k8s.io/v1", "Ingress", "ingresses"),
            ServedType("networking.k8s.io/v1", "IngressClass", "ingressclasses", namespaced: false),
            ServedType("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies"),
            ServedType("coordination.k8s.io/v1", "Lease", "leases"),
            ServedType("rbac.authorization.k8s.io/v1", "Role", "roles"),
            ServedType("rbac.authorization.k8s.io/v1", "RoleBinding", "rolebindings"),
            ServedType("rbac.authorization.k8s.io/v1", "ClusterRole", "clusterroles", namespaced: false),
            ServedType("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "clusterrolebindings", namespaced: false),
            ServedType("storage.k8s.io/v1", "StorageClass", "storageclasses", namespaced: false),
            ServedType("scheduling.k8s.io/v1", "PriorityClass", "priorityclasses", namespaced: false),
            ServedType(
                "apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions", namespaced: false),
        ].map { (ResourceType(apiVersion: $0.apiVersion, kind: $0.kind), $0) }, uniquingKeysWith: { first, _ in first })

    /// Versions in which a kind means the same and has the same fields, as far as manifests made here go, newest first
    /// (https://kubernetes.io/docs/reference/using-api/deprecation-guide/). What is asked for in one is served in another.
    static func equivalents(of type: ResourceType) -> [String] {
        switch (type.group, type.kind) {
        case ("batch", "CronJob"): ["batch/v1", "batch/v1beta1"]
        case ("policy", "PodDisruptionBudget"): ["policy/v1", "policy/v1beta1"]
        case ("discovery.k8s.io", "EndpointSlice"): ["discovery.k8s.io/v1", "discovery.k8s.io/v1beta1"]
        case ("autoscaling", "HorizontalPodAutoscaler"): ["autoscaling/v2", "autoscaling/v2beta2"]
        default: [type.apiVersion]
        }
    }
}

/// Text in paths and queries (RFC 3986).
enum URLText {
    static func escaped(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = Array("0123456789ABCDEF".unicodeScalars)
                result += "%"
                result.unicodeScalars.append(digits[Int(byte >> 4)])
                result.unicodeScalars.append(digits[Int(byte & 15)])
            }
        }
        return result
    }

    /// `?a=b&c=d`; empty when there is nothing to ask.
    static func query(_ items: [(String, String)]) -> String {
        items.isEmpty ? "" : "?" + items.map { "\($0)=\(escaped($1))" }.joined(separator: "&")
    }
}
