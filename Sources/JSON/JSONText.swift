/// JSON kept as its canonical text, a fraction of the memory that its value takes, for what is seldom looked into.
package struct JSONText: Sendable, Hashable, CustomStringConvertible {
    package let bytes: [UInt8]

    package init(_ value: JSONValue) { bytes = value.encodedBytes() }

    /// Text that is canonical JSON; nil when it is not JSON.
    package init?(canonical bytes: [UInt8]) {
        guard bytes.withUnsafeBufferPointer(JSONParser.check) == nil else { return nil }
        self.bytes = bytes
    }

    /// Parsed anew each time.
    package var value: JSONValue { (try? JSONValue(parsing: bytes)) ?? .null }

    /// The same, but for the objects at a path of members: they are the text that they are.
    package func value(keepingText path: [String]) -> JSONValue { (try? JSONValue(parsing: bytes, keepingText: path)) ?? .null }

    package var description: String { String(decoding: bytes, as: UTF8.self) }
}
