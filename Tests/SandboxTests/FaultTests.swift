import Conformance
import JSON
import Model
import Sandbox
import Testing

@Suite struct FaultTests {
    @Test(arguments: [
        ("ImagePullBackOff", "Pending", "waiting"), ("CrashLoopBackOff", "Running", "waiting"),
        ("OOMKilled", "Running", "waiting"), ("NotReady", "Running", "running"),
    ]) func aPodThatNeverBecomesReadySaysWhy(_ reason: String, _ phase: String, _ state: String) async throws {
        let folder = SandboxFolder()
        let faults = SandboxFaults(pods: [PodFault(pods: .init(labels: ["app": "web"]), reason: reason)])
        let cluster = try folder.cluster(faults: faults)
        try await cluster.makeNamespace("n")
        try await cluster.apply(Sample.deployment("n"))
        try await cluster.apply(Sample.deployment("n", "other"))
        let live = try #require(try await cluster.get(Sample.deployment("n")))
        #expect(live.content["status"]?["readyReplicas"] == nil)
        #expect(try await cluster.get(Sample.deployment("n", "other"))?.content["status"]?["readyReplicas"] == 1)
        let pod = try #require(try await cluster.list("v1", "Pod", in: "n", labels: ["app": "web"]).objects.first)
        #expect(pod.content["status"]?["phase"]?.string == phase)
        let container = pod.content["status"]?["containerStatuses"]?[0]
        #expect(container?["state"]?[state] != nil)
        #expect(container?["ready"] == false)
        let events = try await cluster.list("v1", "Event", in: "n").objects
        #expect(events.map { $0.content["involvedObject"]?["name"]?.string } == [pod.address.name])
    }

    @Test func aPodThatFitsNowhereIsUnschedulable() async throws {
        let folder = SandboxFolder()
        let faults = SandboxFaults(pods: [PodFault(pods: .init(name: "web"), reason: "Unschedulable")])
        let cluster = try folder.cluster(faults: faults)
        try await cluster.makeNamespace("n")
        try await cluster.apply(Sample.deployment("n"))
        let pod = try #require(try await cluster.list("v1", "Pod", in: "n").objects.first)
        #expect(pod.content["status"]?["conditions"]?[0]?["reason"] == "Unschedulable")
    }

    @Test func aFailedUpdateLeavesTheOldPodsAndAFixGetsThrough() async throws {
        let folder = SandboxFolder()
        do {
            let cluster = try folder.cluster()
            try await cluster.makeNamespace("n")
            try await cluster.apply(Sample.service("n"))
            try await cluster.apply(Sample.deployment("n"))
        }
        do {
            let faults = SandboxFaults(pods: [PodFault(pods: .init(name: "web"), reason: "CrashLoopBackOff")])
            let cluster = try folder.cluster(faults: faults)
            try await cluster.apply(Sample.deployment("n", image: "web:2"))
            #expect(try await cluster.readyAddresses("n", "web").count == 1)
            #expect(try await cluster.get(Sample.deployment("n"))?.content["status"]?["updatedReplicas"] == 1)
            #expect(try await cluster.get(Sample.deployment("n"))?.content["status"]?["readyReplicas"] == 1)
        }
        // Once the fault is taken away the same pods recover.
        let cluster = try folder.cluster()
        let pods = try await cluster.list("v1", "Pod", in: "n").objects
        #expect(pods.map { $0.content["spec"]?["containers"]?[0]?["image"] } == ["web:2"])
        #expect(try await cluster.readyAddresses("n", "web") == pods.map(\.address.name))
    }

    @Test func aFixReachesAStatefulSetThatIsStuck() async throws {
        let folder = SandboxFolder()
        let faults = SandboxFaults(pods: [PodFault(pods: .init(labels: ["tier": "bad"]), reason: "CrashLoopBackOff")])
        let cluster = try folder.cluster(faults: faults)
        try await cluster.makeNamespace("n")
        var manifest = Sample.statefulSet("n")
        let label = try #require(JSONPointer("/spec/template/metadata/labels/tier"))
        manifest[label] = "bad"
        try await cluster.apply(manifest)
        #expect(try await cluster.get(manifest)?.content["status"]?["replicas"] == 1)
        manifest[label] = "good"
        try await cluster.apply(manifest)
        #expect(try await cluster.get(manifest)?.content["status"]?["readyReplicas"] == 2)
    }

    @Test func aJobWhosePodsFailIsGivenUp() async throws {
        let folder = SandboxFolder()
        let faults = SandboxFaults(pods: [PodFault(pods: .init(name: "task"), reason: "Failed")])
        let cluster = try folder.cluster(faults: faults)
        try await cluster.makeNamespace("n")
        var manifest = Sample.job("n")
        manifest["spec"]?["backoffLimit"] = 2
        try await cluster.apply(manifest)
        let status = try #require(try await cluster.get(manifest)?.content["status"])
        #expect(status["failed"] == 3)
        #expect(status["conditions"]?[0]?["reason"] == "BackoffLimitExceeded")
    }

