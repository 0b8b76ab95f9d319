import Digest
import Fields
import FoundationEssentials
import JSON

/// An object as the cluster has it.
package struct LiveObject: Sendable, Hashable {
    package let apiVersion: String
    package let address: ResourceAddress
    /// The whole object but for `metadata.managedFields`.
    package let content: JSONValue
    /// `metadata.managedFields`, read.
    package let managers: [ManagedFields]
    /// Everything of ours in it was found to be as wanted, and only what says which object it is was kept.
    package let isOutline: Bool

    /// Reads an object as the API server sends it (https://kubernetes.io/docs/reference/using-api/api-concepts/), with its managers
    /// or without.
    package init(_ object: JSONValue, withManagers: Bool = true) {
        var content = object
        var metadata = object["metadata"]
        let managers = withManagers ? (metadata?["managedFields"]?.array ?? []).map { ManagedFields($0) } : []
        metadata?["managedFields"] = nil
        if let metadata { content["metadata"] = metadata }
        self.init(content: content, managers: managers)
    }

    package init(content: JSONValue, managers: [ManagedFields]) {
        self.init(content: content, managers: managers, isOutline: false)
    }

    private init(content: JSONValue, managers: [ManagedFields], isOutline: Bool) {
        self.isOutline = isOutline
        apiVersion = content["apiVersion"]?.string ?? ""
        address = ResourceAddress(
            apiVersion: apiVersion, kind: content["kind"]?.string ?? "",
            namespace: content["metadata"]?["namespace"]?.string, name: content["metadata"]?["name"]?.string ?? "")
        self.content = content
        self.managers = managers
    }

    package var type: ResourceType { ResourceType(apiVersion: apiVersion, kind: address.kind) }
    package var metadata: JSONValue { content["metadata"] ?? .object([:]) }
    package var uid: String { metadata["uid"]?.string ?? "" }
    package var resourceVersion: String { metadata["resourceVersion"]?.string ?? "" }
    package var generation: Int? { metadata["generation"]?.integer }
    package var isTerminating: Bool { metadata["deletionTimestamp"] != nil }

    /// The object with nothing but its names, labels, uid and version.
    package var outline: LiveObject {
        var metadata: JSONObject = [:]
        for name in ["name", "namespace", "uid", "resourceVersion", "generation", "labels"] { metadata[name] = self.metadata[name] }
        return LiveObject(
            content: ["apiVersion": .string(apiVersion), "kind": .string(address.kind), "metadata": .object(metadata)], managers: [],
            isOutline: true)
    }

    package func label(_ name: String) -> String? { metadata["labels"]?[name]?.string }

    /// The fields that Kreform's own applies set and that nobody took since.
    package var owned: FieldSet { managers.filter(\.isOurs).reduce(FieldSet()) { $0.union($1.fields) } }

    /// Whether it is plain to see that `owned` are these fields, without reading them. False says nothing.
    package func visiblyOwns(_ fields: JSONText) -> Bool {
        let ours = managers.filter(\.isOurs)
        return ours.count == 1 && ours[0].isWritten(fields)
    }

    /// Whether the value of a Secret's or ConfigMap's `data` is the one that Kreform put there.
    package func owns(data key: String) -> Bool { owned.contains(FieldPath("data", key)) }

    /// Who, other than Kreform, set the field, last one first when there are several.
    package func otherManagers(of path: FieldPath) -> [ManagedFields] {
        managers.filter { $0.manager != FieldManager.kreform && $0.fields.contains(path) }
            .sorted { ($0.time ?? "", $0.manager) > ($1.time ?? "", $1.manager) }
    }

    /// Whether somebody else owns the field with all that is in it: then it stays as it is when an apply leaves it out.
    package func isOthers(_ path: FieldPath) -> Bool {
        managers.contains { $0.manager != FieldManager.kreform && $0.fields.containsWhole(path) }
    }

    /// The same object without these fields.
    func leaving(_ paths: [FieldPath]) -> LiveObject {
        paths.isEmpty ? self : LiveObject(content: removing(paths, from: content), managers: managers, isOutline: isOutline)
    }

    /// What is known of a field that moved, in a sentence: `spec.replicas was set by kubectl-edit at 2026-05-30T18:04:05Z.`
    package func account(of path: FieldPath) -> String {
        guard let manager = otherManagers(of: path).first else { return "\(path) changed." }
        return "\(path) was set by \(manager.manager)\(manager.time.map { " at \($0)" } ?? "")."
    }

    /// The same object with each value of a Secret's `data` replaced by its keyed digest, as `Manifest` seals it; other
    /// kinds are returned as they are. Live objects are sealed before they reach the planner.
    package func sealed(with key: DigestKey) -> LiveObject {
        guard address.group.isEmpty, address.kind == "Secret", let data = content["data"]?.object else { return self }
        var sealed = content
        sealed["data"] = .object(data.mapValues { value in
            let text = value.string ?? ""
            let bytes = Data(base64Encoded: text).map(Array.init) ?? Array(text.utf8)
            return .string(key.digest(of: bytes))
        })
        return LiveObject(content: sealed, managers: managers)
    }
}

