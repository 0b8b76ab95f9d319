import Conformance
import Kubernetes
import Model
import TestSupport
import Testing

/// A real API server does what every cluster must do.
@Suite(.needsControlPlane) struct KubernetesConformanceTests {
    @Test(arguments: ConformanceCase.all) func conforms(_ testCase: ConformanceCase) async throws {
        try await testCase.run(try ControlPlane.current().cluster())
    }
}
