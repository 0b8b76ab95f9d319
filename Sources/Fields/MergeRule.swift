import JSON

/// How server-side apply treats a value: as one field, or as the fields in it
/// (https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy).
package indirect enum MergeRule: Sendable, Hashable {
    /// What a server does without a schema: objects are merged field by field, lists and scalars replaced.
    case deduced
    /// Replaced as a whole, whatever it is.
    case atomic
    /// Replaced as a whole, after which the server fills in what is left out: such a value is the same when it holds
    /// all that was given.
    case atomicWithDefaults
    /// An object merged field by field, whose members have rules of their own; those not named are `deduced`.
    case fields([String: MergeRule])
    /// An object merged field by field, whose members are all quantities.
    case quantities
    /// A quantity: `1000m` and `1` are the same.
    case quantity
    /// A scalar that the server does not keep when it is empty: `""`, `0` and `false` are the same as no value.
    case emptyIsAbsent
    /// A list merged item by item; items with the same values in these fields are the same item.
    case listMap(ListKeys, item: MergeRule)
    /// A list of different scalars, merged value by value.
    case set
}

/// The fields that tell the items of a list apart, in order, and what an item without one has.
package struct ListKeys: Sendable, Hashable {
    package let names: [String]
    package let defaults: JSONObject

    package init(_ names: String..., defaults: JSONObject = [:]) {
        self.names = names
        self.defaults = defaults
    }

    /// The element of a path that names `item`; nil when a key is missing, which the API server refuses.
    package func element(of item: JSONValue) -> FieldPath.Element? {
        guard case .object(let members) = item else { return nil }
        var keys: JSONObject = [:]
        for name in names {
            guard let value = members[name] ?? defaults[name] else { return nil }
            keys[name] = value
        }
        return .key(keys)
    }
}

extension MergeRule {
    /// The rule of a member.
    func member(_ name: String) -> MergeRule {
        switch self {
        case .fields(let rules): rules[name] ?? .deduced
        case .quantities: .quantity
        default: .deduced
        }
    }

    /// Whether objects under this rule are merged field by field.
    var mergesObjects: Bool {
        switch self {
        case .deduced, .fields, .quantities: true
        default: false
        }
    }

    /// Whether the server would store the two as the same. Either may be absent.
    package func same(_ left: JSONValue?, _ right: JSONValue?) -> Bool {
        if left == right { return true }
        switch self {
        case .quantity:
            guard let left = left.flatMap(Self.quantity), let right = right.flatMap(Self.quantity) else { return false }
            return left == right
        case .atomicWithDefaults:
            guard let left, let right else { return false }
            return Self.holds(left, right) || Self.holds(right, left)
        case .emptyIsAbsent:
            return left.map(Self.isEmpty) ?? true && right.map(Self.isEmpty) ?? true
        default:
            // 1 and 1.0: a server decodes both into the type of the field.
            switch (left, right) {
            case (.integer, .number), (.number, .integer): return left?.number == right?.number
            default: return false
            }
        }
    }

    /// Whether `whole` has everything that `part` has; lists must be equally long.
    private static func holds(_ whole: JSONValue, _ part: JSONValue) -> Bool {
        switch (whole, part) {
        case (.object(let whole), .object(let part)):
            part.allSatisfy { name, value in whole[name].map { holds($0, value) } ?? value.isNull }
        case (.array(let whole), .array(let part)):
            whole.count == part.count && zip(whole, part).allSatisfy { holds($0, $1) }
        default: whole == part || quantity(whole).map { $0 == quantity(part) } ?? false
        }
    }

    static func quantity(_ value: JSONValue) -> Quantity? {
        switch value {
        case .string(let text): Quantity(text)
        case .integer, .number: Quantity(value.encoded())
        default: nil
        }
    }

    static func isEmpty(_ value: JSONValue) -> Bool {
        switch value {
        case .null, .bool(false), .integer(0), .string(""), .array([]): true
        default: false
        }
    }
}
