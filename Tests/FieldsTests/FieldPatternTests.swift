import Fields
import JSON
import Testing

@Suite struct FieldPatternTests {
    private let image = FieldPath([
        .field("spec"), .field("template"), .field("spec"), .field("containers"), .key(["name": "etl"]), .field("image"),
    ])
    private let port = FieldPath([.field("spec"), .field("ports"), .key(["port": 80, "protocol": "TCP"]), .field("targetPort")])

    @Test func everyPathMatchesAsItIsPrinted() throws {
        let paths = [
            FieldPath("spec", "replicas"), image, port,
            FieldPath("metadata", "labels", "app.kubernetes.io/name"),
            FieldPath([.field("metadata"), .field("finalizers"), .value("kreform/guard")]),
            FieldPath([.field("spec"), .field("args"), .index(3)]),
            FieldPath([.field("a"), .key(["name": "x,y]\"z"])]),
            FieldPath([.field("a"), .value("two words")]),
            FieldPath("data", "has \"quotes\" and \\"),
        ]
        for path in paths {
            let pattern = try FieldPattern("\(path)")
            #expect(pattern.matches(path), "\(path)")
            for other in paths where other != path { #expect(!pattern.matches(other), "\(path) and \(other)") }
        }
    }

    @Test func aFieldStandsForAllThatIsInIt() throws {
        #expect(try FieldPattern("spec").matches(image))
        #expect(try FieldPattern("spec.template.spec.containers").matches(image))
        #expect(try !FieldPattern("spec.template.spec.containers[name=model]").matches(image))
        #expect(try !FieldPattern("spec.replicas").matches(FieldPath("spec")))
        #expect(try !FieldPattern("spec.rep").matches(FieldPath("spec", "replicas")))
    }

    @Test func starsStandForAnyMemberOrItem() throws {
        #expect(try FieldPattern("spec.template.spec.containers[*].image").matches(image))
        #expect(try FieldPattern("spec.*.spec").matches(image))
        #expect(try FieldPattern("spec.ports[*]").matches(port))
        #expect(try !FieldPattern("spec.ports.*").matches(port))
        #expect(try FieldPattern("spec.args[*]").matches(FieldPath([.field("spec"), .field("args"), .index(0)])))
    }

    @Test func someKeysOfAnItemAreEnough() throws {
        #expect(try FieldPattern("spec.ports[port=80]").matches(port))
        #expect(try FieldPattern("spec.ports[protocol=TCP,port=80].targetPort").matches(port))
        #expect(try !FieldPattern("spec.ports[protocol=UDP]").matches(port))
    }

    @Test(arguments: [
        ("", "it is empty"),
        ("/spec/replicas", "it is written as plans print it, with dots: `spec.replicas`"),
        ("spec..replicas", "a member is missing after `spec.`"),
        ("spec.", "a member is missing after `spec.`"),
        (".spec", "it does not begin with a member"),
        ("spec.containers[name=etl", "a `]` is missing after `spec.containers[name=etl`"),
        ("spec.containers[etl]", #"after `spec.containers[` comes `[name=VALUE]`, `["NAME"]`, `[=VALUE]` or `[*]`"#),
        (#"metadata.labels["a"#, "a quotation mark is missing after `metadata.labels[`"),
        ("metadata.labels.example.com/name", #"a name with `/` stands in brackets and quotes: `["example.com/name"]`"#),
        ("spec replicas", "after `spec` a `.` or a `[` is expected, not ` `"),
    ])
    func whatIsNoFieldIsExplained(_ text: String, _ reason: String) {
        #expect(throws: FieldPattern.Fault(reason: reason)) { try FieldPattern(text) }
    }
}
