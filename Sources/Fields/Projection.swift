import JSON

/// Those fields of `object` that `shape` has too, with the values they have in `object`: what is left of an object when
/// only some of its fields matter. Items are matched by the keys of their list. apiVersion, kind, status and what the
/// server writes are left out.
package func projection(of object: JSONValue, onto shape: JSONValue, schema: MergeSchema) -> JSONValue {
    guard case .object(var members) = shape else { return .object([:]) }
    for name in unownedMembers { members[name] = nil }
    if case .object(var metadata) = members["metadata"] {
        for name in unownedMetadata { metadata[name] = nil }
        members["metadata"] = metadata.isEmpty ? nil : .object(metadata)
    }
    return schema.root.projected(object, onto: .object(members)) ?? .object([:])
}

extension MergeRule {
    /// Nil when `object` has nothing there, or `shape` no value.
    fileprivate func projected(_ object: JSONValue?, onto shape: JSONValue) -> JSONValue? {
        guard let object, !shape.isNull else { return nil }
        switch (shape, object) {
        case (.object(let shape), .object(let members)) where mergesObjects && !shape.isEmpty:
            var result: JSONObject = [:]
            result.reserveCapacity(shape.count)
            for (name, shape) in shape {
                if let value = member(name).projected(members[name], onto: shape) { result[name] = value }
            }
            return .object(result)
        case (.array(let shapes), .array(let items)) where isGranular(shape):
            guard case .listMap(let keys, let rule) = self else {
                return .array(items.filter { shapes.contains($0) })
            }
            return .array(
                shapes.enumerated().compactMap { index, shape in
                    // Most items stand where they were put, as they were put.
                    if index < items.count, items[index] == shape { return shape }
                    return rule.projected(keys.item(like: shape, in: items, first: index), onto: shape)
                })
        default:
            return object
        }
    }
}

extension ListKeys {
    /// The item that has the keys of `item`; most often it stands at the same position.
    fileprivate func item(like item: JSONValue, in items: [JSONValue], first position: Int) -> JSONValue? {
        if position < items.count, same(item, items[position]) { return items[position] }
        return items.first { same(item, $0) }
    }
}
