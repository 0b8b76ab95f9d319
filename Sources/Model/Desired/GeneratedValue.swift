import FoundationEssentials
import JSON

/// How a Secret's value is made.
package enum GeneratedValue: Sendable, Hashable {
    /// So many letters and digits.
    case random(Int)
    /// Text with other values of the same Secret in it.
    case template([Piece])
    /// What another Secret of the same namespace has under a key, at the moment when this one is sent.
    case copy(secret: String, key: String)

    package enum Piece: Sendable, Hashable {
        case text(String)
        /// The key of another value of the same Secret.
        case value(String)
    }

    fileprivate static func characters(_ count: Int, using generator: inout some RandomNumberGenerator) -> [UInt8] {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
        return (0..<count).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &generator)] }
    }
}

extension Manifest {
    /// The names of the Secrets that values are copied from.
    package var sources: Set<String> {
        Set(generated.values.compactMap { if case .copy(let secret, _) = $0 { secret } else { nil } })
    }

    /// The values that are to be copied and that `sources`, by name, do not have, as `SECRET/KEY`, sorted.
    package func missingCopies(in sources: [String: LiveObject]) -> [String] {
        generated.values.compactMap { rule in
            guard case .copy(let secret, let key) = rule, sources[secret]?.data(key) == nil else { return nil }
            return "\(secret)/\(key)"
        }.sorted()
    }

    /// The object to send. Generated values that `live` has are kept, but for those that are renewed; others are made, with
    /// `generator`, or taken from `sources`, Secrets by name. A value that these do not have is made up: only what nobody keeps
    /// may be sent without them.
    package func resolved(
        live: LiveObject?, sources: [String: LiveObject] = [:], using generator: inout some RandomNumberGenerator
    ) -> JSONValue {
        guard !secrets.isEmpty || !generated.isEmpty else { return content }
        var values = secrets.mapValues { $0.reveal() }
        for (name, rule) in generated.sorted(by: { $0.key < $1.key }) {
            if !renewed.contains(name), let kept = live?.data(name) {
                values[name] = kept
            } else if case .random(let length) = rule {
                values[name] = GeneratedValue.characters(length, using: &generator)
            } else if case .copy(let secret, let key) = rule {
                values[name] = sources[secret]?.data(key) ?? GeneratedValue.characters(32, using: &generator)
            }
        }
        for (name, rule) in generated.sorted(by: { $0.value.depth < $1.value.depth }) {
            guard values[name] == nil, case .template(let pieces) = rule else { continue }
            values[name] = pieces.flatMap { piece in
                switch piece {
                case .text(let text): Array(text.utf8)
                case .value(let key): values[key] ?? live?.data(key) ?? []
                }
            }
        }
        var object = content
        for (name, value) in values {
            object[JSONPointer(tokens: ["data", name])] = .string(Data(value).base64EncodedString())
        }
        return object
    }
}

extension GeneratedValue {
    /// Templates of text alone come before those that other values, which may be such, are put into.
    fileprivate var depth: Int {
        guard case .template(let pieces) = self else { return 0 }
        return pieces.contains { if case .value = $0 { true } else { false } } ? 1 : 0
    }
}

extension LiveObject {
    /// A value of a Secret that is not sealed.
    fileprivate func data(_ key: String) -> [UInt8]? {
        content["data"]?[key]?.string.flatMap { Data(base64Encoded: $0) }.map(Array.init)
    }
}
