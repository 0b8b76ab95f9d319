import Testing
import YAML

/// The tree as one line a node: place, what it is, how it was written.
private func outline(_ node: YAMLNode, _ depth: Int = 0, key: String = "") -> String {
    let place = "\(node.start)-\(node.end)" + (node.alias.map { " via \($0.start)-\($0.end)" } ?? "")
    let tag = node.tag.map { " \($0)" } ?? ""
    let head = String(repeating: "  ", count: depth) + key
    switch node.kind {
    case .scalar(let scalar):
        return "\(head)\(scalar.style) \"\(scalar.text)\"\(tag) \(place)\n"
    case .sequence(let items):
        return "\(head)sequence\(tag) \(place)\n" + items.map { outline($0, depth + 1, key: "- ") }.joined()
    case .mapping(let pairs):
        return "\(head)mapping\(tag) \(place)\n"
            + pairs.map {
                let name = $0.key.scalar.map { "\($0.text)@" } ?? "?@"
                return outline($0.value, depth + 1, key: "\(name)\($0.key.start)-\($0.key.end): ")
            }.joined()
    }
}

private func failure(_ bytes: [UInt8], limits: YAMLLimits = .standard) -> String {
    do throws(YAMLError) {
        return outline(try YAMLNode(parsing: bytes, limits: limits))
    } catch {
        return "\(error.description). \(error.advice)" + (error.began.map { " (began \($0))" } ?? "")
    }
}

private func failure(_ text: String, limits: YAMLLimits = .standard) -> String {
    failure(Array(text.utf8), limits: limits)
}

@Suite struct YAMLNodeTests {
    @Test func `Every node knows where it starts and ends`() throws {
        let text = """
            # a comment
            name: room-price
            empty:
            list:
              - 1_0
              - {a: 'x', b: [no, "on"]}

            text: |
              first
              second
            """
        #expect(
            outline(try YAMLNode(parsing: text)) == """
                mapping 2:1-10:9
                  name@2:1-2:5: plain "room-price" 2:7-2:17
                  empty@3:1-3:6: plain "" 3:7-3:7
                  list@4:1-4:5: sequence 5:3-6:28
                    - plain "1_0" 5:5-5:8
                    - mapping 6:5-6:28
                      a@6:6-6:7: singleQuoted "x" 6:9-6:12
                      b@6:14-6:15: sequence 6:17-6:27
                        - plain "no" 6:18-6:20
                        - doubleQuoted "on" 6:22-6:26
                  text@8:1-8:5: literal "first
                second" 8:7-10:9

                """)
    }

    @Test func `Columns count characters, and a byte order mark and CRLF shift nothing`() throws {
        let bytes: [UInt8] = [0xEF, 0xBB, 0xBF] + Array("é: ü\r\n𝄞𝄞: \"b\u{2028}c\"\r\n".utf8)
        #expect(
            outline(try YAMLNode(parsing: bytes)) == """
                mapping 1:1-2:10
                  é@1:1-1:2: plain "ü" 1:4-1:5
                  𝄞𝄞@2:1-2:3: doubleQuoted "b\u{2028}c" 2:5-2:10

                """)
    }

    @Test func `A plain scalar stays text and only null written plain is null`() throws {
        let node = try YAMLNode(parsing: "[no, on, 0777, 0o7, 1_0, 1e3, ~, null, '', 'null', !!null x, !!str null]")
        let items = try #require(node.items)
        #expect(items.map { $0.scalar?.text } == [
            "no", "on", "0777", "0o7", "1_0", "1e3", "~", "null", "", "null", "x", "null",
        ])
        #expect(items.map(\.isNull) == [
            false, false, false, false, false, false, true, true, false, false, true, false,
        ])
    }

    @Test func `An alias keeps its content's place and its own`() throws {
        let text = """
            a: &shared [x]
            b: *shared
            c: {<<: *shared}
            """
        #expect(
            outline(try YAMLNode(parsing: text)) == """
                mapping 1:1-3:17
                  a@1:1-1:2: sequence 1:4-1:15
                    - plain "x" 1:13-1:14
                  b@2:1-2:2: sequence 1:4-1:15 via 2:4-2:11
                    - plain "x" 1:13-1:14
                  c@3:1-3:2: mapping 3:4-3:17
                    <<@3:5-3:7: sequence 1:4-1:15 via 3:9-3:16
                      - plain "x" 1:13-1:14

                """)
    }

    @Test func `An empty file is an empty scalar`() throws {
        for text in ["", "\n\n", "# only a comment\n", "---\n", "\u{FEFF}"] {
            let node = try YAMLNode(parsing: text)
            #expect(node.isNull && node.scalar?.text == "", "\(text.debugDescription)")
        }
    }

    @Test func `A tree of thirty thousand nodes is read`() throws {
        let lines = (0..<10_000).map { "- {name: v\($0), status: started}\n" }.joined()
        #expect(try YAMLNode(parsing: lines).items?.count == 10_000)
    }
}

