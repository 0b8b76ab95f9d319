import JSON
import Testing

@Suite struct JSONValueTests {
    @Test func writesCanonicalText() {
        let value: JSONValue = [
            "b": [1, 2.5, 1e21, 0.1, -0.0, .number(100), .integer(.min)], "a": ["z": .null, "y": true],
            "é": "\u{1}\u{1f}\"\\\n/é",
            "empty": [[], [:]],
        ]
        #expect(
            value.encoded() == #"{"a":{"y":true,"z":null},"b":[1,2.5,1e+21,0.1,-0.0,100.0,-9223372036854775808],"#
                + #""empty":[[],{}],"é":"\u0001\u001f\"\\\n/é"}"#)
        #expect(
            (["a": [1, ["b": []]], "c": [:]] as JSONValue).encoded(.pretty) == """
                {
                  "a": [
                    1,
                    {
                      "b": []
                    }
                  ],
                  "c": {}
                }
                """)
        #expect((["x": .number(.infinity), "y": .number(.nan)] as JSONValue).encoded() == #"{"x":null,"y":null}"#)
    }

    @Test func aLongListIsWrittenInPieces() {
        let items = (0..<9000).map { JSONValue.object(["name": .string("item \($0)"), "list": []]) }
        var whole: JSONValue = ["a": [1], "items": [], "z": ["items": [2]]]
        var pieces: [[UInt8]] = []
        whole.encode(items.lazy, at: "items") { pieces.append($0) }
        whole["items"] = .array(items)
        #expect(Array(pieces.joined()) == whole.encodedBytes())
        #expect(pieces.count > 3)
    }

    @Test func membersAreReadAndSet() {
        var value: JSONValue = ["a": ["b": 1], "list": [1, "two"]]
        #expect(value["a"]?["b"]?.integer == 1)
        #expect(value["a"]?["c"] == nil)
        #expect(value["list"]?[1]?.string == "two")
        #expect(value["list"]?[2] == nil)
        #expect(value["list"]?["a"] == nil)
        value["a"]?["b"] = nil
        value["c"] = [true]
        #expect(value == ["a": [:], "list": [1, "two"], "c": [true]])
        var text: JSONValue = "text"
        text["a"] = nil
        #expect(text == "text")
        text["a"] = 1
        #expect(text == ["a": 1])
    }

    @Test func numbersAreReadAcrossTheirForms() {
        #expect(JSONValue.number(3).integer == 3)
        #expect(JSONValue.number(3.5).integer == nil)
        #expect(JSONValue.integer(3).number == 3)
        #expect(JSONValue.integer(1) != JSONValue.number(1))
    }

    @Test(arguments: [
        ("", []), ("/", [""]), ("/a/b", ["a", "b"]), ("/a~1b/m~0n/~01", ["a/b", "m~n", "~1"]), ("/é/", ["é", ""]),
    ]) func pointersReadAndWrite(_ text: String, _ tokens: [String]) throws {
        let pointer = try #require(JSONPointer(text))
        #expect(pointer.tokens == tokens)
        #expect(pointer.description == text)
    }

    @Test(arguments: ["a", "/~", "/~2", "/a~"]) func wrongPointersAreRefused(_ text: String) {
        #expect(JSONPointer(text) == nil)
    }

    @Test func pointersLeadIntoValues() throws {
        var value: JSONValue = ["a": [["b": 1], 2], "x/y": .null]
        func pointer(_ text: String) throws -> JSONPointer { try #require(JSONPointer(text)) }
        #expect(try value[pointer("/a/0/b")] == 1)
        #expect(try value[pointer("")] == value)
        #expect(try value[pointer("/x~1y")] == .null)
        #expect(try value[pointer("/a/2")] == nil)
        #expect(try value[pointer("/a/00")] == nil)
        #expect(try value[pointer("/a/-")] == nil)
        #expect(try value[pointer("/a/1/c")] == nil)
        value[try pointer("/a/0/b")] = "new"
        value[try pointer("/a/-")] = 3
        value[try pointer("/a/1")] = nil
        value[try pointer("/deep/er")] = true
        value[try pointer("/none/at/all")] = nil
        value[try pointer("/a/9")] = 9
        #expect(value == ["a": [["b": "new"], 3], "x/y": .null, "deep": ["er": true]])
    }

    @Test func pointersSortByToken() throws {
        let texts = ["/b", "/a/b", "", "/a"]
        #expect(texts.compactMap { JSONPointer($0) }.sorted().map(\.description) == ["", "/a", "/a/b", "/b"])
    }
}
