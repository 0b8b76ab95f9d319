import JSON
import Model
import Schema
import Testing
import Views
import YAML

/// A file like ours: every kind of value once.
struct Kitchen: Sendable {
    enum Heat: String, Sendable, CaseIterable { case off, low, boiling }

    struct Pot: Sendable {
        let name: String
        let litres: Int
    }

    let name: String?
    let pots: [Pot]
    let heat: Heat?
    let open: Bool?
    let labels: [String: String]
    let note: String?

    private static let potName = ShapeKey<String>.required("name", .text(.resourceName(limit: 10)), "The pot's name.")
    private static let litres = ShapeKey<Int>.optional("litres", .integer(in: 1...50), "Its size.", default: "5")
    private static let pot = Shape<Pot>.record("a pot", keys: ShapeKeys(potName, litres)) { values, _ in
        values.value(potName).map { Pot(name: $0, litres: values.value(litres) ?? 5) }
    }

    private static let nameKey = ShapeKey<String>.required("name", .text(.filled), "The kitchen's name.")
    private static let potsKey = ShapeKey<[Located<Pot>]>.required(
        "pots", .list(of: pot, atLeast: 1), "What to cook in.")
    private static let heatKey = ShapeKey<Heat>.optional("heat", .choice, "How hot it is.", default: "off")
    private static let openKey = ShapeKey<Bool>.optional("open", .boolean, "Whether guests may come.")
    private static let labelsKey = ShapeKey<[ShapeEntry<String>]>.optional(
        "labels", .map(names: .environmentName, to: .text), "For the door.")
    private static let noteKey = ShapeKey<String>.optional(
        "note", .either("text or a list of texts", scalar: .text, list: Shape.list(of: .text).map { lines in
            lines.map(\.value).joined(separator: " ")
        }), "Anything.")

    static let shape = Shape<Kitchen>.record(
        "the kitchen", "A kitchen.", keys: ShapeKeys(nameKey, potsKey, heatKey, openKey, labelsKey, noteKey),
        hints: ["litres": "It belongs to a pot."]
    ) { values, _ in
        Kitchen(
            name: values.value(nameKey), pots: values.value(potsKey)?.map(\.value) ?? [], heat: values.value(heatKey),
            open: values.value(openKey),
            labels: Dictionary(
                (values.value(labelsKey) ?? []).map { ($0.name.value, $0.value.value) },
                uniquingKeysWith: { first, _ in first }),
            note: values.value(noteKey))
    }
}

private func read(_ text: String) -> (kitchen: Kitchen?, messages: String) {
    var reading = SchemaReading(file: "kitchen.yaml", bytes: Array(text.utf8), subject: "the kitchen")
    let kitchen = reading.parse().flatMap { reading.read($0, as: Kitchen.shape) }
    let messages = DiagnosticsText.render(reading.diagnostics, style: Style(colored: false, width: 80))
    return (kitchen?.value, messages)
}

@Suite struct SchemaReadingTests {
    @Test func `A good file becomes its value, texts as they are written`() throws {
        let (kitchen, messages) = read(
            """
            name: no
            pots:
              - {name: 1-0, litres: 7}
              - name: wok
            heat: boiling
            open: false
            labels: {A: 0777, B_C: on, D: "null"}
            note: [1_0, two]
            """)
        #expect(messages == "")
        let value = try #require(kitchen)
        #expect(value.name == "no")
        #expect(value.pots.map(\.name) == ["1-0", "wok"])
        #expect(value.pots.map(\.litres) == [7, 5])
        #expect(value.heat == .boiling)
        #expect(value.open == false)
        #expect(value.labels == ["A": "0777", "B_C": "on", "D": "null"])
        #expect(value.note == "1_0 two")
    }

    @Test func `Optional keys without a value count as absent`() throws {
        let (kitchen, messages) = read("name: x\npots: [{name: a}]\nheat:\nopen: ~\nlabels: null\n")
        #expect(messages == "")
        #expect(kitchen?.heat == nil && kitchen?.open == nil && kitchen?.labels == [:])
    }

    @Test func `All faults of a file come at once`() {
        let (kitchen, messages) = read(
            """
            nmae: x
            pots:
              - {name: Big Pot, litres: 60}
              - {name: abcdefghijklm, litres: 0x10, size: 3}
              - wok
              -
              - {litres: 1_0}
            heat: boilin
            open: yes
            open: true
            labels: {a: 1, B: [x], <<: {}}
            litres: 4
            """)
        #expect(kitchen != nil)
        #expect(messages == Self.all)
    }

