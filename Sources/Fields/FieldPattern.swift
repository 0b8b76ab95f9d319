import JSON

/// Which fields people mean: a path as plans print it, such as `spec.replicas`,
/// `metadata.annotations["example.com/owner"]` or `spec.template.spec.containers[name=etl].image`, with `*` for any member
/// and `[*]` for any item of a list. It stands for all that is in the field as well.
package struct FieldPattern: Sendable, Hashable, CustomStringConvertible {
    enum Element: Sendable, Hashable {
        case field(String), anyField
        /// The item of a list that is a map, by some of its keys.
        case item([String: String])
        /// The item of a list that is a set.
        case value(String)
        case index(Int)
        case anyItem
    }

    let elements: [Element]
    /// As it was written.
    package let description: String

    /// What is wrong with a text that is no pattern, in a sentence.
    package struct Fault: Error, Sendable, Hashable {
        package let reason: String

        package init(reason: String) { self.reason = reason }
    }

    package init(_ text: String) throws(Fault) {
        var reader = PatternReader(text)
        elements = try reader.elements()
        description = text
    }

    /// Whether the field at `path` is the one meant, or in it.
    package func matches(_ path: FieldPath) -> Bool {
        path.elements.count >= elements.count
            && zip(elements, path.elements).allSatisfy { $0.matches($1) }
    }

    /// Whether the field meant can be a member of the map at `path`.
    package func mayBeMember(of path: FieldPath) -> Bool {
        guard elements.count == path.elements.count + 1, let last = elements.last else { return false }
        switch last {
        case .field, .anyField: return zip(elements, path.elements).allSatisfy { $0.matches($1) }
        default: return false
        }
    }

    /// How many of its elements, from the first, lead to `path` or to what it is in.
    package func reach(_ path: FieldPath) -> Int {
        zip(elements, path.elements).prefix { $0.matches($1) }.count
    }
}

extension FieldPattern.Element {
    func matches(_ element: FieldPath.Element) -> Bool {
        switch (self, element) {
        case (.field(let name), .field(let other)): name == other
        case (.anyField, .field): true
        case (.item(let wanted), .key(let keys)):
            wanted.allSatisfy { name, text in keys[name].map { Self.reads($0, as: text) } ?? false }
        case (.value(let text), .value(let value)): Self.reads(value, as: text)
        case (.index(let index), .index(let other)): index == other
        case (.anyItem, .key), (.anyItem, .value), (.anyItem, .index): true
        default: false
        }
    }

    /// Numbers and words may stand without quotation marks.
    private static func reads(_ value: JSONValue, as text: String) -> Bool {
        value.string == text || value.encoded() == text
    }
}

/// Reads a pattern from left to right.
private struct PatternReader {
    private let text: String
    private var rest: Substring

    init(_ text: String) {
        self.text = text
        rest = Substring(text)
    }

    mutating func elements() throws(FieldPattern.Fault) -> [FieldPattern.Element] {
        if text.hasPrefix("/") {
            let words = text.split(separator: "/").joined(separator: ".")
            throw fault("it is written as plans print it, with dots: `\(words)`")
        }
        guard !text.isEmpty else { throw fault("it is empty") }
        var found = [try member()]
        while let next = rest.first {
            switch next {
            case ".":
                rest.removeFirst()
                found.append(try member())
            case "[":
                rest.removeFirst()
                found.append(try bracket())
            default:
                throw fault("after `\(read)` a `.` or a `[` is expected, not `\(next)`")
            }
        }
        return found
    }

    private var read: Substring { text[..<rest.startIndex] }

    private func fault(_ reason: String) -> FieldPattern.Fault { FieldPattern.Fault(reason: reason) }

    private mutating func member() throws(FieldPattern.Fault) -> FieldPattern.Element {
        if rest.first == "*" {
            rest.removeFirst()
            return .anyField
        }
        let name = rest.prefix { $0 != "." && $0 != "[" && $0 != "]" && $0 != " " && $0 != "/" }
        guard !name.isEmpty else {
            throw fault(read.isEmpty ? "it does not begin with a member" : "a member is missing after `\(read)`")
        }
        rest = rest.dropFirst(name.count)
        if rest.first == "/" { throw fault(#"a name with `/` stands in brackets and quotes: `["example.com/name"]`"#) }
        return .field(String(name))
    }

    /// What stands between `[` and `]`, both of which it takes.
    private mutating func bracket() throws(FieldPattern.Fault) -> FieldPattern.Element {
        let element: FieldPattern.Element
        switch rest.first {
        case "*":
            rest.removeFirst()
            element = .anyItem
        case "\"":
            element = .field(try quoted())
        case "=":
            rest.removeFirst()
            element = .value(try word())
        default:
            element = try itemOrIndex()
        }
        guard rest.first == "]" else { throw fault("a `]` is missing after `\(read)`") }
        rest.removeFirst()
        return element
    }

    private mutating func itemOrIndex() throws(FieldPattern.Fault) -> FieldPattern.Element {
        let digits = rest.prefix { $0.isASCII && $0.isNumber }
        if let index = Int(digits), rest.dropFirst(digits.count).first == "]" {
            rest = rest.dropFirst(digits.count)
            return .index(index)
        }
        var keys: [String: String] = [:]
        while true {
            let name = rest.prefix { $0 != "=" && $0 != "]" && $0 != "," }
            guard !name.isEmpty, rest.dropFirst(name.count).first == "=" else {
                throw fault(#"after `\#(read)` comes `[name=VALUE]`, `["NAME"]`, `[=VALUE]` or `[*]`"#)
            }
            rest = rest.dropFirst(name.count + 1)
            keys[String(name)] = try word()
            guard rest.first == "," else { return .item(keys) }
            rest.removeFirst()
        }
    }

    /// Quoted, or up to the next `,` or `]`.
    private mutating func word() throws(FieldPattern.Fault) -> String {
        if rest.first == "\"" { return try quoted() }
        let word = rest.prefix { $0 != "]" && $0 != "," }
        rest = rest.dropFirst(word.count)
        return String(word)
    }

    /// A JSON string.
    private mutating func quoted() throws(FieldPattern.Fault) -> String {
        var end = rest.index(after: rest.startIndex)
        while end < rest.endIndex, rest[end] != "\"" {
            if rest[end] == "\\" { end = rest.index(after: end) }
            if end < rest.endIndex { end = rest.index(after: end) }
        }
        guard end < rest.endIndex else { throw fault("a quotation mark is missing after `\(read)`") }
        let next = rest.index(after: end)
        let literal = String(rest[..<next])
        rest = rest[next...]
        guard let value = (try? JSONValue(parsing: literal))?.string else { throw fault("`\(literal)` is not a text") }
        return value
    }
}
