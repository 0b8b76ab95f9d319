import YAML

/// How names and values are written in messages.
package enum Wording {
    /// The text between backticks, on one line and not too long.
    package static func code(_ text: String) -> String { code(text, limit: 60) }

    /// A path between backticks, on one line and whole.
    package static func path(_ text: String) -> String { code(text, limit: .max - 1) }

    private static func code(_ text: String, limit: Int) -> String {
        var shown = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(limit + 1) {
            switch scalar {
            case "\n": shown.append(contentsOf: "\\n".unicodeScalars)
            case "`": shown.append("'")
            case _ where scalar.properties.generalCategory == .control: shown.append("\u{FFFD}")
            default: shown.append(scalar)
            }
        }
        if shown.count > limit {
            shown = String.UnicodeScalarView(shown.prefix(limit - 1))
            shown.append("…")
        }
        return "`\(String(shown))`"
    }

    /// `` `a`, `b` and `c` ``.
    package static func list(_ names: [String], _ word: String = "and") -> String {
        let names = names.map(code)
        guard let last = names.last, names.count > 1 else { return names.first ?? "" }
        return names.dropLast().joined(separator: ", ") + " \(word) " + last
    }

    /// What a node is, with its text when it is short: `a list`, `` the text `x` ``.
    static func found(_ node: YAMLNode) -> String {
        switch node.kind {
        case .sequence: return "a list"
        case .mapping: return "a mapping"
        case .scalar(let scalar):
            if node.isNull { return "empty" }
            if scalar.style == .literal || scalar.style == .folded { return "a text of several lines" }
            if scalar.style != .plain { return "the text \(quoted(scalar.text))" }
            return ["true", "false"].contains(scalar.text) || Int(scalar.text) != nil
                ? code(scalar.text) : "the text \(code(scalar.text))"
        }
    }

    private static func quoted(_ text: String) -> String { code("\"\(text)\"") }

    /// `!!str` for `tag:yaml.org,2002:str`.
    static func short(tag: String) -> String {
        let core = "tag:yaml.org,2002:"
        return tag.hasPrefix(core) ? "!!" + tag.dropFirst(core.count) : tag
    }
}
