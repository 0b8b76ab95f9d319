import JSON
import Model
import Testing

extension ConformanceCase {
    package static let validating = [
        ConformanceCase("a kind that is not served is told so") { cluster in
            let type = ResourceType(apiVersion: "example.com/v1", kind: "Thing")
            await #expect { try await cluster.list(ObjectQuery(type: type)) } throws: {
                ($0 as? ClusterError)?.kind == .notServed
            }
            let refusal = await cluster.refusal(of: [
                "apiVersion": "example.com/v1", "kind": "Thing", "metadata": ["name": "a"],
            ])
            #expect(refusal?.kind == .notServed)
        },
        ConformanceCase("a namespace must exist") { cluster in
            let refusal = await cluster.refusal(of: Sample.configMap("conform-absent"))
            #expect(refusal == ClusterError(.notFound, "namespaces \"conform-absent\" not found"))
            let live = try await cluster.get(Sample.configMap("conform-absent"))
            #expect(live == nil)
        },
        ConformanceCase("names must have their form") { cluster in
            try await cluster.makeNamespace("conform-names")
            let map = await cluster.refusal(of: Sample.configMap("conform-names", "Upper_Case"))
            #expect(map?.kind == .invalid(fields: ["metadata.name"]))
            #expect(
                map?.message.hasPrefix(
                    "ConfigMap \"Upper_Case\" is invalid: metadata.name: Invalid value: \"Upper_Case\": ") == true)
            let service = await cluster.refusal(of: Sample.service("conform-names", "1web"))
            #expect(service?.kind == .invalid(fields: ["metadata.name"]))
            #expect(service?.message.contains("a DNS-1035 label must consist of") == true)
            let long = await cluster.refusal(of: [
                "apiVersion": "v1", "kind": "Namespace",
                "metadata": ["name": .string(String(repeating: "n", count: 64))],
            ])
            guard case .invalid(let fields) = long?.kind else {
                Issue.record("\(String(describing: long))")
                return
            }
            #expect(fields.first == "metadata.name")
        },
        ConformanceCase("labels must have their form") { cluster in
            try await cluster.makeNamespace("conform-labels")
            var manifest = Sample.configMap("conform-labels")
            manifest["metadata"]?["labels"] = ["app": .string(String(repeating: "x", count: 64))]
            let long = await cluster.refusal(of: manifest)
            #expect(long?.message.contains("must be no more than 63 ") == true)
            manifest["metadata"]?["labels"] = ["app": "-x"]
            let wrong = await cluster.refusal(of: manifest)
            #expect(wrong?.message.contains("a valid label must be an empty string or consist of") == true)
            manifest["metadata"]?["labels"] = ["app": 1]
            if case .invalid = await cluster.refusal(of: manifest)?.kind {
            } else {
                Issue.record("a number is no label")
            }
        },
        ConformanceCase("a template must match its selector") { cluster in
            try await cluster.makeNamespace("conform-selector")
            var manifest = Sample.deployment("conform-selector")
            manifest["spec"]?["selector"] = ["matchLabels": ["app": "other"]]
            let refusal = await cluster.refusal(of: manifest)
            #expect(refusal?.kind == .invalid(fields: ["spec.template.metadata.labels"]))
            #expect(refusal?.message.hasSuffix("`selector` does not match template `labels`") == true)
        },
        ConformanceCase("containers must be complete") { cluster in
            try await cluster.makeNamespace("conform-containers")
            var manifest = Sample.deployment("conform-containers")
            manifest[try #require(JSONPointer("/spec/template/spec/containers/0"))] = [
                "name": "main", "volumeMounts": [["name": "v", "mountPath": "/v"]],
                "ports": [["name": "much-too-long-name", "containerPort": 70_000]],
            ]
            let refusal = await cluster.refusal(of: manifest)
            let container = "spec.template.spec.containers[0]"
            guard case .invalid(let fields) = refusal?.kind else {
                Issue.record("\(String(describing: refusal))")
                return
            }
            #expect(
                Set(fields).isSuperset(of: [
                    "\(container).image", "\(container).ports[0].containerPort", "\(container).ports[0].name",
                    "\(container).volumeMounts[0].name",
                ]))
        },
        ConformanceCase("items of a list must have their keys, once") { cluster in
            try await cluster.makeNamespace("conform-keys")
            var manifest = Sample.deployment("conform-keys")
            let env = try #require(JSONPointer("/spec/template/spec/containers/0/env"))
            manifest[env] = [["name": "A"], ["name": "A"]]
            let twice = await cluster.refusal(of: manifest)
            #expect(twice?.message.contains("duplicate entries for key [name=") == true)
        },
        ConformanceCase("a Service's port must say its protocol") { cluster in
            try await cluster.makeNamespace("conform-protocol")
            var manifest = Sample.service("conform-protocol")
            manifest["spec"]?["ports"] = [["port": 80]]
            let refusal = await cluster.refusal(of: manifest)
            #expect(refusal?.kind == .invalid(fields: ["spec.ports"]))
            #expect(
                refusal?.message.hasSuffix(
                    ".spec.ports: element 0: associative list with keys has an element that omits key field "
                        + "\"protocol\" (and doesn't have default value)") == true)
        },
        ConformanceCase("what is immutable stays") { cluster in
            let namespace = "conform-immutable"
            try await cluster.makeNamespace(namespace)
            func refused(_ manifest: JSONValue, _ path: String, _ value: JSONValue) async throws -> String? {
                try await cluster.apply(manifest)
                var changed = manifest
                changed[try #require(JSONPointer(path))] = value
                let refusal = await cluster.refusal(of: changed)
                guard case .immutable(let field) = refusal?.kind else { return refusal?.message }
                return field
            }
            var deployment = Sample.deployment(namespace)
            try await cluster.apply(deployment)
            deployment["spec"]?["selector"] = ["matchLabels": ["tier": "x"]]
            deployment[try #require(JSONPointer("/spec/template/metadata/labels/tier"))] = "x"
            #expect(await cluster.refusal(of: deployment)?.kind == .immutable(field: "spec.selector"))

            #expect(try await refused(Sample.service(namespace), "/spec/clusterIP", "None") == "spec.clusterIPs[0]")
            let secret: JSONValue = [
                "apiVersion": "v1", "kind": "Secret", "metadata": ["name": "s", "namespace": .string(namespace)],
                "type": "Opaque",
            ]
            #expect(try await refused(secret, "/type", "example.com/other") == "type")
            for kind in ["ConfigMap", "Secret"] {
                let frozen: JSONValue = [
                    "apiVersion": "v1", "kind": .string(kind), "metadata": ["name": "frozen", "namespace": .string(namespace)],
                    "immutable": true, "data": ["a": "MQ=="],
                ]
                #expect(try await refused(frozen, "/data/a", "Mg==") == "data")
                #expect(try await refused(frozen, "/immutable", false) == "immutable")
                // What describes it may change.
                var labelled = frozen
                labelled["metadata"]?["labels"] = ["tier": "x"]
                try await cluster.apply(labelled)
            }
            let claims = "/spec/volumeClaimTemplates/0/spec/resources/requests/storage"
            #expect(try await refused(Sample.statefulSet(namespace), claims, "2Gi") == "spec")
            #expect(
                try await refused(Sample.job(namespace), "/spec/template/spec/containers/0/image", "task:2")
                    == "spec.template")
        },
        ConformanceCase("a custom resource is served once it is defined") { cluster in
            let thing: JSONValue = [
                "apiVersion": "conform.kreform.dev/v1", "kind": "Gadget",
                "metadata": ["name": "g", "namespace": "conform-custom"],
                "spec": ["size": 1, "parts": ["a", "b"]],
            ]
            try await cluster.makeNamespace("conform-custom")
            try await cluster.apply([
                "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
                "metadata": ["name": "gadgets.conform.kreform.dev"],
                "spec": [
                    "group": "conform.kreform.dev", "scope": "Namespaced",
                    "names": ["kind": "Gadget", "plural": "gadgets"],
                    "versions": [
                        [
                            "name": "v1", "served": true, "storage": true,
                            "schema": [
                                "openAPIV3Schema": ["type": "object", "x-kubernetes-preserve-unknown-fields": true]
                            ],
                        ]
                    ],
                ],
            ])
            try await cluster.eventually("the kind is served") { await cluster.refusal(of: thing) == nil }
            var changed = thing
            changed["spec"]?["parts"] = ["c"]
            let live = try await cluster.apply(changed).object
            #expect(live.content["spec"] == ["size": 1, "parts": ["c"]])
            #expect(live.generation == 2)
            let type = ResourceType(apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition")
            let definition = try #require(
                try await cluster.get(type, namespace: nil, name: "gadgets.conform.kreform.dev"))
            try await cluster.delete(definition)
            try await cluster.eventually("the kind is no longer served") {
                await cluster.refusal(of: thing)?.kind == .notServed
            }
        },
    ]
}
