import Conformance
import JSON
import Model
import Sandbox
import Testing

/// Time passes by the clock, also while nobody looks.
@Suite struct TimeTests {
    @Test func aPodIsReadyAfterOneToTwoSeconds() async throws {
        let folder = SandboxFolder()
        let clock = ManualClock()
        let cluster = try folder.cluster(speed: .multiplied(1), clock: clock)
        try await cluster.makeNamespace("n")
        try await cluster.apply(Sample.deployment("n"))
        func ready() async throws -> JSONValue? {
            try await cluster.get(Sample.deployment("n"))?.content["status"]?["readyReplicas"]
        }
        clock.advance(0.9)
        #expect(try await ready() == nil)
        clock.advance(1.2)
        #expect(try await ready() == 1)
    }

    @Test func aStatefulSetIsUpdatedOnePodAtATimeFromTheLast() async throws {
        let folder = SandboxFolder()
        let clock = ManualClock()
        let cluster = try folder.cluster(speed: .multiplied(1), clock: clock)
        try await cluster.makeNamespace("n")
        var manifest = Sample.statefulSet("n", replicas: 3)
        try await cluster.apply(manifest)
        clock.advance(20)
        manifest[try #require(JSONPointer("/spec/template/spec/containers/0/image"))] = "db:2"
        try await cluster.apply(manifest)
        var seen: [[String]] = []
        for _ in 0..<400 {
            clock.advance(0.05)
            let pods = try await cluster.list("v1", "Pod", in: "n").objects
            let images = pods.filter { !$0.isTerminating }.map { pod in
                "\(pod.address.name) \(pod.content["spec"]?["containers"]?[0]?["image"]?.string ?? "")"
            }
            #expect(images.count >= 2)
            if seen.last != images { seen.append(images) }
        }
        #expect(
            seen == [
                ["db-0 db:1", "db-1 db:1"], ["db-0 db:1", "db-1 db:1", "db-2 db:2"], ["db-0 db:1", "db-2 db:2"],
                ["db-0 db:1", "db-1 db:2", "db-2 db:2"], ["db-1 db:2", "db-2 db:2"],
                ["db-0 db:2", "db-1 db:2", "db-2 db:2"],
            ])
        let status = try #require(try await cluster.get(manifest)?.content["status"])
        #expect(status["updatedReplicas"] == 3)
        #expect(status["currentRevision"] == status["updateRevision"])
    }

    @Test func speedMultiplies() async throws {
        let folder = SandboxFolder()
        let clock = ManualClock()
        let cluster = try folder.cluster(speed: .multiplied(10), clock: clock)
        try await cluster.makeNamespace("n")
        try await cluster.apply(Sample.deployment("n"))
        clock.advance(0.21)
        #expect(try await cluster.get(Sample.deployment("n"))?.content["status"]?["readyReplicas"] == 1)
    }

    @Test func whatIsInstantIsDoneAtOnce() async throws {
        let folder = SandboxFolder()
        let cluster = try folder.cluster(clock: ManualClock())
        try await cluster.makeNamespace("n")
        let answer = try await cluster.apply(Sample.deployment("n"))
        #expect(answer.object.content["status"] == nil)
        #expect(try await cluster.get(Sample.deployment("n"))?.content["status"]?["readyReplicas"] == 1)
        #expect(try await cluster.nextDue() == nil)
    }

    @Test func anotherProcessLaterSeesTimeGoneBy() async throws {
        let folder = SandboxFolder()
        let clock = ManualClock()
        do {
            let cluster = try folder.cluster(speed: .multiplied(1), clock: clock)
            try await cluster.makeNamespace("n")
            try await cluster.apply(Sample.deployment("n"))
            try await cluster.apply(Sample.job("n"))
        }
        clock.advance(3600)
        let later = try folder.cluster(speed: .multiplied(1), clock: clock)
        let live = try #require(try await later.get(Sample.deployment("n")))
        #expect(live.content["status"]?["readyReplicas"] == 1)
        let job = try #require(try await later.get(Sample.job("n")))
        #expect(job.content["status"]?["succeeded"] == 1)
        #expect(job.content["status"]?["conditions"]?[0]?["type"] == "Complete")
        // It was ready within seconds, not when somebody looked.
        let since = live.content["status"]?["conditions"]?.array?.first {
            $0["type"] == "Available" && $0["status"] == "True"
        }
        let ready = try #require(Timestamp(since?["lastTransitionTime"]?.string ?? ""))
        let created = try #require(Timestamp(live.metadata["creationTimestamp"]?.string ?? ""))
        #expect((1...2).contains(ready.seconds - created.seconds))
    }

    @Test func aRolloutThatGoesNowhereIsGivenUp() async throws {
        let folder = SandboxFolder()
        let clock = ManualClock()
        let faults = SandboxFaults(pods: [PodFault(pods: .init(name: "web"), reason: "ImagePullBackOff")])
        let cluster = try folder.cluster(speed: .multiplied(1), faults: faults, clock: clock)
        try await cluster.makeNamespace("n")
        try await cluster.apply(Sample.deployment("n"))
        clock.advance(599)
        func progress() async throws -> JSONValue? {
            try await cluster.get(Sample.deployment("n"))?.content["status"]?["conditions"]?.array?
                .first { $0["type"] == "Progressing" }?["reason"]
        }
        #expect(try await progress() == "ReplicaSetUpdated")
        clock.advance(2)
        #expect(try await progress() == "ProgressDeadlineExceeded")
    }

    @Test func aWatchWakesWhenSomethingIsDue() async throws {
        let folder = SandboxFolder()
        let clock = ManualClock()
        let cluster = try folder.cluster(speed: .multiplied(1), clock: clock)
        try await cluster.makeNamespace("n")
        let version = try await cluster.apply(Sample.deployment("n")).object.resourceVersion
        let stream = cluster.watch(
            ObjectQuery(type: ResourceType(apiVersion: "apps/v1", kind: "Deployment")), after: version)
        clock.advance(5)
        for try await event in stream where event.object.content["status"]?["readyReplicas"] == 1 { break }
    }
}
