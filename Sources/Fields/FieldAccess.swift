import JSON

/// The value at a path; nil when there is none. An item is found by its keys, a missing `protocol` counting as `TCP`.
package func value(at path: FieldPath, in object: JSONValue) -> JSONValue? {
    var value = object
    for element in path.elements {
        guard let next = value[element] else { return nil }
        value = next
    }
    return value
}

/// `object` without the fields at `paths`, and without the objects and lists that are empty for that.
package func removing(_ paths: some Sequence<FieldPath>, from object: JSONValue) -> JSONValue {
    var object = object
    for path in paths { object.remove(path.elements[...], keeping: FieldSet()) }
    return object
}

/// `object` with `value` at `path`, and with the objects and items on the way there that it did not have.
package func setting(_ value: JSONValue, at path: FieldPath, in object: JSONValue) -> JSONValue {
    var object = object
    object.set(value, at: path.elements[...])
    return object
}

extension JSONValue {
    fileprivate mutating func set(_ value: JSONValue, at path: ArraySlice<FieldPath.Element>) {
        guard let first = path.first else {
            self = value
            return
        }
        if case .field(let name) = first {
            var members = object ?? [:]
            var child = members[name] ?? .null
            child.set(value, at: path.dropFirst())
            members[name] = child
            self = .object(members)
            return
        }
        var items = array ?? []
        if let position = position(of: first) {
            items[position].set(value, at: path.dropFirst())
        } else {
            var item = JSONValue.null
            if case .key(let keys) = first { item = .object(keys) }
            item.set(value, at: path.dropFirst())
            items.append(item)
        }
        self = .array(items)
    }
}

extension JSONValue {
    /// Kubernetes has one default among the keys of its lists: the protocol of a port.
    static let keyDefaults: JSONObject = ["protocol": "TCP"]

    subscript(_ element: FieldPath.Element) -> JSONValue? {
        switch element {
        case .field(let name): self[name]
        default: position(of: element).flatMap { self[$0] }
        }
    }

    /// Where the item that `element` names stands in this list.
    func position(of element: FieldPath.Element) -> Int? {
        guard case .array(let items) = self else { return nil }
        switch element {
        case .field: return nil
        case .index(let index): return items.indices.contains(index) ? index : nil
        case .value(let value): return items.firstIndex(of: value)
        case .key(let keys):
            return items.firstIndex { item in
                keys.allSatisfy { (item[$0.key] ?? Self.keyDefaults[$0.key]) == $0.value }
            }
        }
    }

    /// Takes away what stands at `path`, and the objects and lists around it that are empty for that and that `kept`
    /// does not have as members. Says whether there was anything.
    @discardableResult
    mutating func remove(_ path: ArraySlice<FieldPath.Element>, keeping kept: FieldSet) -> Bool {
        guard let first = path.first, var child = self[first] else { return false }
        let rest = path.dropFirst()
        // Let go of the child's storage, so that it changes in place.
        let position = position(of: first)
        replace(first, position, with: .null)
        guard !rest.isEmpty else {
            replace(first, position, with: nil)
            return true
        }
        let below = kept.subset(at: FieldPath([first]))
        let removed = child.remove(rest, keeping: below)
        let emptied = removed && (child == .object([:]) || child == .array([])) && !below.contains(FieldPath())
        replace(first, position, with: emptied ? nil : child)
        return removed
    }

    private mutating func replace(_ element: FieldPath.Element, _ position: Int?, with value: JSONValue?) {
        if case .field(let name) = element {
            self[name] = value
        } else if let position, case .array(var items) = self {
            self = .null
            if let value { items[position] = value } else { items.remove(at: position) }
            self = .array(items)
        }
    }
}
