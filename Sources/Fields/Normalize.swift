import JSON

extension MergeSchema {
    /// The object as the API server stores it: quantities in their canonical form, members without a value and empty
    /// ones that it does not keep left out.
    package func normalized(_ object: JSONValue) -> JSONValue {
        root.normalized(object.withoutNulls) ?? .object([:])
    }
}

extension MergeRule {
    /// Nil when the value is not kept.
    fileprivate func normalized(_ value: JSONValue) -> JSONValue? {
        switch (self, value) {
        case (.deduced, _), (.atomic, _), (.atomicWithDefaults, _), (.set, _):
            return value
        case (.emptyIsAbsent, _):
            return Self.isEmpty(value) ? nil : value
        case (.quantity, _):
            return Self.quantity(value).map { .string($0.description) } ?? value
        case (.listMap(_, let rule), .array(let items)):
            return .array(items.map { rule.normalized($0) ?? $0 })
        case (_, .object(var members)) where mergesObjects:
            for (name, value) in members { members[name] = member(name).normalized(value) }
            return .object(members)
        default:
            return value
        }
    }
}
