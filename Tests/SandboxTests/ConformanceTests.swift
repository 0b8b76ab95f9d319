import Conformance
import Model
import Sandbox
import Testing

/// The simulated cluster does what every cluster must do, at any speed.
@Suite struct ConformanceTests {
    @Test(arguments: ConformanceCase.all) func instantly(_ testCase: ConformanceCase) async throws {
        let folder = SandboxFolder()
        try await testCase.run(folder.cluster())
    }

    @Test(arguments: ConformanceCase.all) func overTime(_ testCase: ConformanceCase) async throws {
        let folder = SandboxFolder()
        try await testCase.run(folder.cluster(speed: .multiplied(40)))
    }

    @Test func allInOneCluster() async throws {
        let folder = SandboxFolder()
        let cluster = try folder.cluster()
        for testCase in ConformanceCase.all { try await testCase.run(cluster) }
    }
}
