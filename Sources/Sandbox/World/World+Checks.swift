import Fields
import FoundationEssentials
import JSON
import Model

/// The steps that every write passes.
extension World {
    struct Target {
        let kind: ServedKind
        let address: ResourceAddress
    }

    /// What only the server writes.
    static let serverMetadata = [
        "uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds",
        "selfLink",
    ]

    func target(of object: JSONValue) throws(ClusterError) -> Target {
        let type = ResourceType(apiVersion: object["apiVersion"]?.string ?? "", kind: object["kind"]?.string ?? "")
        guard let kind = served(type) else { throw .noMatches(type) }
        let metadata = object["metadata"]
        let name = metadata?["name"]?.string ?? ""
        let namespace = metadata?["namespace"]?.string
        if name.isEmpty { throw .invalid(kind, "", [.required("metadata.name", "name or generateName is required")]) }
        if kind.isNamespaced, namespace ?? "" == "" {
            throw ClusterError(
                .invalid(fields: ["metadata.namespace"]),
                "an empty namespace may not be set when a resource name is provided")
        }
        if !kind.isNamespaced, namespace != nil {
            throw ClusterError(
                .invalid(fields: ["metadata.namespace"]), "namespace should not be set for \(kind.resource) \"\(name)\""
            )
        }
        if metadata?["managedFields"] != nil {
            throw ClusterError(.invalid(fields: ["metadata.managedFields"]), "metadata.managedFields must be nil")
        }
        return Target(
            kind: kind, address: ResourceAddress(group: kind.group, kind: kind.kind, namespace: namespace, name: name))
    }

    func checkPreconditions(
        _ object: JSONValue, _ old: LiveObject?, uid: String?, _ target: Target
    ) throws(ClusterError) {
        let name = target.address.name
        if let uid = uid ?? object.at("metadata", "uid")?.string {
            guard let old else { throw .uidOfNothing(target.kind, name, expected: uid) }
            if uid != old.uid { throw .otherUID(target.kind, name, expected: uid, actual: old.uid) }
        }
        if let version = object.at("metadata", "resourceVersion")?.string, !version.isEmpty {
            guard let old else { throw .notFound(target.kind, name) }
            if version != old.resourceVersion { throw .modified(target.kind, name) }
        }
    }

    func checkNamespace(_ target: Target) throws(ClusterError) {
        guard let name = target.address.namespace else { return }
        guard let namespace = object("Namespace", nil, name) else { throw .noNamespace(name) }
        if namespace.isTerminating { throw .terminating(target.kind, target.address.name, namespace: name) }
        if let refusal = quotaRefusal(kind: target.kind, name: target.address.name, namespace: name) {
            throw ClusterError(.quotaExceeded, refusal)
        }
    }

    /// What was sent, without what a client may not write; a Secret's `stringData` moved to `data`.
    static func asSent(_ object: JSONValue, _ kind: ServedKind) -> JSONValue {
        var object = object
        object["status"] = nil
        object.change("metadata") { metadata in
            for key in serverMetadata { metadata[key] = nil }
        }
        if kind.kind == "Secret", kind.group.isEmpty, let texts = object["stringData"]?.object {
            object["stringData"] = nil
            object.setDefault("data", [:])
            object.change("data") { data in
                for (key, text) in texts { data[key] = .string(Data((text.string ?? "").utf8).base64EncodedString()) }
            }
        }
        return object
    }

    /// Values of a ConfigMap or a Secret, or labels, that are not text, as decoding into the kind finds them.
    static func typeFaults(in object: JSONValue) -> [(path: FieldPath, message: String)] {
        var faults: [(path: FieldPath, message: String)] = []
        func texts(_ values: JSONValue?, _ path: FieldPath, base64: Bool = false) {
            for (key, value) in (values?.object ?? [:]).sorted(by: { $0.key < $1.key }) where !value.isNull {
                if value.string == nil {
                    faults.append((path.appending(key), "expected string, got \(value.encoded())"))
                } else if base64, Data(base64Encoded: value.string ?? "") == nil {
                    faults.append((path.appending(key), "illegal base64 data"))
                }
            }
        }
        texts(object.at("metadata", "labels"), FieldPath("metadata", "labels"))
        texts(object.at("metadata", "annotations"), FieldPath("metadata", "annotations"))
        switch (object["apiVersion"], object["kind"]) {
        case ("v1", "ConfigMap"): texts(object["data"], FieldPath("data"))
        case ("v1", "Secret"): texts(object["data"], FieldPath("data"), base64: true)
        // Newer servers fill it in before they look at keys; 1.20 does not.
        case ("v1", "Service"):
            for (index, port) in (object["spec"]?.items("ports") ?? []).enumerated() where port["protocol"] == nil {
                faults.append((
                    FieldPath("spec", "ports"),
                    "element \(index): associative list with keys has an element that omits key field \"protocol\" "
                        + "(and doesn't have default value)"
                ))
            }
        default: break
        }
        return faults
    }

