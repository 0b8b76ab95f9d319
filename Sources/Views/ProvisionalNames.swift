import Model

/// Names of Secrets end in a digest under a key that the state keeps. Without a state there is none yet: a plan has made one up, and the
/// digits would be others in the next plan, and in the apply.
struct ProvisionalNames {
    private let shown: [Substring: String]

    init(_ plan: Plan) {
        shown = Dictionary(
            plan.changes.compactMap { change in
                guard change.type.kind == "Secret", let base = change.manifest?.baseName, base != change.address.name else { return nil }
                return (change.address.name[...], "\(base)-(known after apply)")
            }, uniquingKeysWith: { first, _ in first })
    }

    /// The text without the digits.
    func masking(_ text: String) -> String {
        guard !shown.isEmpty else { return text }
        var masked = ""
        masked.reserveCapacity(text.utf8.count)
        var rest = text[...]
        while !rest.isEmpty {
            let word = rest.prefix(while: Self.isOfNames)
            masked += shown[word] ?? String(word)
            rest = rest[word.endIndex...]
            let between = rest.prefix { !Self.isOfNames($0) }
            masked += between
            rest = rest[between.endIndex...]
        }
        return masked
    }

    private static func isOfNames(_ character: Character) -> Bool {
        character.isASCII && (character.isLowercase || character.isNumber || character == "-" || character == ".")
    }
}
