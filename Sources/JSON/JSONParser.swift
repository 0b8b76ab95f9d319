/// A strict RFC 8259 reader over bytes.
///
/// Beyond the grammar it refuses what would make two readers disagree: keys that repeat, bytes that are not UTF-8,
/// escaped surrogates without their partner, a byte order mark, and numbers too large for a `Double`.
struct JSONParser {
    /// Arrays and objects within one another, at most.
    static let depthLimit = 256

    private struct Fault: Error {
        let reason: String
        let offset: Int
    }

    private let base: UnsafePointer<UInt8>
    private let count: Int
    private var at = 0
    private var depth = 0
    /// Where a string with escapes is put together.
    private var scratch: [UInt8] = []
    /// The array of the outermost object whose elements are given away one by one, and to whom.
    private var given: (key: String, take: (JSONValue) -> Void)?

    static func parse(_ bytes: UnsafeBufferPointer<UInt8>) -> Result<JSONValue, JSONError> { parse(bytes, nil) }

    /// As `parse`; the elements of the array `key` of the outermost object are not kept but given to `take`.
    static func parse(
        _ bytes: UnsafeBufferPointer<UInt8>, giving key: String, _ take: (JSONValue) -> Void
    ) -> Result<JSONValue, JSONError> {
        withoutActuallyEscaping(take) { parse(bytes, (key, $0)) }
    }

    private static func parse(
        _ bytes: UnsafeBufferPointer<UInt8>, _ given: (key: String, take: (JSONValue) -> Void)?
    ) -> Result<JSONValue, JSONError> {
        guard let base = bytes.baseAddress else {
            return .failure(JSONError(reason: "the text is empty", offset: 0, line: 1, column: 1))
        }
        var parser = JSONParser(base: base, count: bytes.count)
        parser.given = given
        do throws(Fault) {
            return .success(try parser.document())
        } catch {
            return .failure(JSONError(error.reason, at: error.offset, of: bytes))
        }
    }

    private init(base: UnsafePointer<UInt8>, count: Int) {
        self.base = base
        self.count = count
    }

    private func fault(_ reason: String, at offset: Int? = nil) -> Fault {
        Fault(reason: reason, offset: offset ?? at)
    }

    // MARK: Values

    private mutating func document() throws(Fault) -> JSONValue {
        if count >= 3, base[0] == 0xEF, base[1] == 0xBB, base[2] == 0xBF {
            throw fault("the text begins with a byte order mark, which JSON does not allow")
        }
        skipSpace()
        guard at < count else { throw fault("the text is empty") }
        let value = try value()
        skipSpace()
        guard at == count else { throw fault("\(found()) after the end of the value") }
        return value
    }

