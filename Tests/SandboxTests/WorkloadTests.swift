import Conformance
import JSON
import Model
import Sandbox
import Testing

@Suite struct WorkloadTests {
    @Test func aDaemonSetHasAPodOnTheOneNode() async throws {
        let folder = SandboxFolder()
        let cluster = try folder.cluster()
        try await cluster.makeNamespace("n")
        var manifest = Sample.deployment("n", "agent")
        manifest["kind"] = "DaemonSet"
        manifest["spec"]?["replicas"] = nil
        for image in ["agent:1", "agent:2"] {
            manifest[try #require(JSONPointer("/spec/template/spec/containers/0/image"))] = .string(image)
            try await cluster.apply(manifest)
            let status = try #require(try await cluster.get(manifest)?.content["status"])
            #expect(status["numberReady"] == 1)
            #expect(status["updatedNumberScheduled"] == 1)
            let pods = try await cluster.list("v1", "Pod", in: "n").objects
            #expect(pods.map { $0.content["spec"]?["containers"]?[0]?["image"]?.string } == [image])
        }
    }

    @Test func aRecreatedDeploymentNeverRunsBothTemplates() async throws {
        let folder = SandboxFolder()
        let clock = ManualClock()
        let cluster = try folder.cluster(speed: .multiplied(1), clock: clock)
        try await cluster.makeNamespace("n")
        func manifest(_ image: String) -> JSONValue {
            var manifest = Sample.deployment("n", image: image, replicas: 2)
            manifest["spec"]?["strategy"] = ["type": "Recreate"]
            return manifest
        }
        try await cluster.apply(manifest("web:1"))
        clock.advance(3)
        try await cluster.apply(manifest("web:2"))
        for _ in 0..<100 {
            clock.advance(0.05)
            let pods = try await cluster.list("v1", "Pod", in: "n").objects
            #expect(Set(pods.map { $0.content["spec"]?["containers"]?[0]?["image"] }).count <= 1)
        }
        #expect(try await cluster.get(manifest("web:2"))?.content["status"]?["readyReplicas"] == 2)
    }

    @Test func aDeletedPodIsMadeAgain() async throws {
        let folder = SandboxFolder()
        let cluster = try folder.cluster()
        try await cluster.makeNamespace("n")
        try await cluster.apply(Sample.deployment("n"))
        let pod = try #require(try await cluster.list("v1", "Pod", in: "n").objects.first)
        try await cluster.delete(pod)
        let next = try #require(try await cluster.list("v1", "Pod", in: "n").objects.first)
        #expect(next.uid != pod.uid)
        #expect(next.content["status"]?["phase"] == "Running")
    }

    @Test func aPodWaitsForItsClaimAndItsKeys() async throws {
        let folder = SandboxFolder()
        let cluster = try folder.cluster()
        try await cluster.makeNamespace("n")
        var manifest = Sample.deployment("n")
        manifest[try #require(JSONPointer("/spec/template/spec/volumes"))] = [
            ["name": "v", "persistentVolumeClaim": ["claimName": "data"]]
        ]
        manifest[try #require(JSONPointer("/spec/template/spec/containers/0/env"))] = [
            ["name": "KEY", "valueFrom": ["secretKeyRef": ["name": "s", "key": "k"]]],
            ["name": "MAYBE", "valueFrom": ["configMapKeyRef": ["name": "none", "key": "k", "optional": true]]],
        ]
        try await cluster.apply(manifest)
        func trouble() async throws -> String? {
            let status = try await cluster.list("v1", "Pod", in: "n").objects.first?.content["status"]
            let waiting = status?["containerStatuses"]?[0]?["state"]?["waiting"]?["message"]?.string
            return waiting ?? status?["conditions"]?.array?.first { $0["status"] == "False" }?["message"]?.string
        }
        #expect(try await trouble()?.contains("persistentvolumeclaim \"data\" not found") == true)
        try await cluster.apply([
            "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": ["name": "data", "namespace": "n"],
            "spec": ["accessModes": ["ReadWriteOnce"], "resources": ["requests": ["storage": "1Gi"]]],
        ])
        #expect(try await trouble() == "secret \"s\" not found")
        func secret(_ data: JSONValue) -> JSONValue {
            ["apiVersion": "v1", "kind": "Secret", "metadata": ["name": "s", "namespace": "n"], "stringData": data]
        }
        try await cluster.apply(secret(["other": "x"]))
        #expect(try await trouble() == "couldn't find key k in Secret n/s")
        try await cluster.apply(secret(["k": "x"]))
        #expect(try await cluster.get(manifest)?.content["status"]?["readyReplicas"] == 1)
    }

    @Test func aServiceKeepsItsAddressAndAnIngressGetsOne() async throws {
        let folder = SandboxFolder()
        let cluster = try folder.cluster()
        try await cluster.makeNamespace("n")
        let first = try await cluster.apply(Sample.service("n")).object
        let address = try #require(first.content["spec"]?["clusterIP"]?.string)
        #expect(address.hasPrefix("10.96."))
        #expect(first.content["spec"]?["clusterIPs"] == [.string(address)])
        let second = try await cluster.apply(Sample.service("n", app: "other")).object
        #expect(second.content["spec"]?["clusterIP"]?.string == address)
        #expect(second.content["spec"]?["selector"] == ["app": "other"])

        let ingress: JSONValue = [
            "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": ["name": "i", "namespace": "n"],
            "spec": [
                "rules": [
                    [
                        "host": "a.example.com",
                        "http": [
                            "paths": [
                                [
                                    "path": "/", "pathType": "Prefix",
                                    "backend": ["service": ["name": "web", "port": ["number": 80]]],
                                ]
                            ]
                        ],
                    ]
                ]
            ],
        ]
        try await cluster.apply(ingress)
        #expect(try await cluster.get(ingress)?.content["status"]?["loadBalancer"]?["ingress"]?[0]?["ip"] != nil)
    }

    @Test func aJobRunsToItsEndAndGoesAfterItsTime() async throws {
        let folder = SandboxFolder()
        let clock = ManualClock()
        let cluster = try folder.cluster(speed: .multiplied(1), clock: clock)
        try await cluster.makeNamespace("n")
        var manifest = Sample.job("n")
        manifest["spec"]?["ttlSecondsAfterFinished"] = 60
        try await cluster.apply(manifest)
        clock.advance(2.5)
        #expect(try await cluster.get(manifest)?.content["status"]?["active"] == 1)
        clock.advance(3)
        let status = try #require(try await cluster.get(manifest)?.content["status"])
        #expect(status["succeeded"] == 1)
        #expect(status["conditions"]?[0]?["type"] == "Complete")
        clock.advance(61)
        #expect(try await cluster.get(manifest) == nil)
        clock.advance(2)
        #expect(try await cluster.list("v1", "Pod", in: "n").objects.isEmpty)
    }
}
