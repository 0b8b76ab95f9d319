/// A JSON value (RFC 8259). Objects have no order; the writer sorts their keys.
///
/// A number written without fraction and exponent that fits `Int` is `integer`; every other number is `number`. The two
/// are different values: `1` and `1.0` compare unequal, as their texts do.
///
/// Strings are compared as Swift compares them, by canonical equivalence: two keys of one object that differ only in
/// how an accent is composed count as one.
package enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)
}

extension JSONValue {
    package static func object(_ members: [String: JSONValue]) -> JSONValue { .object(JSONObject(members)) }
}

extension JSONValue {
    /// The text, when this is a string.
    package var string: String? {
        guard case .string(let value) = self else { return nil }
        return value
    }

    /// The truth value, when this is one.
    package var bool: Bool? {
        guard case .bool(let value) = self else { return nil }
        return value
    }

    /// The integer, when this is a number without fraction that fits `Int`, however it was written.
    package var integer: Int? {
        switch self {
        case .integer(let value): value
        case .number(let value): Int(exactly: value)
        default: nil
        }
    }

    /// The number, when this is one; integers beyond 2^53 lose their last digits.
    package var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    /// The elements, when this is an array.
    package var array: [JSONValue]? {
        guard case .array(let value) = self else { return nil }
        return value
    }

    /// The members, when this is an object.
    package var object: JSONObject? {
        guard case .object(let value) = self else { return nil }
        return value
    }

    package var isNull: Bool {
        if case .null = self { true } else { false }
    }

    /// The member called `key`; nil when it is absent or this is no object. Setting nil removes the member. Setting a
    /// value in something that is not an object makes it an object with that one member.
    package subscript(_ key: String) -> JSONValue? {
        get {
            guard case .object(let members) = self else { return nil }
            return members[key]
        }
        _modify {
            if case .object(var members) = self {
                // Let go of the storage first, so that the change happens in place.
                self = .null
                defer { self = .object(members) }
                yield &members[key]
            } else {
                var member: JSONValue?
                defer { if let member { self = .object([key: member]) } }
                yield &member
            }
        }
    }

    /// The element at `index`; nil when there is none or this is no array.
    package subscript(_ index: Int) -> JSONValue? {
        guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
        return elements[index]
    }
}

/// There is no `nil` literal for `null`: `condition ? nil : value` would silently mean `null` where removal was meant.
extension JSONValue: ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringInterpolation, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(integerLiteral value: Int) { self = .integer(value) }
    package init(floatLiteral value: Double) { self = .number(value) }
    package init(stringLiteral value: String) { self = .string(value) }
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }

    /// A key that is given twice keeps its last value.
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(JSONObject(elements))
    }
}

extension JSONValue: CustomStringConvertible {
    /// The compact canonical text.
    package var description: String { encoded() }
}
