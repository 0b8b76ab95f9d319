import Model
import YAML

/// One file being read: its text, and everything found wrong so far.
///
/// ```swift
/// var reading = SchemaReading(file: "kreform.yaml", bytes: bytes)
/// let root = reading.parse().flatMap { reading.read($0, as: shape) }
/// // `root` is what could be read, `reading.diagnostics` what could not.
/// ```
package struct SchemaReading: Sendable {
    package let source: SourceText
    /// In the order found.
    package private(set) var diagnostics: [Diagnostic] = []
    /// Where values stand that cannot be read for a reason already told.
    private var excused: Set<YAMLMark> = []
    /// Where texts stand that messages must not repeat.
    private var concealed: Set<YAMLMark> = []
    /// What is being read, in words: `` `replicas` ``, `` an item of `nodes` ``.
    var subject: String

    /// - Parameter subject: what the whole file is called in messages, such as `the manifest`.
    package init(file: String, bytes: [UInt8], subject: String = "the file") {
        source = SourceText(name: file, bytes: bytes)
        self.subject = subject
    }

    /// The tree of the file; nil, with a diagnostic, when it is not YAML.
    package mutating func parse(limits: YAMLLimits = .standard) -> YAMLNode? {
        do throws(YAMLError) {
            return try YAMLNode(parsing: source.bytes, limits: limits)
        } catch {
            let began = error.began.map { " It began on line \($0.line)." } ?? ""
            report(
                code: "invalid-yaml", summary: error.reason, detail: error.advice + began,
                at: source.span(error.range))
            return nil
        }
    }

    /// What `node` says, read as `shape`; nil, with at least one diagnostic, when that is not possible.
    package mutating func read<Value>(_ node: YAMLNode, as shape: Shape<Value>) -> Located<Value>? {
        let substitute = shape.substitute.map { Located($0, at: source.span(node.range)) }
        if excused.contains(node.start) { return substitute }
        if node.isNull, !shape.takesNull {
            report(
                code: "empty-value", summary: "\(subject) is empty",
                detail: shape.form.advice(for: node), at: node)
            return substitute
        }
        return shape.read(node, &self).map { Located($0, at: source.span(node.range)) } ?? substitute
    }

    /// Reads `node` and calls it `subject` in messages.
    package mutating func read<Value>(
        _ node: YAMLNode, as shape: Shape<Value>, called subject: String
    ) -> Located<Value>? {
        let outer = self.subject
        self.subject = subject
        defer { self.subject = outer }
        return read(node, as: shape)
    }

    /// Lets the scalar `node` pass without a word: it has no value, and why has been told.
    package mutating func excuse(_ node: YAMLNode) { excused.insert(node.start) }

    /// Keeps the text of the scalar `node` out of summaries and details. Excerpts are the caller's business.
    package mutating func conceal(_ node: YAMLNode) { concealed.insert(node.start) }

    /// - Parameter summary: begins with a capital letter when it is shown.
    package mutating func report(
        _ severity: Diagnostic.Severity = .error, code: String, summary: String, detail: String = "",
        at span: SourceSpan, address: String? = nil
    ) {
        let summary = summary.capitalisedFirst
        diagnostics.append(
            source.diagnostic(severity, code: code, summary: summary, detail: detail, at: span, address: address))
    }

    package mutating func report(
        _ severity: Diagnostic.Severity = .error, code: String, summary: String, detail: String = "", at node: YAMLNode
    ) {
        report(severity, code: code, summary: summary, detail: detail, at: source.span(node.range))
    }

    /// Reports that `node` is something else than `expected` (`a list`, `text`).
    mutating func reportWrongType(_ node: YAMLNode, expected: String, detail: String) {
        let found = concealed.contains(node.start) && !node.isNull ? "text" : Wording.found(node)
        report(code: "wrong-type", summary: "\(subject) must be \(expected), not \(found)", detail: detail, at: node)
    }

    /// Reports tags other than those in `known`; true when there was none.
    mutating func acceptTag(of node: YAMLNode, known: [String] = []) -> Bool {
        guard let tag = node.tag, tag != "!", !known.contains(tag) else { return true }
        report(
            code: "unsupported-tag", summary: "\(subject) has the tag \(Wording.code(Wording.short(tag: tag)))",
            detail: "Remove the tag; the reader knows what each value must be.", at: node)
        return false
    }
}
