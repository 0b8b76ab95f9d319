import Digest
import Fields
import JSON
import Model
import Testing

@Suite struct ManifestTests {
    let key = DigestKey(bytes: Array(repeating: 7, count: 32))!

    var secret: JSONValue {
        ["apiVersion": "v1", "kind": "Secret", "metadata": ["name": "keys", "namespace": "ns"], "data": [:]]
    }

    @Test func contentHoldsOnlyTheDigestOfASecret() {
        let manifest = Manifest(secret, secrets: ["TOKEN": SensitiveValue("hunter2")], key: key)
        #expect(manifest.content["data"]?["TOKEN"]?.string == key.digest(of: "hunter2"))
        #expect(manifest.address == ResourceAddress(group: "", kind: "Secret", namespace: "ns", name: "keys"))
        var dumped = ""
        dump(manifest, to: &dumped)
        #expect(!dumped.contains("hunter2"))
        #expect(!"\(manifest)".contains("hunter2"))
    }

    @Test func resolvedHoldsTheValueAsKubernetesWantsIt() {
        let manifest = Manifest(secret, secrets: ["TOKEN": SensitiveValue("hunter2")], key: key)
        var generator = SystemRandomNumberGenerator()
        #expect(manifest.resolved(live: nil, using: &generator)["data"]?["TOKEN"] == "aHVudGVyMg==")
    }

    @Test func sealingALiveSecretGivesTheSameDigest() {
        let manifest = Manifest(secret, secrets: ["TOKEN": SensitiveValue("hunter2")], key: key)
        var generator = SystemRandomNumberGenerator()
        let live = LiveObject(manifest.resolved(live: nil, using: &generator)).sealed(with: key)
        #expect(live.content["data"] == manifest.content["data"])
    }

    @Test func generatedValuesAreMadeOnceAndKept() throws {
        let manifest = Manifest(
            secret, generated: [
                "PASSWORD": .random(24),
                "URI": .template([.text("mongodb://root:"), .value("PASSWORD"), .text("@kre-mongo-0")]),
            ], key: key)
        #expect(manifest.content["data"]?["PASSWORD"] == .string(Manifest.generatedMark))
        var generator = SystemRandomNumberGenerator()
        let made = manifest.resolved(live: nil, using: &generator)
        let password = try #require(made["data"]?["PASSWORD"]?.string)
        #expect(password.count == 32)  // 24 bytes in base64
        let again = manifest.resolved(live: LiveObject(made), using: &generator)
        #expect(again == made)
        let other = manifest.resolved(live: nil, using: &generator)
        #expect(other["data"]?["PASSWORD"]?.string != password)
    }

    @Test func valuesAreMadeAnewOnlyWhenThatIsAskedFor() throws {
        func manifest(_ renewed: Set<String>, _ rule: GeneratedValue = .random(24)) -> Manifest {
            Manifest(
                secret, generated: [
                    "USER": .template([.text("kre")]), "PASSWORD": rule, "KEY": .random(8),
                    "URI": .template([.value("USER"), .text(":"), .value("PASSWORD")]),
                ], renewed: renewed, key: key)
        }
        var generator = SystemRandomNumberGenerator()
        let made = LiveObject(manifest([]).resolved(live: nil, using: &generator))
        #expect(made.content["data"]?["USER"] == "a3Jl")
        let renewed = manifest(["PASSWORD", "URI"]).resolved(live: made, using: &generator)["data"]
        #expect(renewed?["KEY"] == made.content["data"]?["KEY"])
        #expect(renewed?["PASSWORD"] != made.content["data"]?["PASSWORD"])
        #expect(renewed?["URI"] != made.content["data"]?["URI"])

        // From another Secret.
        let copying = manifest(["PASSWORD", "URI"], .copy(secret: "next", key: "OTHER"))
        #expect(copying.sources == ["next"])
        #expect(copying.missingCopies(in: [:]) == ["next/OTHER"])
        let sources = ["next": LiveObject(["metadata": ["name": "next"], "data": ["OTHER": "aHVudGVyMg=="]])]
        #expect(copying.missingCopies(in: sources) == [])
        let copied = copying.resolved(live: made, sources: sources, using: &generator)["data"]
        #expect(copied?["PASSWORD"] == "aHVudGVyMg==")
        #expect(copied?["URI"] == "a3JlOmh1bnRlcjI=")
        #expect(copied?["KEY"] == made.content["data"]?["KEY"])
    }