@Suite struct YAMLErrorTests {
    @Test(arguments: [
        (
            "a: b: c\n",
            "1:5: a `:` that cannot stand here. Put the value in quotes if the `:` belongs to it; otherwise begin the key on a line of its own."
        ),
        (
            "a:\n  - x\n b: 1\n",
            "3:2: a line that fits no key of this mapping. Keys of one mapping must begin in the same column, and so must the `-` of one list. (began 1:1)"
        ),
        (
            "a: 1\n  b: 2\n",
            "2:4: a `:` that cannot stand here. Put the value in quotes if the `:` belongs to it; otherwise begin the key on a line of its own."
        ),
        (
            "a: {x: 1\nb: 2\n",
            "2:2: a `{…}` that is not closed, or lacks a `,` between two keys. Close the mapping with `}`, separate its keys with `,`, and put a value that holds `{` or `}` in quotes. (began 1:4)"
        ),
        (
            "a: [x\nb: 2\n",
            "2:2: a `[…]` that is not closed, or lacks a `,` between two items. Close the list with `]`, separate its items with `,`, and put a value that holds brackets in quotes. (began 1:4)"
        ),
        (
            "a: \"x\nb: 2\n",
            "1:4: a text in quotes that is not closed. Add the closing quote."
        ),
        (
            "a:\n\t- x\n",
            "2:1: a character that cannot begin a value. Indent with spaces instead of tabs; put a value that begins with `@`, `%` or a backtick in quotes."
        ),
        (
            "a:\n  - x\n  b: 1\n",
            "3:3: a line in a list that does not begin with `-`. Keys of one mapping must begin in the same column, and so must the `-` of one list. (began 2:3)"
        ),
        (
            "a: @x\n",
            "1:4: a character that cannot begin a value. Indent with spaces instead of tabs; put a value that begins with `@`, `%` or a backtick in quotes."
        ),
        (
            "a: \"\\q\"\n",
            "1:5: an escape that YAML does not know. Write `\\\\` for a backslash, or use single quotes, in which nothing is escaped."
        ),
        (
            "a: *b\n",
            "1:4: `*b` refers to an anchor that no line above sets. Write `&b` before the value it stands for, or quote a text that begins with `*`."
        ),
        (
            "a: &b [*b]\n",
            "1:8: `*b` stands inside the value it refers to. Write the value out; nothing can contain itself."
        ),
        (
            "a: 1\n---\nb: 2\n",
            "2:1: a second document begins here, and only one is read. Remove the `---`, or move what follows into a file of its own."
        ),
        (
            "a: 1\nb\n",
            "2:1: a key without its `:`. Write `key: value`, or indent the text so that it belongs to the value above it."
        ),
        (
            "a: *\n",
            "1:5: a `*` without the alias' name. Put a value that begins with `*` in quotes."
        ),
        (
            "a: !e!x y\n",
            "1:4: a tag whose handle is not declared. Remove the tag; put a value that begins with `!` in quotes."
        ),
        (
            "a: - b\n",
            "1:4: a `-` that cannot begin a list item here. Begin the list on a line of its own, beneath its key."
        ),
        (
            "a: 1\u{0}\n",
            "1:5: the character U+0000, which YAML does not allow. Remove it, or write it as an escape in double quotes."
        ),
    ])
    func `What is wrong is said in plain words with its place`(text: String, expected: String) {
        #expect(failure(text) == expected)
    }

    @Test func `Bytes that are not UTF-8 are named with their place`() {
        #expect(
            failure(Array("a: b\nc: ".utf8) + [0xC3, 0x28])
                == "2:4: bytes that are not UTF-8. Save the file as UTF-8; the byte 0xC3 cannot stand here.")
        #expect(failure([0xFF, 0xFE, 0x61, 0x00]) == "1:1: the file is UTF-16. Save it as UTF-8.")
    }

    @Test func `An alias bomb is refused before it expands`() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...9 {
            let uses = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(uses)]\n"
        }
        #expect(
            failure(text)
                == "6:25: more than 500000 values, aliases counted as what they stand for. Split the file, or use fewer aliases that contain aliases."
        )
    }

    @Test func `Depth and size have limits`() {
        let deep = String(repeating: "[", count: 101)
        #expect(failure(deep) == "1:101: lists and mappings nested more than 100 deep. Nest them less.")
        #expect(failure(String(repeating: "[", count: 100_000)).hasPrefix("1:101: "))
        #expect(
            failure("abcdef", limits: YAMLLimits(bytes: 5))
                == "1:1: the file has 6 bytes, more than the 5 that are read. Split it into several files.")
    }
}
