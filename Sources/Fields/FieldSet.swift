import JSON

/// A set of fields, as one entry of `metadata.managedFields` holds: a trie of paths, some of whose nodes are members.
///
/// Members are the fields that carry a value (scalars, and lists and objects that are replaced as a whole) and the
/// items of lists that are maps or sets. Objects on the way to them are not, unless the server says so with a `.`.
package struct FieldSet: Sendable, Hashable {
    /// Whether the node itself is in the set.
    private(set) var isMember = false
    private(set) var children: [FieldPath.Element: FieldSet] = [:]

    package init() {}

    package init(_ paths: some Sequence<FieldPath>) {
        for path in paths { insert(path) }
    }

    package var isEmpty: Bool { !isMember && children.isEmpty }

    /// How many members.
    package var count: Int {
        children.values.reduce(isMember ? 1 : 0) { $0 + $1.count }
    }

    /// The members in order, an item before the fields in it.
    package var paths: [FieldPath] {
        var paths: [FieldPath] = []
        var elements: [FieldPath.Element] = []
        collect(into: &paths, &elements)
        return paths
    }

    private func collect(into paths: inout [FieldPath], _ elements: inout [FieldPath.Element]) {
        if isMember { paths.append(FieldPath(elements)) }
        for (element, child) in children.sorted(by: { $0.key < $1.key }) {
            elements.append(element)
            child.collect(into: &paths, &elements)
            elements.removeLast()
        }
    }

    // MARK: One path

    /// Whether the path itself is a member.
    package func contains(_ path: FieldPath) -> Bool {
        node(at: path)?.isMember ?? false
    }

    /// Whether the path itself is a member and stands for all that is in it.
    package func containsWhole(_ path: FieldPath) -> Bool {
        node(at: path).map { $0.isMember && $0.children.isEmpty } ?? false
    }

    /// Whether every member is in this field of the object.
    package func isWithin(_ field: String) -> Bool {
        !isMember && children.count == 1 && children[.field(field)] != nil
    }

    /// Whether the path, something above it or something below it is a member.
    package func touches(_ path: FieldPath) -> Bool {
        var node = self
        for element in path.elements {
            if node.isMember { return true }
            guard let child = node.children[element] else { return false }
            node = child
        }
        return !node.isEmpty
    }

    /// The members below `path` and at it, relative to it.
    package func subset(at path: FieldPath) -> FieldSet {
        node(at: path) ?? FieldSet()
    }

    private func node(at path: FieldPath) -> FieldSet? {
        var node = self
        for element in path.elements {
            guard let child = node.children[element] else { return nil }
            node = child
        }
        return node
    }

    package mutating func insert(_ path: FieldPath) {
        insert(path.elements[...])
    }

    private mutating func insert(_ path: ArraySlice<FieldPath.Element>) {
        guard let first = path.first else {
            isMember = true
            return
        }
        children[first, default: FieldSet()].insert(path.dropFirst())
    }

    /// Takes away the path and everything below it.
    package mutating func remove(_ path: FieldPath) {
        remove(path.elements[...])
    }

    private mutating func remove(_ path: ArraySlice<FieldPath.Element>) {
        guard let first = path.first else {
            self = FieldSet()
            return
        }
        guard var child = children.removeValue(forKey: first) else { return }
        child.remove(path.dropFirst())
        if !child.isEmpty { children[first] = child }
    }

    /// For the walk over a manifest that finds its fields.
    mutating func set(_ child: FieldSet, at element: FieldPath.Element) {
        if !child.isEmpty { children[element] = child }
    }

    mutating func markMember() { isMember = true }

    // MARK: Two sets

    package func union(_ other: FieldSet) -> FieldSet {
        if isEmpty { return other }
        var result = self
        result.isMember = isMember || other.isMember
        result.children.merge(other.children) { $0.union($1) }
        return result
    }

    /// The members that are not members of `other`.
    package func difference(_ other: FieldSet) -> FieldSet {
        var result = self
        result.isMember = isMember && !other.isMember
        for (element, theirs) in other.children {
            guard let ours = result.children[element] else { continue }
            let rest = ours.difference(theirs)
            result.children[element] = rest.isEmpty ? nil : rest
        }
        return result
    }

    package func intersection(_ other: FieldSet) -> FieldSet {
        var result = FieldSet()
        result.isMember = isMember && other.isMember
        for (element, ours) in children {
            guard let theirs = other.children[element] else { continue }
            result.set(ours.intersection(theirs), at: element)
        }
        return result
    }

    package func isSubset(of other: FieldSet) -> Bool {
        difference(other).isEmpty
    }

    package func isDisjoint(with other: FieldSet) -> Bool {
        intersection(other).isEmpty
    }
}

// MARK: Kubernetes' form

extension FieldSet {
    /// Reads `fieldsV1` (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/): `f:`
    /// before a field's name, `k:` before the keys of an item, `v:` before the value of one, `i:` before a position,
    /// `.` for the node itself; what leads to an empty object is a member. Keys of no such form are passed over.
    package init(fieldsV1 value: JSONValue) {
        for (key, value) in value.object ?? [:] {
            if key == "." {
                isMember = true
            } else if let element = FieldPath.Element(fieldsV1: key) {
                var child = FieldSet(fieldsV1: value)
                if child.isEmpty { child.isMember = true }
                children[element] = child
            }
        }
    }

    /// The set in the form of `fieldsV1`.
    package var fieldsV1: JSONValue {
        var members: JSONObject = [:]
        for (element, child) in children { members[element.fieldsV1] = child.fieldsV1 }
        if isMember, !members.isEmpty { members["."] = .object([:]) }
        return .object(members)
    }
}

extension FieldPath.Element {
    init?(fieldsV1 key: String) {
        let rest = String(Substring(key.utf8.dropFirst(2)))
        switch (key.utf8.first, key.utf8.dropFirst().first) {
        case (UInt8(ascii: "f"), UInt8(ascii: ":")):
            self = .field(rest)
        case (UInt8(ascii: "k"), UInt8(ascii: ":")):
            guard let keys = (try? JSONValue(parsing: rest))?.object else { return nil }
            self = .key(keys)
        case (UInt8(ascii: "v"), UInt8(ascii: ":")):
            guard let value = try? JSONValue(parsing: rest) else { return nil }
            self = .value(value)
        case (UInt8(ascii: "i"), UInt8(ascii: ":")):
            guard let index = Int(rest) else { return nil }
            self = .index(index)
        default:
            return nil
        }
    }

    var fieldsV1: String {
        switch self {
        case .field(let name): "f:" + name
        case .key(let keys): "k:" + JSONValue.object(keys).encoded()
        case .value(let value): "v:" + value.encoded()
        case .index(let index): "i:\(index)"
        }
    }
}
