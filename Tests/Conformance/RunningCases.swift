import JSON
import Model
import Testing

extension ConformanceCase {
    package static let running = [
        ConformanceCase("a Deployment becomes available and its Service has endpoints") { cluster in
            let name = "conform-run"
            try await cluster.makeNamespace(name)
            try await cluster.apply(Sample.service(name))
            try await cluster.apply(Sample.deployment(name, replicas: 2))
            try await cluster.eventually("two replicas are available") {
                try await cluster.get(Sample.deployment(name))?.content["status"]?["availableReplicas"] == 2
            }
            let live = try #require(try await cluster.get(Sample.deployment(name)))
            let status = try #require(live.content["status"])
            #expect(status["observedGeneration"]?.integer == live.generation)
            #expect(status["updatedReplicas"] == 2)
            #expect(status["unavailableReplicas"] == nil)
            let conditions = status["conditions"]?.array ?? []
            #expect(conditions.contains { $0["type"] == "Available" && $0["status"] == "True" })
            #expect(conditions.contains { $0["type"] == "Progressing" && $0["reason"] == "NewReplicaSetAvailable" })

            let pods = try await cluster.list("v1", "Pod", in: name, labels: ["app": "web"]).objects
            #expect(pods.count == 2)
            #expect(pods.allSatisfy { $0.content["status"]?["phase"] == "Running" })
            try await cluster.eventually("both pods are endpoints") {
                try await cluster.readyAddresses(name, "web").count == 2
            }
            let endpoints = try #require(try await cluster.endpoints(name, "web"))
            #expect(endpoints.content["subsets"]?[0]?["ports"]?[0]?["port"] == 8080)
        },
        ConformanceCase("a rolling update never leaves a Service without endpoints") { cluster in
            let name = "conform-roll"
            try await cluster.makeNamespace(name)
            try await cluster.apply(Sample.service(name))
            try await cluster.apply(Sample.deployment(name))
            try await cluster.eventually("the first pod is ready") {
                try await cluster.readyAddresses(name, "web").count == 1
            }
            let type = ResourceType(apiVersion: "v1", kind: "Endpoints")
            let query = ObjectQuery(type: type, namespace: name)
            let stream = cluster.watch(query, after: try await cluster.list(query).resourceVersion)
            let old = try await cluster.readyAddresses(name, "web")
            try await cluster.apply(Sample.deployment(name, image: "web:2"))
            for try await event in stream where event.object.address.name == "web" {
                let ready = event.object.readyPods
                #expect(!ready.isEmpty)
                if !ready.isEmpty, Set(ready).isDisjoint(with: old) { break }
            }
            try await cluster.eventually("the old pod is gone") {
                let pods = try await cluster.list("v1", "Pod", in: name).objects
                return pods.compactMap { $0.content["spec"]?["containers"]?[0]?["image"]?.string } == ["web:2"]
            }
        },
        ConformanceCase("a Service that selects others moves its endpoints") { cluster in
            let name = "conform-move"
            try await cluster.makeNamespace(name)
            for app in ["blue", "green"] { try await cluster.apply(Sample.deployment(name, app)) }
            try await cluster.apply(Sample.service(name, "active", app: "blue"))
            try await cluster.eventually("blue answers") {
                let green = try await cluster.get(Sample.deployment(name, "green"))
                let answers = try await cluster.readyAddresses(name, "active")
                return answers.first?.hasPrefix("blue-") == true && green?.content["status"]?["readyReplicas"] == 1
            }
            try await cluster.apply(Sample.service(name, "active", app: "green"))
            try await cluster.eventually("green answers") {
                try await cluster.readyAddresses(name, "active").first?.hasPrefix("green-") == true
            }
        },
        ConformanceCase("a pod waits for its configuration") { cluster in
            let name = "conform-config"
            try await cluster.makeNamespace(name)
            var manifest = Sample.deployment(name)
            manifest[try #require(JSONPointer("/spec/template/spec/containers/0/envFrom"))] = [
                ["configMapRef": ["name": "settings"]]
            ]
            try await cluster.apply(manifest)
            try await cluster.eventually("the pod says what it lacks") {
                let pods = try await cluster.list("v1", "Pod", in: name).objects
                let waiting = pods.first?.content["status"]?["containerStatuses"]?[0]?["state"]?["waiting"]
                return waiting?["reason"] == "CreateContainerConfigError"
                    && waiting?["message"] == "configmap \"settings\" not found"
            }
            #expect(try await cluster.get(manifest)?.content["status"]?["readyReplicas"] == nil)
            try await cluster.apply(Sample.configMap(name))
            try await cluster.eventually("the pod is ready") { [manifest] in
                try await cluster.get(manifest)?.content["status"]?["readyReplicas"] == 1
            }
        },
        ConformanceCase("a StatefulSet has claims, which outlive it") { cluster in
            let name = "conform-set"
            try await cluster.makeNamespace(name)
            try await cluster.apply(Sample.statefulSet(name))
            try await cluster.eventually("both pods are ready") {
                try await cluster.get(Sample.statefulSet(name))?.content["status"]?["readyReplicas"] == 2
            }
            #expect(try await cluster.list("v1", "Pod", in: name).objects.map(\.address.name) == ["db-0", "db-1"])
            let claims = try await cluster.list("v1", "PersistentVolumeClaim", in: name, labels: ["app": "db"]).objects
            #expect(claims.map(\.address.name) == ["data-db-0", "data-db-1"])
            #expect(claims.allSatisfy { $0.content["status"]?["phase"] == "Bound" })
            try await cluster.delete(try #require(try await cluster.get(Sample.statefulSet(name))))
            try await cluster.eventually("the pods are gone") {
                try await cluster.list("v1", "Pod", in: name).objects.isEmpty
            }
            #expect(try await cluster.list("v1", "PersistentVolumeClaim", in: name).objects.count == 2)
        },
        ConformanceCase("scaling down takes pods away") { cluster in
            let name = "conform-scale"
            try await cluster.makeNamespace(name)
            try await cluster.apply(Sample.deployment(name, replicas: 3))
            try await cluster.eventually("three are ready") {
                try await cluster.get(Sample.deployment(name))?.content["status"]?["readyReplicas"] == 3
            }
            try await cluster.apply(Sample.deployment(name, replicas: 0))
            try await cluster.eventually("none is left") {
                try await cluster.list("v1", "Pod", in: name).objects.isEmpty
            }
            #expect(try await cluster.get(Sample.deployment(name))?.content["status"]?["replicas"] == nil)
        },
    ]
}

extension Cluster {
    package func endpoints(_ namespace: String, _ name: String) async throws -> LiveObject? {
        try await get(ResourceType(apiVersion: "v1", kind: "Endpoints"), namespace: namespace, name: name)
    }

    /// The names of the ready pods behind a Service.
    package func readyAddresses(_ namespace: String, _ name: String) async throws -> [String] {
        try await endpoints(namespace, name)?.readyPods ?? []
    }
}

extension LiveObject {
    /// The pods that an Endpoints object lists as ready.
    package var readyPods: [String] {
        (content["subsets"]?.array ?? []).flatMap { $0["addresses"]?.array ?? [] }.compactMap {
            $0["targetRef"]?["name"]?.string
        }
    }
}
