import JSON
import Model

extension RuntimeKind {
    /// A runtime of KRE: versions are KRT packages, and the runner images find what design calls the engine's contract.
    package static let kre = RuntimeKind(
        name: "kre",
        types: [
            ResourceType(apiVersion: "v1", kind: "Namespace"), ResourceType(apiVersion: "v1", kind: "ServiceAccount"),
            ResourceType(apiVersion: "v1", kind: "ConfigMap"), ResourceType(apiVersion: "v1", kind: "Secret"),
            ResourceType(apiVersion: "v1", kind: "Service"), ResourceType(apiVersion: "v1", kind: "PersistentVolumeClaim"),
            ResourceType(apiVersion: "apps/v1", kind: "Deployment"), ResourceType(apiVersion: "apps/v1", kind: "StatefulSet"),
            ResourceType(apiVersion: "batch/v1", kind: "Job"),
            ResourceType(apiVersion: "v1", kind: "LimitRange"), ResourceType(apiVersion: "v1", kind: "ResourceQuota"),
            ResourceType(apiVersion: "networking.k8s.io/v1", kind: "Ingress"),
            ResourceType(apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy"),
            ResourceType(apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role"),
            ResourceType(apiVersion: "rbac.authorization.k8s.io/v1", kind: "RoleBinding"),
            RuntimeStack.alertType, GatewayRoutes.type(.grpc), GatewayRoutes.type(.http),
        ],
        optionalTypes: [RuntimeStack.alertType],
        runtime: { RuntimeStack($0).manifests },
        version: { VersionObjects($0, version: $1).manifests },
        store: { RuntimeStack.store(of: $0) },
        publication: { PublicationObjects($0, version: $1).manifests },
        canary: { PublicationObjects($0, version: $1).canary },
        share: { PublicationObjects.share(by: $0) },
        choice: { PublicationObjects.choice($0) },
        settings: { RuntimeStack($0).volumeSettings },
        names: { KRENames($0).claims },
        credentials: { RuntimeStack($0).credentials },
        hasClaimed: { RuntimeStack.hasClaimed($1, runtime: $0) },
        limits: { KRELimits($0).diagnostics })
}
