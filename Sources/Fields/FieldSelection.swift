import JSON

/// What `object` has in the fields of `set`, and nothing else: with the set of one manager, what that one gave it. Items of lists
/// keep their order and their keys. Fields of the set that `object` does not have are passed over.
package func selection(of object: JSONValue, in set: FieldSet) -> JSONValue {
    set.isEmpty ? .object([:]) : object.selected(set) ?? .object([:])
}

extension JSONValue {
    fileprivate func selected(_ set: FieldSet) -> JSONValue? {
        // A leaf is owned with all that is in it.
        guard !set.children.isEmpty else { return self }
        switch self {
        case .object(let members):
            var result: JSONObject = [:]
            for case (.field(let name), let child) in set.children {
                if let value = members[name]?.selected(child) { result[name] = value }
            }
            return result.isEmpty && !set.isMember ? nil : .object(result)
        case .array(let items):
            var chosen: [(position: Int, value: JSONValue)] = []
            for (element, child) in set.children {
                guard let position = position(of: element), var value = items[position].selected(child) else { continue }
                if case .key(let keys) = element, case .object(var members) = value {
                    members.merge(keys) { given, _ in given }
                    value = .object(members)
                }
                chosen.append((position, value))
            }
            return .array(chosen.sorted { $0.position < $1.position }.map(\.value))
        default:
            return self
        }
    }
}
