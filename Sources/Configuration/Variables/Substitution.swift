import Model
import Schema
import YAML

/// Fills the variables' values into one file's tree, before it is read, so that a value may stand wherever text,
/// a number or a word may.
struct Substitution {
    let variables: VariableValues
    private(set) var reading: SchemaReading
    /// Where values stand into which a sensitive variable was filled.
    private(set) var sensitive: Set<SourcePosition> = []

    init(variables: VariableValues, reading: SchemaReading) {
        self.variables = variables
        self.reading = reading
    }

    /// Which part of the file a node is. Secrets may go into configuration values and nowhere else.
    private enum Place {
        case file, untouched, runtimes, runtime, versions, version, config, entry, value, other

        func child(_ key: String?) -> Place {
            switch (self, key) {
            case (.untouched, _), (.file, "variables"), (.file, "kreform"): .untouched
            case (.file, "runtimes"): .runtimes
            case (.runtimes, nil): .runtime
            case (.runtime, "versions"): .versions
            case (.versions, nil): .version
            case (.runtime, "config"), (.version, "config"): .config
            case (.config, .some): .entry
            case (.entry, "value"): .value
            default: .other
            }
        }

        var takesSecrets: Bool { self == .entry || self == .value }
    }

    mutating func fill(_ root: YAMLNode) -> YAMLNode { fill(root, at: .file) }

    private mutating func fill(_ node: YAMLNode, at place: Place) -> YAMLNode {
        guard place != .untouched else { return node }
        switch node.kind {
        case .scalar(let scalar):
            return scalar.text.contains("${") ? fill(scalar, of: node, at: place) : node
        case .sequence(let items):
            let filled = items.map { fill($0, at: place.child(nil)) }
            return YAMLNode(kind: .sequence(filled), tag: node.tag, range: node.range, alias: node.alias)
        case .mapping(let pairs):
            let filled = pairs.map { pair in
                YAMLPair(key: pair.key, value: fill(pair.value, at: place.child(pair.key.scalar?.text ?? "")))
            }
            return YAMLNode(kind: .mapping(filled), tag: node.tag, range: node.range, alias: node.alias)
        }
    }

    private mutating func fill(_ scalar: YAMLScalar, of node: YAMLNode, at place: Place) -> YAMLNode {
        var text = ""
        var isSound = true
        for part in Interpolation(scalar.text).parts {
            switch part {
            case .text(let plain):
                text += plain
            case .unknown(let content, let range):
                reportUnknown(content, at: span(of: range, in: scalar, node))
                isSound = false
            case .variable(let name, let range):
                let span = span(of: range, in: scalar, node)
                guard let value = value(of: name, at: span, place) else {
                    isSound = false
                    continue
                }
                text += value
                if variables.isSensitive(name) { sensitive.insert(reading.source.span(node.range).start) }
            }
        }
        guard isSound else {
            reading.excuse(node)
            return node
        }
        let filled = YAMLNode(
            kind: .scalar(YAMLScalar(text: text, style: scalar.style)), tag: node.tag, range: node.range,
            alias: node.alias)
        // A variable's text `null`, or an empty one, is a text and not an absent value.
        guard filled.isNull else { return filled }
        let quoted = YAMLScalar(text: text, style: .doubleQuoted)
        return YAMLNode(kind: .scalar(quoted), tag: node.tag, range: node.range, alias: node.alias)
    }

    /// The value to fill in; nil when there is none or it must not stand here, which has then been reported.
    private mutating func value(of name: String, at span: SourceSpan, _ place: Place) -> String? {
        guard variables.isDeclared(name) else {
            let near = didYouMean("var.\(name)", among: variables.names.map { "var.\($0)" })
            reading.report(
                code: "unknown-variable", summary: "There is no variable \(Wording.code(name))",
                detail: near ?? "Declare it under `variables`, at the top of the file.", at: span)
            return nil
        }
        if variables.isSensitive(name), !place.takesSecrets {
            reading.report(
                code: "sensitive-value", summary: "The sensitive variable \(Wording.code(name)) would be shown here",
                detail: "A sensitive value can stand in `config` only. Use another variable, or remove "
                    + "`sensitive: true`.", at: span)
            return nil
        }
        return variables.value(of: name)
    }

    private mutating func reportUnknown(_ content: String?, at span: SourceSpan) {
        guard let content else {
            reading.report(
                code: "bad-interpolation", summary: "A `${` is not closed",
                detail: "Write `${var.NAME}`, or `$${` for the characters `${`.", at: span)
            return
        }
        let name = content.hasPrefix("var.") ? String(content.dropFirst(4)) : content
        let near = nearest(to: name, among: variables.names) ?? (variables.isDeclared(name) ? name : nil)
        let mend = near.map { "Did you mean `${var.\($0)}`? " } ?? ""
        reading.report(
            code: "bad-interpolation", summary: "\(Wording.code("${\(content)}")) is not a variable",
            detail: "\(mend)Only `${var.NAME}` is filled in; write `$${` for the characters `${`.", at: span)
    }

    /// Where some of a scalar's characters stand, when that can be told: it is on one line and without escapes.
    private func span(of range: Range<Int>, in scalar: YAMLScalar, _ node: YAMLNode) -> SourceSpan {
        let quotes = scalar.style == .singleQuoted || scalar.style == .doubleQuoted ? 1 : 0
        let isVerbatim = node.start.line == node.end.line
            && node.end.column - node.start.column == scalar.text.unicodeScalars.count + 2 * quotes
        guard isVerbatim else { return reading.source.span(node.range) }
        let first = node.start.column + quotes
        return reading.source.span(
            YAMLRange(
                start: YAMLMark(line: node.start.line, column: first + range.lowerBound),
                end: YAMLMark(line: node.start.line, column: first + range.upperBound)))
    }
}
