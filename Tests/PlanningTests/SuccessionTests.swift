import Digest
import Fields
import JSON
import Model
import Planning
import Testing

/// Objects whose names follow from what is in them.
@Suite struct SuccessionTests {
    /// A version with a ConfigMap, a Secret, a Deployment that reads both, and a Service.
    private func files(
        _ values: [String: String], secret: String = "s", named: Bool = true, ignore: [IgnoreRule] = [], more: JSONValue? = nil
    ) -> RenderedState {
        func object(_ apiVersion: String, _ kind: String, _ base: String, _ digits: String?, _ body: JSONValue) -> JSONValue {
            var object = body
            object["apiVersion"] = .string(apiVersion)
            object["kind"] = .string(kind)
            var metadata: JSONValue = [
                "name": .string(digits.map { "\(base)-\($0)" } ?? base), "namespace": "e-r",
                "labels": .object([ObjectLabels.managedBy: "kreform", ObjectLabels.engine: "e"]),
            ]
            if digits != nil { metadata["annotations"] = .object([ObjectAnnotations.baseName: .string(base)]) }
            object["metadata"] = metadata
            return object
        }
        let data = JSONValue.object(values.mapValues { .string($0) })
        let config = Manifest(
            object("v1", "ConfigMap", "v1-conf", named ? String(SHA256Digest(of: data.encodedBytes()).hex.prefix(4)) : nil, ["data": data]),
            key: key)
        let sensitive = Manifest(
            object("v1", "Secret", "v1-conf", named ? "\(secret)00" : nil, ["data": [:]]), secrets: ["TOKEN": SensitiveValue(secret)],
            key: key)
        let container: JSONValue = [
            "name": "main", "image": "a:1", "envFrom": [
                ["configMapRef": ["name": .string(config.address.name)]], ["secretRef": ["name": .string(sensitive.address.name)]],
            ],
        ]
        let deployment = Manifest(
            object("apps/v1", "Deployment", "v1-main", nil, ["spec": ["template": ["spec": ["containers": [container]]]]]),
            dependsOn: [config.address, sensitive.address], key: key)
        let service = Manifest(
            object("v1", "Service", "v1", nil, ["spec": ["selector": ["a": "b"]]]), dependsOn: [deployment.address], key: key)
        let entities = desired(R("r", [V("v1", .started)])).entities.map { entity in
            guard case .version = entity.address else { return entity }
            return RenderedEntity(record: entity.record, manifests: [config, sensitive, deployment, service], ignore: ignore)
        }
        return RenderedState(engine: "e", entities: entities)
    }

