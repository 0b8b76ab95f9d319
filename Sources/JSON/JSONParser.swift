/// A strict RFC 8259 reader over bytes.
///
/// Beyond the grammar it refuses what would make two readers disagree: keys that repeat, bytes that are not UTF-8,
/// escaped surrogates without their partner, a byte order mark, and numbers too large for a `Double`.
struct JSONParser {
    /// Arrays and objects within one another, at most.
    static let depthLimit = 256

    struct Fault: Error {
        let reason: String
        let offset: Int
    }

    let base: UnsafePointer<UInt8>
    let count: Int
    var at = 0
    private var depth = 0
    /// Where a string with escapes is put together.
    var scratch: [UInt8] = []
    /// The array of the outermost object whose elements are given away one by one, to whom, and who gets what comes before.
    private var given: (key: String, begin: (JSONValue) -> Void, take: (JSONValue) -> Void)?
    private var kept = KeptText()

    static func parse(_ bytes: UnsafeBufferPointer<UInt8>, keepingText path: [String] = []) -> Result<JSONValue, JSONError> {
        read(bytes) { parser throws(Fault) in
            parser.kept = KeptText(path: path, level: 0)
            return try parser.document { parser throws(Fault) in try parser.value() }
        }
    }

    /// As `parse`; the elements of the array `key` of the outermost object are not kept but given to `take`, and before them what
    /// comes before the array to `begin`.
    static func parse(
        _ bytes: UnsafeBufferPointer<UInt8>, giving key: String, after begin: (JSONValue) -> Void, _ take: (JSONValue) -> Void,
        keepingText path: [String]
    ) -> Result<JSONValue, JSONError> {
        withoutActuallyEscaping(begin) { begin in
            withoutActuallyEscaping(take) { take in
                read(bytes) { parser throws(Fault) in
                    parser.given = (key, begin, take)
                    parser.kept = KeptText(path: path, level: -1)
                    return try parser.document { parser throws(Fault) in try parser.value() }
                }
            }
        }
    }

    /// Nil when the text is one JSON value. Keys that repeat are not found.
    static func check(_ bytes: UnsafeBufferPointer<UInt8>) -> JSONError? {
        let result = read(bytes) { parser throws(Fault) in try parser.document { parser throws(Fault) in try parser.skip() } }
        if case .failure(let error) = result { return error }
        return nil
    }

    private static func read<Answer>(
        _ bytes: UnsafeBufferPointer<UInt8>, _ body: (inout JSONParser) throws(Fault) -> Answer
    ) -> Result<Answer, JSONError> {
        guard let base = bytes.baseAddress else {
            return .failure(JSONError(reason: "the text is empty", offset: 0, line: 1, column: 1))
        }
        var parser = JSONParser(base: base, count: bytes.count)
        do throws(Fault) {
            return .success(try body(&parser))
        } catch {
            return .failure(JSONError(error.reason, at: error.offset, of: bytes))
        }
    }

    private init(base: UnsafePointer<UInt8>, count: Int) {
        self.base = base
        self.count = count
    }

    func fault(_ reason: String, at offset: Int? = nil) -> Fault {
        Fault(reason: reason, offset: offset ?? at)
    }

    // MARK: Values

    private mutating func document<Answer>(_ read: (inout JSONParser) throws(Fault) -> Answer) throws(Fault) -> Answer {
        if count >= 3, base[0] == 0xEF, base[1] == 0xBB, base[2] == 0xBF {
            throw fault("the text begins with a byte order mark, which JSON does not allow")
        }
        skipSpace()
        guard at < count else { throw fault("the text is empty") }
        let value = try read(&self)
        skipSpace()
        guard at == count else { throw fault("\(found()) after the end of the value") }
        return value
    }

    mutating func value() throws(Fault) -> JSONValue {
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
    mutating func nested<Answer>(
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
        var members: [JSONObject.Element] = []
        kept.level += 1
        defer { kept.level -= 1 }
        try elements(of: "object", to: UInt8(ascii: "}")) { parser throws(Fault) in
            let key = try parser.key(in: start) { parser throws(Fault) in try parser.string() }
            let value = try parser.member(key, after: members)
            members.append((key, value))
        }
        let count = members.count
        let object = JSONObject(unsorted: members)
        guard object.count == count else { throw try repeated(in: start) }
        return .object(object)
    }

    private mutating func member(_ key: String, after others: [JSONObject.Element]) throws(Fault) -> JSONValue {
        if depth == 1, let given, given.key == key, peek() == UInt8(ascii: "[") {
            given.begin(.object(JSONObject(unsorted: others)))
            try nested { parser throws(Fault) in try parser.array(given.take) }
            return .array([])
        }
        return kept.isOnTheWay(key) ? try keptValue() : try value()
    }

    /// What stands between two brackets, separated by commas: from the opening one to behind the closing one. `one` reads one of it.
    @inline(__always)
    mutating func elements(
        of container: String, to end: UInt8, _ one: (inout JSONParser) throws(Fault) -> Void
    ) throws(Fault) {
        let start = at
        at += 1
        skipSpace()
        if peek() == end {
            at += 1
            return
        }
        while true {
            skipSpace()
            try one(&self)
            skipSpace()
            switch peek() {
            case UInt8(ascii: ","): at += 1
            case end:
                at += 1
                return
            default: throw expected("\",\" or \"\(Unicode.Scalar(end))\"", in: container, from: start)
            }
        }
    }

    /// A key of the object that begins at `start`, with its colon. `read` reads it from its quote on.
    @inline(__always)
    mutating func key<Key>(in start: Int, _ read: (inout JSONParser) throws(Fault) -> Key) throws(Fault) -> Key {
        guard peek() == UInt8(ascii: "\"") else { throw expected("a key in double quotes", in: "object", from: start) }
        let key = try read(&self)
        skipSpace()
        guard peek() == UInt8(ascii: ":") else { throw expected("\":\"", in: "object", from: start) }
        at += 1
        skipSpace()
        return key
    }

    /// The value of a member on the way to what is kept as text.
    private mutating func keptValue() throws(Fault) -> JSONValue {
        kept.found += 1
        defer { kept.found -= 1 }
        guard kept.isThere, peek() == UInt8(ascii: "{") else { return try value() }
        let start = at
        try skip()
        return .string(String(decoding: UnsafeBufferPointer(start: base + start, count: at - start), as: UTF8.self))
    }

    /// Where the object that begins at `start`, and was found to be whole, gives a key for the second time.
    private mutating func repeated(in start: Int) throws(Fault) -> Fault {
        var seen: Set<String> = []
        given = nil
        kept = KeptText()
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
        try elements(of: "array", to: UInt8(ascii: "]")) { parser throws(Fault) in take(try parser.value()) }
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

    // MARK: Words and spaces

    @inline(__always)
    func peek() -> UInt8? {
        at < count ? base[at] : nil
    }

    @inline(__always)
    mutating func skipSpace() {
        while at < count, base[at] <= 0x20,
            base[at] == 0x20 || base[at] == 0x0A || base[at] == 0x0D || base[at] == 0x09
        { at += 1 }
    }

    func control(_ byte: UInt8) -> Fault {
        fault("a control character (\(byte)) in a string must be written as an escape")
    }

    func expected(_ what: String, in container: String, from start: Int) -> Fault {
        at < count
            ? fault("\(found()) where \(what) was expected")
            : fault("the \(container) that begins here does not end", at: start)
    }

    /// What stands at `at`, for a message.
    func found() -> String {
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
