import JSON

extension JSONValue {
    /// An object of those members that have a value.
    static func members(_ members: KeyValuePairs<String, JSONValue?>) -> JSONValue {
        var object: JSONObject = [:]
        for (key, value) in members {
            if let value { object[key] = value }
        }
        return .object(object)
    }

    static func strings(_ map: [String: String]) -> JSONValue { .object(map.mapValues { .string($0) }) }
    static func strings(_ list: [String]) -> JSONValue { .array(list.map { .string($0) }) }
}

extension [String: String] {
    /// Nil when there is nothing in it: the API server drops empty maps, and they would look like drift.
    var unlessEmpty: JSONValue? { isEmpty ? nil : .strings(self) }
}

extension [JSONValue] {
    var unlessEmpty: JSONValue? { isEmpty ? nil : .array(self) }
}
