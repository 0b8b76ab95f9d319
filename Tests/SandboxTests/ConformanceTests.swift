import Conformance
import JSON
import Model
import Sandbox
import Testing

/// The simulated cluster does what every cluster must do, at any speed.
@Suite struct ConformanceTests {
    private let faults = SandboxFaults(pods: [
        PodFault(
            pods: .init(labels: [ConformanceCase.crashing.label: ConformanceCase.crashing.value]), reason: "CrashLoopBackOff")
    ])

    @Test(arguments: ConformanceCase.all) func instantly(_ testCase: ConformanceCase) async throws {
        let folder = SandboxFolder()
        let cluster = try folder.cluster(faults: faults)
        try await testCase.run(cluster, cluster.other)
    }

    @Test(arguments: ConformanceCase.all) func overTime(_ testCase: ConformanceCase) async throws {
        let folder = SandboxFolder()
        let cluster = try folder.cluster(speed: .multiplied(40), faults: faults)
        try await testCase.run(cluster, cluster.other)
    }

    @Test func allInOneCluster() async throws {
        let folder = SandboxFolder()
        let cluster = try folder.cluster(faults: faults)
        for testCase in ConformanceCase.all { try await testCase.run(cluster, cluster.other) }
    }
}

extension SandboxCluster {
    fileprivate nonisolated var other: OtherClient {
        OtherClient { object, manager in
            _ = try await self.apply(ApplyRequest(object: object), as: manager, force: false)
        } scale: { namespace, name, replicas in
            let deployment = ResourceType(apiVersion: "apps/v1", kind: "Deployment")
            try await self.scale(deployment, namespace: namespace, name: name, to: replicas)
        }
    }
}
