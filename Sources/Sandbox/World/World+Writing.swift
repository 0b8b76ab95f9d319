import Fields
import JSON
import Model

/// Writes as a component of the control plane makes them: no validation, ownership recorded as `Update`.
extension World {
    static let controllerManager = "kube-controller-manager"
    static let kubelet = "kubelet"

    /// Creates an object on behalf of a component.
    @discardableResult
    mutating func create(_ content: JSONValue, as manager: String) -> LiveObject {
        var content = content
        let type = ResourceType(apiVersion: content["apiVersion"]?.string ?? "", kind: content["kind"]?.string ?? "")
        if let kind = served(type) {
            Defaults.apply(to: &content, kind: kind)
            if kind.hasGeneration { content.change("metadata") { $0.setDefault("generation", 1) } }
        }
        let fields = ownedFields(of: content, schema: MergeSchema(of: content))
        return put(
            content, managers: [ManagedFields(manager: manager, operation: .update, time: timestamp, fields: fields)])
    }

    /// Replaces `status`, when it differs.
    mutating func setStatus(_ status: JSONValue, of address: ResourceAddress, as manager: String = controllerManager) {
        guard let object = self[address], object.content["status"] != status else { return }
        var content = object.content
        content["status"] = status
        let schema = MergeSchema(of: content)
        let fields = allFields(of: ["status": status], schema: schema)
        var managers = object.managers.compactMap { entry -> ManagedFields? in
            if entry.subresource == "status" {
                return entry.manager == manager ? nil : entry.without(fields)
            }
            // Whoever created the object with a status no longer owns that.
            return entry.without(fields)
        }
        managers.append(
            ManagedFields(manager: manager, operation: .update, subresource: "status", time: timestamp, fields: fields))
        put(content, managers: managers)
    }

    /// Marks for deletion. Pods take their grace, namespaces empty themselves, objects with finalizers wait for them;
    /// all others are gone at once.
    mutating func markDeleted(_ address: ResourceAddress) {
        guard let object = self[address], !object.isTerminating else { return }
        let isPod = address.kind == "Pod" && address.group.isEmpty
        let isNamespace = address.kind == "Namespace" && address.group.isEmpty
        guard isPod || isNamespace || !object.metadata.items("finalizers").isEmpty else { return remove(address) }
        var content = object.content
        let moment = timestamp
        content.change("metadata") { metadata in
            metadata["deletionTimestamp"] = .string(moment)
            metadata["deletionGracePeriodSeconds"] =
                isPod ? object.content.at("spec", "terminationGracePeriodSeconds") ?? 30 : 0
        }
        if isNamespace {
            content.setDefault("status", [:])
            content.change("status") { $0["phase"] = "Terminating" }
        }
        put(content, managers: object.managers)
        cancel([.startPod, .finishPod], subject: object.uid)
        if isPod { schedule(.removePod, subject: object.uid, after: 0.5) }
        if isNamespace { schedule(.emptyNamespace, subject: object.uid, after: 0.3) }
    }

    func isTerminating(namespace: String?) -> Bool {
        namespace.flatMap { object("Namespace", nil, $0) }?.isTerminating ?? false
    }
}

extension ManagedFields {
    /// Without these fields; nil when none are left.
    func without(_ fields: FieldSet) -> ManagedFields? {
        let rest = self.fields.difference(fields)
        return rest.isEmpty ? nil : with(rest)
    }

    func with(_ fields: FieldSet) -> ManagedFields {
        ManagedFields(manager: manager, operation: operation, subresource: subresource, time: time, fields: fields)
    }

    /// As an entry of `metadata.managedFields`.
    func encoded(apiVersion: String) -> JSONValue {
        var entry: JSONValue = [
            "manager": .string(manager), "operation": .string(operation.rawValue), "apiVersion": .string(apiVersion),
            "fieldsType": "FieldsV1", "fieldsV1": fields.fieldsV1,
        ]
        if !subresource.isEmpty { entry["subresource"] = .string(subresource) }
        if let time { entry["time"] = .string(time) }
        return entry
    }
}

extension LiveObject {
    /// The whole object as the API server sends it, `metadata.managedFields` included.
    var sent: JSONValue {
        var object = content
        object.change("metadata") { metadata in
            if !managers.isEmpty {
                metadata["managedFields"] = .array(managers.map { $0.encoded(apiVersion: apiVersion) })
            }
        }
        return object
    }
}