/// The field manager under which Kreform applies.
package enum FieldManager {
    package static let kreform = "kreform"
}

/// An entry of `metadata.managedFields`: who set which fields (https://kubernetes.io/docs/reference/using-api/server-side-apply/).
package struct ManagedFields: Sendable, Hashable {
    package enum Operation: String, Sendable, Hashable { case apply = "Apply", update = "Update" }

    package let manager: String
    package let operation: Operation
    /// Empty for the object itself; else `status`, `scale`, ….
    package let subresource: String
    /// RFC 3339; nil when the server did not say.
    package let time: String?
    private let content: Content

    /// Most entries are those of controllers, and nobody looks into them: they are read when somebody does.
    private enum Content: Sendable {
        case fields(FieldSet), fieldsV1(JSONValue), text(String)
    }

    /// From an object on, where their fields are: what may be kept as text by whoever reads JSON for `LiveObject`.
    package static let path = ["metadata", "managedFields", "fieldsV1"]

    package init(manager: String, operation: Operation, subresource: String = "", time: String?, fields: FieldSet) {
        self.manager = manager
        self.operation = operation
        self.subresource = subresource
        self.time = time
        content = .fields(fields)
    }

    package init(_ entry: JSONValue) {
        manager = entry["manager"]?.string ?? ""
        operation = entry["operation"]?.string == "Apply" ? .apply : .update
        subresource = entry["subresource"]?.string ?? ""
        time = entry["time"]?.string
        content = switch entry["fieldsV1"] {
        case .string(let text): .text(text)
        case let fields: .fieldsV1(fields ?? .object([:]))
        }
    }

    /// An apply of Kreform's own to the object itself.
    var isOurs: Bool { manager == FieldManager.kreform && operation == .apply && subresource.isEmpty }

    /// Whether the entry tells of the status alone. Servers up to 1.21 do not name its subresource.
    package var isOfStatus: Bool { subresource == "status" || fields.isWithin("status") }

    /// Read anew each time when the server sent them.
    package var fields: FieldSet {
        switch content {
        case .fields(let fields): fields
        case .fieldsV1(let value): FieldSet(fieldsV1: value)
        case .text(let text): FieldSet(fieldsV1: (try? JSONValue(parsing: text)) ?? .object([:]))
        }
    }

    /// Whether this is how the server wrote the fields; false, too, when that is not known any more.
    fileprivate func isWritten(_ other: JSONText) -> Bool {
        guard case .text(var text) = content else { return false }
        return text.withUTF8 { $0.elementsEqual(other.bytes) }
    }

    package static func == (left: Self, right: Self) -> Bool {
        (left.manager, left.operation, left.subresource, left.time) == (right.manager, right.operation, right.subresource, right.time)
            && left.fields == right.fields
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(manager)
        hasher.combine(operation)
        hasher.combine(subresource)
        hasher.combine(time)
    }
}

/// The cluster as it was read for a plan: sealed objects, and what the server said it would make of those that would change.
package struct LiveState: Sendable, Hashable {
    package var objects: [ResourceAddress: LiveObject]
    /// Answers to dry runs, sealed. An object without one was not asked about.
    package var predictions: [ResourceAddress: Prediction]
    /// Which of the packages that are wanted lie where they are wanted.
    package var storedPackages: Set<PackagePlace>
    /// Of which of the others it is not known: their store did not say.
    package var unknownPackages: Set<PackagePlace>

    package init(
        objects: [ResourceAddress: LiveObject] = [:], predictions: [ResourceAddress: Prediction] = [:],
        storedPackages: Set<PackagePlace> = [], unknownPackages: Set<PackagePlace> = []
    ) {
        self.objects = objects
        self.predictions = predictions
        self.storedPackages = storedPackages
        self.unknownPackages = unknownPackages
    }
}

/// The server's answer to a dry run of an apply.
package enum Prediction: Sendable, Hashable {
    /// The apply would leave this object; `created` when there is none of that name now.
    case accepted(LiveObject, created: Bool)
    case refused(ClusterError)
}
