import Files
import Model
import Schema
import YAML

/// The variables of all files with the values given to them.
///
/// A variable's value comes from, the first that is there: the last assignment that names it, the environment's
/// `KREFORM_VAR_name`, its default.
struct VariableValues: Sendable {
    private struct Variable: Sendable {
        let declared: DeclaredVariable
        let value: String?
    }

    private let variables: [String: Variable]

    /// Sorted.
    var names: [String] { variables.keys.sorted() }

    func isDeclared(_ name: String) -> Bool { variables[name] != nil }
    func isSensitive(_ name: String) -> Bool { variables[name]?.declared.sensitive ?? false }
    /// Nil when none was given, or a wrong one; which has been reported.
    func value(of name: String) -> String? { variables[name]?.value }

    init(_ declared: [ShapeEntry<DeclaredVariable>], inputs: Inputs, report: inout Report) {
        var known: [String: ShapeEntry<DeclaredVariable>] = [:]
        for entry in declared {
            guard let first = known[entry.name.value] else {
                known[entry.name.value] = entry
                continue
            }
            report.add(
                code: "duplicate-variable", summary: "The variable \(Wording.code(entry.name.value)) is declared twice",
                detail: "It is already declared at \(first.name.span). Keep one of the two.", at: entry.name.span)
        }
        let given = GivenValues(inputs, declared: known, report: &report)
        var variables: [String: Variable] = [:]
        for (name, entry) in known.sorted(by: { $0.key < $1.key }) {
            let value = Self.value(of: entry, given: given.values[name], report: &report)
            variables[name] = Variable(declared: entry.value.value, value: value)
        }
        self.variables = variables
    }

    private static func value(
        of entry: ShapeEntry<DeclaredVariable>, given: GivenValues.Value?, report: inout Report
    ) -> String? {
        let name = entry.name.value
        let declared = entry.value.value
        if let fallback = declared.fallback, !declared.type.accepts(fallback.value) {
            let shown = declared.sensitive ? "" : " \(Wording.code(fallback.value))"
            report.add(
                code: "wrong-type", summary: "The default\(shown) of \(Wording.code(name)) is not a \(declared.type)",
                detail: "Write \(declared.type.words), or another `type`.", at: fallback.span)
            if given == nil { return nil }
        }
        guard let given else {
            if !declared.meansFallback {
                report.add(
                    code: "missing-variable", summary: "The variable \(Wording.code(name)) has no value",
                    detail: "Give it one with `--var \(name)=VALUE`, in a `--var-file`, or as "
                        + "`\(Inputs.prefix)\(name)` in the environment; or write a `default`.", at: entry.name.span)
            }
            return declared.fallback?.value
        }
        guard declared.type.accepts(given.text) else {
            let shown = declared.sensitive ? "" : " \(Wording.code(given.text))"
            let summary = "The value\(shown) of \(Wording.code(name))\(given.origin) is not a \(declared.type)"
            report.add(
                code: "wrong-type", summary: summary, detail: "Give \(declared.type.words).",
                at: given.span ?? entry.name.span)
            return nil
        }
        return given.text
    }
}

/// The values that command line, files and environment give to declared variables.
private struct GivenValues {
    struct Value {
        let text: String
        /// Where it stands in a variables file.
        let span: SourceSpan?
        /// Continues "the value of x", when it has no span.
        let origin: String
    }

    private(set) var values: [String: Value] = [:]

    init(_ inputs: Inputs, declared: [String: ShapeEntry<DeclaredVariable>], report: inout Report) {
        for name in declared.keys {
            guard let text = inputs.environment[Inputs.prefix + name] else { continue }
            values[name] = Value(text: text, span: nil, origin: " from the environment")
        }
        for assignment in inputs.assignments {
            switch assignment {
            case .value(let name, let text):
                if declared[name] != nil {
                    values[name] = Value(text: text, span: nil, origin: " from `--var`")
                } else {
                    report.add(Self.unknown(name, among: declared.keys.sorted(), span: nil))
                }
            case .file(let path):
                read(path, declared, &report)
            }
        }
    }

    private mutating func read(
        _ path: String, _ declared: [String: ShapeEntry<DeclaredVariable>], _ report: inout Report
    ) {
        let bytes: [UInt8]
        do throws(LocalFile.Failure) {
            bytes = try LocalFile.readRegular(path, limit: 8 << 20)
        } catch {
            report.add(
                Diagnostic(
                    code: error.isAbsent ? "file-not-found" : "unreadable-file",
                    summary: error.isAbsent
                        ? "There is no variables file \(Wording.path(path))"
                        : "The variables file \(Wording.path(path)) cannot be read: \(error.reason)",
                    detail: "`--var-file` takes a YAML file of `NAME: value` lines."))
            return
        }
        var reading = SchemaReading(file: path, bytes: bytes, subject: "the variables file")
        report.add(reading.source)
        let root = reading.parse()
        if root == nil, declared.values.contains(where: \.value.value.sensitive) { report.maskAll(of: path) }
        if let root {
            for pair in root.pairs ?? [] where declared[pair.key.scalar?.text ?? ""]?.value.value.sensitive != false {
                report.mask(pair.value, in: path)
            }
            let entries = reading.read(root, as: Shape<[ShapeEntry<String>]>.map(to: .text).orEmpty([]))
            for entry in entries?.value ?? [] {
                guard declared[entry.name.value] != nil else {
                    report.add(Self.unknown(entry.name.value, among: declared.keys.sorted(), span: entry.name.span))
                    continue
                }
                values[entry.name.value] = Value(text: entry.value.value, span: entry.value.span, origin: "")
            }
        }
        report.add(reading.diagnostics)
    }

    private static func unknown(_ name: String, among names: [String], span: SourceSpan?) -> Diagnostic {
        let near = didYouMean(name, among: names)
        let known = names.isEmpty
            ? "The desired-state files declare no variables." : "The files declare \(Wording.list(names))."
        let place = span == nil ? " for `--var`" : ""
        return Diagnostic(
            code: "unknown-variable", summary: "There is no variable \(Wording.code(name))\(place)",
            detail: near ?? known, span: span)
    }
}
