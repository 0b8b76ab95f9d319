import Model
import YAML

/// A key that a mapping may or must have.
package struct ShapeKey<Value: Sendable>: Sendable {
    package let name: String
    /// One sentence for the reference and for editors.
    package let summary: String
    package let shape: Shape<Value>
    package let required: Bool
    /// What an absent key means, as it would be written; for editors: nothing is filled in.
    package let fallback: String?

    /// A key that must be there. An empty value is reported.
    package static func required(_ name: String, _ shape: Shape<Value>, _ summary: String) -> ShapeKey {
        ShapeKey(name: name, summary: summary, shape: shape, required: true, fallback: nil)
    }

    /// A key that may be absent. An empty value counts as absent.
    package static func optional(
        _ name: String, _ shape: Shape<Value>, _ summary: String, default fallback: String? = nil
    ) -> ShapeKey {
        ShapeKey(name: name, summary: summary, shape: shape, required: false, fallback: fallback)
    }

    fileprivate var erased: AnyShapeKey {
        let shape = shape
        return AnyShapeKey(
            form: RecordForm.Key(
                name: name, summary: summary, required: required, fallback: fallback, form: shape.form),
            takesNull: shape.takesNull
        ) { node, reading, subject in reading.read(node, as: shape, called: subject) }
    }
}

private struct AnyShapeKey: Sendable {
    let form: RecordForm.Key
    let takesNull: Bool
    let read: @Sendable (YAMLNode, inout SchemaReading, String) -> (any Sendable)?

    var name: String { form.name }
}

/// The keys of a mapping, in the order in which they are documented.
package struct ShapeKeys: Sendable {
    fileprivate let all: [AnyShapeKey]

    package init<each Value>(_ keys: repeat ShapeKey<each Value>) {
        var all: [AnyShapeKey] = []
        repeat all.append((each keys).erased)
        self.all = all
    }
}

/// A mapping with declared keys, as data.
package struct RecordForm: Sendable {
    package struct Key: Sendable {
        package let name: String
        package let summary: String
        package let required: Bool
        package let fallback: String?
        package let form: ShapeForm
    }

    /// With its article: `a version`.
    package let title: String
    package let summary: String
    package let keys: [Key]
    /// Whether keys that are not declared may stand there.
    package let isOpen: Bool

    /// Whether it is several, by its words: `limits of pods`, `the settings of a node`.
    private var isPlural: Bool {
        title.split(separator: " ").first { $0 != "the" }.map { $0.hasSuffix("s") } ?? false
    }

    /// That it has no such key, as the summary of a diagnostic.
    func lacks(_ key: String) -> String { "\(title) \(isPlural ? "have" : "has") no key \(Wording.code(key))" }

    var keysAdvice: String {
        "\(title.capitalisedFirst) \(isPlural ? "take" : "takes") the \(keys.count == 1 ? "key" : "keys") \(Wording.list(keys.map(\.name)))."
    }
}

/// What was read of a mapping with declared keys.
package struct ShapeValues: Sendable {
    /// The whole mapping.
    package let span: SourceSpan
    /// Where to point for a fault of the mapping as a whole: its first key.
    package let head: SourceSpan
    fileprivate var values: [String: any Sendable] = [:]
    fileprivate var keySpans: [String: SourceSpan] = [:]
    fileprivate var meant: Set<String> = []

    fileprivate init(span: SourceSpan, head: SourceSpan) {
        self.span = span
        self.head = head
    }

    /// The value and its place; nil when it is absent, empty or wrong (which has then been reported).
    package subscript<Value>(_ key: ShapeKey<Value>) -> Located<Value>? { values[key.name] as? Located<Value> }

    package func value<Value>(_ key: ShapeKey<Value>) -> Value? { self[key]?.value }

    /// Where the key itself stands; nil when it is not written, or without a value where it may be absent. A key may be
    /// there whose value is of no use.
    package func keySpan<Value>(_ key: ShapeKey<Value>) -> SourceSpan? { keySpans[key.name] }

    /// Whether the key is written, or an unknown key that was probably meant to be it.
    package func isMeant<Value>(_ key: ShapeKey<Value>) -> Bool {
        keySpans[key.name] != nil || meant.contains(key.name)
    }
}

