import JSON

extension JSONValue {
    /// The value under nested keys.
    func at(_ keys: String...) -> JSONValue? {
        var value = self
        for key in keys {
            guard let next = value[key] else { return nil }
            value = next
        }
        return value
    }

    /// Sets a member that is absent.
    mutating func setDefault(_ key: String, _ value: JSONValue) {
        if self[key] == nil { self[key] = value }
    }

    /// Changes a member in place; nothing when it is absent.
    mutating func change(_ key: String, _ body: (inout JSONValue) -> Void) {
        guard var value = self[key] else { return }
        self[key] = .null
        body(&value)
        self[key] = value
    }

    /// Changes each element of the list under `key` in place.
    mutating func changeEach(_ key: String, _ body: (inout JSONValue) -> Void) {
        guard case .array(var items)? = self[key] else { return }
        self[key] = .null
        for index in items.indices { body(&items[index]) }
        self[key] = .array(items)
    }

    /// The strings of an object such as `labels`.
    var strings: [String: String] {
        object?.compactMapValues(\.string) ?? [:]
    }

    /// The elements of the list under `key`; none when it is absent.
    func items(_ key: String) -> [JSONValue] {
        self[key]?.array ?? []
    }
}

/// Whether the labels have all that a selector asks for.
func matches(_ labels: JSONValue?, _ selector: JSONObject) -> Bool {
    selector.allSatisfy { labels?[$0.key] == $0.value }
}
