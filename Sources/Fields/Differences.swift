import JSON

/// One field that has one value in one form of an object and another, or none, in the other.
package struct FieldDifference: Sendable, Hashable {
    package let path: FieldPath
    /// Nil when the field is new.
    package let old: JSONValue?
    /// Nil when the field goes.
    package let new: JSONValue?

    package init(path: FieldPath, old: JSONValue?, new: JSONValue?) {
        self.path = path
        self.old = old
        self.new = new
    }
}

/// The fields of `desired` whose values `live` does not have, in order of their paths. What only `live` has is silence,
/// as is what the server would store alike. Items are matched by the keys of their list, wherever they stand.
/// apiVersion, kind, status and what the server writes are not looked at.
package func differences(desired: JSONValue, live: JSONValue, schema: MergeSchema) -> [FieldDifference] {
    var walk = DifferenceWalk()
    guard case .object(let desiredMembers) = desired, case .object(let liveMembers) = live else {
        walk.compare(schema.root, desired, live)
        return walk.found
    }
    for (name, value) in desiredMembers where name != "apiVersion" && name != "kind" && name != "status" {
        walk.step(.field(name), schema.root.member(name), value, liveMembers[name])
    }
    walk.found.removeAll { difference in
        guard difference.path.elements.first == .field("metadata") else { return false }
        return serverFields.contains { difference.path.starts(with: $0) }
    }
    return walk.found.sorted { $0.path < $1.path }
}

/// The fields that `live` has, that `owned` says are ours, and that `desired` no longer has: what an apply of `desired`
/// would remove, were nobody else to own it. An item that goes stands for all that is in it.
package func removals(
    owned: FieldSet, desired: JSONValue, live: JSONValue, ownedByOthers: FieldSet = FieldSet()
) -> [FieldDifference] {
    guard owned.hasMembers(absentFrom: desired) else { return [] }
    var walk = RemovalWalk()
    walk.visit(owned, ownedByOthers, desired, live)
    return walk.found.sorted { $0.path < $1.path }
}

extension FieldSet {
    /// Whether a member has no value in `object`.
    fileprivate func hasMembers(absentFrom object: JSONValue) -> Bool {
        let values = ElementLookup(object, for: self)
        return children.contains { element, child in
            guard let value = values[element], !value.isNull else { return !child.isEmpty }
            return !child.children.isEmpty && child.hasMembers(absentFrom: value)
        }
    }
}

private struct RemovalWalk {
    var found: [FieldDifference] = []
    private var path: [FieldPath.Element] = []

    /// `owned` and `others` are the parts of the sets at `path`; of the values there, `desired` may be absent.
    mutating func visit(_ owned: FieldSet, _ others: FieldSet?, _ desired: JSONValue?, _ live: JSONValue) {
        let wanted = desired.map { !$0.isNull } ?? false
        if owned.isMember, !wanted {
            // An item goes with all that is in it, a field only when nobody else has anything in it.
            let kept = if case .field = path.last { others != nil } else { others?.isMember ?? false }
            if !kept {
                found.append(FieldDifference(path: FieldPath(path), old: live, new: nil))
                return
            }
        }
        let lives = ElementLookup(live, for: owned)
        let desires = desired.map { ElementLookup($0, for: owned) }
        for (element, child) in owned.children {
            guard let value = lives[element] else { continue }
            let desired = wanted ? desires?[element] : nil
            if child.children.isEmpty, let desired, !desired.isNull { continue }
            path.append(element)
            visit(child, others?.children[element], desired, value)
            path.removeLast()
        }
    }
}

private struct DifferenceWalk {
    var found: [FieldDifference] = []
    private var path: [FieldPath.Element] = []

    mutating func step(_ element: FieldPath.Element, _ rule: MergeRule, _ desired: JSONValue, _ live: JSONValue?) {
        path.append(element)
        compare(rule, desired, live)
        path.removeLast()
    }

    mutating func compare(_ rule: MergeRule, _ desired: JSONValue, _ live: JSONValue?) {
        switch (desired, live) {
        case (.null, _):
            break
        case (.object(let desired), .object(let live)?) where rule.mergesObjects && !desired.isEmpty:
            for (name, value) in desired {
                // Most fields are scalars that are as they should be.
                let other = live[name]
                if let other, value.isSameScalar(as: other) { continue }
                step(.field(name), rule.member(name), value, other)
            }
        case (.object(let desired), nil) where rule.mergesObjects && !desired.isEmpty:
            for (name, value) in desired { step(.field(name), rule.member(name), value, nil) }
        case (.array(let desired), .array) where rule.isGranular(.array(desired)),
            (.array(let desired), nil) where rule.isGranular(.array(desired)):
            compareItems(rule, desired, live?.array ?? [])
        case (.object(let members), .object?) where rule.mergesObjects && members.isEmpty:
            break
        default:
            if !rule.same(desired, live) {
                found.append(FieldDifference(path: FieldPath(path), old: live, new: desired))
            }
        }
    }

    private mutating func compareItems(_ rule: MergeRule, _ desired: [JSONValue], _ live: [JSONValue]) {
        guard case .listMap(let keys, let rule) = rule else {
            for value in desired where !live.contains(value) { step(.value(value), .atomic, value, nil) }
            return
        }
        for (index, item) in desired.enumerated() {
            // Most often the item stands where it was put, as it was put.
            let neighbour = index < live.count ? live[index] : nil
            if item == neighbour { continue }
            let isThere = neighbour.map { keys.same(item, $0) } ?? false
            let other = isThere ? neighbour : live.first { keys.same(item, $0) }
            step(keys.element(of: item) ?? .index(index), rule, item, other)
        }
    }
}

extension ListKeys {
    /// Whether the two are the same item.
    func same(_ left: JSONValue, _ right: JSONValue) -> Bool {
        guard case .object(let left) = left, case .object(let right) = right else { return false }
        return names.allSatisfy { name in
            guard let key = left[name] ?? defaults[name] else { return false }
            return key == right[name] ?? defaults[name]
        }
    }
}

extension JSONValue {
    @inline(__always)
    fileprivate func isSameScalar(as other: JSONValue) -> Bool {
        switch (self, other) {
        case (.string(let left), .string(let right)): left == right
        case (.integer(let left), .integer(let right)): left == right
        case (.bool(let left), .bool(let right)): left == right
        default: false
        }
    }
}
