import Fields
import JSON
import Model
import Testing

extension ConformanceCase {
    package static let applying = [
        ConformanceCase("creating and updating are told apart") { cluster in
            try await cluster.makeNamespace("conform-create")
            let first = try await cluster.apply(Sample.configMap("conform-create"))
            let second = try await cluster.apply(Sample.configMap("conform-create", "settings", ["a": "2"]))
            let third = try await cluster.apply(Sample.configMap("conform-create", "settings", ["a": "2"]))
            #expect([first, second, third].map(\.created) == [true, false, false])
            #expect(first.object.uid == second.object.uid)
            #expect(first.object.uid.utf8.count == 36)
            #expect(first.object.resourceVersion != second.object.resourceVersion)
            // An apply that changes nothing is not a change.
            #expect(second.object == third.object)
            #expect(second.object.content["data"] == ["a": "2"])
            #expect(Timestamp(first.object.metadata["creationTimestamp"]?.string ?? "") != nil)
            #expect(try await cluster.get(Sample.configMap("conform-create")) == third.object)
        },
        ConformanceCase("generation counts changes of the spec") { cluster in
            try await cluster.makeNamespace("conform-generation")
            var manifest = Sample.deployment("conform-generation")
            #expect(try await cluster.apply(manifest).object.generation == 1)
            manifest["metadata"]?["labels"] = ["a": "b"]
            #expect(try await cluster.apply(manifest).object.generation == 1)
            manifest["spec"]?["replicas"] = 2
            #expect(try await cluster.apply(manifest).object.generation == 2)
        },
        ConformanceCase("what was applied is owned, defaults are not") { cluster in
            try await cluster.makeNamespace("conform-owned")
            let manifest = Sample.deployment("conform-owned")
            let live = try await cluster.apply(manifest).object
            #expect(live.owned == ownedFields(of: manifest, schema: MergeSchema(of: manifest)))
            #expect(live.content["spec"]?["strategy"]?["type"] == "RollingUpdate")
            #expect(live.content["spec"]?["template"]?["spec"]?["restartPolicy"] == "Always")
            let schema = MergeSchema(of: manifest)
            #expect(differences(desired: manifest, live: live.content, schema: schema) == [])
            #expect(removals(owned: live.owned, desired: manifest, live: live.content) == [])
            #expect(live.managers.first { $0.manager == "kreform" }?.operation == .apply)
        },
        ConformanceCase("every sample is silent after it was applied") { cluster in
            try await cluster.makeNamespace("conform-silent")
            for manifest in [
                Sample.deployment("conform-silent"), Sample.service("conform-silent"),
                Sample.statefulSet("conform-silent"),
                Sample.configMap("conform-silent"), Sample.job("conform-silent"),
            ] {
                let live = try await cluster.apply(manifest).object
                #expect(differences(desired: manifest, live: live.content, schema: MergeSchema(of: manifest)) == [])
                let again = try await cluster.apply(manifest, dryRun: true)
                #expect(again.object.owned == live.owned)
                #expect(!again.created)
            }
        },
        ConformanceCase("fields no longer applied go") { cluster in
            try await cluster.makeNamespace("conform-removal")
            try await cluster.apply(Sample.configMap("conform-removal", "settings", ["a": "1", "b": "2"]))
            var manifest = Sample.configMap("conform-removal", "settings", ["b": "2"])
            manifest["metadata"]?["labels"] = nil
            let live = try await cluster.apply(manifest).object
            #expect(live.content["data"] == ["b": "2"])
            #expect(live.metadata["labels"] == nil)
            #expect(live.owned.paths == [FieldPath("data", "b")])
        },
        ConformanceCase("items of a list go and stay by their keys") { cluster in
            try await cluster.makeNamespace("conform-items")
            var manifest = Sample.deployment("conform-items")
            let container = try #require(JSONPointer("/spec/template/spec/containers/0/env"))
            manifest[container] = [["name": "A", "value": "1"], ["name": "B", "value": "2"]]
            try await cluster.apply(manifest)
            manifest[container] = [["name": "C", "value": ""], ["name": "B", "value": "2"]]
            let live = try await cluster.apply(manifest).object
            let names = live.content[container]?.array?.compactMap { $0["name"]?.string }
            // Their order depends on the server's version.
            #expect(names?.sorted() == ["B", "C"])
            #expect(differences(desired: manifest, live: live.content, schema: MergeSchema(of: manifest)) == [])
        },
        ConformanceCase("a dry run leaves nothing") { cluster in
            try await cluster.makeNamespace("conform-dry")
            let created = try await cluster.apply(Sample.deployment("conform-dry"), dryRun: true)
            #expect(created.created)
            #expect(created.object.content["spec"]?["progressDeadlineSeconds"] == 600)
            #expect(try await cluster.get(Sample.deployment("conform-dry")) == nil)

            let live = try await cluster.apply(Sample.configMap("conform-dry")).object
            let changed = try await cluster.apply(Sample.configMap("conform-dry", "settings", ["a": "9"]), dryRun: true)
            #expect(!changed.created)
            #expect(changed.object.content["data"] == ["a": "9"])
            #expect(try await cluster.get(Sample.configMap("conform-dry")) == live)
        },
        ConformanceCase("a Secret's text is stored as base64") { cluster in
            try await cluster.makeNamespace("conform-secret")
            let live = try await cluster.apply([
                "apiVersion": "v1", "kind": "Secret", "metadata": ["name": "s", "namespace": "conform-secret"],
                "data": ["a": "aGk="],
            ]).object
            #expect(live.content["data"] == ["a": "aGk="])
            #expect(live.content["type"] == "Opaque")
        },
        ConformanceCase("a Secret's stringData becomes data") { cluster in
            try await cluster.makeNamespace("conform-texts")
            func secret(_ text: String) -> JSONValue {
                [
                    "apiVersion": "v1", "kind": "Secret", "metadata": ["name": "s", "namespace": "conform-texts"],
                    "stringData": ["a": .string(text)],
                ]
            }
            let first = try await cluster.apply(secret("hi")).object
            #expect(first.content["data"] == ["a": "aGk="])
            let second = try await cluster.apply(secret("ho")).object
            #expect(second.content["data"] == ["a": "aG8="])
            #expect(second.content["stringData"] == nil)
        },
        ConformanceCase("a CronJob is what it was applied as, whichever version the server has") { cluster in
            try await cluster.makeNamespace("conform-cron")
            let manifest: JSONValue = [
                "apiVersion": "batch/v1", "kind": "CronJob", "metadata": ["name": "nightly", "namespace": "conform-cron"],
                "spec": [
                    "schedule": "0 3 * * *",
                    "jobTemplate": [
                        "spec": [
                            "template": [
                                "spec": ["restartPolicy": "Never", "containers": [["name": "main", "image": "task:1"]]]
                            ]
                        ]
                    ],
                ],
            ]
            let live = try await cluster.apply(manifest).object
            #expect(live.content["apiVersion"] == "batch/v1")
            #expect(live.content["spec"]?["concurrencyPolicy"] == "Allow")
            #expect(live.owned == ownedFields(of: manifest, schema: MergeSchema(of: manifest)))
            #expect(differences(desired: manifest, live: live.content, schema: MergeSchema(of: manifest)) == [])
            #expect(try await cluster.list("batch/v1", "CronJob", in: "conform-cron").objects == [live])
            try await cluster.delete(live)
            try await cluster.eventually("it is gone") { try await cluster.get(manifest) == nil }
        },
        ConformanceCase("a list has all objects, over all its pages") { cluster in
            try await cluster.makeNamespace("conform-pages")
            let names = (10..<33).map { "map-\($0)" }
            for name in names.reversed() { try await cluster.apply(Sample.configMap("conform-pages", name)) }
            let list = try await cluster.list("v1", "ConfigMap", in: "conform-pages", labels: ["app": "sample"])
            #expect(list.objects.map(\.address.name) == names)
            let whole = try await cluster.get(Sample.configMap("conform-pages", "map-10"))
            #expect(list.objects.first == whole)
        },
        ConformanceCase("the uid asked for must be that of the object") { cluster in
            try await cluster.makeNamespace("conform-uid")
            let manifest = Sample.configMap("conform-uid")
            let none = await cluster.refusal(of: manifest, uid: "00000000-0000-4000-8000-000000000000")
            #expect(none?.kind == .stale)
            let live = try await cluster.apply(manifest).object
            let other = await cluster.refusal(of: manifest, uid: "00000000-0000-4000-8000-000000000000")
            #expect(other?.kind == .stale)
            try await cluster.apply(manifest, uid: live.uid)
        },
        ConformanceCase("lists select by all labels, in one namespace and in all") { cluster in
            for (namespace, app) in [("conform-list-a", "x"), ("conform-list-b", "x"), ("conform-list-b", "y")] {
                try await cluster.makeNamespace(namespace)
                var manifest = Sample.configMap(namespace, "map-\(app)")
                manifest["metadata"]?["labels"] = ["case": "list", "app": .string(app)]
                try await cluster.apply(manifest)
            }
            func names(_ list: ObjectList) -> [String] {
                list.objects.map { "\($0.address.namespace ?? "")/\($0.address.name)" }
            }
            let all = try await cluster.list("v1", "ConfigMap", labels: ["case": "list"])
            #expect(names(all) == ["conform-list-a/map-x", "conform-list-b/map-x", "conform-list-b/map-y"])
            let some = try await cluster.list(
                "v1", "ConfigMap", in: "conform-list-b", labels: ["case": "list", "app": "x"])
            #expect(names(some) == ["conform-list-b/map-x"])
            #expect(try await cluster.list("v1", "Secret", labels: ["case": "list"]).objects.isEmpty)
            #expect(Int(all.resourceVersion) != nil)
        },
    ]
}
