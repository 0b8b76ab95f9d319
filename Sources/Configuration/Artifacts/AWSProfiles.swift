/// A file of AWS profiles: sections of `name = value` lines.
struct AWSProfiles {
    private var profiles: [String: [String: String]] = [:]

    /// Lines that are neither section nor setting are passed over, as are settings within settings.
    init(_ bytes: [UInt8]) {
        var section: String?
        for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
            let isNested = line.first?.isWhitespace ?? false
            let text = Self.trimmed(line)
            guard let first = text.first, first != "#", first != ";" else { continue }
            if first == "[" {
                section = Self.name(text)
                if let section, profiles[section] == nil { profiles[section] = [:] }
            } else if let section, !isNested, let equals = text.firstIndex(of: "=") {
                let value = Self.trimmed(text[text.index(after: equals)...])
                profiles[section]?[Self.trimmed(text[..<equals]).lowercased()] = String(value)
            }
        }
    }

    var names: [String] { profiles.keys.sorted() }

    subscript(_ name: String) -> [String: String]? { profiles[name] }

    /// `[name]`, or `[profile name]` as the file `config` has it; sections of other kinds are none.
    private static func name(_ line: Substring) -> String? {
        guard let end = line.firstIndex(of: "]") else { return nil }
        let words = line[line.index(after: line.startIndex)..<end].split(whereSeparator: \.isWhitespace)
        switch words.count {
        case 1: return String(words[0])
        case 2 where words[0] == "profile": return words[1].filter { $0 != "\"" && $0 != "'" }
        default: return nil
        }
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while text.first?.isWhitespace ?? false { text.removeFirst() }
        while text.last?.isWhitespace ?? false { text.removeLast() }
        return text
    }
}
