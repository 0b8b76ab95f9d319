import JSON
import Model

/// A kind of object that the simulated API server serves.
struct ServedKind: Sendable, Hashable {
    let type: ResourceType
    /// As in paths and messages: `deployments`.
    let plural: String
    let isNamespaced: Bool
    let naming: NameRule
    /// Whether `metadata.generation` counts the changes outside metadata and status.
    let hasGeneration: Bool

    var kind: String { type.kind }
    var group: String { type.group }
    /// As in messages: `deployments.apps`, `services`.
    var resource: String { group.isEmpty ? plural : "\(plural).\(group)" }
    /// As in messages about validity: `Deployment.apps`, `Service`.
    var qualifiedKind: String { group.isEmpty ? kind : "\(kind).\(group)" }

    private init(
        _ apiVersion: String, _ kind: String, _ plural: String, namespaced: Bool = true,
        _ naming: NameRule = .subdomain,
        generation: Bool = false
    ) {
        type = ResourceType(apiVersion: apiVersion, kind: kind)
        self.plural = plural
        isNamespaced = namespaced
        self.naming = naming
        hasGeneration = generation
    }

    /// The kinds that every cluster serves, by type.
    static let builtIn: [ResourceType: ServedKind] = Dictionary(
        [
            ServedKind("v1", "Namespace", "namespaces", namespaced: false, .label),
            ServedKind("v1", "Node", "nodes", namespaced: false),
            ServedKind("v1", "PersistentVolume", "persistentvolumes", namespaced: false),
            ServedKind("v1", "Pod", "pods"),
            ServedKind("v1", "Service", "services", .serviceLabel),
            ServedKind("v1", "Endpoints", "endpoints"),
            ServedKind("v1", "ConfigMap", "configmaps"),
            ServedKind("v1", "Secret", "secrets"),
            ServedKind("v1", "ServiceAccount", "serviceaccounts"),
            ServedKind("v1", "PersistentVolumeClaim", "persistentvolumeclaims"),
            ServedKind("v1", "ResourceQuota", "resourcequotas"),
            ServedKind("v1", "LimitRange", "limitranges"),
            ServedKind("v1", "Event", "events"),
            ServedKind("apps/v1", "Deployment", "deployments", generation: true),
            ServedKind("apps/v1", "StatefulSet", "statefulsets", .label, generation: true),
            ServedKind("apps/v1", "DaemonSet", "daemonsets", generation: true),
            // Not in all versions of Kubernetes that are supported.
            ServedKind("batch/v1", "Job", "jobs", .label),
            ServedKind("batch/v1", "CronJob", "cronjobs", .label, generation: true),
            ServedKind("networking.k8s.io/v1", "Ingress", "ingresses", generation: true),
            ServedKind("networking.k8s.io/v1", "IngressClass", "ingressclasses", namespaced: false, generation: true),
            ServedKind("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies", generation: true),
            ServedKind("gateway.networking.k8s.io/v1", "GRPCRoute", "grpcroutes", generation: true),
            ServedKind("gateway.networking.k8s.io/v1", "HTTPRoute", "httproutes", generation: true),
            ServedKind("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets", generation: true),
            ServedKind("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers"),
            ServedKind("coordination.k8s.io/v1", "Lease", "leases"),
            ServedKind("rbac.authorization.k8s.io/v1", "Role", "roles", .pathSegment),
            ServedKind("rbac.authorization.k8s.io/v1", "RoleBinding", "rolebindings", .pathSegment),
            ServedKind("rbac.authorization.k8s.io/v1", "ClusterRole", "clusterroles", namespaced: false, .pathSegment),
            ServedKind(
                "rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "clusterrolebindings", namespaced: false,
                .pathSegment),
            ServedKind("storage.k8s.io/v1", "StorageClass", "storageclasses", namespaced: false),
            ServedKind("scheduling.k8s.io/v1", "PriorityClass", "priorityclasses", namespaced: false, generation: true),
            ServedKind(
                "apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions", namespaced: false,
                generation: true),
        ].map { ($0.type, $0) }, uniquingKeysWith: { first, _ in first })

    /// The kinds that a CustomResourceDefinition adds, one for each version it serves.
    static func custom(_ definition: LiveObject) -> [ServedKind] {
        let spec = definition.content["spec"]
        guard let group = spec?["group"]?.string, let kind = spec?["names"]?["kind"]?.string,
            let plural = spec?["names"]?["plural"]?.string
        else { return [] }
        return (spec?["versions"]?.array ?? []).compactMap { version in
            guard version["served"]?.bool == true, let name = version["name"]?.string else { return nil }
            return ServedKind(
                "\(group)/\(name)", kind, plural, namespaced: spec?["scope"]?.string == "Namespaced", generation: true)
        }
    }
}
