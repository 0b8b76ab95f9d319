import JSON
import Model
import Readiness

extension LiveObject {
    /// What a run needs of an object that it watches: what its readiness, its deletion and the pods that it selects are judged by.
    /// A run of thousands of objects has as many pods in memory.
    var watched: LiveObject {
        var object: JSONObject = [:]
        for name in ["apiVersion", "kind", "metadata", "spec", "status", "subsets"] { object[name] = content[name] }
        object["metadata"]?["annotations"] = nil
        if type == RelatedObjects.podType { object["spec"] = Self.containers(of: content["spec"]) }
        return LiveObject(content: .object(object), managers: [])
    }

    /// Of a pod's containers, what tells which template they were made from.
    private static func containers(of spec: JSONValue?) -> JSONValue {
        var kept: JSONObject = [:]
        for list in ["containers", "initContainers"] {
            guard let containers = spec?[list]?.array else { continue }
            kept[list] = .array(containers.map { container in
                var fields: JSONObject = [:]
                for name in ["name"] + ReadinessRules.identifyingFields { fields[name] = container[name] }
                return .object(fields)
            })
        }
        return .object(kept)
    }
}
