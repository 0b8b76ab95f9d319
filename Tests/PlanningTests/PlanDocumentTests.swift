import Digest
import Fields
import JSON
import Model
import Planning
import Testing

@Suite struct PlanDocumentTests {
    private let runtime = R("r", [V("v1", .published)])

    @Test func theDocumentIsAsDocumented() {
        var world = World()
        world.bring(desired(R("r", [V("v1", .stopped)])))
        let deployment = runtime.address("apps/v1", "StatefulSet", "nats")
        world.edit(deployment, FieldPath("spec", "replicas"), "/spec/replicas", 2)
        let plan = world.plan(desired(R("r", [V("v1", .stopped, description: "new")]))).plan
        let labels = #"{"app.kubernetes.io/managed-by":"kreform","kreform/engine":"e"}"#
        let digest = SHA256Digest(of: "v1".utf8)
        #expect(
            PlanDocument.value(of: plan).encoded()
                == """
                {"changes":[{"action":"update","address":{"group":"apps","kind":"StatefulSet","name":"nats",\
                "namespace":"e-r"},"apiVersion":"apps/v1","differences":[{"cause":{"drift":{"manager":"kubectl-edit",\
                "time":"2026-05-30T18:04:05Z"}},"field":"spec.replicas","new":{"value":1},"old":{"value":2},\
                "path":["spec","replicas"]}],"entity":"runtime/r","id":0,"manifest":{"content":{"apiVersion":"apps/v1",\
                "kind":"StatefulSet","metadata":{"labels":\(labels),"name":"nats","namespace":"e-r"},\
                "spec":{"replicas":1}},"dependsOn":[{"kind":"Secret","name":"mongo","namespace":"e-r"}]},\
                "prior":{"fields":{"metadata":{"labels":\(labels)},"spec":{"replicas":2}},"uid":"uid-9"},\
                "reasons":["drifted in cluster"]}],"cluster":{"name":"sandbox","uid":"cluster-1"},\
                "digest":"\(PlanDocument.digest(of: plan))","engine":"e","format":1,"kreform":"plan","mode":"apply",\
                "state":{"lineage":"lineage-1","serial":1},"steps":[{"action":"update-runtime","changes":[0],\
                "entity":"runtime/r","id":0,"reasons":["drifted in cluster"],"records":[{"entity":"runtime/r",\
                "record":{"namespace":"e-r"}}]},{"action":"update","entity":"version/r/v1","id":1,\
                "reasons":["changed in file"],"records":[{"entity":"version/r/v1","record":{"description":"new",\
                "packageDigest":"\(digest)","status":"stopped"}}]}],"summary":{"create":0,"delete":0,"forget":0,\
                "replace":0,"update":1}}
                """.replacing("uid-9", with: world.live[deployment]?.uid ?? ""))
    }

    @Test func whatIsWrittenIsReadAndFilledAgain() throws {
        let files = desired(R("r", [V("v1", .published, secret: "canary-17")]))
        let plan = World().plan(files).plan
        let bytes = PlanDocument.value(of: plan).encodedBytes(.pretty)
        #expect(!String(decoding: bytes, as: UTF8.self).contains("canary-17"))
        let read = try PlanDocument.read(bytes, file: "p.json")
        #expect(read != plan)
        #expect(read.changes.compactMap(\.manifest).flatMap(\.missingSecrets) == ["TOKEN"])
        let filled = read.fillingSecrets(from: files, key: key)
        #expect(filled.diagnostics == [])
        #expect(filled.plan == plan)
        #expect(PlanDocument.digest(of: filled.plan) == PlanDocument.digest(of: plan))
        #expect(filled.plan.changes.compactMap(\.manifest).flatMap(\.missingSecrets) == [])
    }

    @Test func aSensitiveValueMustBeTheOneThatWasPlanned() throws {
        let plan = World().plan(desired(runtime)).plan
        let read = try PlanDocument.read(PlanDocument.value(of: plan), file: "p.json")
        let changed = read.fillingSecrets(from: desired(R("r", [V("v1", .published, secret: "other")])), key: key)
        #expect(
            changed.diagnostics.map { "\($0.code): \($0.summary) (\($0.address ?? ""))" } == [
                "sensitive-value-changed: The sensitive value TOKEN of version/r/v1 is not the one that was planned "
                    + "(Secret/e-r/v1-conf)"
            ])
        let gone = read.fillingSecrets(from: desired(R("r")), key: key)
        #expect(
            gone.diagnostics.map(\.summary) == ["The files no longer give the sensitive value TOKEN of version/r/v1"])
    }

    @Test func filesThatAreNoPlanAreRefused() {
        func refusal(_ text: String) -> String {
            do {
                _ = try PlanDocument.read(Array(text.utf8), file: "p.json")
                return "read"
            } catch {
                return "\(error.code): \(error.summary). \(error.detail)"
            }
        }
        #expect(
            refusal("{") == """
                not-a-plan: p.json is not a saved plan. It is not JSON: line 1, column 1: the object that begins here does \
                not end. Make one with `kreform plan --out FILE`.
                """)
        #expect(
            refusal("{\"format\":1}") == """
                not-a-plan: p.json is not a saved plan. It does not say that it is one. \
                Make one with `kreform plan --out FILE`.
                """)
        #expect(
            refusal("{\"kreform\":\"plan\",\"format\":2}") == """
                plan-format: p.json is a plan of format 2. This Kreform reads format 1. Apply it with the Kreform that made \
                it, or plan again.
                """)
        #expect(
            refusal("{\"kreform\":\"plan\",\"format\":1,\"digest\":\"sha256:00\"}") == """
                damaged-plan: The saved plan p.json is damaged. Its content does not have the digest that stands in it: it \
                was changed or cut off. Plan again.
                """)
    }

    @Test(
        arguments: [
            ("/steps/0/predecessors", "At /steps/0: a predecessor does not come before it. Plan again."),
            ("/steps/0/action", "At /steps/0/action: [7] is not known here. Plan again."),
            ("/changes/0/address/kind", "At /changes/0/address/kind: a string is expected. Plan again."),
            ("/changes/3/manifest/secrets", "At /changes/3/manifest/secrets/0: a string is expected. Plan again."),
            (
                "/changes/3/manifest/content/data/TOKEN",
                "At /changes/3/manifest: \"secrets\" does not list the sensitive values of \"content\". Plan again."
            ),
            ("/steps/0/changes", "At /steps/0: change 7 is not there or is part of another step. Plan again."),
            ("/serial", nil),
        ] as [(String, String?)])
    func aDocumentThatDoesNotHoldTogetherIsRefused(_ pointer: String, _ detail: String?) throws {
        var document = PlanDocument.value(of: World().plan(desired(R("r", [V("v1", .started)]))).plan)
        document[try #require(JSONPointer(pointer))] = pointer.hasSuffix("action") ? .string("[7]") : [7]
        document["digest"] = nil
        document["digest"] = .string("\(SHA256Digest(of: document.encodedBytes()))")
        guard let detail else {
            #expect(throws: Never.self) { try PlanDocument.read(document, file: "p.json") }
            return
        }
        let error = #expect(throws: Diagnostic.self) { try PlanDocument.read(document, file: "p.json") }
        #expect(error?.detail.replacing("\"[7]\"", with: "[7]") == detail)
    }

    @Test func generatedValuesKeepTheirRules() throws {
        let manifest = Manifest(
            ["apiVersion": "v1", "kind": "Secret", "metadata": ["name": "s"], "data": [:]],
            generated: [
                "password": .random(24),
                "uri": .template([.text("mongodb://root:"), .value("password"), .text("@kre-mongo")]),
            ], key: key)
        let change = Change(
            id: 0, action: .create, address: manifest.address, apiVersion: "v1", entity: .runtime("r"),
            manifest: manifest, prior: nil, differences: [], reasons: [.newInFile], predecessors: [])
        #expect(change.differences.map { "\($0.path)" } == ["data.password", "data.uri"])
        #expect(change.differences.map(\.new) == [.knownAfterApply, .knownAfterApply])
        let step = Step(
            id: 0, action: .createRuntime, entity: .runtime("r"), records: [], reasons: [.newInFile], changes: [0],
            predecessors: [])
        let plan = Plan(
            mode: .apply, engine: "e", cluster: cluster, lineage: nil, serial: 0, steps: [step], changes: [change])
        #expect(try PlanDocument.read(PlanDocument.value(of: plan), file: "p.json") == plan)
    }
}
