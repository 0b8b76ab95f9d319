import Fields
import JSON
import Model

/// Fields that the API server refuses to change once an object exists.
enum Immutability {
    static func faults(old: JSONValue, new: JSONValue, kind: ServedKind) -> [ObjectFault] {
        let schema = MergeSchema(apiVersion: kind.type.apiVersion, kind: kind.kind)
        func differs(_ path: String...) -> Bool {
            let path = FieldPath(path.map { .field($0) })
            let rule = schema.rule(at: path)
            return !rule.same(value(at: path, in: old), value(at: path, in: new))
        }
        func fixed(_ path: String..., why: String = "field is immutable") -> [ObjectFault] {
            let path = FieldPath(path.map { .field($0) })
            let (before, after) = (value(at: path, in: old), value(at: path, in: new))
            return schema.rule(at: path).same(before, after) ? [] : [.immutable("\(path)", after, why)]
        }
        switch (kind.group, kind.kind) {
        case ("", "Secret"):
            return fixed("type") + frozen(old: old, new: new)
        case ("", "ConfigMap"):
            return frozen(old: old, new: new)
        case ("", "Service"):
            return clusterAddress(old: old, new: new)
        case ("", "PersistentVolumeClaim"):
            return claim(old: old, new: new)
        case ("", "Pod"):
            return pod(old: old, new: new)
        case ("apps", "Deployment"), ("apps", "DaemonSet"):
            return fixed("spec", "selector")
        case ("apps", "StatefulSet"):
            return statefulSet(old: old, new: new, schema: schema)
        case ("batch", "Job"):
            let parallel = differs("spec", "suspend") || old.at("spec", "suspend") == true
            return fixed("spec", "completions") + fixed("spec", "completionMode") + fixed("spec", "selector")
                + (parallel ? [] : fixed("spec", "template"))
        case ("rbac.authorization.k8s.io", "RoleBinding"), ("rbac.authorization.k8s.io", "ClusterRoleBinding"):
            return differs("roleRef") ? [.immutable("roleRef", new["roleRef"], "cannot change roleRef")] : []
        case ("storage.k8s.io", "StorageClass"):
            return differs("provisioner") || differs("parameters")
                ? [.forbidden("parameters", "updates to parameters are forbidden.")] : []
        default:
            return []
        }
    }

    /// ConfigMaps and Secrets that say they are `immutable`.
    private static func frozen(old: JSONValue, new: JSONValue) -> [ObjectFault] {
        guard old["immutable"] == true else { return [] }
        var faults: [ObjectFault] = []
        if new["immutable"] != true {
            faults.append(.forbidden("immutable", "field is immutable when `immutable` is set"))
        }
        for member in ["data", "binaryData"] where old[member] != new[member] {
            faults.append(.forbidden(member, "field is immutable when `immutable` is set"))
        }
        return faults
    }

    private static func clusterAddress(old: JSONValue, new: JSONValue) -> [ObjectFault] {
        let (before, after) = (old.at("spec", "clusterIP"), new.at("spec", "clusterIP"))
        guard let before, before != "", after != before, new.at("spec", "type") != "ExternalName" else { return [] }
        return [.immutable("spec.clusterIPs[0]", .array([after ?? ""]), "may not change once set")]
    }

    private static func claim(old: JSONValue, new: JSONValue) -> [ObjectFault] {
        var (before, after) = (old["spec"] ?? [:], new["spec"] ?? [:])
        let size = (before.at("resources", "requests", "storage"), after.at("resources", "requests", "storage"))
        before["resources"] = nil
        after["resources"] = nil
        if before["volumeName"] == nil { after["volumeName"] = nil }
        if before != after {
            return [
                .forbidden(
                    "spec",
                    "spec is immutable after creation except resources.requests and volumeAttributesClassName for "
                        + "bound claims"
                )
            ]
        }
        guard let was = size.0?.string.flatMap({ Quantity($0) }), let wanted = size.1?.string.flatMap({ Quantity($0) }),
            wanted < was
        else { return [] }
        return [.forbidden("spec.resources.requests.storage", "field can not be less than previous value")]
    }

    private static func pod(old: JSONValue, new: JSONValue) -> [ObjectFault] {
        func fixed(_ pod: JSONValue) -> JSONValue {
            var spec = pod["spec"] ?? [:]
            for key in ["activeDeadlineSeconds", "terminationGracePeriodSeconds", "tolerations", "nodeName"] {
                spec[key] = nil
            }
            for list in ["containers", "initContainers"] { spec.changeEach(list) { $0["image"] = nil } }
            return spec
        }
        guard fixed(old) != fixed(new) else { return [] }
        return [
            .forbidden(
                "spec",
                "pod updates may not change fields other than "
                    + "`spec.containers[*].image`,`spec.initContainers[*].image`,"
                    + "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
                    + "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)")
        ]
    }

    private static func statefulSet(old: JSONValue, new: JSONValue, schema: MergeSchema) -> [ObjectFault] {
        let changeable: Set = [
            "replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit",
            "persistentVolumeClaimRetentionPolicy", "minReadySeconds",
        ]
        let (before, after) = (old["spec"]?.object ?? [:], new["spec"]?.object ?? [:])
        let changed = Set(before.keys).union(after.keys).subtracting(changeable).filter { name in
            !schema.rule(at: FieldPath("spec", name)).same(before[name], after[name])
        }
        guard !changed.isEmpty else { return [] }
        return [
            .forbidden(
                "spec",
                "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', "
                    + "'updateStrategy', "
                    + "'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are "
                    + "forbidden"
            )
        ]
    }
}
