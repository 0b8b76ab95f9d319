/// How a JSON text is laid out. Keys are sorted in both.
package enum JSONStyle: Sendable, Hashable {
    /// No white space at all.
    case compact
    /// A line for every member and element, two spaces a level; empty arrays and objects stay on their line. No newline
    /// at the end.
    case pretty
}

extension JSONValue {
    /// The canonical text: the same value gives the same bytes everywhere. Keys are sorted, doubles written with the
    /// fewest digits that read back as the same value, integers as integers, and only what RFC 8259 says must be
    /// escaped is.
    ///
    /// Reading the text gives an equal value, but for numbers that JSON cannot hold: infinities and not-a-number are
    /// written as `null`.
    package func encoded(_ style: JSONStyle = .compact) -> String {
        String(decoding: encodedBytes(style), as: UTF8.self)
    }

    /// The canonical text in UTF-8.
    package func encodedBytes(_ style: JSONStyle = .compact) -> [UInt8] {
        var writer = JSONWriter(style: style)
        writer.write(self)
        return writer.bytes
    }
}

extension JSONValue {
    /// Gives `take` the canonical text of an object in pieces. The elements of its array `key`, of which the value has none, are those
    /// of `elements`, which are asked for one by one: a long list so takes little memory.
    package func encode(_ elements: some Sequence<JSONValue>, at key: String, to take: ([UInt8]) -> Void) {
        var writer = JSONWriter(style: .compact)
        writer.write(object ?? [:], elements, at: key, to: take)
    }
}

struct JSONWriter {
    private(set) var bytes: [UInt8] = []
    private let pretty: Bool
    private var level = 0

    /// How long a piece becomes, at least.
    private static let piece = 65_536

    init(style: JSONStyle) {
        pretty = style == .pretty
    }

    mutating func write(_ value: JSONValue) {
        switch value {
        case .null: write(word: "null")
        case .bool(true): write(word: "true")
        case .bool(false): write(word: "false")
        case .integer(let integer): bytes.append(contentsOf: String(integer).utf8)
        case .number(let number): write(number)
        case .string(let string): write(string: string)
        case .array(let elements): write(elements)
        case .object(let members): write(members)
        }
    }

    private mutating func write(word: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
    }

    private mutating func write(_ number: Double) {
        if number.isFinite { bytes.append(contentsOf: number.description.utf8) } else { write(word: "null") }
    }

    private mutating func write(_ elements: some Sequence<JSONValue>, after each: (inout JSONWriter) -> Void = { _ in }) {
        bytes.append(UInt8(ascii: "["))
        level += 1
        var first = true
        for element in elements {
            separate(&first)
            write(element)
            each(&self)
        }
        close(UInt8(ascii: "]"), empty: first)
    }

    private mutating func write(
        _ members: JSONObject, each: (inout JSONWriter, String, JSONValue) -> Void = { writer, _, value in writer.write(value) }
    ) {
        bytes.append(UInt8(ascii: "{"))
        level += 1
        var first = true
        for (key, value) in members {
            separate(&first)
            write(string: key)
            bytes.append(UInt8(ascii: ":"))
            if pretty { bytes.append(0x20) }
            each(&self, key, value)
        }
        close(UInt8(ascii: "}"), empty: first)
    }

    mutating func write(_ members: JSONObject, _ elements: some Sequence<JSONValue>, at key: String, to take: ([UInt8]) -> Void) {
        write(members) { writer, name, value in
            guard name == key else { return writer.write(value) }
            writer.write(elements) { writer in
                guard writer.bytes.count >= Self.piece else { return }
                take(writer.bytes)
                writer.bytes.removeAll(keepingCapacity: true)
            }
        }
        take(bytes)
    }

    private mutating func separate(_ first: inout Bool) {
        if !first { bytes.append(UInt8(ascii: ",")) }
        first = false
        if pretty { newline() }
    }

    private mutating func close(_ bracket: UInt8, empty: Bool) {
        level -= 1
        if pretty, !empty { newline() }
        bytes.append(bracket)
    }

    private mutating func newline() {
        bytes.append(0x0A)
        bytes.append(contentsOf: repeatElement(0x20, count: level * 2))
    }

    private mutating func write(string: String) {
        bytes.append(UInt8(ascii: "\""))
        var string = string
        string.withUTF8 { text in
            var run = 0
            for (index, byte) in text.enumerated() where Self.mustEscape(byte) {
                bytes.append(contentsOf: text[run..<index])
                escape(byte)
                run = index + 1
            }
            bytes.append(contentsOf: text[run...])
        }
        bytes.append(UInt8(ascii: "\""))
    }

    @inline(__always)
    private static func mustEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private mutating func escape(_ byte: UInt8) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case 0x08: bytes.append(UInt8(ascii: "b"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0C: bytes.append(UInt8(ascii: "f"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        case 0..<0x20:
            write(word: "u00")
            bytes.append(0x30 + byte >> 4)
            bytes.append(byte & 0xF < 10 ? 0x30 + byte & 0xF : 0x57 + byte & 0xF)
        default: bytes.append(byte)
        }
    }
}
