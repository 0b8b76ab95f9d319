/// A host name with `{engine}`, `{runtime}` and `{domain}` in it.
package struct HostTemplate: Sendable, Hashable, CustomStringConvertible {
    package let description: String
    private let pieces: [Piece]

    private enum Piece: Hashable {
        case text(String)
        case value(Word)
    }

    private enum Word: String, CaseIterable { case engine, runtime, domain }

    package static let entrypoint = HostTemplate(pieces: [.text("entrypoint."), .value(.runtime), .text("."), .value(.domain)])
    package static let proto = HostTemplate(pieces: [.text("proto."), .value(.runtime), .text("."), .value(.domain)])

    private init(pieces: [Piece]) {
        self.pieces = pieces
        description = pieces.map { piece in
            switch piece {
            case .text(let text): text
            case .value(let word): "{\(word.rawValue)}"
            }
        }.joined()
    }

    /// Nil when a brace has no other, or another word between them.
    package init?(_ text: String) {
        var pieces: [Piece] = []
        var rest = Substring(text)
        while let opening = rest.firstIndex(of: "{") {
            let after = rest.index(after: opening)
            guard let closing = rest[after...].firstIndex(of: "}"), let word = Word(rawValue: String(rest[after..<closing])) else {
                return nil
            }
            pieces += [.text(String(rest[..<opening])), .value(word)]
            rest = rest[rest.index(after: closing)...]
        }
        guard !text.isEmpty, !rest.contains("}") else { return nil }
        self.init(pieces: (pieces + [.text(String(rest))]).filter { $0 != .text("") })
    }

    /// Nil when it wants a domain, and there is none.
    package func filled(engine: String, runtime: String, domain: String?) -> String? {
        guard domain != nil || !pieces.contains(.value(.domain)) else { return nil }
        return pieces.map { piece in
            switch piece {
            case .text(let text): text
            case .value(.engine): engine
            case .value(.runtime): runtime
            case .value(.domain): domain ?? ""
            }
        }.joined()
    }
}
