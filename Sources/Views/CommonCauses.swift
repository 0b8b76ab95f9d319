import Model

/// Diagnostics of which those with one cause are told as one: ten objects that one quota refuses are one error.
struct CommonCauses {
    /// In the order of their first.
    private(set) var groups: [Group] = []

    struct Group {
        let diagnostic: Diagnostic
        /// Which of the diagnostics given it stands for, rising.
        let members: [Int]
    }

    /// Objects that are named in one.
    private static let most = 12

    private struct Key: Hashable {
        let severity: Diagnostic.Severity
        let code: String
        let name: String
        let effect: String
    }

    init(_ diagnostics: [Diagnostic]) {
        var members: [Key: [Int]] = [:]
        for (index, diagnostic) in diagnostics.enumerated() {
            if let key = Self.key(diagnostic) { members[key, default: []].append(index) }
        }
        for (index, diagnostic) in diagnostics.enumerated() {
            guard let key = Self.key(diagnostic), let all = members[key], all.count > 1 else {
                groups.append(Group(diagnostic: diagnostic, members: [index]))
                continue
            }
            if all[0] == index { groups.append(Group(diagnostic: Self.common(all.map { diagnostics[$0] }), members: all)) }
        }
    }

    private static func key(_ diagnostic: Diagnostic) -> Key? {
        guard let cause = diagnostic.cause, diagnostic.address != nil else { return nil }
        return Key(severity: diagnostic.severity, code: diagnostic.code, name: cause.name, effect: cause.effect)
    }

    /// By their names, whatever the order in which they happened.
    private static func common(_ all: [Diagnostic]) -> Diagnostic {
        let all = all.sorted { ($0.address ?? "") < ($1.address ?? "") }
        let first = all[0]
        let names = all.map { diagnostic in
            "  \(diagnostic.address ?? "")\(diagnostic.evidence?.pod.map { " (pod \($0))" } ?? "")"
        }
        let more = names.count > most ? ["  and \(names.count - most) more"] : []
        return Diagnostic(
            first.severity, code: first.code, summary: "\(all.count) objects \(first.cause?.effect ?? "")",
            detail: ([first.cause?.detail ?? ""] + names.prefix(most) + more).joined(separator: "\n"))
    }
}
