import Fields
import JSON
import Model
import Testing

/// Objects in which others have a say too.
extension ConformanceCase {
    package static let sharing = [
        ConformanceCase("a field that another manager owns too keeps its value") { cluster, other in
            let name = "conform-shared"
            try await cluster.makeNamespace(name)
            try await cluster.apply(Sample.configMap(name, "settings", ["a": "1", "b": "2", "c": "3"]))
            try await other.apply(
                [
                    "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "settings", "namespace": .string(name)],
                    "data": ["b": "2"],
                ], "somebody")
            let live = try await cluster.apply(Sample.configMap(name, "settings", ["a": "1"])).object
            // Both said b: it is somebody's now. c was ours alone.
            #expect(live.content["data"] == ["a": "1", "b": "2"])
            #expect(live.owned.contains(FieldPath("data", "a")))
            #expect(!live.owned.contains(FieldPath("data", "b")))
            #expect(live.otherManagers(of: FieldPath("data", "b")).map(\.manager) == ["somebody"])
        },
        ConformanceCase("what another manager added stays") { cluster, other in
            let name = "conform-added"
            try await cluster.makeNamespace(name)
            try await cluster.apply(Sample.configMap(name))
            try await other.apply(
                [
                    "apiVersion": "v1", "kind": "ConfigMap",
                    "metadata": [
                        "name": "settings", "namespace": .string(name), "annotations": ["example.com/note": "mine"],
                    ],
                    "data": ["z": "9"],
                ], "somebody")
            let live = try await cluster.apply(Sample.configMap(name, "settings", ["a": "2"])).object
            #expect(live.content["data"] == ["a": "2", "z": "9"])
            #expect(live.metadata["annotations"] == ["example.com/note": "mine"])
        },
        ConformanceCase("a field is taken from who changed it") { cluster, other in
            let name = "conform-taken"
            try await cluster.makeNamespace(name)
            try await other.apply(Sample.configMap(name, "settings", ["a": "theirs"]), "somebody")
            let live = try await cluster.apply(Sample.configMap(name, "settings", ["a": "ours"])).object
            #expect(live.content["data"] == ["a": "ours"])
            #expect(live.owned.contains(FieldPath("data", "a")))
            #expect(live.otherManagers(of: FieldPath("data", "a")) == [])
            await #expect(throws: (any Error).self) {
                try await other.apply(Sample.configMap(name, "settings", ["a": "theirs"]), "somebody")
            }
        },
        ConformanceCase("what was scaled is put back") { cluster, other in
            let name = "conform-scaled"
            try await cluster.makeNamespace(name)
            let manifest = Sample.deployment(name)
            let first = try await cluster.apply(manifest).object
            try await other.scale(name, "web", 3)
            let scaled = try #require(try await cluster.get(manifest))
            #expect(scaled.content["spec"]?["replicas"] == 3)
            #expect(scaled.generation == 2)
            let predicted = try await cluster.apply(manifest, dryRun: true).object
            #expect(predicted.content["spec"]?["replicas"] == 1)
            let live = try await cluster.apply(manifest, uid: first.uid).object
            #expect(live.content["spec"]?["replicas"] == 1)
            #expect(live.owned == first.owned)
        },
    ]
}
