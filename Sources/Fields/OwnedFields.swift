import JSON

/// The fields that an apply of this manifest owns afterwards: what carries a value, and the items of lists that are
/// maps or sets. Not among them, as on the server: apiVersion, kind, what identifies the object, what the server writes
/// itself, and the status. A `null` is no value.
package func ownedFields(of manifest: JSONValue, schema: MergeSchema) -> FieldSet {
    var set = schema.root.fields(of: manifest)
    for path in serverFields { set.remove(path) }
    return set
}

/// The fields that plans tell of a manifest: those that an apply of it owns, each followed by the members of a map that is
/// replaced as a whole. `live` may have members of such maps that the manifest does not have.
package func toldFields(of manifest: JSONValue, live: JSONValue = .null, schema: MergeSchema) -> [FieldPath] {
    ownedFields(of: manifest, schema: schema).paths.flatMap { path -> [FieldPath] in
        // An item of a list has fields of its own.
        guard case .field = path.elements.last else { return [path] }
        let maps = [value(at: path, in: manifest), value(at: path, in: live)].compactMap { $0?.object }
        return [path] + Set(maps.flatMap(\.keys)).sorted().map { path.appending($0) }
    }
}

/// The fields that `value` has, be it a whole object or a part such as `{"status": …}`, without leaving any out.
package func allFields(of value: JSONValue, schema: MergeSchema) -> FieldSet {
    schema.root.fields(of: value)
}

/// Fields that no manager owns.
let serverFields = [
    FieldPath("apiVersion"), FieldPath("kind"), FieldPath("status"),
    FieldPath("metadata", "name"), FieldPath("metadata", "namespace"), FieldPath("metadata", "uid"),
    FieldPath("metadata", "resourceVersion"), FieldPath("metadata", "generation"),
    FieldPath("metadata", "creationTimestamp"), FieldPath("metadata", "deletionTimestamp"),
    FieldPath("metadata", "deletionGracePeriodSeconds"), FieldPath("metadata", "managedFields"),
    FieldPath("metadata", "selfLink"),
]

extension MergeRule {
    /// The members that `value` under this rule has.
    func fields(of value: JSONValue) -> FieldSet {
        var set = FieldSet()
        switch value {
        case .null:
            break
        case .object(let members) where mergesObjects && !members.isEmpty:
            for (name, value) in members { set.set(member(name).fields(of: value), at: .field(name)) }
        case .array(let items):
            switch self {
            case .listMap(let keys, let rule):
                for (index, item) in items.enumerated() {
                    var fields = rule.fields(of: item)
                    fields.markMember()
                    set.set(fields, at: keys.element(of: item) ?? .index(index))
                }
            case .set:
                for item in items { set.insert(FieldPath([.value(item)])) }
            default:
                set.markMember()
            }
        default:
            set.markMember()
        }
        return set
    }
}

/// What the API server refuses before it merges: items of a list that is a map without one of its keys, or with the
/// keys of another item; a value twice in a set. In order of the paths, with Kubernetes' words.
package func listFaults(in manifest: JSONValue, schema: MergeSchema) -> [(path: FieldPath, message: String)] {
    var faults: [(path: FieldPath, message: String)] = []
    schema.root.collectFaults(in: manifest, at: FieldPath(), into: &faults)
    return faults
}

extension MergeRule {
    fileprivate func collectFaults(
        in value: JSONValue, at path: FieldPath, into faults: inout [(path: FieldPath, message: String)]
    ) {
        switch (self, value) {
        case (.deduced, _):
            break
        case (_, .object(let members)) where mergesObjects:
            for (name, value) in members.sorted(by: { $0.key < $1.key }) {
                member(name).collectFaults(in: value, at: path.appending(name), into: &faults)
            }
        case (.listMap(let keys, let rule), .array(let items)):
            var seen: Set<FieldPath.Element> = []
            for (index, item) in items.enumerated() {
                guard let element = keys.element(of: item) else {
                    let missing = keys.names.first { item[$0] == nil && keys.defaults[$0] == nil } ?? ""
                    faults.append(
                        (
                            path,
                            "element \(index): associative list with keys has an element that omits key field "
                                + "\(JSONValue.string(missing).encoded()) (and doesn't have default value)"
                        ))
                    continue
                }
                if !seen.insert(element).inserted {
                    faults.append((path, "duplicate entries for key \(element)"))
                }
                rule.collectFaults(in: item, at: path.appending(element), into: &faults)
            }
        case (.set, .array(let items)):
            var seen: Set<JSONValue> = []
            for item in items where !seen.insert(item).inserted {
                faults.append((path, "duplicate entries for key \(FieldPath.Element.value(item))"))
            }
        default:
            break
        }
    }
}