    private static let all = """
        Error: The kitchen has no key `nmae` [unknown-key]
          kitchen.yaml:1:1
            1 │ nmae: x
              │ ^^^^
          Did you mean `name`?

        Error: `Big Pot` is not a valid name [bad-name]
          kitchen.yaml:3:12
            3 │   - {name: Big Pot, litres: 60}
              │            ^^^^^^^
          `name` takes lower-case letters, digits and `-`, at most 10, beginning and
          ending with a letter or digit. `big-pot` would do.

        Error: `litres` cannot be `60` [out-of-range]
          kitchen.yaml:3:29
            3 │   - {name: Big Pot, litres: 60}
              │                             ^^
          It is a whole number from 1 to 50.

        Error: `abcdefghijklm` is too long for `name` [bad-name]
          kitchen.yaml:4:12
            4 │   - {name: abcdefghijklm, litres: 0x10, size: 3}
              │            ^^^^^^^^^^^^^
          It has 13 characters and may have 10.

        Error: `litres` must be a whole number, not the text `0x10` [wrong-type]
          kitchen.yaml:4:35
            4 │   - {name: abcdefghijklm, litres: 0x10, size: 3}
              │                                   ^^^^
          Write a whole number from 1 to 50 in decimal digits.

        Error: A pot has no key `size` [unknown-key]
          kitchen.yaml:4:41
            4 │   - {name: abcdefghijklm, litres: 0x10, size: 3}
              │                                         ^^^^
          A pot takes the keys `name` and `litres`.

        Error: An item of `pots` must be a mapping, not the text `wok` [wrong-type]
          kitchen.yaml:5:5
            5 │   - wok
              │     ^^^
          A pot takes the keys `name` and `litres`.

        Error: An item of `pots` is empty [empty-value]
          kitchen.yaml:6:4
            6 │   -
              │    ^
          A pot takes the keys `name` and `litres`.

        Error: `name` is missing from a pot [missing-key]
          kitchen.yaml:7:6
            7 │   - {litres: 1_0}
              │      ^^^^^^
          Add `name`: the pot's name.

        Error: `litres` must be a whole number, not the text `1_0` [wrong-type]
          kitchen.yaml:7:14
            7 │   - {litres: 1_0}
              │              ^^^
          Write a whole number from 1 to 50 in decimal digits.

        Error: `heat` cannot be `boilin` [unknown-value]
          kitchen.yaml:8:7
            8 │ heat: boilin
              │       ^^^^^^
          Did you mean `boiling`? It is one of `off`, `low` or `boiling`.

        Error: `open` must be true or false, not the text `yes` [wrong-type]
          kitchen.yaml:9:7
            9 │ open: yes
              │       ^^^
          Write `true`.

        Error: `open` is given twice in the kitchen [duplicate-key]
          kitchen.yaml:10:1
            10 │ open: true
               │ ^^^^
          It is already given on line 9. Keep one of the two.

        Error: `a` is not a valid name of a variable [bad-name]
          kitchen.yaml:11:10
            11 │ labels: {a: 1, B: [x], <<: {}}
               │          ^
          A name in `labels` takes capital letters, digits and `_`, beginning and ending
          with a letter or digit. `A` would do.

        Error: `B` must be text, not a list [wrong-type]
          kitchen.yaml:11:19
            11 │ labels: {a: 1, B: [x], <<: {}}
               │                   ^^^
          Write the text on the same line as its key.

        Error: Merge keys (`<<`) are not read [merge-key]
          kitchen.yaml:11:24
            11 │ labels: {a: 1, B: [x], <<: {}}
               │                        ^^
          Write the keys out, or use an alias for the whole value.

        Error: The kitchen has no key `litres` [unknown-key]
          kitchen.yaml:12:1
            12 │ litres: 4
               │ ^^^^^^
          It belongs to a pot.

        17 errors.

        """

