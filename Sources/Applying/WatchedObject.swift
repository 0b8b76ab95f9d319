import Fields
import JSON
import Model
import Readiness

extension LiveObject {
    /// What a run needs of an object that it waits for or watches: what its readiness, its deletion and the pods that it selects are
    /// judged by. A run of thousands of objects has them all in memory, and as many pods.
    ///
    /// Two objects can be compared only when both are such.
    var watched: LiveObject {
        var object: JSONObject = [:]
        for name in ["apiVersion", "kind", "metadata", "spec", "status", "subsets"] { object[name] = content[name] }
        object["metadata"]?["annotations"] = nil
        if type == RelatedObjects.podType {
            object["spec"] = Self.identities(in: content["spec"])
        } else if let template = content["spec"]?["template"] {
            object["spec"]?["template"] = ["spec": Self.identities(in: template["spec"])]
        }
        let applies = managers.filter { $0.manager == FieldManager.kreform && $0.operation == .apply }.map {
            ManagedFields(manager: $0.manager, operation: $0.operation, subresource: $0.subresource, time: $0.time, fields: FieldSet())
        }
        return LiveObject(content: .object(object), managers: applies)
    }

    /// Of a pod's containers, what tells which template they were made from. Whether it is the same is all that is asked: hashes do.
    private static func identities(in spec: JSONValue?) -> JSONValue {
        var kept: JSONObject = [:]
        for list in ["containers", "initContainers"] {
            guard let containers = spec?[list]?.array else { continue }
            kept[list] = .array(containers.map { container in
                var fields: JSONObject = ["name": container["name"] ?? .null]
                for name in ReadinessRules.identifyingFields { fields[name] = container[name].map { .integer($0.hashValue) } }
                return .object(fields)
            })
        }
        return .object(kept)
    }
}
