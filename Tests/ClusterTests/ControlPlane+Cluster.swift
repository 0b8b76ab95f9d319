import Kubernetes
import TestSupport

extension ControlPlane {
    /// The cluster as Kreform sees it, with the rights of `context`.
    func cluster(as context: Context = .admin, pageSize: Int = 500) throws -> KubernetesCluster {
        let found = try ClusterFinder.find(
            path: kubeconfig, context: ContextRequest(context.rawValue), environment: [:])
        return try KubernetesCluster(found.access, pageSize: pageSize)
    }
}