    @Test func otherKindsAreNotSealed() {
        let live = LiveObject(["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "a"], "data": ["A": "b"]])
        #expect(live.sealed(with: key) == live)
    }

    /// Without its value a variable would be there and empty.
    @Test func anItemThatSomebodyTookAwayIsNotPutBackWithoutTheFieldsThatAreLeft() throws {
        func deployment(_ env: JSONValue) -> JSONValue {
            [
                "apiVersion": "apps/v1", "kind": "Deployment", "metadata": ["name": "a", "namespace": "ns"],
                "spec": ["template": ["spec": ["containers": [["name": "etl", "env": env]]]]],
            ]
        }
        let y: JSONValue = ["name": "Y", "value": "2"]
        let manifest = Manifest(deployment([["name": "X", "value": "1"], y]), key: key)
        let path = FieldPath([
            .field("spec"), .field("template"), .field("spec"), .field("containers"), .key(["name": "etl"]), .field("env"),
            .key(["name": "X"]), .field("value"),
        ])
        #expect(manifest.leaving([path], in: LiveObject(deployment([y]))).content == deployment([y]))
        let theirs = ManagedFields(
            manager: "kubectl-edit", operation: .update, time: "2026-05-30T18:04:05Z", fields: FieldSet([path]))
        let changed = LiveObject(content: deployment([["name": "X", "value": "5"], y]), managers: [theirs])
        #expect(manifest.leaving([path], in: changed).content == deployment([["name": "X"], y]))
    }

    @Test func fieldsOfManagersMayBeText() throws {
        func live(_ managers: (name: String, fields: JSONValue)...) -> LiveObject {
            LiveObject([
                "apiVersion": "v1", "kind": "ConfigMap",
                "metadata": [
                    "name": "a",
                    "managedFields": .array(managers.map { name, fields in
                        ["manager": .string(name), "operation": "Apply", "fieldsV1": fields]
                    }),
                ],
            ])
        }
        let fields: JSONValue = ["f:data": ["f:A": [:]]]
        let text = JSONText(fields)
        #expect(live(("kreform", .string(text.description))).owned.paths.map { "\($0)" } == ["data.A"])
        #expect(live(("kreform", .string(text.description))).visiblyOwns(text))
        #expect(live(("kreform", .string(text.description)), ("kubectl", .string("{}"))).visiblyOwns(text))
        #expect(!live(("kubectl", .string(text.description))).visiblyOwns(text))
        #expect(!live(("kreform", .string(#"{"f:data":{"f:B":{}}}"#))).visiblyOwns(text))
        #expect(!live(("kreform", fields)).visiblyOwns(text))
        #expect(!live().visiblyOwns(text))
    }

    @Test func managedFieldsLeaveTheContent() {
        let live = LiveObject([
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": [
                "name": "a",
                "managedFields": [
                    ["manager": "kreform", "operation": "Apply", "fieldsV1": ["f:data": ["f:A": [:]]]],
                    ["manager": "kubectl-edit", "operation": "Update", "time": "2026-05-30T18:04:05Z",
                     "fieldsV1": ["f:data": ["f:B": [:]]]],
                ],
            ],
            "data": ["A": "b", "B": "c"],
        ])
        #expect(live.content["metadata"] == ["name": "a"])
        #expect(live.owned.paths.map { "\($0)" } == ["data.A"])
        #expect(live.managers.map(\.manager) == ["kreform", "kubectl-edit"])
    }
}