    @Test(arguments: [
        ("", "The kitchen is empty [empty-value]"),
        ("# only\n", "The kitchen is empty [empty-value]"),
        ("[1]", "The kitchen must be a mapping, not a list [wrong-type]"),
        ("text", "The kitchen must be a mapping, not the text `text` [wrong-type]"),
        ("name: [\n", "No value where one must stand [invalid-yaml]"),
        ("name: x\npots: []\n", "`pots` is an empty list [empty-list]"),
        ("name: x\npots: {}\n", "`pots` must be a list, not a mapping [wrong-type]"),
        ("name: ''\npots: [{name: a}]\n", "`name` is empty [empty-value]"),
        ("name:\npots: [{name: a}]\n", "`name` has no value [empty-value]"),
        ("name: \"a\\0\"\npots: [{name: a}]\n", "`name` contains a NUL character [bad-text]"),
        ("name: !!int 1\npots: [{name: a}]\n", "`name` has the tag `!!int` [unsupported-tag]"),
        (
            "name: x\npots: [{name: a, litres: '7'}]\n",
            "`litres` must be a whole number, not the text `\"7\"` [wrong-type]"
        ),
        (
            "name: x\npots: [{name: a}]\nopen: 'true'\n",
            "`open` must be true or false, not the text `\"true\"` [wrong-type]"
        ),
        (
            "name: x\npots: [{name: a}]\nnote: {a: b}\n",
            "`note` must be text or a list of texts, not a mapping [wrong-type]"
        ),
        ("name: x\npots: [{name: a}]\n[a]: b\n", "A key in the kitchen is a list [bad-key]"),
        (
            "name: x\npots: [{name: a, litres: 99999999999999999999}]\n",
            "`litres` cannot be `99999999999999999999` [out-of-range]"
        ),
    ])
    func `A fault is named`(text: String, summary: String) throws {
        let messages = read(text).messages
        #expect(messages.split(separator: "\n").filter { $0.hasPrefix("Error") } == ["Error: \(summary)"])
    }

    @Test func `Near names are found and far ones are not`() {
        let names = ["runtimes", "variables", "engine", "domain", "description"]
        #expect(nearest(to: "runtims", among: names) == "runtimes")
        #expect(nearest(to: "runtmies", among: names) == "runtimes")
        #expect(nearest(to: "Engine", among: names) == "engine")
        #expect(nearest(to: "desc", among: names) == "description")
        #expect(nearest(to: "dmoain", among: names) == "domain")
        #expect(nearest(to: "cluster", among: names) == nil)
        #expect(nearest(to: "x", among: ["y"]) == nil)
        #expect(nearest(to: "", among: names) == nil)
        #expect(nearest(to: "v2", among: ["v1", "v3"]) == "v1")
    }

    @Test func `The JSON Schema says the same as the reader`() {
        #expect(
            Kitchen.shape.jsonSchema(identifier: "https://example.com/kitchen.json", title: "Kitchen")
                .encoded(.pretty) == #"""
                {
                  "$id": "https://example.com/kitchen.json",
                  "$schema": "http://json-schema.org/draft-07/schema#",
                  "additionalProperties": false,
                  "description": "A kitchen.",
                  "properties": {
                    "heat": {
                      "default": "off",
                      "description": "How hot it is.",
                      "enum": [
                        "off",
                        "low",
                        "boiling",
                        null
                      ]
                    },
                    "labels": {
                      "additionalProperties": {
                        "type": [
                          "string",
                          "number",
                          "boolean"
                        ]
                      },
                      "description": "For the door.",
                      "propertyNames": {
                        "pattern": "^[A-Z0-9]([_A-Z0-9]*[A-Z0-9])?$"
                      },
                      "type": [
                        "object",
                        "null"
                      ]
                    },
                    "name": {
                      "description": "The kitchen's name.",
                      "pattern": "\\S",
                      "type": [
                        "string",
                        "number",
                        "boolean"
                      ]
                    },
                    "note": {
                      "anyOf": [
                        {
                          "type": [
                            "string",
                            "number",
                            "boolean"
                          ]
                        },
                        {
                          "items": {
                            "type": [
                              "string",
                              "number",
                              "boolean"
                            ]
                          },
                          "type": "array"
                        },
                        {
                          "type": "null"
                        }
                      ],
                      "description": "Anything."
                    },
                    "open": {
                      "description": "Whether guests may come.",
                      "type": [
                        "boolean",
                        "null"
                      ]
                    },
                    "pots": {
                      "description": "What to cook in.",
                      "items": {
                        "additionalProperties": false,
                        "properties": {
                          "litres": {
                            "default": 5,
                            "description": "Its size.",
                            "maximum": 50,
                            "minimum": 1,
                            "type": [
                              "integer",
                              "null"
                            ]
                          },
                          "name": {
                            "description": "The pot's name.",
                            "maxLength": 10,
                            "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
                            "type": [
                              "string",
                              "number",
                              "boolean"
                            ]
                          }
                        },
                        "required": [
                          "name"
                        ],
                        "type": "object"
                      },
                      "minItems": 1,
                      "type": "array"
                    }
                  },
                  "required": [
                    "name",
                    "pots"
                  ],
                  "title": "Kitchen",
                  "type": "object"
                }
                """#)
    }
}
