import JSON

extension Shape {
    /// The JSON Schema (draft 7, which editors know best) of files of this shape.
    ///
    /// - Parameters:
    ///   - identifier: the schema's `$id`.
    ///   - title: its `title`.
    ///   - interpolated: whether `${…}` may stand in any value.
    package func jsonSchema(identifier: String, title: String, interpolated: Bool = false) -> JSONValue {
        var schema = form.jsonSchema(interpolated)
        schema["$schema"] = "http://json-schema.org/draft-07/schema#"
        schema["$id"] = .string(identifier)
        schema["title"] = .string(title)
        return schema
    }
}

extension ShapeForm {
    /// A text that holds `${…}`, as a pattern.
    private static let interpolation = #"\$\{"#

    /// What an editor can check; the reader checks more.
    func jsonSchema(_ interpolated: Bool) -> JSONValue {
        switch self {
        case .text(let rule):
            // Plain scalars are text to the reader, but numbers and booleans to an editor.
            var schema: JSONValue = ["type": ["string", "number", "boolean"]]
            if let pattern = rule?.pattern {
                schema["pattern"] = .string(interpolated ? "\(pattern)|\(Self.interpolation)" : pattern)
            }
            if let limit = rule?.limit, !interpolated { schema["maxLength"] = .integer(limit) }
            return schema
        case .boolean:
            return interpolated
                ? ["type": ["boolean", "string"], "pattern": .string(Self.interpolation)] : ["type": "boolean"]
        case .integer(let range):
            var schema: JSONValue = interpolated
                ? ["type": ["integer", "string"], "pattern": .string(Self.interpolation)] : ["type": "integer"]
            if range.lowerBound != .min { schema["minimum"] = .integer(range.lowerBound) }
            if range.upperBound != .max { schema["maximum"] = .integer(range.upperBound) }
            return schema
        case .choice(let names):
            let choices: JSONValue = ["enum": .array(names.map { .string($0) })]
            return interpolated
                ? ["anyOf": [choices, ["type": "string", "pattern": .string(Self.interpolation)]]] : choices
        case .list(let item, let atLeast):
            var schema: JSONValue = ["type": "array", "items": item.jsonSchema(interpolated)]
            if atLeast > 0 { schema["minItems"] = .integer(atLeast) }
            return schema
        case .map(let names, let values):
            var schema: JSONValue = ["type": "object", "additionalProperties": values.jsonSchema(interpolated)]
            if let pattern = names?.pattern { schema["propertyNames"] = ["pattern": .string(pattern)] }
            return schema
        case .record(let form):
            return form.jsonSchema(interpolated)
        case .either(let forms):
            return ["anyOf": .array(forms.map { $0.jsonSchema(interpolated) })]
        case .any:
            return [:]
        }
    }
}

extension ShapeForm {
    fileprivate func value(written text: String) -> JSONValue {
        switch self {
        case .boolean: Bool(text).map { .bool($0) } ?? .string(text)
        case .integer: Int(text).map { .integer($0) } ?? .string(text)
        default: .string(text)
        }
    }
}

extension RecordForm {
    fileprivate func jsonSchema(_ interpolated: Bool) -> JSONValue {
        var properties: JSONObject = [:]
        for key in keys {
            var schema = key.form.jsonSchema(interpolated)
            // An optional key may stand there without a value.
            if !key.required { schema = schema.orNull }
            schema["description"] = .string(key.summary)
            if let fallback = key.fallback { schema["default"] = key.form.value(written: fallback) }
            properties[key.name] = schema
        }
        var schema: JSONValue = [
            "type": "object", "additionalProperties": .bool(isOpen), "properties": .object(properties),
        ]
        let required = keys.filter(\.required).map { JSONValue.string($0.name) }
        if !required.isEmpty { schema["required"] = .array(required) }
        if !summary.isEmpty { schema["description"] = .string(summary) }
        return schema
    }
}

extension JSONValue {
    fileprivate var orNull: JSONValue {
        var schema = self
        if let type = schema["type"] {
            schema["type"] = .array((type.array ?? [type]) + ["null"])
        } else if let choices = schema["enum"]?.array {
            schema["enum"] = .array(choices + [.null])
        } else if let forms = schema["anyOf"]?.array {
            schema["anyOf"] = .array(forms + [["type": "null"]])
        }
        return schema
    }
}
