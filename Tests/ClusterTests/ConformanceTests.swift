import Conformance
import FoundationEssentials
import Kubernetes
import Model
import Testing

@Suite struct KubernetesConformanceTests {
    static func cluster() throws -> KubernetesCluster {
        let e = ProcessInfo.processInfo.environment
        return try KubernetesCluster(try ClusterFinder.find(path: e["KREFORM_TEST_KUBECONFIG"], environment: e).access)
    }

    @Test(arguments: ConformanceCase.all) func conforms(_ testCase: ConformanceCase) async throws {
        try await testCase.run(try Self.cluster())
    }
}
