import Fields
import JSON
import Model

/// The state and the cluster after an apply: objects with uids, defaults and statuses, and records of them. No text or
/// dictionary of theirs is shared with the rendered objects, as after reading them from the database and the wire.
struct SampleWorld {
    static let cluster = ClusterIdentity(name: "bench", uid: "bench-cluster")

    private(set) var state = State(lineage: "bench-lineage", serial: 1, cluster: cluster)
    private(set) var live = LiveState()

    /// Nothing was ever applied.
    init() {}

    /// `rendered` was applied, and statuses were written since. `generationsMoved`: somebody also changed every object
    /// and changed it back.
    init(_ rendered: RenderedState, generationsMoved: Bool) {
        for entity in rendered.entities {
            state.entities[entity.address] = entity.record
            for manifest in entity.manifests {
                let object = Self.object(manifest, uid: "uid-\(live.objects.count)", generationsMoved)
                live.objects[manifest.address] = object
                state.objects[manifest.address] = ObjectRecord(
                    address: manifest.address, entity: entity.address, apiVersion: manifest.apiVersion,
                    uid: object.uid, resourceVersion: "1", generation: object.generation.map { _ in 1 },
                    applied: Self.read(manifest.content), owned: object.owned, dependsOn: manifest.dependsOn,
                    appliedAt: Timestamp(seconds: 0))
            }
        }
    }

    private static func object(_ manifest: Manifest, uid: String, _ generationsMoved: Bool) -> LiveObject {
        let schema = MergeSchema(of: manifest.content)
        var content = schema.normalized(manifest.content)
        content["metadata"]?["uid"] = .string(uid)
        content["metadata"]?["resourceVersion"] = "2"
        content["metadata"]?["creationTimestamp"] = "2026-05-30T12:00:00Z"
        if ["Deployment", "StatefulSet"].contains(manifest.address.kind) {
            content["metadata"]?["generation"] = generationsMoved ? 3 : 1
            content["spec"]?["revisionHistoryLimit"] = 10
            content["spec"]?["progressDeadlineSeconds"] = 600
            if var pod = content["spec"]?["template"]?["spec"] {
                fillIn(&pod)
                content["spec"]?["template"]?["spec"] = pod
            }
            content["status"] = ["observedGeneration": 1, "replicas": 1, "readyReplicas": 1, "availableReplicas": 1]
        }
        let owned = ownedFields(of: manifest.content, schema: schema)
        let kreform = ManagedFields(
            manager: FieldManager.kreform, operation: .apply, time: "2026-05-30T12:00:00Z", fields: owned)
        let status = ManagedFields(
            manager: "kube-controller-manager", operation: .update, subresource: "status",
            time: "2026-05-30T12:00:09Z", fields: FieldSet([FieldPath("status", "replicas")]))
        return LiveObject(content: read(content), managers: [kreform, status])
    }

    /// Some of what the API server fills in.
    private static func fillIn(_ pod: inout JSONValue) {
        let defaults: JSONObject = [
            "dnsPolicy": "ClusterFirst", "restartPolicy": "Always", "schedulerName": "default-scheduler",
            "terminationGracePeriodSeconds": 30,
        ]
        for (name, value) in defaults where pod[name] == nil { pod[name] = value }
        guard let containers = pod["containers"]?.array else { return }
        pod["containers"] = .array(
            containers.map { container in
                var container = container
                container["terminationMessagePath"] = "/dev/termination-log"
                container["terminationMessagePolicy"] = "File"
                if container["imagePullPolicy"] == nil { container["imagePullPolicy"] = "IfNotPresent" }
                return container
            })
    }

    private static func read(_ value: JSONValue) -> JSONValue {
        (try? JSONValue(parsing: value.encodedBytes())) ?? value
    }
}
