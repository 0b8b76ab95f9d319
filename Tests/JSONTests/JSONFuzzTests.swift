import JSON
import TestSupport
import Testing

@Suite struct JSONFuzzTests {
    static func string(_ generator: inout SeededGenerator) -> String {
        let scalars: [Unicode.Scalar] = [
            "a", "b", "\"", "\\", "\n", "\0", "\u{1F}", "\u{7F}", "é", "\u{2028}", "😀", "/",
        ]
        return String(
            String.UnicodeScalarView(
                (0..<Int.random(in: 0...6, using: &generator)).map { _ in
                    scalars.randomElement(using: &generator) ?? "a"
                }))
    }

    static func value(_ generator: inout SeededGenerator, depth: Int = 0) -> JSONValue {
        switch Int.random(in: 0...(depth > 4 ? 4 : 6), using: &generator) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &generator))
        case 2: return .integer(Int(truncatingIfNeeded: generator.next()) >> Int.random(in: 0...63, using: &generator))
        case 3:
            let number = Double(bitPattern: generator.next())
            return .number(number.isFinite ? number : 0.1)
        case 4: return .string(string(&generator))
        case 5:
            return .array(
                (0..<Int.random(in: 0...4, using: &generator)).map { _ in value(&generator, depth: depth + 1) })
        default:
            var members: JSONObject = [:]
            for _ in 0..<Int.random(in: 0...4, using: &generator) {
                members[string(&generator)] = value(&generator, depth: depth + 1)
            }
            return .object(members)
        }
    }

    @Test func readingWhatWasWrittenGivesTheSameValue() throws {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<2000 {
            let value = Self.value(&generator)
            for style in [JSONStyle.compact, .pretty] {
                let text = value.encoded(style)
                let read = try JSONValue(parsing: text)
                #expect(read == value)
                #expect(read.encoded(style) == text)
            }
        }
    }

    @Test func randomBytesNeverCrashAndFaultsLieInsideTheText() {
        var generator = SeededGenerator(seed: 2)
        let alphabet =
            Array("{}[]\",:\\u0123456789eE+-.truefalsn \n".utf8) + [0x00, 0x1F, 0x7F, 0x80, 0xC3, 0xED, 0xF0, 0xFF]
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0...24, using: &generator)).map { _ in
                alphabet.randomElement(using: &generator) ?? 0
            }
            Self.expectValueOrFaultInside(bytes)
        }
    }

    @Test func mutatedTextsNeverCrashAndFaultsLieInsideTheText() {
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<5_000 {
            var bytes = Self.value(&generator).encodedBytes(.pretty)
            for _ in 0...Int.random(in: 0...2, using: &generator) {
                let at = Int.random(in: 0...bytes.count, using: &generator)
                switch Int.random(in: 0...2, using: &generator) {
                case 0: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: at)
                case 1 where at < bytes.count: bytes.remove(at: at)
                case 2 where at < bytes.count: bytes[at] = UInt8.random(in: 0...255, using: &generator)
                default: bytes = Array(bytes[..<at])
                }
            }
            Self.expectValueOrFaultInside(bytes)
        }
    }

    static func expectValueOrFaultInside(_ bytes: [UInt8]) {
        do {
            let value = try JSONValue(parsing: bytes)
            #expect((try? JSONValue(parsing: value.encodedBytes())) == value)
            #expect(JSONText(canonical: bytes) != nil)
        } catch {
            // Passing over finds what reading finds, but for keys that repeat.
            #expect(JSONText(canonical: bytes) == nil || error.reason.hasSuffix(" is given twice in one object"), "\(bytes)")
            #expect((0...bytes.count).contains(error.offset), "\(bytes)")
            #expect(error.line <= bytes.count(where: { $0 == 0x0A }) + 1)
            #expect(error.column >= 1 && error.column <= bytes.count + 1)
        }
    }
}
