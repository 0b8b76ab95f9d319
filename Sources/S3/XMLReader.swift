/// An element of an XML document, as the answers of S3 have them: elements with text or elements in them. Prefixes of names and
/// attributes are left out.
struct XMLElement: Hashable {
    let name: String
    /// Without what stands in the elements within it.
    fileprivate(set) var text = ""
    fileprivate(set) var children: [XMLElement] = []

    init(_ name: String) { self.name = name }

    /// The first element of the name.
    subscript(_ name: String) -> XMLElement? { children.first { $0.name == name } }
    /// The text of the first element of the name.
    func text(_ name: String) -> String? { self[name]?.text }
    func all(_ name: String) -> [XMLElement] { children.filter { $0.name == name } }
}

/// Reads a document (https://www.w3.org/TR/xml/) into its elements: no document type, no entities but the five and numbers. What
/// is not well formed is refused, but names and characters are not looked at closely.
struct XMLReader {
    /// Elements within each other.
    private static let depthLimit = 32
    private let bytes: [UInt8]
    private var place = 0

    /// The root element; nil when the bytes are no such document.
    static func read(_ bytes: [UInt8]) -> XMLElement? {
        var reader = XMLReader(bytes: bytes)
        return reader.document()
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func document() -> XMLElement? {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { place = 3 }
        guard skipBetween(), let root = element(depth: 0), skipBetween(), place == bytes.count else { return nil }
        return root
    }

    /// White space, comments and instructions, before and after the root.
    private mutating func skipBetween() -> Bool {
        while true {
            skipSpace()
            if take("<?") {
                guard skip(past: "?>") else { return false }
            } else if take("<!--") {
                guard skip(past: "-->") else { return false }
            } else {
                return true
            }
        }
    }

    private mutating func element(depth: Int) -> XMLElement? {
        guard depth < Self.depthLimit, take("<"), let name = name() else { return nil }
        guard let isEmpty = endOfStart() else { return nil }
        var element = XMLElement(Self.local(name))
        if isEmpty { return element }
        while place < bytes.count {
            if take("</") {
                guard self.name() == name else { return nil }
                skipSpace()
                return take(">") ? element : nil
            } else if take("<!--") {
                guard skip(past: "-->") else { return nil }
            } else if take("<?") {
                guard skip(past: "?>") else { return nil }
            } else if take("<![CDATA[") {
                let start = place
                guard skip(past: "]]>") else { return nil }
                element.text += String(decoding: bytes[start..<(place - 3)], as: UTF8.self)
            } else if bytes[place] == UInt8(ascii: "<") {
                guard let child = self.element(depth: depth + 1) else { return nil }
                element.children.append(child)
            } else {
                guard let text = text() else { return nil }
                element.text += text
            }
        }
        return nil
    }

    /// Passes over attributes; whether the element ends with its start, nil when it is not well formed.
    private mutating func endOfStart() -> Bool? {
        while true {
            skipSpace()
            if take("/>") { return true }
            if take(">") { return false }
            guard name() != nil else { return nil }
            skipSpace()
            guard take("=") else { return nil }
            skipSpace()
            guard take("\"") ? skip(past: "\"") : take("'") && skip(past: "'") else { return nil }
        }
    }

    private mutating func text() -> String? {
        var text: [UInt8] = []
        while place < bytes.count, bytes[place] != UInt8(ascii: "<") {
            guard bytes[place] == UInt8(ascii: "&") else {
                text.append(bytes[place])
                place += 1
                continue
            }
            let start = place + 1
            guard skip(past: ";"), let character = Self.entity(bytes[start..<(place - 1)]) else { return nil }
            text += Array(String(character).utf8)
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func entity(_ bytes: ArraySlice<UInt8>) -> Character? {
        let name = String(decoding: bytes, as: UTF8.self)
        switch name {
        case "amp": return "&"
        case "lt": return "<"
        case "gt": return ">"
        case "quot": return "\""
        case "apos": return "'"
        default:
            let number = name.hasPrefix("#x") ? UInt32(name.dropFirst(2), radix: 16) : name.hasPrefix("#") ? UInt32(name.dropFirst()) : nil
            return number.flatMap(Unicode.Scalar.init).map(Character.init)
        }
    }

    private mutating func name() -> String? {
        let start = place
        while place < bytes.count, !Self.endsName(bytes[place]) { place += 1 }
        return place == start ? nil : String(decoding: bytes[start..<place], as: UTF8.self)
    }

    private static func local(_ name: String) -> String { String(name.split(separator: ":").last ?? "") }

    private static func endsName(_ byte: UInt8) -> Bool { isSpace(byte) || "<>/=\"'&?!".utf8.contains(byte) }
    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }

    private mutating func skipSpace() {
        while place < bytes.count, Self.isSpace(bytes[place]) { place += 1 }
    }

    private mutating func take(_ text: StaticString) -> Bool {
        text.withUTF8Buffer { wanted in
            guard place + wanted.count <= bytes.count else { return false }
            for index in 0..<wanted.count where bytes[place + index] != wanted[index] { return false }
            place += wanted.count
            return true
        }
    }

    private mutating func skip(past text: StaticString) -> Bool {
        while place < bytes.count {
            if take(text) { return true }
            place += 1
        }
        return false
    }
}
