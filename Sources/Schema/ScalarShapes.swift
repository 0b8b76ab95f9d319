import YAML

extension Shape where Value == String {
    /// Any text: what is written, as it is written. A plain `no`, `0777` or `1_0` is that text.
    package static let text = text(nil)

    /// Text that keeps a rule.
    package static func text(_ rule: TextRule) -> Shape { text(.some(rule)) }

    private static func text(_ rule: TextRule?) -> Shape {
        Shape(form: .text(rule)) { node, reading in
            guard let scalar = node.scalar else {
                reading.reportWrongType(node, expected: "text", detail: "Write the text on the same line as its key.")
                return nil
            }
            guard reading.acceptTag(of: node, known: ["tag:yaml.org,2002:str"]) else { return nil }
            if scalar.text.unicodeScalars.contains("\0") {
                reading.report(
                    code: "bad-text", summary: "\(reading.subject) contains a NUL character",
                    detail: "Remove the `\\0`; no program can be given such a text.", at: node)
                return nil
            }
            if let rule, !rule.accepts(scalar.text) {
                let (summary, detail) = scalar.text.isEmpty
                    ? ("\(reading.subject) is empty", "It takes \(rule.words).")
                    : rule.complaint(about: scalar.text, subject: reading.subject)
                reading.report(code: rule.code, summary: summary, detail: detail, at: node)
                return nil
            }
            return scalar.text
        }
    }
}

extension Shape where Value == Bool {
    /// `true` or `false`, written plain. YAML 1.1's other words for them are refused by name.
    package static let boolean = Shape(form: .boolean) { node, reading in
        guard let scalar = node.scalar else {
            reading.reportWrongType(node, expected: "true or false", detail: "Write `true` or `false`.")
            return nil
        }
        guard reading.acceptTag(of: node, known: ["tag:yaml.org,2002:bool"]) else { return nil }
        if scalar.style == .plain, let value = Bool(scalar.text) { return value }
        let meant: Bool? = switch scalar.text.lowercased() {
        case "true", "yes", "on", "y": true
        case "false", "no", "off", "n": false
        default: nil
        }
        let detail = meant.map { scalar.style == .plain ? "Write `\($0)`." : "Write `\($0)` without quotes." }
        reading.reportWrongType(node, expected: "true or false", detail: detail ?? "Write `true` or `false`.")
        return nil
    }
}

extension Shape where Value == Int {
    /// A whole number in decimal digits, written plain: no `_`, no leading zeros, no other base.
    package static func integer(in range: ClosedRange<Int> = .min ... .max) -> Shape {
        Shape(form: .integer(range)) { node, reading in
            guard let scalar = node.scalar else {
                reading.reportWrongType(node, expected: "a whole number", detail: "Write a whole number\(range.words).")
                return nil
            }
            guard reading.acceptTag(of: node, known: ["tag:yaml.org,2002:int"]) else { return nil }
            guard let digits = Decimal(scalar.text), scalar.style == .plain else {
                let detail = Decimal(scalar.text) != nil
                    ? "Write it without quotes."
                    : "Write a whole number\(range.words) in decimal digits."
                reading.reportWrongType(node, expected: "a whole number", detail: detail)
                return nil
            }
            guard let value = digits.value, range.contains(value) else {
                reading.report(
                    code: "out-of-range", summary: "\(reading.subject) cannot be \(Wording.code(scalar.text))",
                    detail: "It is a whole number\(range.words).", at: node)
                return nil
            }
            return value
        }
    }
}

/// Decimal digits without surprises; `value` is nil when there are too many of them.
private struct Decimal {
    let value: Int?

    init?(_ text: String) {
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        guard let first = digits.utf8.first, digits.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
        guard first != 0x30 || digits.utf8.count == 1 else { return nil }
        value = Int(text)
    }
}

extension Shape where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    /// One of the cases' raw values.
    package static var choice: Shape {
        let names = Value.allCases.map(\.rawValue)
        return Shape(form: .choice(names)) { node, reading in
            guard let scalar = node.scalar else {
                reading.reportWrongType(node, expected: "a word", detail: ShapeForm.choice(names).advice(for: node))
                return nil
            }
            guard reading.acceptTag(of: node, known: ["tag:yaml.org,2002:str"]) else { return nil }
            if let value = Value(rawValue: scalar.text) { return value }
            let near = names.count > 1 ? didYouMean(scalar.text, among: names).map { $0 + " " } ?? "" : ""
            reading.report(
                code: "unknown-value", summary: "\(reading.subject) cannot be \(Wording.code(scalar.text))",
                detail: near + ShapeForm.choice(names).advice(for: node), at: node)
            return nil
        }
    }
}

extension Shape where Value == YAMLNode {
    /// Anything, unread; nothing too.
    package static let any = Shape(form: .any, takesNull: true) { node, _ in node }
}
