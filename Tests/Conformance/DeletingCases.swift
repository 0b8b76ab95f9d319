import JSON
import Model
import Testing

extension ConformanceCase {
    package static let deleting = [
        ConformanceCase("deletion wants the uid") { cluster in
            try await cluster.makeNamespace("conform-delete")
            let live = try await cluster.apply(Sample.configMap("conform-delete")).object
            func delete(uid: String) async throws {
                try await cluster.delete(
                    DeleteRequest(type: live.type, namespace: "conform-delete", name: "settings", uid: uid))
            }
            await #expect { try await delete(uid: "00000000-0000-4000-8000-000000000000") } throws: { error in
                (error as? ClusterError)?.kind == .stale
            }
            #expect(try await cluster.get(live.content) != nil)
            try await delete(uid: live.uid)
            #expect(try await cluster.get(live.content) == nil)
            await #expect { try await delete(uid: live.uid) } throws: { error in
                (error as? ClusterError) == ClusterError(.notFound, "configmaps \"settings\" not found")
            }
            let again = try await cluster.apply(Sample.configMap("conform-delete"))
            #expect(again.created)
            #expect(again.object.uid != live.uid)
        },
        ConformanceCase("a finalizer holds an object until it is taken away") { cluster in
            try await cluster.makeNamespace("conform-finalizer")
            var manifest = Sample.configMap("conform-finalizer")
            manifest["metadata"]?["finalizers"] = ["conform.kreform.dev/guard"]
            let live = try await cluster.apply(manifest).object
            try await cluster.delete(live)
            let held = try #require(try await cluster.get(manifest))
            #expect(held.isTerminating)
            // Asked again, it goes on terminating.
            try await cluster.delete(live)
            #expect(try await cluster.get(manifest)?.metadata["deletionTimestamp"] == held.metadata["deletionTimestamp"])
            manifest["metadata"]?["finalizers"] = nil
            try await cluster.apply(manifest)
            try await cluster.eventually("the object is gone") { [manifest] in try await cluster.get(manifest) == nil }
        },
        ConformanceCase("what a deleted object owned is collected") { cluster in
            try await cluster.makeNamespace("conform-owner")
            let owner = try await cluster.apply(Sample.configMap("conform-owner", "owner")).object
            var manifest = Sample.configMap("conform-owner", "owned")
            manifest["metadata"]?["ownerReferences"] = [
                ["apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": .string(owner.uid)]
            ]
            try await cluster.apply(manifest)
            try await cluster.apply(Sample.configMap("conform-owner", "other"))
            var orphan = Sample.configMap("conform-owner", "orphan")
            orphan["metadata"]?["ownerReferences"] = [
                [
                    "apiVersion": "v1", "kind": "ConfigMap", "name": "nobody",
                    "uid": "00000000-0000-4000-8000-000000000000",
                ]
            ]
            try await cluster.apply(orphan)
            try await cluster.eventually("what belongs to nothing is gone") { [orphan] in
                try await cluster.get(orphan) == nil
            }
            try await cluster.delete(owner)
            try await cluster.eventually("the owned object is gone") { [manifest] in
                try await cluster.get(manifest) == nil
            }
            #expect(try await cluster.get(Sample.configMap("conform-owner", "other")) != nil)
        },
        ConformanceCase("a namespace takes everything with it") { cluster in
            let name = "conform-namespace"
            try await cluster.makeNamespace(name)
            try await cluster.apply(Sample.deployment(name))
            try await cluster.apply(Sample.service(name))
            try await cluster.apply(Sample.statefulSet(name))
            var held = Sample.configMap(name)
            held["metadata"]?["finalizers"] = ["conform.kreform.dev/guard"]
            try await cluster.apply(held)
            let namespace: JSONValue = ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": .string(name)]]
            try await cluster.delete(try #require(try await cluster.get(namespace)))

            let terminating = try #require(try await cluster.get(namespace))
            #expect(terminating.isTerminating)
            #expect(terminating.content["status"]?["phase"] == "Terminating")
            let refusal = await cluster.refusal(of: Sample.configMap(name, "late"))
            #expect(refusal?.kind == .namespaceTerminating)
            #expect(
                refusal?.message
                    == "configmaps \"late\" is forbidden: unable to create new content in namespace \(name) because "
                    + "it is being terminated")
            try await cluster.eventually("only what is held is left") {
                let workloads = [
                    try await cluster.get(Sample.deployment(name)), try await cluster.get(Sample.service(name)),
                ]
                let pods = try await cluster.list("v1", "Pod", in: name).objects
                return workloads == [nil, nil] && pods.isEmpty
            }
            held["metadata"]?["finalizers"] = nil
            try await cluster.apply(held)
            try await cluster.eventually("the namespace is gone") { try await cluster.get(namespace) == nil }
            try await cluster.makeNamespace(name)
            #expect(try await cluster.list("v1", "PersistentVolumeClaim", in: name).objects.isEmpty)
        },
    ]
}
