/// JSON kept as its canonical text, a fraction of the memory that its value takes, for what is seldom looked into.
package struct JSONText: Sendable, Hashable, CustomStringConvertible {
    package let bytes: [UInt8]

    package init(_ value: JSONValue) { bytes = value.encodedBytes() }

    /// Text that is canonical JSON; nil when it is not JSON.
    package init?(canonical bytes: [UInt8]) {
        guard bytes.withUnsafeBufferPointer(JSONParser.check) == nil else { return nil }
        self.bytes = bytes
    }

    fileprivate init(unchecked bytes: [UInt8]) { self.bytes = bytes }

    package func hash(into hasher: inout Hasher) { bytes.withUnsafeBytes { hasher.combine(bytes: $0) } }

    /// Parsed anew each time.
    package var value: JSONValue { (try? JSONValue(parsing: bytes)) ?? .null }

    /// The same, but for the objects at a path of members: they are the text that they are.
    package func value(keepingText path: [String]) -> JSONValue { (try? JSONValue(parsing: bytes, keepingText: path)) ?? .null }

    package var description: String { String(decoding: bytes, as: UTF8.self) }
}

/// Texts of which many are the same: each is looked at once, and in memory once.
package struct SharedTexts {
    private var texts: Set<JSONText> = []

    package init() {}

    /// As `JSONText(canonical:)`.
    package mutating func text(canonical bytes: [UInt8]) -> JSONText? {
        let text = JSONText(unchecked: bytes)
        if let known = texts.firstIndex(of: text) { return texts[known] }
        guard let checked = JSONText(canonical: bytes) else { return nil }
        texts.insert(checked)
        return checked
    }
}