    private mutating func value() throws(Fault) -> JSONValue {
        guard at < count else { throw fault("the text ends where a value was expected") }
        switch base[at] {
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "{"): return try nested { parser throws(Fault) in try parser.object() }
        case UInt8(ascii: "["): return try nested { parser throws(Fault) in try parser.array() }
        case UInt8(ascii: "-"), 0x30...0x39: return try number()
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        default: throw fault("\(found()) where a value was expected")
        }
    }

    @inline(__always)
    private mutating func nested<Answer>(
        _ body: (inout JSONParser) throws(Fault) -> Answer
    ) throws(Fault) -> Answer {
        guard depth < Self.depthLimit else {
            throw fault("more than \(Self.depthLimit) arrays and objects within one another")
        }
        depth += 1
        defer { depth -= 1 }
        return try body(&self)
    }

    private mutating func object() throws(Fault) -> JSONValue {
        let start = at
        at += 1
        var members: [JSONObject.Element] = []
        skipSpace()
        if peek() == UInt8(ascii: "}") {
            at += 1
            return .object(JSONObject())
        }
        while true {
            skipSpace()
            guard peek() == UInt8(ascii: "\"") else {
                throw expected("a key in double quotes", in: "object", from: start)
            }
            let key = try string()
            skipSpace()
            guard peek() == UInt8(ascii: ":") else { throw expected("\":\"", in: "object", from: start) }
            at += 1
            skipSpace()
            if depth == 1, let given, given.key == key, peek() == UInt8(ascii: "[") {
                try nested { parser throws(Fault) in try parser.array(given.take) }
                members.append((key, .array([])))
            } else {
                members.append((key, try value()))
            }
            skipSpace()
            switch peek() {
            case UInt8(ascii: ","): at += 1
            case UInt8(ascii: "}"):
                at += 1
                let count = members.count
                let object = JSONObject(unsorted: members)
                guard object.count == count else { throw try repeated(in: start) }
                return .object(object)
            default: throw expected("\",\" or \"}\"", in: "object", from: start)
            }
        }
    }

    /// Where the object that begins at `start`, and was found to be whole, gives a key for the second time.
    private mutating func repeated(in start: Int) throws(Fault) -> Fault {
        var seen: Set<String> = []
        given = nil
        at = start + 1
        while true {
            skipSpace()
            let keyStart = at
            let key = try string()
            guard seen.insert(key).inserted else {
                return fault("the key \(JSONValue.string(key).encoded()) is given twice in one object", at: keyStart)
            }
            skipSpace()
            at += 1
            skipSpace()
            _ = try value()
            skipSpace()
            at += 1
        }
    }

    private mutating func array() throws(Fault) -> JSONValue {
        var elements: [JSONValue] = []
        try array { elements.append($0) }
        return .array(elements)
    }

    @inline(__always)
    private mutating func array(_ take: (JSONValue) -> Void) throws(Fault) {
        let start = at
        at += 1
        skipSpace()
        if peek() == UInt8(ascii: "]") {
            at += 1
            return
        }
        while true {
            skipSpace()
            take(try value())
            skipSpace()
            switch peek() {
            case UInt8(ascii: ","): at += 1
            case UInt8(ascii: "]"):
                at += 1
                return
            default: throw expected("\",\" or \"]\"", in: "array", from: start)
            }
        }
    }

    private mutating func literal(_ word: StaticString, _ value: JSONValue) throws(Fault) -> JSONValue {
        let length = word.utf8CodeUnitCount
        for index in 0..<length {
            guard at + index < count, base[at + index] == word.utf8Start[index] else {
                throw fault("\(found()) where a value was expected")
            }
        }
        at += length
        return value
    }

    // MARK: Numbers

    private mutating func number() throws(Fault) -> JSONValue {
        let start = at
        let negative = base[at] == UInt8(ascii: "-")
        if negative { at += 1 }
        guard digit() != nil else { throw fault("\(found()) where a digit was expected") }
        var magnitude: UInt = 0
        var overflow = false
        if peek() == 0x30 {
            at += 1
            if digit() != nil { throw fault("a number begins with a superfluous 0", at: start) }
        }
        while let digit = digit() {
            let (tens, first) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, second) = tens.addingReportingOverflow(digit)
            magnitude = sum
            overflow = overflow || first || second
            at += 1
        }
        var whole = true
        if peek() == UInt8(ascii: ".") {
            at += 1
            whole = false
            try digits()
        }
        if peek() == UInt8(ascii: "e") || peek() == UInt8(ascii: "E") {
            at += 1
            whole = false
            if peek() == UInt8(ascii: "+") || peek() == UInt8(ascii: "-") { at += 1 }
            try digits()
        }
        if whole, !overflow, !(negative && magnitude == 0) {
            if !negative, magnitude <= UInt(Int.max) { return .integer(Int(magnitude)) }
            if negative, magnitude <= Int.min.magnitude { return .integer(Int(truncatingIfNeeded: 0 &- magnitude)) }
        }
        let text = String(decoding: UnsafeBufferPointer(start: base + start, count: at - start), as: UTF8.self)
        guard let value = Double(text), value.isFinite else {
            throw fault("the number is too large for a double", at: start)
        }
        return .number(value)
    }

    @inline(__always)
    private func digit() -> UInt? {
        guard at < count, base[at] &- 0x30 < 10 else { return nil }
        return UInt(base[at] &- 0x30)
    }

    private mutating func digits() throws(Fault) {
        guard digit() != nil else { throw fault("\(found()) where a digit was expected") }
        while digit() != nil { at += 1 }
    }

    // MARK: Strings

    private mutating func string() throws(Fault) -> String {
        let start = at
        at += 1
        let first = at
        var ascii = true
        while at < count {
            let byte = base[at]
            if byte == UInt8(ascii: "\"") {
                let text = try text(UnsafeBufferPointer(start: base + first, count: at - first), ascii, from: first)
                at += 1
                return text
            }
            if byte == UInt8(ascii: "\\") { return try escapedString(from: start) }
            if byte < 0x20 { throw control(byte) }
            if byte >= 0x80 { ascii = false }
            at += 1
        }
        throw fault("the string that begins here does not end", at: start)
    }

    private func text(
        _ bytes: UnsafeBufferPointer<UInt8>, _ ascii: Bool, from first: Int
    ) throws(Fault) -> String {
        if ascii { return String(decoding: bytes, as: UTF8.self) }
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        throw Fault(reason: "a string holds bytes that are not UTF-8", offset: first + Self.validPrefix(of: bytes))
    }

    /// `at` is at the first backslash of the string that begins at `start`.
    private mutating func escapedString(from start: Int) throws(Fault) -> String {
        scratch.removeAll(keepingCapacity: true)
        var run = start + 1
        while at < count {
            switch base[at] {
            case UInt8(ascii: "\""):
                try take(run)
                at += 1
                return String(decoding: scratch, as: UTF8.self)
            case UInt8(ascii: "\\"):
                try take(run)
                try escape()
                run = at
            case 0..<0x20:
                throw control(base[at])
            default:
                at += 1
            }
        }
        throw fault("the string that begins here does not end", at: start)
    }

    /// Moves the plain bytes from `run` up to `at` into `scratch`, when they are UTF-8.
    private mutating func take(_ run: Int) throws(Fault) {
        let bytes = UnsafeBufferPointer(start: base + run, count: at - run)
        _ = try text(bytes, bytes.allSatisfy { $0 < 0x80 }, from: run)
        scratch.append(contentsOf: bytes)
    }

    private mutating func escape() throws(Fault) {
        let start = at
        guard at + 1 < count else { throw fault("the text ends within an escape") }
        let letter = base[at + 1]
        at += 2
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): scratch.append(letter)
        case UInt8(ascii: "b"): scratch.append(0x08)
        case UInt8(ascii: "f"): scratch.append(0x0C)
        case UInt8(ascii: "n"): scratch.append(0x0A)
        case UInt8(ascii: "r"): scratch.append(0x0D)
        case UInt8(ascii: "t"): scratch.append(0x09)
        case UInt8(ascii: "u"):
            var code = try hexadecimal(from: start)
            if code & 0xFC00 == 0xD800, at + 1 < count, base[at] == UInt8(ascii: "\\"),
                base[at + 1] == UInt8(ascii: "u")
            {
                at += 2
                let low = try hexadecimal(from: at - 2)
                guard low & 0xFC00 == 0xDC00 else { throw fault("a surrogate without its partner", at: start) }
                code = 0x10000 + (code & 0x3FF) << 10 + low & 0x3FF
            }
            guard let scalar = Unicode.Scalar(code) else { throw fault("a surrogate without its partner", at: start) }
            scratch.append(contentsOf: Character(scalar).utf8)
        default:
            throw fault("an unknown escape in a string", at: start)
        }
    }

    private mutating func hexadecimal(from start: Int) throws(Fault) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard at < count else { throw fault("the text ends within an escape", at: start) }
            switch base[at] {
            case 0x30...0x39: code = code << 4 | UInt32(base[at] - 0x30)
            case 0x41...0x46: code = code << 4 | UInt32(base[at] - 0x37)
            case 0x61...0x66: code = code << 4 | UInt32(base[at] - 0x57)
            default: throw fault("\\u must be followed by four hexadecimal digits", at: start)
            }
            at += 1
        }
        return code
    }

    /// Bytes before the first that is not UTF-8.
    private static func validPrefix(of bytes: UnsafeBufferPointer<UInt8>) -> Int {
        var parser = Unicode.UTF8.ForwardParser()
        var iterator = bytes.makeIterator()
        var offset = 0
        while case .valid(let scalar) = parser.parseScalar(from: &iterator) { offset += scalar.count }
        return offset
    }

    // MARK: Words and spaces

    @inline(__always)
    private func peek() -> UInt8? {
        at < count ? base[at] : nil
    }

    @inline(__always)
    private mutating func skipSpace() {
        while at < count, base[at] <= 0x20,
            base[at] == 0x20 || base[at] == 0x0A || base[at] == 0x0D || base[at] == 0x09
        { at += 1 }
    }

    private func control(_ byte: UInt8) -> Fault {
        fault("a control character (\(byte)) in a string must be written as an escape")
    }

    private func expected(_ what: String, in container: String, from start: Int) -> Fault {
        at < count
            ? fault("\(found()) where \(what) was expected")
            : fault("the \(container) that begins here does not end", at: start)
    }

    /// What stands at `at`, for a message.
    private func found() -> String {
        guard at < count else { return "the end of the text" }
        let byte = base[at]
        switch byte {
        case UInt8(ascii: "\""): return "a string"
        case 0x21...0x7E: return "\"\(Unicode.Scalar(byte))\""
        case 0x80...: return "a character outside ASCII"
        default: return "a control character (\(byte))"
        }
    }
}
