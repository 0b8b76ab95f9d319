import Model
import YAML

extension Shape {
    /// A list whose items are all of one shape. Items that cannot be read are left out.
    package static func list<Item>(of item: Shape<Item>, atLeast: Int = 0) -> Shape where Value == [Located<Item>] {
        Shape(form: .list(item.form, atLeast: atLeast)) { node, reading in
            guard let items = node.items else {
                reading.reportWrongType(
                    node, expected: "a list", detail: "Write each item on a line of its own that begins with `- `.")
                return nil
            }
            guard reading.acceptTag(of: node, known: ["tag:yaml.org,2002:seq"]) else { return nil }
            if items.count < atLeast {
                reading.report(
                    code: "empty-list",
                    summary: items.isEmpty
                        ? "\(reading.subject) is an empty list"
                        : "\(reading.subject) has \(items.count) of at least \(atLeast) items",
                    detail: "Write at least \(atLeast == 1 ? "one item" : "\(atLeast) items").", at: node)
            }
            let subject = "an item of \(reading.subject)"
            return items.compactMap { reading.read($0, as: item, called: subject) }
        }
    }

    /// A mapping whose keys are the user's own, with values of one shape, in the order written. Entries that cannot be
    /// read are left out, as is the second of two with one name.
    package static func map<Item>(names rule: TextRule? = nil, to item: Shape<Item>) -> Shape
    where Value == [ShapeEntry<Item>] {
        Shape(form: .map(names: rule, values: item.form)) { node, reading in
            guard let pairs = node.pairs else {
                reading.reportWrongType(
                    node, expected: "a mapping",
                    detail: "Write `NAME: value` lines beneath it, indented by two spaces.")
                return nil
            }
            guard reading.acceptTag(of: node, known: ["tag:yaml.org,2002:map"]) else { return nil }
            let place = reading.subject
            var seen: [String: YAMLNode] = [:]
            var entries: [ShapeEntry<Item>] = []
            for pair in pairs {
                guard let name = reading.key(of: pair, seen: &seen, in: place) else { continue }
                let value = reading.read(pair.value, as: item, called: Wording.code(name.value))
                if let rule, !rule.accepts(name.value) {
                    let (summary, detail) = rule.complaint(about: name.value, subject: "a name in \(place)")
                    reading.report(code: rule.code, summary: summary, detail: detail, at: name.span)
                    continue
                }
                guard let value else { continue }
                entries.append(ShapeEntry(name: name, value: value))
            }
            return entries
        }
    }

    /// A value whose shape depends on whether a scalar, a list or a mapping is written.
    ///
    /// - Parameter expected: all the ways in words, such as `text or a mapping`.
    package static func either(
        _ expected: String, scalar: Shape? = nil, list: Shape? = nil, mapping: Shape? = nil
    ) -> Shape {
        let forms = [scalar?.form, list?.form, mapping?.form].compactMap(\.self)
        return Shape(form: .either(forms)) { node, reading in
            let chosen = switch node.kind {
            case .scalar: scalar
            case .sequence: list
            case .mapping: mapping
            }
            guard let chosen else {
                reading.reportWrongType(node, expected: expected, detail: forms.first?.advice(for: node) ?? "")
                return nil
            }
            return chosen.read(node, &reading)
        }
    }
}

/// A key that the user chose, and its value.
package struct ShapeEntry<Value: Sendable>: Sendable {
    package let name: Located<String>
    package let value: Located<Value>
}

extension SchemaReading {
    /// The name of a pair's key; nil, reported, when it is no text or stands there for the second time.
    mutating func key(of pair: YAMLPair, seen: inout [String: YAMLNode], in place: String) -> Located<String>? {
        guard let scalar = pair.key.scalar, !pair.key.isNull else {
            report(
                code: "bad-key", summary: "a key in \(place) is \(Wording.found(pair.key))",
                detail: "A key is a word, followed by `:` and its value.", at: pair.key)
            return nil
        }
        if scalar.style == .plain, scalar.text == "<<" {
            report(
                code: "merge-key", summary: "merge keys (`<<`) are not read",
                detail: "Write the keys out, or use an alias for the whole value.", at: pair.key)
            return nil
        }
        if let first = seen.updateValue(pair.key, forKey: scalar.text) {
            seen[scalar.text] = first
            report(
                code: "duplicate-key", summary: "\(Wording.code(scalar.text)) is given twice in \(place)",
                detail: "It is already given on line \(first.start.line). Keep one of the two.", at: pair.key)
            return nil
        }
        return Located(scalar.text, at: source.span(pair.key.range))
    }
}
