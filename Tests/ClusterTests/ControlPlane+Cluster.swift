import Kubernetes
import Model
import TestSupport

extension ControlPlane {
    /// The cluster as Kreform sees it, with the rights of `context`.
    func cluster(as context: Context = .admin, pageSize: Int = 500) throws -> KubernetesCluster {
        try KubernetesCluster(try access(as: context), pageSize: pageSize)
    }

    /// How the cluster is reached: directly, or by another port of this machine.
    func access(as context: Context = .admin, port: UInt16? = nil) throws -> ClusterAccess {
        let folder = TemporaryFolder()
        let path = port.map { kubeconfig(through: $0, in: folder) } ?? kubeconfig
        return try ClusterFinder.find(path: path, context: ContextRequest(context.rawValue), environment: [:]).access
    }
}

/// How the server refuses `body`; nil when it does not.
func failure(_ body: () async throws -> Void) async -> ClusterError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? ClusterError
    }
}
