import Model
import YAML

/// What a value of a file must look like, and how it is read: one declaration from which both the reader and the JSON
/// Schema for editors come.
///
/// Reading reports every fault it meets and goes on; it gives nil when the value as a whole is of no use.
package struct Shape<Value: Sendable>: Sendable {
    /// For JSON Schema and for advice in messages.
    package let form: ShapeForm
    /// Whether an empty value is the reader's business; otherwise it is reported, or absent for optional keys.
    let takesNull: Bool
    /// Stands in for what cannot be read.
    let substitute: Value?
    let read: @Sendable (YAMLNode, inout SchemaReading) -> Value?

    init(
        form: ShapeForm, takesNull: Bool = false, substitute: Value? = nil,
        read: @escaping @Sendable (YAMLNode, inout SchemaReading) -> Value?
    ) {
        self.form = form
        self.takesNull = takesNull
        self.substitute = substitute
        self.read = read
    }

    /// The same value made into something else.
    package func map<Other>(_ transform: @escaping @Sendable (Value) -> Other) -> Shape<Other> {
        Shape<Other>(form: form, takesNull: takesNull) { node, reading in read(node, &reading).map(transform) }
    }

    /// The same, with a value for where nothing is written.
    package func orEmpty(_ value: Value) -> Shape {
        Shape(form: form, takesNull: true) { node, reading in node.isNull ? value : read(node, &reading) }
    }

    /// The same, with a value to go on with where what is written cannot be read (which is reported all the same).
    package func orUnreadable(_ value: Value) -> Shape {
        Shape(form: form, takesNull: takesNull, substitute: value, read: read)
    }

    /// A value of this shape that has been read before: not looked at again.
    package func unread() -> Shape<Void> { Shape<Void>(form: form, takesNull: true) { _, _ in () } }

    /// Made into something else, together with its place.
    package func located<Other>(_ transform: @escaping @Sendable (Located<Value>) -> Other) -> Shape<Other> {
        Shape<Other>(form: form, takesNull: takesNull) { node, reading in
            read(node, &reading).map { transform(Located($0, at: reading.source.span(node.range))) }
        }
    }

    /// Made into something else, or reported and nil.
    package func map<Other>(
        reporting transform: @escaping @Sendable (Value, YAMLNode, inout SchemaReading) -> Other?
    ) -> Shape<Other> {
        Shape<Other>(form: form, takesNull: takesNull) { node, reading in
            read(node, &reading).flatMap { transform($0, node, &reading) }
        }
    }
}

/// What a shape is, as data.
package indirect enum ShapeForm: Sendable {
    case text(TextRule?)
    case boolean
    case integer(ClosedRange<Int>)
    case choice([String])
    case list(ShapeForm, atLeast: Int)
    case map(names: TextRule?, values: ShapeForm)
    case record(RecordForm)
    case either([ShapeForm])
    case any

    /// How to write such a value where `node` stands.
    func advice(for node: YAMLNode) -> String {
        let nullWord = node.scalar.map { !$0.text.isEmpty } ?? false
        switch self {
        case .text(nil):
            return nullWord ? "Put the word in quotes if it is meant." : "Write a text, or `\"\"` for an empty one."
        case .text(let rule?): return "It takes \(rule.words)."
        case .boolean: return "Write `true` or `false`."
        case .integer(let range): return "Write a whole number\(range.words)."
        case .choice(let names):
            return names.count == 1
                ? "It must be \(Wording.list(names))." : "It is one of \(Wording.list(names, "or"))."
        case .list: return "Write each item on a line of its own that begins with `- `."
        case .map: return "Write `NAME: value` lines beneath it, indented by two spaces."
        case .record(let form): return form.keysAdvice
        case .either(let forms): return forms.first?.advice(for: node) ?? ""
        case .any: return "Write a value."
        }
    }
}

extension ClosedRange<Int> {
    /// ` from 1 to 10`, ` of at least 1`, or nothing.
    var words: String {
        switch (lowerBound == .min, upperBound == .max) {
        case (true, true): ""
        case (false, true): " of at least \(lowerBound)"
        case (true, false): " of at most \(upperBound)"
        case (false, false): " from \(lowerBound) to \(upperBound)"
        }
    }
}
