import JSON
import Testing

@Suite struct JSONParserTests {
    static let texts: [(String, JSONValue)] = [
        ("null", JSONValue.null),
        (" \t\r\n true ", true),
        ("false", false),
        ("0", 0),
        ("-1", -1),
        ("9223372036854775807", .integer(.max)),
        ("-9223372036854775808", .integer(.min)),
        ("9223372036854775808", .number(9_223_372_036_854_775_808)),
        ("1.0", 1.0),
        ("1e3", 1000.0),
        ("12.5E-1", 1.25),
        ("1e-400", 0.0),
        ("\"\"", ""),
        (#""a\"\\\/\b\f\n\r\t\u00e9\uD83D\uDE00z""#, "a\"\\/\u{8}\u{c}\n\r\té😀z"),
        ("\"é😀\"", "é😀"),
        (#""\u0000""#, "\0"),
        ("[]", []),
        ("[ 1 , [2,[ ]] ]", [1, [2, []]]),
        ("{}", [:]),
        (#"{ "a" : { "b" : [ null ] } , "" : 1 }"#, ["a": ["b": [.null]], "": 1]),
    ]

    @Test(arguments: texts) func reads(_ text: String, _ value: JSONValue) throws {
        #expect(try JSONValue(parsing: text) == value)
        #expect(try JSONValue(parsing: Array(text.utf8)) == value)
    }

    @Test func givesTheElementsOfOneArrayAwayOneByOne() throws {
        let text = #"{"kind":"List","items":[1,{"items":[2]},[]],"metadata":{"items":[3]}}"#
        var given: [JSONValue] = []
        let rest = try JSONValue(parsing: Array(text.utf8), giving: "items", after: { given.append($0) }) { given.append($0) }
        #expect(given == [["kind": "List"], 1, ["items": [2]], []])
        #expect(rest == ["kind": "List", "items": [], "metadata": ["items": [3]]])
        #expect(try JSONValue(parsing: Array(#"{"items":null}"#.utf8), giving: "items") { _ in } == ["items": .null])

        var before: [JSONValue] = []
        #expect(throws: JSONError.self) {
            try JSONValue(parsing: Array(#"{"items":[1,2,"#.utf8), giving: "items") { before.append($0) }
        }
        #expect(before == [1, 2])
        let repeated = #"{"items":[1],"items":[1]}"#
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: Array(repeated.utf8), giving: "items") { _ in } }
        #expect(error?.description == "line 1, column 14: the key \"items\" is given twice in one object")
    }

    @Test func keepsTheTextOfWhatIsAtAPath() throws {
        let kept = #"{ "b":[1,{"é":"\""}] }"#
        let text = #"{"a":[{"x":KEPT,"y":{"x":{}}},{"x":7}],"x":{"x":{}},"b":{"a":{"x":{}}}}"#.replacing("KEPT", with: kept)
        let value: JSONValue = [
            "a": [["x": .string(kept), "y": ["x": [:]]], ["x": 7]], "x": ["x": [:]], "b": ["a": ["x": [:]]],
        ]
        #expect(try JSONValue(parsing: Array(text.utf8), keepingText: ["a", "x"]) == value)
        var given: [JSONValue] = []
        let list = #"{"a":[{"x":{}}],"items":[\#(text)]}"#
        let rest = try JSONValue(parsing: Array(list.utf8), giving: "items", to: { given.append($0) }, keepingText: ["a", "x"])
        #expect(given == [value])
        #expect(rest == ["a": [["x": [:]]], "items": []])
        // What is not read is looked at all the same.
        for (wrong, message) in [
            (#"{"a":{"x":{"b" 1}}}"#, "line 1, column 16: \"1\" where \":\" was expected"),
            (#"{"a":{"x":{"b":"\q"}}}"#, "line 1, column 17: an unknown escape in a string"),
            (#"{"a":{"x":{"b":[1}}}"#, "line 1, column 18: \"}\" where \",\" or \"]\" was expected"),
            (#"{"a":{"x":{"b":01}}}"#, "line 1, column 16: a number begins with a superfluous 0"),
        ] {
            let error = #expect(throws: JSONError.self) { try JSONValue(parsing: Array(wrong.utf8), keepingText: ["a", "x"]) }
            #expect(error?.description == message)
        }
    }

    @Test func minusZeroKeepsItsSign() throws {
        #expect(try JSONValue(parsing: "-0") == .number(0))
        #expect(try JSONValue(parsing: "-0").number?.sign == .minus)
        #expect(try JSONValue(parsing: "-0").encoded() == "-0.0")
    }

    static let faults: [(String, String)] = [
        ("", "line 1, column 1: the text is empty"),
        (" \n ", "line 2, column 2: the text is empty"),
        ("{", "line 1, column 1: the object that begins here does not end"),
        ("[1,\n [2", "line 2, column 2: the array that begins here does not end"),
        ("[1,]", "line 1, column 4: \"]\" where a value was expected"),
        ("[1,", "line 1, column 4: the text ends where a value was expected"),
        ("[1 2]", "line 1, column 4: \"2\" where \",\" or \"]\" was expected"),
        ("{\"a\":1,}", "line 1, column 8: \"}\" where a key in double quotes was expected"),
        ("{a:1}", "line 1, column 2: \"a\" where a key in double quotes was expected"),
        ("{\"a\" 1}", "line 1, column 6: \"1\" where \":\" was expected"),
        ("{\"a\":1 \"b\":2}", "line 1, column 8: a string where \",\" or \"}\" was expected"),
        ("{\"é\":1,\n \"b\":2, \"é\":3}", "line 2, column 9: the key \"é\" is given twice in one object"),
        ("01", "line 1, column 1: a number begins with a superfluous 0"),
        ("-", "line 1, column 2: the end of the text where a digit was expected"),
        ("1.", "line 1, column 3: the end of the text where a digit was expected"),
        (".5", "line 1, column 1: \".\" where a value was expected"),
        ("1e+", "line 1, column 4: the end of the text where a digit was expected"),
        ("+1", "line 1, column 1: \"+\" where a value was expected"),
        ("1e999", "line 1, column 1: the number is too large for a double"),
        ("nul", "line 1, column 1: \"n\" where a value was expected"),
        ("NaN", "line 1, column 1: \"N\" where a value was expected"),
        ("1 1", "line 1, column 3: \"1\" after the end of the value"),
        ("\u{FEFF}1", "line 1, column 1: the text begins with a byte order mark, which JSON does not allow"),
        ("\"a", "line 1, column 1: the string that begins here does not end"),
        ("\"a\\n", "line 1, column 1: the string that begins here does not end"),
        ("\"a\nb\"", "line 1, column 3: a control character (10) in a string must be written as an escape"),
        ("\"\\x\"", "line 1, column 2: an unknown escape in a string"),
        ("\"\\u12g4\"", "line 1, column 2: \\u must be followed by four hexadecimal digits"),
        ("\"a\\ud800\"", "line 1, column 3: a surrogate without its partner"),
        ("\"\\ud800\\u0041\"", "line 1, column 2: a surrogate without its partner"),
        ("\"\\udc00\"", "line 1, column 2: a surrogate without its partner"),
        ("é", "line 1, column 1: a character outside ASCII where a value was expected"),
    ]

    @Test(arguments: faults) func refuses(_ text: String, _ message: String) {
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
        #expect(error?.description == message)
    }

    @Test func countsBytesInTheOffsetAndCharactersInTheColumn() {
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: "[\"é\", x]") }
        #expect(error == JSONError(reason: "\"x\" where a value was expected", offset: 7, line: 1, column: 7))
    }

    static let badBytes: [([UInt8], Int)] = [
        ([0x22, 0x61, 0xFF, 0x22], 2),
        ([0x22, 0xC3, 0x22], 1),
        ([0x22, 0xED, 0xA0, 0x80, 0x22], 1),
        ([0x22, 0x5C, 0x6E, 0x61, 0xC0, 0x80, 0x22], 4),
    ]

    @Test(arguments: badBytes) func refusesBytesThatAreNotUTF8(_ bytes: [UInt8], _ offset: Int) {
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: bytes) }
        #expect(error?.reason == "a string holds bytes that are not UTF-8")
        #expect(error?.offset == offset)
    }

    @Test func limitsTheDepth() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        _ = try JSONValue(parsing: nested(256))
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: nested(257)) }
        #expect(error?.description == "line 1, column 257: more than 256 arrays and objects within one another")
    }
}
