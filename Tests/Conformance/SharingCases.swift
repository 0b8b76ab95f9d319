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
        ConformanceCase("what was scaled stays when it is applied as it is") { cluster, other in
            let name = "conform-scaled-left"
            try await cluster.makeNamespace(name)
            let first = try await cluster.apply(Sample.deployment(name)).object
            try await other.scale(name, "web", 3)
            // Whether somebody is named for it or not, the number stays, and is somebody's.
            let manifest = Sample.deployment(name, image: "web:2", replicas: 3)
            let live = try await cluster.apply(manifest, uid: first.uid).object
            #expect(live.content["spec"]?["replicas"] == 3)
            #expect(live.owned.contains(FieldPath("spec", "replicas")))
            // One that others own can be left out; one that only we own goes with that.
            var without = manifest
            without["spec"]?["replicas"] = nil
            let isOthers = live.isOthers(FieldPath("spec", "replicas"))
            let rest = try await cluster.apply(without, uid: first.uid).object
            #expect(rest.content["spec"]?["replicas"] == (isOthers ? 3 : 1))
        },
        ConformanceCase("a Service's selector is exactly the one applied") { cluster, other in
            let name = "conform-selector"
            try await cluster.makeNamespace(name)
            var theirs = Sample.service(name)
            theirs["spec"]?["selector"] = ["app": "old", "team": "theirs"]
            try await other.apply(theirs, "somebody")
            let predicted = try await cluster.apply(Sample.service(name), dryRun: true).object
            #expect(predicted.content["spec"]?["selector"] == ["app": "web"])
            let found = try #require(try await cluster.get(theirs))
            #expect(found.content["spec"]?["selector"] == ["app": "old", "team": "theirs"])
            let live = try await cluster.apply(Sample.service(name), uid: found.uid).object
            #expect(live.content["spec"]?["selector"] == ["app": "web"])
            #expect(try await cluster.get(theirs) == live)
            let schema = MergeSchema(of: theirs)
            #expect(differences(desired: Sample.service(name), live: live.content, schema: schema) == [])
            // Nobody has it twice, and it can be changed and taken off again.
            let moved = try await cluster.apply(Sample.service(name, app: "other"), uid: found.uid).object
            #expect(moved.content["spec"]?["selector"] == ["app": "other"])
        },
        ConformanceCase("what must be new is refused where something is") { cluster, other in
            let name = "conform-new"
            try await cluster.makeNamespace(name)
            let made = try await cluster.apply(ApplyRequest(object: Sample.configMap(name), isNew: true))
            #expect(made.created)
            for object in [Sample.configMap(name), Sample.deployment(name)] {
                try? await other.apply(object, "somebody")
                let before = try await cluster.get(object)
                let error = await #expect(throws: ClusterError.self) {
                    try await cluster.apply(ApplyRequest(object: object, isNew: true))
                }
                #expect(error?.kind == .stale)
                #expect(try await cluster.get(object)?.owned == before?.owned)
            }
        },
    ]
}