extension Shape {
    /// A mapping with declared keys. Unknown, duplicate, missing and empty keys are reported here; `build` sees what
    /// could be read, reports what only it can know, and may return nil.
    ///
    /// - Parameters:
    ///   - title: what it is, with its article: `a version`.
    ///   - hints: for keys that people write here by mistake: what to do instead, as a sentence.
    ///   - synonyms: for words that people write instead of a key: the key.
    ///   - isOpen: whether other keys are left alone; then only what is probably a misspelt key is told, as a warning.
    package static func record(
        _ title: String, _ summary: String = "", keys: ShapeKeys, hints: [String: String] = [:],
        synonyms: [String: String] = [:], isOpen: Bool = false,
        build: @escaping @Sendable (ShapeValues, inout SchemaReading) -> Value?
    ) -> Shape {
        let form = RecordForm(title: title, summary: summary, keys: keys.all.map(\.form), isOpen: isOpen)
        let reader = RecordReader(form: form, keys: keys.all, hints: hints, synonyms: synonyms)
        return Shape(form: .record(form)) { node, reading in
            reader.values(of: node, &reading).flatMap { build($0, &reading) }
        }
    }
}

private struct RecordReader: Sendable {
    let form: RecordForm
    let keys: [AnyShapeKey]
    let hints: [String: String]
    let synonyms: [String: String]

    func values(of node: YAMLNode, _ reading: inout SchemaReading) -> ShapeValues? {
        guard let pairs = node.pairs else {
            reading.reportWrongType(node, expected: "a mapping", detail: form.keysAdvice)
            return nil
        }
        guard reading.acceptTag(of: node, known: ["tag:yaml.org,2002:map"]) else { return nil }
        let span = reading.source.span(node.range)
        var values = ShapeValues(span: span, head: pairs.first.map { reading.source.span($0.key.range) } ?? span)
        var seen: [String: YAMLNode] = [:]
        var unknown: [Located<String>] = []
        for pair in pairs {
            guard let name = reading.key(of: pair, seen: &seen, in: form.title) else { continue }
            guard let key = keys.first(where: { $0.name == name.value }) else {
                unknown.append(name)
                continue
            }
            read(key, named: name, pair.value, into: &values, &reading)
        }
        if form.isOpen {
            warn(about: unknown, written: values, &reading)
        } else {
            values.meant = report(unknown: unknown, written: values, &reading)
        }
        for key in keys where key.form.required {
            guard values.keySpans[key.name] == nil, !values.meant.contains(key.name) else { continue }
            reading.report(
                code: "missing-key", summary: "\(Wording.code(key.name)) is missing from \(form.title)",
                detail: "Add \(Wording.code(key.name)): \(key.form.summary.afterColon)", at: values.head)
        }
        return values
    }

    private func read(
        _ key: AnyShapeKey, named name: Located<String>, _ node: YAMLNode, into values: inout ShapeValues,
        _ reading: inout SchemaReading
    ) {
        if node.isNull, !key.takesNull {
            guard key.form.required else { return }
            values.keySpans[key.name] = name.span
            reading.report(
                code: "empty-value", summary: "\(Wording.code(key.name)) has no value",
                detail: key.form.form.advice(for: node), at: name.span)
            return
        }
        values.keySpans[key.name] = name.span
        values.values[key.name] = key.read(node, &reading, Wording.code(key.name))
    }

    /// Says which unknown keys were probably meant to be declared ones.
    private func warn(about unknown: [Located<String>], written: ShapeValues, _ reading: inout SchemaReading) {
        let absent = keys.map(\.name).filter { written.keySpans[$0] == nil }
        for key in unknown {
            guard let near = synonyms[key.value] ?? nearest(to: key.value, among: absent) else { continue }
            reading.report(
                .warning, code: "unknown-key", summary: form.lacks(key.value),
                detail: "It is not looked at. Did you mean \(Wording.code(near))?", at: key.span)
        }
    }

    /// Reports unknown keys and returns the keys that were probably meant, so that they are not called missing too.
    private func report(
        unknown: [Located<String>], written: ShapeValues, _ reading: inout SchemaReading
    ) -> Set<String> {
        let names = keys.map(\.name)
        let absent = names.filter { written.keySpans[$0] == nil }
        var meant: Set<String> = []
        for key in unknown {
            let near = synonyms[key.value] ?? nearest(to: key.value, among: absent)
                ?? nearest(to: key.value, among: names)
            let detail: String
            if let hint = hints[key.value] {
                detail = hint
            } else if let near {
                detail = "Did you mean \(Wording.code(near))?"
                meant.insert(near)
            } else {
                detail = form.keysAdvice
            }
            reading.report(
                code: "unknown-key", summary: form.lacks(key.value), detail: detail,
                at: key.span)
        }
        return meant
    }
}
