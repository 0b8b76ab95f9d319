import Model

/// What a text must be beyond being text, in words for people and as a pattern for editors.
package struct TextRule: Sendable {
    /// The diagnostic's code, such as `bad-name`.
    package let code: String
    /// Completes "is not …": `a valid name`.
    package let noun: String
    /// Completes "takes …", without a full stop.
    package let words: String
    /// A regular expression of ECMA 262 that says the same as `holds`, for JSON Schema.
    package let pattern: String?
    /// The greatest number of characters.
    package let limit: Int?
    let holds: @Sendable (String) -> Bool
    /// A text that would do, made from one that does not.
    let mended: @Sendable (String) -> String?

    package init(
        code: String, noun: String, words: String, pattern: String? = nil, limit: Int? = nil,
        mended: @escaping @Sendable (String) -> String? = { _ in nil }, holds: @escaping @Sendable (String) -> Bool
    ) {
        self.code = code
        self.noun = noun
        self.words = words
        self.pattern = pattern
        self.limit = limit
        self.holds = holds
        self.mended = mended
    }

    /// Whether `text` keeps the rule.
    package func accepts(_ text: String) -> Bool {
        holds(text) && text.unicodeScalars.count <= limit ?? .max
    }

    /// The diagnostic's summary and detail for a text that breaks the rule.
    func complaint(about text: String, subject: String) -> (summary: String, detail: String) {
        let near = mended(text).flatMap { accepts($0) ? " \(Wording.code($0)) would do." : nil } ?? ""
        if let limit, text.unicodeScalars.count > limit, holds(text) {
            return (
                "\(Wording.code(text)) is too long for \(subject)",
                "It has \(text.unicodeScalars.count) characters and may have \(limit)." + near
            )
        }
        return ("\(Wording.code(text)) is not \(noun)", "\(subject.capitalisedFirst) takes \(words).\(near)")
    }
}

extension TextRule {
    /// Any text but an empty one.
    package static let filled = TextRule(
        code: "empty-value", noun: "a text", words: "a text that is not empty", pattern: #"\S"#
    ) { text in text.contains { !$0.isWhitespace } }

    /// KRT's and Kubernetes' names: `^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`.
    package static func resourceName(limit: Int = ObjectNames.labelLimit) -> TextRule {
        TextRule(
            code: "bad-name", noun: "a valid name",
            words: "lower-case letters, digits and `-`, at most \(limit), beginning and ending with a letter or digit",
            pattern: "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", limit: limit, mended: resourceNameLike,
            holds: ObjectNames.isResourceName)
    }

    /// Names of configuration: `^[A-Z0-9]([_A-Z0-9]*[A-Z0-9])?$`.
    package static let environmentName = TextRule(
        code: "bad-name", noun: "a valid name of a variable",
        words: "capital letters, digits and `_`, beginning and ending with a letter or digit",
        pattern: "^[A-Z0-9]([_A-Z0-9]*[A-Z0-9])?$", mended: environmentNameLike, holds: isEnvironmentName)

    @Sendable private static func isEnvironmentName(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard let first = bytes.first, let last = bytes.last, first != UInt8(ascii: "_"), last != UInt8(ascii: "_")
        else { return false }
        return bytes.allSatisfy {
            (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                || $0 == UInt8(ascii: "_")
        }
    }

    @Sendable private static func resourceNameLike(_ text: String) -> String? {
        like(text.lowercased(), joint: "-") { $0 >= "a" && $0 <= "z" || $0 >= "0" && $0 <= "9" }
    }

    @Sendable private static func environmentNameLike(_ text: String) -> String? {
        like(text.uppercased(), joint: "_") { $0 >= "A" && $0 <= "Z" || $0 >= "0" && $0 <= "9" }
    }

    /// `text` with every run of other characters replaced by one `joint`, none at either end.
    private static func like(_ text: String, joint: Character, _ allowed: (Character) -> Bool) -> String {
        text.split { !allowed($0) }.joined(separator: String(joint))
    }
}

extension String {
    var capitalisedFirst: String { prefix(1).uppercased() + dropFirst() }

    /// A sentence as it continues after a colon: its first letter small, unless it begins an abbreviation.
    var afterColon: String {
        dropFirst().first?.isUppercase ?? false ? self : prefix(1).lowercased() + dropFirst()
    }
}
