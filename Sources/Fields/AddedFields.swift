import JSON

/// The fields that the creation of an object sets: its differences to nothing at all, in order of their paths.
package func addedFields(of desired: JSONValue, schema: MergeSchema) -> [FieldDifference] {
    var walk = AdditionWalk()
    for (name, value) in (desired.object ?? [:]).sorted(by: { $0.key < $1.key }) where !unownedMembers.contains(name) {
        let skipped = name == "metadata" ? unownedMetadata : []
        walk.step(.field(name), schema.root.member(name), value, skipping: skipped)
    }
    return walk.found
}

/// Members of an object that no manager owns.
let unownedMembers: Set<String> = Set(serverFields.filter { $0.elements.count == 1 }.compactMap(\.lastField))

/// Members of `metadata` that no manager owns.
let unownedMetadata: Set<String> = Set(serverFields.filter { $0.elements.count == 2 }.compactMap(\.lastField))

extension FieldPath {
    fileprivate var lastField: String? {
        guard case .field(let name) = elements.last else { return nil }
        return name
    }
}

/// Meets the fields in the order of their paths, so that nothing has to be sorted but the members of each object.
private struct AdditionWalk {
    var found: [FieldDifference] = []
    private var path: [FieldPath.Element] = []

    mutating func step(
        _ element: FieldPath.Element, _ rule: MergeRule, _ value: JSONValue, skipping skipped: Set<String> = []
    ) {
        path.append(element)
        visit(rule, value, skipping: skipped)
        path.removeLast()
    }

    private mutating func visit(_ rule: MergeRule, _ value: JSONValue, skipping skipped: Set<String>) {
        switch value {
        case .null:
            break
        case .object(let members) where rule.mergesObjects && !members.isEmpty:
            for (name, value) in members.sorted(by: { $0.key < $1.key }) where !skipped.contains(name) {
                step(.field(name), rule.member(name), value)
            }
        case .array(let items) where rule.isGranular(value):
            for (element, rule, item) in Self.named(items, rule) { step(element, rule, item) }
        default:
            if !rule.same(value, nil) { found.append(FieldDifference(path: FieldPath(path), old: nil, new: value)) }
        }
    }

    private static func named(_ items: [JSONValue], _ rule: MergeRule) -> [(FieldPath.Element, MergeRule, JSONValue)] {
        guard case .listMap(let keys, let rule) = rule else {
            return items.map { (.value($0), .atomic, $0) }.sorted { $0.0 < $1.0 }
        }
        return items.enumerated().map { (keys.element(of: $1) ?? .index($0), rule, $1) }.sorted { $0.0 < $1.0 }
    }
}
