/// References to container images: `[HOST[:PORT]/]PATH[:TAG][@DIGEST]`, by the grammar of
/// https://pkg.go.dev/github.com/distribution/reference. A first part is a host when it has a `.` or a `:` in it, or is
/// `localhost`.
enum ImageReference {
    static func isValid(_ text: String) -> Bool {
        let halves = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        guard let name = halves.first, halves.count == 1 || isDigest(halves[1]) else { return false }
        var parts = name.split(separator: "/", omittingEmptySubsequences: false)
        if parts.count > 1, let host = parts.first, host == "localhost" || host.contains(where: { $0 == "." || $0 == ":" }) {
            guard isHost(host) else { return false }
            parts.removeFirst()
        }
        guard let last = parts.popLast() else { return false }
        let tagged = last.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard tagged.count == 1 || isTag(tagged[1]) else { return false }
        return name.utf8.count <= 255 && (parts + tagged.prefix(1)).allSatisfy(isComponent)
    }

    /// The same with spaces around it cut and its repository in lower case; the tag is as it was.
    static func mended(_ text: String) -> String? {
        var trimmed = text.drop { $0.isWhitespace }
        while trimmed.last?.isWhitespace == true { trimmed.removeLast() }
        let whole = String(trimmed)
        let start = whole.lastIndex(of: "/") ?? whole.startIndex
        let end = whole[start...].firstIndex { $0 == ":" || $0 == "@" } ?? whole.endIndex
        return whole[..<end].lowercased() + whole[end...]
    }

    /// Runs of small letters and digits, joined by `.`, `_`, `__` or dashes.
    private static func isComponent(_ text: Substring) -> Bool {
        var joint = ""
        for byte in text.utf8 {
            if isSmall(byte) {
                guard ["", ".", "_", "__"].contains(joint) || joint.allSatisfy({ $0 == "-" }) else { return false }
                joint = ""
            } else {
                guard byte < 128 else { return false }
                joint.unicodeScalars.append(Unicode.Scalar(byte))
            }
        }
        return joint.isEmpty && text.utf8.first.map(isSmall) == true
    }

    private static func isTag(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= 128 else { return false }
        return first != UInt8(ascii: ".") && first != UInt8(ascii: "-")
            && text.utf8.allSatisfy { isAlphanumeric($0) || "_.-".utf8.contains($0) }
    }

    private static func isHost(_ text: Substring) -> Bool {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2, Int(parts[1]) == nil || !parts[1].utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }) { return false }
        return parts[0].split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            !label.isEmpty && !label.hasPrefix("-") && !label.hasSuffix("-")
                && label.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
        }
    }

    /// `sha256:` and at least 32 hexadecimal digits.
    private static func isDigest(_ text: Substring) -> Bool {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let first = parts[0].first, first.isLetter else { return false }
        let isAlgorithm = parts[0].utf8.allSatisfy { isAlphanumeric($0) || "+._-".utf8.contains($0) }
        return isAlgorithm && parts[1].utf8.count >= 32
            && parts[1].utf8.allSatisfy { $0 >= 48 && $0 <= 57 || $0 | 0x20 >= 97 && $0 | 0x20 <= 102 }
    }

    private static func isSmall(_ byte: UInt8) -> Bool { byte >= 48 && byte <= 57 || byte >= 97 && byte <= 122 }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        byte >= 48 && byte <= 57 || byte | 0x20 >= 97 && byte | 0x20 <= 122
    }
}
