extension JSONParser {
    mutating func string() throws(Fault) -> String {
        let start = at
        at += 1
        let first = try plain(in: start)
        guard base[at] == UInt8(ascii: "\"") else { return try escapedString(first, in: start) }
        let text = try text(first)
        at += 1
        return text
    }

    /// Passes over one string.
    mutating func skipString() throws(Fault) {
        let start = at
        at += 1
        while true {
            let run = try plain(in: start)
            if !run.isASCII { _ = try text(run) }
            guard base[at] != UInt8(ascii: "\"") else { break }
            scratch.removeAll(keepingCapacity: true)
            try escape()
        }
        at += 1
    }

    /// Bytes of a string without escapes.
    private struct Run {
        let bytes: UnsafeBufferPointer<UInt8>
        let isASCII: Bool
        let first: Int
    }

    /// From `at` to the next escape, or the end, of the string that begins at `start`.
    @inline(__always)
    private mutating func plain(in start: Int) throws(Fault) -> Run {
        let first = at
        var ascii = true
        while at < count {
            let byte = base[at]
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                return Run(bytes: UnsafeBufferPointer(start: base + first, count: at - first), isASCII: ascii, first: first)
            }
            if byte < 0x20 { throw control(byte) }
            if byte >= 0x80 { ascii = false }
            at += 1
        }
        throw fault("the string that begins here does not end", at: start)
    }

    private func text(_ run: Run) throws(Fault) -> String {
        if run.isASCII { return String(decoding: run.bytes, as: UTF8.self) }
        if let text = String(validating: run.bytes, as: UTF8.self) { return text }
        throw Fault(reason: "a string holds bytes that are not UTF-8", offset: run.first + Self.validPrefix(of: run.bytes))
    }

    /// `at` is at the first backslash of the string that begins at `start`, behind `first`.
    private mutating func escapedString(_ first: Run, in start: Int) throws(Fault) -> String {
        scratch.removeAll(keepingCapacity: true)
        var run = first
        while true {
            if !run.isASCII { _ = try text(run) }
            scratch.append(contentsOf: run.bytes)
            guard base[at] != UInt8(ascii: "\"") else { break }
            try escape()
            run = try plain(in: start)
        }
        at += 1
        return String(decoding: scratch, as: UTF8.self)
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
}
