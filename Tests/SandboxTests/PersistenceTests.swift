import Conformance
import Glibc
import JSON
import Model
import Sandbox
import Testing

@Suite struct PersistenceTests {
    @Test func everythingIsThereAgain() async throws {
        let folder = SandboxFolder()
        let before: [LiveObject]
        let identity: ClusterIdentity
        do {
            let cluster = try folder.cluster()
            try await cluster.makeNamespace("n")
            try await cluster.apply(Sample.deployment("n"))
            try await cluster.apply(Sample.statefulSet("n"))
            try await cluster.apply(Sample.service("n"))
            try await cluster.edit(ResourceType(apiVersion: "v1", kind: "Service"), namespace: "n", name: "web") {
                $0["metadata"]?["labels"] = ["by": "hand"]
            }
            before = try await cluster.everything()
            identity = try await cluster.identity()
        }
        let cluster = try folder.cluster()
        #expect(try await cluster.everything() == before)
        #expect(try await cluster.identity() == identity)
        #expect(before.count > 15)
    }

    @Test func theFileIsForItsOwnerAlone() async throws {
        let folder = SandboxFolder()
        let cluster = try folder.cluster()
        try await cluster.makeNamespace("n")
        var status = stat()
        #expect(stat(folder.file, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
    }

    @Test func aFileThatIsNoneOrNewerIsLeftAlone() async throws {
        let folder = SandboxFolder()
        let file = try #require(fopen(folder.file, "w"))
        fputs(String(repeating: "something else\n", count: 100), file)
        fclose(file)
        let error = #expect(throws: ClusterError.self) { try folder.cluster() }
        #expect(
            error?.message
                == "the sandbox's file \(folder.file) is not one, or is damaged: file is not a database; remove it to "
                + "start with an empty cluster")
    }

    @Test func twoProcessesSeeEachOther() async throws {
        let folder = SandboxFolder()
        let one = try folder.cluster()
        let two = try folder.cluster()
        try await one.makeNamespace("n")
        try await two.apply(Sample.configMap("n", "a"))
        let start = try await one.list("v1", "ConfigMap", in: "n")
        #expect(start.objects.map(\.address.name) == ["a", "kube-root-ca.crt"])
        let query = ObjectQuery(
            type: ResourceType(apiVersion: "v1", kind: "ConfigMap"), namespace: "n", labels: ["app": "sample"])
        let stream = one.watch(query, after: start.resourceVersion)
        let live = try await two.apply(Sample.configMap("n", "b")).object
        try await two.delete(live)
        var told: [String] = []
        for try await event in stream {
            told.append(event.words)
            if told.count == 2 { break }
        }
        #expect(told == ["added b", "deleted b"])
        let (left, right) = (try await one.everything(), try await two.everything())
        #expect(left == right)
    }

    @Test func writesFromTwoSidesAllArrive() async throws {
        let folder = SandboxFolder()
        let clusters = [try folder.cluster(), try folder.cluster()]
        try await clusters[0].makeNamespace("n")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (side, cluster) in clusters.enumerated() {
                group.addTask {
                    for number in 0..<40 { try await cluster.apply(Sample.configMap("n", "m-\(side)-\(number)")) }
                }
            }
            try await group.waitForAll()
        }
        let list = try await clusters[1].list("v1", "ConfigMap", in: "n", labels: ["app": "sample"])
        #expect(list.objects.count == 80)
        #expect(Set(list.objects.map(\.resourceVersion)).count == 80)
        let (left, right) = (try await clusters[0].everything(), try await clusters[1].everything())
        #expect(left == right)
    }

    @Test func aVersionTooOldToWatchFromIsGone() async throws {
        let folder = SandboxFolder()
        let cluster = try folder.cluster(history: 20)
        try await cluster.makeNamespace("n")
        let early = try await cluster.list("v1", "ConfigMap").resourceVersion
        for number in 0..<60 { try await cluster.apply(Sample.configMap("n", "a", ["n": .string(String(number))])) }
        let stream = cluster.watch(ObjectQuery(type: ResourceType(apiVersion: "v1", kind: "ConfigMap")), after: early)
        await #expect {
            for try await _ in stream {}
        } throws: { error in
            (error as? ClusterError)?.kind == .gone
        }
    }

    @Test func theSameRequestsMakeTheSameCluster() async throws {
        func run() async throws -> [LiveObject] {
            let folder = SandboxFolder()
            let cluster = try folder.cluster(clock: ManualClock())
            try await cluster.makeNamespace("n")
            try await cluster.apply(Sample.deployment("n", replicas: 3))
            try await cluster.apply(Sample.statefulSet("n"))
            return try await cluster.everything()
        }
        let (first, second) = (try await run(), try await run())
        #expect(first == second)
    }
}
