import JSON

/// The way to one field of a Kubernetes object, as server-side apply names fields
/// (https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management): list items are found by their
/// keys where the list is a map, by their value where it is a set.
package struct FieldPath: Sendable, Hashable {
    package enum Element: Sendable, Hashable {
        /// A member of an object.
        case field(String)
        /// The item of a list that is a map, by the values of its key fields.
        case key(JSONObject)
        /// The item of a list that is a set.
        case value(JSONValue)
        /// The item at a position, from 0.
        case index(Int)
    }

    /// From the outside in. None: the whole object.
    package let elements: [Element]

    package init(_ elements: [Element] = []) {
        self.elements = elements
    }

    /// A path through objects only, such as `FieldPath("spec", "replicas")`.
    package init(_ fields: String...) {
        elements = fields.map { .field($0) }
    }

    package func appending(_ element: Element) -> FieldPath {
        FieldPath(elements + [element])
    }

    package func appending(_ field: String) -> FieldPath {
        appending(.field(field))
    }

    /// Whether this path is `prefix` or leads on from it.
    package func starts(with prefix: FieldPath) -> Bool {
        elements.starts(with: prefix.elements)
    }
}

extension FieldPath: CustomStringConvertible {
    /// For people: `spec.template.spec.containers[name=etl].image`, `metadata.labels["app.kubernetes.io/name"]`,
    /// `metadata.finalizers[=kreform/guard]`. The whole object is empty text.
    package var description: String {
        var text = ""
        for element in elements {
            switch element {
            case .field(let name) where Self.isPlain(name):
                text += text.isEmpty ? name : "." + name
            default:
                text += element.description
            }
        }
        return text
    }

    /// Letters, digits, `_` and `-`, as most field names have.
    fileprivate static func isPlain(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy {
                ($0 | 0x20) &- 0x61 < 26 || $0 &- 0x30 < 10 || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-")
            }
    }
}

extension FieldPath.Element: CustomStringConvertible {
    package var description: String {
        switch self {
        case .field(let name): FieldPath.isPlain(name) ? name : "[\(JSONValue.string(name).encoded())]"
        case .key(let keys):
            "[" + keys.sorted { $0.key < $1.key }.map { "\($0.key)=\(Self.shown($0.value))" }.joined(separator: ",")
                + "]"
        case .value(let value): "[=\(Self.shown(value))]"
        case .index(let index): "[\(index)]"
        }
    }

    /// Without quotation marks where nothing can be mistaken.
    private static func shown(_ value: JSONValue) -> String {
        guard let text = value.string, !text.isEmpty,
            text.utf8.allSatisfy({
                ($0 | 0x20) &- 0x61 < 26 || $0 >= 0x2D && $0 <= 0x3A || $0 == UInt8(ascii: "_") || $0 >= 0x80
            })
        else { return value.encoded() }
        return text
    }
}

extension FieldPath: Comparable {
    package static func < (left: FieldPath, right: FieldPath) -> Bool {
        left.elements.lexicographicallyPrecedes(right.elements)
    }
}

extension FieldPath.Element: Comparable {
    /// Fields by name, then items by key, by value and by position.
    package static func < (left: Self, right: Self) -> Bool {
        switch (left, right) {
        case (.field(let left), .field(let right)): left < right
        case (.index(let left), .index(let right)): left < right
        case (.key(let left), .key(let right)): precedes(left, right)
        case (.value(let left), .value(let right)): precedes(left, right)
        default: left.rank < right.rank
        }
    }

    /// By the first key that differs, in order of the keys' names.
    private static func precedes(_ left: JSONObject, _ right: JSONObject) -> Bool {
        // Nearly every list has one key.
        if left.count == 1, right.count == 1, let left = left.first, let right = right.first {
            return left.key == right.key ? precedes(left.value, right.value) : left.key < right.key
        }
        let left = left.sorted { $0.key < $1.key }
        let right = right.sorted { $0.key < $1.key }
        return left.lexicographicallyPrecedes(right) { left, right in
            left.key == right.key ? precedes(left.value, right.value) : left.key < right.key
        }
    }

    /// Numbers, then texts, then the rest by their JSON.
    private static func precedes(_ left: JSONValue, _ right: JSONValue) -> Bool {
        switch (left, right) {
        case (.string(let left), .string(let right)): left < right
        case (.integer(let left), .integer(let right)): left < right
        case (.integer, .string): true
        case (.string, .integer): false
        case (.integer, _), (.string, _): true
        case (_, .integer), (_, .string): false
        default: left.encoded() < right.encoded()
        }
    }

    private var rank: Int {
        switch self {
        case .field: 0
        case .key: 1
        case .value: 2
        case .index: 3
        }
    }
}
