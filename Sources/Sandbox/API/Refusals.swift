import Fields
import JSON
import Model

/// The API server's answers to requests that it does not carry out, in its own words.
extension ClusterError {
    static func noSuchResource() -> ClusterError {
        ClusterError(.notServed, "the server could not find the requested resource")
    }

    static func noMatches(_ type: ResourceType) -> ClusterError {
        ClusterError(.notServed, "no matches for kind \"\(type.kind)\" in version \"\(type.apiVersion)\"")
    }

    static func notFound(_ kind: ServedKind, _ name: String) -> ClusterError {
        ClusterError(.notFound, "\(kind.resource) \"\(name)\" not found")
    }

    static func noNamespace(_ name: String) -> ClusterError {
        ClusterError(.notFound, "namespaces \"\(name)\" not found")
    }

    static func terminating(_ kind: ServedKind, _ name: String, namespace: String) -> ClusterError {
        ClusterError(
            .namespaceTerminating,
            "\(kind.resource) \"\(name)\" is forbidden: unable to create new content in namespace \(namespace) "
                + "because it is "
                + "being terminated")
    }

    static func otherUID(_ kind: ServedKind, _ name: String, expected: String, actual: String) -> ClusterError {
        ClusterError(
            .stale,
            "Operation cannot be fulfilled on \(kind.resource) \"\(name)\": Precondition failed: UID in precondition: "
                + "\(expected), UID in object meta: \(actual)")
    }

    static func uidOfNothing(_ kind: ServedKind, _ name: String, expected: String) -> ClusterError {
        ClusterError(
            .stale,
            "Operation cannot be fulfilled on \(kind.resource) \"\(name)\": uid mismatch: the provided object "
                + "specified uid "
                + "\(expected), and no existing object was found")
    }

    static func modified(_ kind: ServedKind, _ name: String) -> ClusterError {
        ClusterError(
            .stale,
            "Operation cannot be fulfilled on \(kind.resource) \"\(name)\": the object has been modified; please "
                + "apply your "
                + "changes to the latest version and try again")
    }

    static func beingEmptied(_ name: String) -> ClusterError {
        ClusterError(
            .stale,
            "Operation cannot be fulfilled on namespaces \"\(name)\": The system is ensuring all content is removed "
                + "from this "
                + "namespace.  Upon completion, this namespace will automatically be purged by the system.")
    }

    static func tooOld(_ version: Int, _ oldest: Int) -> ClusterError {
        ClusterError(.gone, "too old resource version: \(version) (\(oldest))")
    }

    /// 409 to a server-side apply without force.
    static func conflicts(_ conflicts: [(manager: ManagedFields, path: FieldPath)], apiVersion: String) -> ClusterError
    {
        let lines = conflicts.map { conflict in
            (manager: conflict.manager, field: "." + conflict.path.description)
        }
        let message: String
        if let only = lines.first, lines.count == 1 {
            message =
                "Apply failed with 1 conflict: conflict with \"\(only.manager.manager)\" using \(apiVersion): "
                + "\(only.field)"
        } else {
            var text = "Apply failed with \(lines.count) conflicts:"
            var last: String?
            for line in lines {
                if last != line.manager.manager {
                    text += " conflicts with \"\(line.manager.manager)\" using \(apiVersion):"
                    last = line.manager.manager
                }
                text += "\n- \(line.field)"
            }
            message = text
        }
        return ClusterError(
            .fieldConflict(
                conflicts.map { FieldConflict(manager: $0.manager.manager, field: $0.path.description) }), message)
    }

    /// 400: what was sent has not the shape of its kind.
    static func untyped(_ object: JSONValue, _ faults: [(path: FieldPath, message: String)]) -> ClusterError {
        let metadata = object["metadata"]
        let name = metadata?["name"]?.string ?? ""
        let place = metadata?["namespace"]?.string.map { "\($0)/\(name)" } ?? "/\(name)"
        let type = ResourceType(apiVersion: object["apiVersion"]?.string ?? "", kind: object["kind"]?.string ?? "")
        let group = type.group.isEmpty ? "/\(type.apiVersion)" : type.apiVersion
        let list = faults.map { ".\($0.path): \($0.message)" }.joined(separator: "\n")
        return ClusterError(
            .invalid(fields: faults.map(\.path.description)),
            "failed to create typed patch object (\(place); \(group), Kind=\(type.kind)): "
                + (faults.count == 1 ? list : "errors:\n" + list))
    }

    /// 422: the object breaks rules of its kind.
    static func invalid(_ kind: ServedKind, _ name: String, _ faults: [ObjectFault]) -> ClusterError {
        let text = faults.map(\.description)
        let immutable = faults.first(where: \.isImmutable)
        return ClusterError(
            immutable.map { .immutable(field: $0.field) } ?? .invalid(fields: faults.map(\.field)),
            "\(kind.qualifiedKind) \"\(name)\" is invalid: "
                + (text.count == 1 ? text[0] : "[" + text.joined(separator: ", ") + "]"))
    }
}

/// One rule that an object breaks, as the API server lists it.
struct ObjectFault: Sendable, Hashable, CustomStringConvertible {
    /// `spec.template.spec.containers[0].image`.
    let field: String
    let detail: String
    /// The field was to change and may not.
    var isImmutable = false

    var description: String { "\(field): \(detail)" }

    static func required(_ field: String, _ why: String = "") -> ObjectFault {
        ObjectFault(field: field, detail: "Required value" + (why.isEmpty ? "" : ": " + why))
    }

    static func invalid(_ field: String, _ value: JSONValue?, _ why: String) -> ObjectFault {
        ObjectFault(field: field, detail: "Invalid value: \((value ?? .null).encoded()): \(why)")
    }

    static func unsupported(_ field: String, _ value: JSONValue?, _ known: [String]) -> ObjectFault {
        let list = known.map { "\"\($0)\"" }.joined(separator: ", ")
        return ObjectFault(
            field: field, detail: "Unsupported value: \((value ?? .null).encoded()): supported values: \(list)")
    }

    static func duplicate(_ field: String, _ value: JSONValue) -> ObjectFault {
        ObjectFault(field: field, detail: "Duplicate value: \(value.encoded())")
    }

    static func notFound(_ field: String, _ value: JSONValue?) -> ObjectFault {
        ObjectFault(field: field, detail: "Not found: \((value ?? .null).encoded())")
    }

    static func immutable(_ field: String, _ value: JSONValue?, _ why: String = "field is immutable") -> ObjectFault {
        var fault = invalid(field, value, why)
        fault.isImmutable = true
        return fault
    }

    static func forbidden(_ field: String, _ why: String, immutable: Bool = true) -> ObjectFault {
        ObjectFault(field: field, detail: "Forbidden: " + why, isImmutable: immutable)
    }
}