    /// Without what the Deployment reads, which is long.
    private func told(_ result: PlanResult) -> String {
        lines(result).replacing(#/envFrom: .*/#, with: "envFrom: …")
    }

    private func world(_ files: RenderedState) -> World {
        var world = World()
        world.bring(files)
        return world
    }

    /// The plan tells what differs, and the old object goes when everything that read it has moved on.
    @Test func anObjectOfAnotherNameTakesThePlaceOfTheOldOne() {
        let world = world(files(["A": "1", "B": "2", "C": "3"]))
        #expect(told(world.plan(files(["A": "1", "B": "4", "D": "5"]))) == """
            0. update version/r/v1 (changed in file)
              0 + ConfigMap v1-conf-7918 in place of v1-conf-c3aa (changed in file)
                  data.B: "2" -> "4"
                  data.C: "3" -> absent
                  data.D: absent -> "5"
              1 ~ Deployment v1-main (changed in file) <- 0
                  spec.template.spec.containers[name=main].envFrom: …
              2 - ConfigMap v1-conf-c3aa (changed in file) <- 0,1
            """)
    }

    @Test func ofASecretNothingIsShownButThatItChanged() {
        let world = world(files(["A": "1"], secret: "one"))
        let result = world.plan(files(["A": "1"], secret: "two"))
        #expect(told(result) == """
            0. update version/r/v1 (changed in file)
              0 + Secret v1-conf-two00 in place of v1-conf-one00 (changed in file)
                  data.TOKEN: sensitive -> sensitive
              1 ~ Deployment v1-main (changed in file) <- 0
                  spec.template.spec.containers[name=main].envFrom: …
              2 - Secret v1-conf-one00 (changed in file) <- 0,1
            """)
        #expect(!PlanDocument.value(of: result.plan).encoded().contains(#""two""#))
    }

    /// As states have it that are older than such names.
    @Test func anObjectOfTheBareNameIsThePredecessorToo() {
        let world = world(files(["A": "1"], named: false))
        #expect(told(world.plan(files(["A": "2"]))) == """
            0. update version/r/v1 (changed in file)
              0 + ConfigMap v1-conf-05ad in place of v1-conf (changed in file)
                  data.A: "1" -> "2"
                  metadata.annotations["kreform/base-name"]: absent -> "v1-conf"
              1 + Secret v1-conf-s00 in place of v1-conf (changed in file)
                  metadata.annotations["kreform/base-name"]: absent -> "v1-conf"
              2 ~ Deployment v1-main (changed in file) <- 0,1
                  spec.template.spec.containers[name=main].envFrom: …
              3 - ConfigMap v1-conf (changed in file) <- 0,1,2
              4 - Secret v1-conf (changed in file) <- 0,1,2
            """)
    }

    /// A rollout failed: of the two that are there, the one that was applied last is what the next one follows.
    @Test func ofSeveralThatGoTheLastOneIsThePredecessor() {
        var world = world(files(["A": "1"]))
        let failed = world.plan(files(["A": "2"])).plan
        world.begin()
        for change in failed.changes where change.action != .delete { world.carryOut(change) }
        for (address, record) in world.state.objects where failed.changes.contains(where: { $0.address == address && $0.action == .create }) {
            world.state.objects[address] = record.with(appliedAt: Timestamp(seconds: 60))
        }
        #expect(told(world.plan(files(["A": "3"]))) == """
            0. update version/r/v1 (changed in file)
              0 + ConfigMap v1-conf-0078 in place of v1-conf-05ad (changed in file)
                  data.A: "2" -> "3"
              1 ~ Deployment v1-main (changed in file) <- 0
                  spec.template.spec.containers[name=main].envFrom: …
              2 - ConfigMap v1-conf-05ad (changed in file) <- 0,1
              3 - ConfigMap v1-conf-c73d (changed in file) <- 0,1
            """)
        // The way back: the first one is still there.
        #expect(told(world.plan(files(["A": "1"]))) == """
            0. update version/r/v1 (changed in file)
              0 = ConfigMap v1-conf-c73d in place of v1-conf-05ad
                  data.A: "2" -> "1"
              1 ~ Deployment v1-main (changed in file) <- 0
                  spec.template.spec.containers[name=main].envFrom: …
              2 - ConfigMap v1-conf-05ad (changed in file) <- 0,1
            """)
        // And on: nothing but the deletion is left.
        #expect(told(world.plan(files(["A": "2"]))) == """
            0. update version/r/v1 (changed in file)
              0 = ConfigMap v1-conf-05ad in place of v1-conf-c73d
                  data.A: "1" -> "2"
              1 - ConfigMap v1-conf-c73d (changed in file) <- 0
            """)
    }

    /// Somebody set what the pods read, and the file leaves that: what they read stays.
    @Test func whatPodsGoOnReadingIsKept() throws {
        let rule = IgnoreRule(
            kind: NamePattern("Deployment"), name: .any,
            fields: [try FieldPattern("spec.template.spec.containers[name=main].envFrom")],
            span: SourceSpan(file: "f", start: SourcePosition(line: 1, column: 1), end: SourcePosition(line: 1, column: 2)))
        let before = files(["A": "1"], ignore: [rule])
        var world = world(before)
        let deployment = ResourceAddress(apiVersion: "apps/v1", kind: "Deployment", namespace: "e-r", name: "v1-main")
        let object = try #require(world.live[deployment])
        let pointer = JSONPointer(tokens: ["spec", "template", "spec", "containers", "0", "envFrom"])
        let own = object.content[pointer]?.array ?? []
        let path = FieldPath([
            .field("spec"), .field("template"), .field("spec"), .field("containers"), .key(["name": "main"]), .field("envFrom"),
        ])
        world.edit(deployment, path, pointer.description, .array(own + [["secretRef": ["name": "theirs"]]]))
        let after = files(["A": "2"], ignore: [rule])
        #expect(told(world.plan(after)) == """
            0. update version/r/v1 (changed in file)
              0 + ConfigMap v1-conf-05ad (changed in file)
            left by file: Deployment v1-main
                  spec.template.spec.containers[name=main].envFrom: …
            warning configuration-kept: ConfigMap v1-conf-c73d is kept: Deployment v1-main goes on reading it
            """)
        world.carryOut(world.plan(after).plan)
        // As long as they read it.
        #expect(told(world.plan(after)) == """
            left by file: Deployment v1-main
                  spec.template.spec.containers[name=main].envFrom: …
            warning configuration-kept: ConfigMap v1-conf-c73d is kept: Deployment v1-main goes on reading it
            """)
        #expect(told(world.plan(files(["A": "2"]))) == """
            0. update version/r/v1 (changed in file)
              0 = ConfigMap v1-conf-05ad in place of v1-conf-c73d
                  data.A: "1" -> "2"
              1 ~ Deployment v1-main (changed in file) <- 0
                  spec.template.spec.containers[name=main].envFrom: …
              2 - ConfigMap v1-conf-c73d (changed in file) <- 0,1
            """)
    }

    /// A container of others beside ours, which no file knows of.
    @Test func whatOthersHavePodsReadIsKept() throws {
        var world = world(files(["A": "1"]))
        let deployment = ResourceAddress(apiVersion: "apps/v1", kind: "Deployment", namespace: "e-r", name: "v1-main")
        let path = FieldPath([
            .field("spec"), .field("template"), .field("spec"), .field("containers"), .key(["name": "sidecar"]),
        ])
        let sidecar: JSONValue = ["name": "sidecar", "image": "b:1", "envFrom": [["configMapRef": ["name": "v1-conf-c73d"]]]]
        let containers = world.live[deployment]?.content[JSONPointer(tokens: ["spec", "template", "spec", "containers"])]?.array ?? []
        world.edit(deployment, path, "/spec/template/spec/containers", .array(containers + [sidecar]))
        #expect(lines(world.plan(files(["A": "1"]))) == "")
        let after = files(["A": "2"])
        #expect(told(world.plan(after)) == """
            0. update version/r/v1 (changed in file)
              0 + ConfigMap v1-conf-05ad (changed in file)
              1 ~ Deployment v1-main (changed in file) <- 0
                  spec.template.spec.containers[name=main].envFrom: …
            warning configuration-kept: ConfigMap v1-conf-c73d is kept: Deployment v1-main goes on reading it
            """)
        world.carryOut(world.plan(after).plan)
        #expect(told(world.plan(after)) == """
            warning configuration-kept: ConfigMap v1-conf-c73d is kept: Deployment v1-main goes on reading it
            """)
        let now = world.live[deployment]?.content[JSONPointer(tokens: ["spec", "template", "spec", "containers"])]?.array ?? []
        world.edit(deployment, path, "/spec/template/spec/containers", .array(Array(now.prefix(1))))
        #expect(told(world.plan(after)) == """
            0. update version/r/v1 (changed in file)
              0 = ConfigMap v1-conf-05ad in place of v1-conf-c73d
                  data.A: "1" -> "2"
              1 - ConfigMap v1-conf-c73d (changed in file) <- 0
            """)
    }

    @Test func aSavedPlanTellsWhatTakesWhosePlace() throws {
        let world = world(files(["A": "1"], secret: "one"))
        let after = files(["A": "2"], secret: "two")
        let plan = world.plan(after).plan
        let text = PlanDocument.value(of: plan).encoded()
        #expect(text.contains(#""inPlaceOf":{"kind":"Secret","name":"v1-conf-one00","namespace":"e-r"}"#), "\(text)")
        let read = try PlanDocument.read(PlanDocument.value(of: plan), file: "p.json")
        #expect(read.fillingSecrets(from: after, key: key).plan == plan)
        // Another value has another name by now.
        let other = read.fillingSecrets(from: files(["A": "2"], secret: "three"), key: key)
        #expect(other.diagnostics.map(\.summary) == ["The sensitive value TOKEN of version/r/v1 is not the one that was planned"])
    }
}

extension ObjectRecord {
    fileprivate func with(appliedAt: Timestamp) -> ObjectRecord {
        ObjectRecord(
            address: address, entity: entity, apiVersion: apiVersion, uid: uid, resourceVersion: resourceVersion, generation: generation,
            applied: applied, left: left, owned: owned, dependsOn: dependsOn, appliedAt: appliedAt)
    }
}
