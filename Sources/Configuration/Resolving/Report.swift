import Model
import Schema
import YAML

/// Everything found wrong in all files, with the files' texts for excerpts, and the places that must not be shown.
struct Report: Sendable {
    private var sources: [String: SourceText] = [:]
    private var found: Set<Diagnostic> = []
    private var masks: [String: [YAMLRange]] = [:]
    private var maskedFiles: Set<String> = []

    init() {}

    mutating func add(_ source: SourceText) { sources[source.name] = source }
    mutating func add(_ diagnostic: Diagnostic) { found.insert(diagnostic) }
    mutating func add(_ diagnostics: [Diagnostic]) { found.formUnion(diagnostics) }

    mutating func add(
        _ severity: Diagnostic.Severity = .error, code: String, summary: String, detail: String, at span: SourceSpan,
        address: EntityAddress? = nil
    ) {
        let address = address.map { "\($0)" }
        found.insert(
            Diagnostic(severity, code: code, summary: summary, detail: detail, span: span, address: address))
    }

    /// Keeps the text of a scalar out of every excerpt. A list or mapping is not a secret, its scalars are.
    mutating func mask(_ node: YAMLNode, in file: String) {
        switch node.kind {
        case .scalar: masks[file, default: []].append(node.range)
        case .sequence(let items): for item in items { mask(item, in: file) }
        case .mapping(let pairs): for pair in pairs { mask(pair.value, in: file) }
        }
    }

    /// Keeps every line of a file out of excerpts.
    mutating func maskAll(of file: String) { maskedFiles.insert(file) }

    /// Sorted, each with its source line.
    var diagnostics: [Diagnostic] { found.map(explained).sorted() }

    /// With the line it stands on, secrets covered.
    func explained(_ diagnostic: Diagnostic) -> Diagnostic {
        guard let span = diagnostic.span else { return diagnostic }
        let line = diagnostic.excerpt ?? sources[span.file]?.line(span.start.line)
        return Diagnostic(
            diagnostic.severity, code: diagnostic.code, summary: diagnostic.summary, detail: diagnostic.detail,
            span: span, excerpt: line.flatMap { covered($0, of: diagnostic.code, in: span.file) },
            address: diagnostic.address)
    }

    private func covered(_ line: SourceLine, of code: String, in file: String) -> SourceLine? {
        guard !maskedFiles.contains(file) else { return nil }
        // What is not YAML has no places to cover.
        guard code != "invalid-yaml" || !line.text.contains("sensitive") else { return nil }
        let ranges = (masks[file] ?? []).filter { $0.start.line <= line.number && line.number <= $0.end.line }
        guard !ranges.isEmpty else { return line }
        var scalars = Array(line.text.unicodeScalars)
        for range in ranges {
            let first = range.start.line == line.number ? range.start.column - 1 : 0
            let last = range.end.line == line.number ? range.end.column - 1 : scalars.count
            for index in max(0, first)..<max(max(0, first), min(last, scalars.count)) where scalars[index] != " " {
                scalars[index] = "•"
            }
        }
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars)
        return SourceLine(number: line.number, text: String(text))
    }
}

extension Report: CustomReflectable {
    /// Nothing of the files' texts, which hold secrets.
    var customMirror: Mirror { Mirror(self, children: [:]) }
}