    @Test func aSlowPodIsLate() async throws {
        let folder = SandboxFolder()
        let clock = ManualClock()
        let faults = SandboxFaults(pods: [PodFault(pods: .init(name: "web"), delay: 30)])
        let cluster = try folder.cluster(speed: .multiplied(1), faults: faults, clock: clock)
        try await cluster.makeNamespace("n")
        try await cluster.apply(Sample.deployment("n"))
        clock.advance(29)
        #expect(try await cluster.get(Sample.deployment("n"))?.content["status"]?["readyReplicas"] == nil)
        clock.advance(4)
        #expect(try await cluster.get(Sample.deployment("n"))?.content["status"]?["readyReplicas"] == 1)
    }

    @Test func requestsAreAnsweredAsToldInTheirOrder() async throws {
        let folder = SandboxFolder()
        let faults = SandboxFaults(requests: [
            RequestFault(number: 2, times: 1, answer: .status(500, retryAfter: nil)),
            RequestFault(verb: .apply, kind: "ConfigMap", name: "b", times: 2, answer: .status(429, retryAfter: 1.5)),
        ])
        let cluster = try folder.cluster(faults: faults)
        try await cluster.makeNamespace("n")
        let answers = [
            await cluster.refusal(of: Sample.configMap("n", "a")),
            await cluster.refusal(of: Sample.configMap("n", "a")),
            await cluster.refusal(of: Sample.configMap("n", "b")),
            await cluster.refusal(of: Sample.configMap("n", "b")),
            await cluster.refusal(of: Sample.configMap("n", "b")),
        ]
        #expect(
            answers.map(\.?.kind) == [
                .server(status: 500, retryAfter: nil), nil, .tooManyRequests(retryAfter: 1.5),
                .tooManyRequests(retryAfter: 1.5), nil,
            ])
    }

    @Test func aResetIsNotCarriedOutAndALostAnswerIs() async throws {
        let folder = SandboxFolder()
        let faults = SandboxFaults(requests: [
            RequestFault(name: "reset", answer: .reset), RequestFault(name: "lost", times: 1, answer: .lost),
        ])
        let cluster = try folder.cluster(faults: faults)
        try await cluster.makeNamespace("n")
        for name in ["reset", "lost"] {
            #expect(await cluster.refusal(of: Sample.configMap("n", name))?.kind == .connection)
        }
        #expect(try await cluster.everything().contains { $0.address.name == "lost" })
        #expect(try await !cluster.everything().contains { $0.address.name == "reset" })
    }

    @Test func aWatchMayBeRefused() async throws {
        let folder = SandboxFolder()
        let faults = SandboxFaults(requests: [RequestFault(verb: .watch, times: 1, answer: .reset)])
        let cluster = try folder.cluster(faults: faults)
        let stream = cluster.watch(ObjectQuery(type: ResourceType(apiVersion: "v1", kind: "Pod")), after: "1")
        await #expect {
            for try await _ in stream {}
        } throws: { error in
            (error as? ClusterError)?.kind == .connection
        }
    }

    @Test func aQuotaIsKept() async throws {
        let folder = SandboxFolder()
        let cluster = try folder.cluster()
        try await cluster.makeNamespace("n")
        try await cluster.apply([
            "apiVersion": "v1", "kind": "ResourceQuota", "metadata": ["name": "few", "namespace": "n"],
            "spec": ["hard": ["services": "1", "pods": "1"]],
        ])
        try await cluster.apply(Sample.service("n", "one"))
        let refusal = await cluster.refusal(of: Sample.service("n", "two"))
        #expect(
            refusal
                == ClusterError(
                    .quotaExceeded,
                    "services \"two\" is forbidden: exceeded quota: few, requested: services=1, used: services=1, "
                        + "limited: services=1"
                ))
        try await cluster.apply(Sample.deployment("n", replicas: 2))
        let status = try #require(try await cluster.get(Sample.deployment("n", replicas: 2))?.content["status"])
        #expect(status["readyReplicas"] == 1)
        let failure = status["conditions"]?.array?.first { $0["type"] == "ReplicaFailure" }
        #expect(failure?["message"]?.string?.contains("exceeded quota: few") == true)
    }
}

@Suite struct SandboxSpeedTests {
    @Test(
        arguments: [
            ("instant", SandboxSpeed.instant), ("4", .multiplied(4)), ("0.5x", .multiplied(0.5)),
        ] as [(String, SandboxSpeed)]) func isRead(_ text: String, _ speed: SandboxSpeed)
    {
        #expect(SandboxSpeed(text) == speed)
    }

    @Test(arguments: ["", "fast", "0", "-1", "x", "inf", "nan"]) func isRefused(_ text: String) {
        #expect(SandboxSpeed(text) == nil)
    }
}
