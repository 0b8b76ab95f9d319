import JSON

/// What stands at many elements of one value: what `value[element]` gives, without going through a long list for each.
struct ElementLookup {
    private let value: JSONValue
    /// Of a list whose items are told apart by one key: its name, and by its value the position of the first item.
    private var key: String?
    private var positions: [JSONValue: Int] = [:]

    /// For looking up the elements of `fields`.
    init(_ value: JSONValue, for fields: FieldSet) {
        self.value = value
        guard case .array(let items) = value, items.count > 8, case .key(let keys)? = fields.children.first?.key,
            keys.count == 1, let name = keys.first?.key, JSONValue.keyDefaults[name] == nil
        else { return }
        key = name
        positions.reserveCapacity(items.count)
        for (position, item) in items.enumerated().reversed() {
            if let value = item[name] { positions[value] = position }
        }
    }

    subscript(_ element: FieldPath.Element) -> JSONValue? {
        guard let key, case .key(let keys) = element, keys.count == 1, let wanted = keys.first, wanted.key == key else {
            return value[element]
        }
        return positions[wanted.value].flatMap { value[$0] }
    }
}