    /// The object as it is stored: normal form, defaults, and what the server gives it.
    func complete(_ object: JSONValue, old: JSONValue?, kind: ServedKind, schema: MergeSchema) -> JSONValue {
        var object = schema.normalized(object)
        if kind.kind == "Service", kind.group.isEmpty { addClusterAddress(&object, old: old) }
        Defaults.apply(to: &object, kind: kind)
        if kind.kind == "Job", kind.group == "batch" { addJobSelector(&object, old: old) }
        return object
    }

    private func addClusterAddress(_ object: inout JSONValue, old: JSONValue?) {
        guard object.at("spec", "type") != "ExternalName" else { return }
        object.setDefault("spec", [:])
        object.change("spec") { spec in
            let address = spec["clusterIP"]?.string ?? ""
            if address.isEmpty {
                let number = mix(UInt64(version &+ 1) &* 3)
                spec["clusterIP"] =
                    old?.at("spec", "clusterIP")
                    ?? .string("10.96.\(number >> 8 & 0xFF).\(1 + number % 254)")
            }
            if let address = spec["clusterIP"] { spec["clusterIPs"] = [address] }
        }
        let nodePorts = ["NodePort", "LoadBalancer"].contains(object.at("spec", "type")?.string)
        guard nodePorts else { return }
        object.change("spec") { spec in
            var index = 0
            spec.changeEach("ports") { port in
                port.setDefault(
                    "nodePort", .integer(30_000 + Int(mix(UInt64(version &+ 1) &* 5 &+ UInt64(index)) % 2768)))
                index += 1
            }
        }
    }

    /// A Job selects its pods by a label with its own uid.
    private func addJobSelector(_ object: inout JSONValue, old: JSONValue?) {
        guard object.at("spec", "selector") == nil, object.at("spec", "manualSelector") != true else { return }
        if let selector = old?.at("spec", "selector"), let labels = old?.at("spec", "template", "metadata", "labels") {
            object.change("spec") { spec in
                spec["selector"] = selector
                spec.change("template") { $0.change("metadata") { $0["labels"] = labels } }
            }
            return
        }
        let name = object.at("metadata", "name") ?? ""
        let token = JSONValue.string(World.safe(mix(UInt64(version &+ 1) &* 7), count: 12))
        object.change("spec") { spec in
            spec["selector"] = ["matchLabels": ["batch.kubernetes.io/controller-uid": token]]
            spec.change("template") { template in
                template.change("metadata") { metadata in
                    metadata.setDefault("labels", [:])
                    metadata.change("labels") { labels in
                        labels["batch.kubernetes.io/controller-uid"] = token
                        labels["batch.kubernetes.io/job-name"] = name
                        labels["job-name"] = name
                    }
                }
            }
        }
    }

    func validate(_ content: JSONValue, _ old: LiveObject?, _ target: Target) throws(ClusterError) {
        let faults = Validation.faults(of: content, replacing: old?.content, kind: target.kind)
        if !faults.isEmpty { throw .invalid(target.kind, target.address.name, faults) }
    }

    /// Whether two forms of an object are the same but for what each write changes.
    static func isSame(_ left: JSONValue, _ right: JSONValue) -> Bool {
        func bare(_ object: JSONValue) -> JSONValue {
            var object = object
            object.change("metadata") { $0["resourceVersion"] = nil }
            return object
        }
        return bare(left) == bare(right)
    }

    /// Counts a change outside metadata and status.
    func countGeneration(_ content: JSONValue, old: JSONValue?, kind: ServedKind) -> JSONValue {
        guard kind.hasGeneration else { return content }
        func essence(_ object: JSONValue) -> JSONValue {
            var object = object
            object["metadata"] = nil
            object["status"] = nil
            return object
        }
        var content = content
        let before = old?.at("metadata", "generation")?.integer ?? 0
        let moved = old.map { essence($0) != essence(content) } ?? true
        content.change("metadata") { $0["generation"] = .integer(before + (moved ? 1 : 0)) }
        return content
    }

    // MARK: Quotas

    /// Why a ResourceQuota of the namespace forbids one more object, counted by kind.
    func quotaRefusal(kind: ServedKind, name: String, namespace: String) -> String? {
        let keys = ["count/\(kind.resource)", kind.plural]
        for quota in objects("ResourceQuota", in: namespace) {
            for key in keys {
                guard let limit = quota.content.at("spec", "hard", key)?.string.flatMap({ Quantity($0) }) else {
                    continue
                }
                let used = objects(kind.kind, group: kind.group, in: namespace).count
                guard let next = Quantity(String(used + 1)), next > limit else { continue }
                return
                    "\(kind.resource) \"\(name)\" is forbidden: exceeded quota: \(quota.address.name), requested: "
                    + "\(key)=1, "
                    + "used: \(key)=\(used), limited: \(key)=\(limit)"
            }
        }
        return nil
    }
}
