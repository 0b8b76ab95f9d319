import JSON

/// A server-side apply of one manager (https://kubernetes.io/docs/reference/using-api/server-side-apply/): the fields
/// of
/// `applied` take their values, and those that this manager owned before, no longer applies and shares with nobody are
/// removed. Everything else of `live` stays.
///
/// Conflicts are not judged here: see `changedFields`. Values that the server would store alike keep the form they have
/// in
/// `live`. Items keep the order of `applied`, with those of others where they stood.
/// - Parameters:
///   - live: the object as it is; nil when there is none.
///   - previousOwned: what this manager owned so far.
///   - ownedByOthers: what all other managers own together.
/// - Returns: the object, and what this manager owns of it.
package func merge(
    live: JSONValue?, applied: JSONValue, schema: MergeSchema, previousOwned: FieldSet = FieldSet(),
    ownedByOthers: FieldSet = FieldSet()
) -> (object: JSONValue, owned: FieldSet) {
    let owned = ownedFields(of: applied, schema: schema)
    guard let live else { return (applied.withoutNulls, owned) }
    var object = schema.root.merged(live, applied.withoutNulls)
    let kept = owned.union(ownedByOthers)
    for path in abandonedFields(of: previousOwned, owned: owned, ownedByOthers: ownedByOthers) {
        object.remove(path.elements[...], keeping: kept)
    }
    return (object, owned)
}

/// The fields of `previous` that nobody owns any more, each item before what was in it. An object that somebody still
/// owns fields in is none; an item of a list goes with all that is in it when nobody owns the item itself.
func abandonedFields(of previous: FieldSet, owned: FieldSet, ownedByOthers: FieldSet) -> [FieldPath] {
    previous.difference(owned).difference(ownedByOthers).paths.filter { path in
        guard case .field = path.elements.last else { return true }
        return owned.subset(at: path).isEmpty && ownedByOthers.subset(at: path).isEmpty
    }
}

/// Those members of `fields` whose values differ between two forms of an object; an item of a list differs when only
/// one has it. An apply conflicts with another manager in the fields it changes that the other owns.
package func changedFields(of fields: FieldSet, from old: JSONValue, to new: JSONValue, schema: MergeSchema) -> FieldSet
{
    FieldSet(
        fields.paths.filter { path in
            let before = value(at: path, in: old)
            let after = value(at: path, in: new)
            let rule = schema.rule(at: path)
            if let before, let after, rule.isGranular(before), rule.isGranular(after) { return false }
            return !rule.same(before, after)
        })
}

extension MergeRule {
    /// Whether fields of `value` are owned one by one.
    func isGranular(_ value: JSONValue) -> Bool {
        switch (self, value) {
        case (_, .object(let members)): mergesObjects && !members.isEmpty
        case (.listMap, .array), (.set, .array): true
        default: false
        }
    }

    /// `applied` laid over `live`.
    func merged(_ live: JSONValue?, _ applied: JSONValue) -> JSONValue {
        guard let live else { return applied }
        switch (live, applied) {
        case (.object(var members), .object(let applied)) where mergesObjects:
            for (name, value) in applied { members[name] = member(name).merged(members[name], value) }
            return .object(members)
        case (.array(let items), .array(let applied)):
            switch self {
            case .listMap(let keys, let rule):
                return .array(Self.interleave(items, applied, name: { keys.element(of: $0) }, merge: rule.merged))
            case .set:
                return .array(Self.interleave(items, applied, name: { $0 }, merge: { $1 }))
            default:
                return same(live, .array(applied)) ? live : .array(applied)
            }
        default:
            return same(live, applied) ? live : applied
        }
    }

    /// The items of both: in the order of `applied`, each item that only `live` has before the item it preceded.
    private static func interleave<Name: Hashable>(
        _ live: [JSONValue], _ applied: [JSONValue], name: (JSONValue) -> Name?,
        merge: (JSONValue?, JSONValue) -> JSONValue
    ) -> [JSONValue] {
        var positions: [Name: Int] = [:]
        for (index, item) in live.enumerated() { if let name = name(item) { positions[name] = index } }
        var result: [JSONValue] = []
        let shared = Set(applied.compactMap { name($0).flatMap { positions[$0] } })
        var next = 0
        func takeLive(upTo end: Int) {
            while next < end {
                if !shared.contains(next) { result.append(live[next]) }
                next += 1
            }
        }
        for item in applied {
            if let position = name(item).flatMap({ positions[$0] }) {
                takeLive(upTo: position)
                result.append(merge(live[position], item))
            } else {
                result.append(item)
            }
        }
        takeLive(upTo: live.count)
        return result
    }
}

extension JSONValue {
    /// Without the members that are null, at any depth: to Kubernetes they are not there.
    package var withoutNulls: JSONValue {
        switch self {
        case .object(let members): .object(members.filter { !$0.value.isNull }.mapValues(\.withoutNulls))
        case .array(let items): .array(items.map(\.withoutNulls))
        default: self
        }
    }
}
