import Fields

/// An entry of `ignore`: fields that are left to whoever else owns them in the cluster.
package struct IgnoreRule: Sendable, Hashable {
    package let kind: NamePattern
    package let name: NamePattern
    /// Never empty.
    package let fields: [FieldPattern]
    package let span: SourceSpan

    package init(kind: NamePattern, name: NamePattern, fields: [FieldPattern], span: SourceSpan) {
        self.kind = kind
        self.name = name
        self.fields = fields
        self.span = span
    }

    package func concerns(_ address: ResourceAddress) -> Bool {
        kind.matches(address.kind) && name.matches(address.name)
    }
}

/// A name in which `*` stands for any number of characters, none included.
package struct NamePattern: Sendable, Hashable, CustomStringConvertible {
    package let description: String

    package init(_ text: String) { description = text }

    package static let any = NamePattern("*")

    package func matches(_ name: String) -> Bool {
        let parts = description.split(separator: "*", omittingEmptySubsequences: false).map { Array($0.utf8) }
        guard parts.count > 1, let first = parts.first, let last = parts.last else { return name == description }
        let bytes = Array(name.utf8)
        guard bytes.count >= first.count + last.count, bytes.starts(with: first), bytes.suffix(last.count) == last[...]
        else { return false }
        // Each part as early as possible leaves the most room for those after it.
        var rest = bytes[first.count..<(bytes.count - last.count)]
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            guard let start = Self.first(part, in: rest) else { return false }
            rest = rest[(start + part.count)...]
        }
        return true
    }

    private static func first(_ part: [UInt8], in bytes: ArraySlice<UInt8>) -> Int? {
        guard bytes.count >= part.count else { return nil }
        return (bytes.startIndex...(bytes.endIndex - part.count)).first { bytes[$0...].starts(with: part) }
    }
}
