import JSON
import Model
import Testing

/// What a cluster tells of things that do not go well.
extension ConformanceCase {
    package static let troubled = [
        ConformanceCase("Endpoints have their Service's labels") { cluster in
            let name = "conform-endpoints"
            try await cluster.makeNamespace(name)
            var manifest = Sample.service(name)
            manifest["metadata"]?["labels"] = ["app": "web", "tier": "front"]
            try await cluster.apply(manifest)
            try await cluster.eventually("they have them") {
                let labels = try await cluster.endpoints(name, "web")?.metadata["labels"]
                return labels?["app"] == "web" && labels?["tier"] == "front"
            }
            manifest["metadata"]?["labels"] = ["app": "web", "tier": "back"]
            try await cluster.apply(manifest)
            try await cluster.eventually("they follow") {
                try await cluster.endpoints(name, "web")?.metadata["labels"]?["tier"] == "back"
            }
        },
        ConformanceCase("events are found by what they are about") { cluster in
            let name = "conform-events"
            try await cluster.makeNamespace(name)
            for (app, map) in [("one", "first"), ("two", "second")] {
                var manifest = Sample.deployment(name, app)
                manifest[try #require(JSONPointer("/spec/template/spec/containers/0/envFrom"))] = [
                    ["configMapRef": ["name": .string(map)]]
                ]
                try await cluster.apply(manifest)
            }
            for (app, map) in [("one", "first"), ("two", "second")] {
                try await cluster.eventually("the pod of \(app) has an event that says what it lacks") {
                    try await cluster.warnings(aboutThePodOf: app, name)["Failed"] == "Error: configmap \"\(map)\" not found"
                }
            }
        },
        ConformanceCase("a container's log is there while it runs") { cluster in
            let name = "conform-log"
            try await cluster.makeNamespace(name)
            try await cluster.apply(Sample.deployment(name, image: "example.test/web:1"))
            try await cluster.eventually("the pod runs") {
                try await cluster.list("v1", "Pod", in: name).objects.first?.content["status"]?["phase"] == "Running"
            }
            let pod = try #require(try await cluster.list("v1", "Pod", in: name).objects.first).address.name
            @Sendable func log(_ container: String = "main", previous: Bool = false) async throws -> [String] {
                try await cluster.log(
                    LogRequest(namespace: name, pod: pod, container: container, lines: 5, previous: previous))
            }
            try await cluster.eventually("it has said something") { try await log() == ["started example.test/web:1"] }
            #expect(try await log(previous: true) == [])
            #expect(try await log("other") == [])
            await #expect {
                _ = try await cluster.log(
                    LogRequest(namespace: name, pod: "nobody", container: "main", lines: 5, previous: false))
            } throws: { ($0 as? ClusterError) == ClusterError(.notFound, "pods \"nobody\" not found") }
        },
        ConformanceCase("a crashing container says so, and its last words are there") { cluster in
            let name = "conform-crash"
            try await cluster.makeNamespace(name)
            var manifest = Sample.deployment(name, image: crashing.image)
            manifest[try #require(JSONPointer("/spec/template/metadata/labels/\(crashing.label)"))] = .string(crashing.value)
            try await cluster.apply(manifest)
            try await cluster.eventually("it is in a loop") {
                let pod = try await cluster.list("v1", "Pod", in: name).objects.first
                return pod?.containerStatus?["state"]?["waiting"]?["reason"] == "CrashLoopBackOff"
            }
            let pod = try #require(try await cluster.list("v1", "Pod", in: name).objects.first)
            let status = try #require(pod.containerStatus)
            #expect(status["lastState"]?["terminated"]?["exitCode"] == 1)
            #expect(status["lastState"]?["terminated"]?["reason"] == "Error")
            #expect((status["restartCount"]?.integer ?? 0) >= 1)
            #expect(status["ready"] == false)
            #expect(status["state"]?["waiting"]?["message"]?.string?.hasPrefix("back-off ") == true)
            try await cluster.eventually("an event says so") {
                try await cluster.warnings(aboutThePodOf: "web", name)["BackOff"] == "Back-off restarting failed container"
            }
            let lines = try await cluster.log(
                LogRequest(namespace: name, pod: pod.address.name, container: "main", lines: 1, previous: true))
            #expect(lines == ["ended with code 1"])
        },
        ConformanceCase("a quota that refuses pods is told by their Deployment") { cluster in
            let name = "conform-quota"
            try await cluster.makeNamespace(name)
            try await cluster.apply([
                "apiVersion": "v1", "kind": "ResourceQuota", "metadata": ["name": "few", "namespace": .string(name)],
                "spec": ["hard": ["pods": "0", "count/configmaps": "3"]],
            ])
            let pod: JSONValue = [
                "apiVersion": "v1", "kind": "Pod", "metadata": ["name": "p", "namespace": .string(name)],
                "spec": ["containers": [["name": "main", "image": "web:1"]]],
            ]
            try await cluster.eventually("the quota holds") {
                await cluster.refusalOfDryRun(of: pod)?.message
                    == "pods \"p\" is forbidden: exceeded quota: few, requested: pods=1, used: pods=0, limited: pods=0"
            }
            #expect(await cluster.refusalOfDryRun(of: pod)?.kind == .quotaExceeded)
            try await cluster.apply(Sample.deployment(name))
            try await cluster.eventually("the Deployment tells") {
                let status = try await cluster.get(Sample.deployment(name))?.content["status"]
                let condition = status?["conditions"]?.array?.first { $0["type"] == "ReplicaFailure" }
                return condition?["status"] == "True" && condition?["reason"] == "FailedCreate"
                    && condition?["message"]?.string?.contains("exceeded quota: few, requested: pods=1") == true
            }
        },
        ConformanceCase("a claim may wait for the first pod that wants it") { cluster in
            let name = "conform-claim"
            try await cluster.makeNamespace(name)
            try await cluster.apply([
                "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": ["name": "conform-late"],
                "provisioner": "kubernetes.io/host-path", "volumeBindingMode": "WaitForFirstConsumer",
            ])
            func claim(_ claim: String, _ kind: String) -> JSONValue {
                [
                    "apiVersion": "v1", "kind": "PersistentVolumeClaim",
                    "metadata": ["name": .string(claim), "namespace": .string(name)],
                    "spec": [
                        "storageClassName": .string(kind), "accessModes": ["ReadWriteOnce"],
                        "resources": ["requests": ["storage": "1Gi"]],
                    ],
                ]
            }
            try await cluster.apply(claim("late", "conform-late"))
            try await cluster.apply(claim("soon", "standard"))
            try await cluster.eventually("one is bound at once") { try await cluster.phase(ofClaim: "soon", name) == "Bound" }
            #expect(try await cluster.phase(ofClaim: "late", name) == "Pending")
            var manifest = Sample.deployment(name)
            manifest[try #require(JSONPointer("/spec/template/spec/volumes"))] = [
                ["name": "data", "persistentVolumeClaim": ["claimName": "late"]]
            ]
            try await cluster.apply(manifest)
            try await cluster.eventually("the other is bound for the pod") { try await cluster.phase(ofClaim: "late", name) == "Bound" }
            try await cluster.eventually("the pod is ready") { [manifest] in
                try await cluster.get(manifest)?.content["status"]?["readyReplicas"] == 1
            }
        },
    ]
}

extension LiveObject {
    fileprivate var containerStatus: JSONValue? { content["status"]?["containerStatuses"]?[0] }
}

extension Cluster {
    fileprivate func phase(ofClaim claim: String, _ namespace: String) async throws -> String? {
        let type = ResourceType(apiVersion: "v1", kind: "PersistentVolumeClaim")
        return try await get(type, namespace: namespace, name: claim)?.content["status"]?["phase"]?.string
    }

    /// The messages of warnings about the one pod of an app, by their reasons. What is found must be about nothing else.
    fileprivate func warnings(aboutThePodOf app: String, _ namespace: String) async throws -> [String: String] {
        guard let pod = try await list("v1", "Pod", in: namespace, labels: ["app": app]).objects.first else { return [:] }
        let events = try await list(.events(about: pod.uid, in: namespace)).objects
        #expect(events.allSatisfy { $0.content["involvedObject"]?["uid"]?.string == pod.uid })
        let warnings = events.filter { $0.content["type"] == "Warning" }
        return Dictionary(
            warnings.map { ($0.content["reason"]?.string ?? "", $0.content["message"]?.string ?? "") },
            uniquingKeysWith: { first, _ in first })
    }
}
