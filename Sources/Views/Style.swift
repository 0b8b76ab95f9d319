/// How text is dressed: in colour or not, and how wide it may be. Decided once, when the command starts.
package struct Style: Sendable, Hashable {
    package let colored: Bool
    /// Columns to fill at most; values that a person may want to copy are never cut.
    package let width: Int

    package init(colored: Bool, width: Int = 80) {
        self.colored = colored
        self.width = max(40, width)
    }

    package static let plain = Style(colored: false)

    /// Whether to colour: `--color always|never` decides, then NO_COLOR (https://no-color.org), CLICOLOR_FORCE, TERM=dumb, and
    /// at last whether the output is a terminal.
    package static func isColored(choice: ColorChoice, environment: [String: String], isTerminal: Bool) -> Bool {
        switch choice {
        case .always: return true
        case .never: return false
        case .auto: break
        }
        if let value = environment["NO_COLOR"], !value.isEmpty { return false }
        if let value = environment["CLICOLOR_FORCE"], !value.isEmpty, value != "0" { return true }
        if environment["TERM"] == "dumb" { return false }
        return isTerminal
    }

    func bold(_ text: String) -> String { dress(text, "1") }
    func dim(_ text: String) -> String { dress(text, "2") }
    func red(_ text: String) -> String { dress(text, "31") }
    func green(_ text: String) -> String { dress(text, "32") }
    func yellow(_ text: String) -> String { dress(text, "33") }
    func blue(_ text: String) -> String { dress(text, "36") }

    private func dress(_ text: String, _ code: String) -> String {
        colored && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}

/// `--color`.
package enum ColorChoice: String, Sendable, CaseIterable {
    case auto, always, never
}
