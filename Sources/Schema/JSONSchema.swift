import JSON

extension Shape {
    /// The JSON Schema (draft 7, which editors know best) of files of this shape.
    ///
    /// - Parameters:
    ///   - identifier: the schema's `$id`.
    ///   - title: its `title`.
    package func jsonSchema(identifier: String, title: String) -> JSONValue {
        var schema = form.jsonSchema
        schema["$schema"] = "http://json-schema.org/draft-07/schema#"
        schema["$id"] = .string(identifier)
        schema["title"] = .string(title)
        return schema
    }
}

extension ShapeForm {
    /// What an editor can check; the reader checks more.
    var jsonSchema: JSONValue {
        switch self {
        case .text(let rule):
            // Plain scalars are text to the reader, but numbers and booleans to an editor.
            var schema: JSONValue = ["type": ["string", "number", "boolean"]]
            if let pattern = rule?.pattern { schema["pattern"] = .string(pattern) }
            if let limit = rule?.limit { schema["maxLength"] = .integer(limit) }
            return schema
        case .boolean:
            return ["type": "boolean"]
        case .integer(let range):
            var schema: JSONValue = ["type": "integer"]
            if range.lowerBound != .min { schema["minimum"] = .integer(range.lowerBound) }
            if range.upperBound != .max { schema["maximum"] = .integer(range.upperBound) }
            return schema
        case .choice(let names):
            return ["enum": .array(names.map { .string($0) })]
        case .list(let item, let atLeast):
            var schema: JSONValue = ["type": "array", "items": item.jsonSchema]
            if atLeast > 0 { schema["minItems"] = .integer(atLeast) }
            return schema
        case .map(let names, let values):
            var schema: JSONValue = ["type": "object", "additionalProperties": values.jsonSchema]
            if let pattern = names?.pattern { schema["propertyNames"] = ["pattern": .string(pattern)] }
            return schema
        case .record(let form):
            return form.jsonSchema
        case .either(let forms):
            return ["anyOf": .array(forms.map(\.jsonSchema))]
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
    fileprivate var jsonSchema: JSONValue {
        var properties: [String: JSONValue] = [:]
        for key in keys {
            var schema = key.form.jsonSchema
            // An optional key may stand there without a value.
            if !key.required { schema = schema.orNull }
            schema["description"] = .string(key.summary)
            if let fallback = key.fallback { schema["default"] = key.form.value(written: fallback) }
            properties[key.name] = schema
        }
        var schema: JSONValue = [
            "type": "object", "additionalProperties": false, "properties": .object(properties),
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
