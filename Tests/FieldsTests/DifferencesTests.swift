import Fields
import JSON
import TestSupport
import Testing

@Suite struct DifferencesTests {
    static func shown(_ differences: [FieldDifference]) -> [String] {
        differences.map { "\($0.path): \($0.old?.encoded() ?? "-") -> \($0.new?.encoded() ?? "-")" }
    }

    @Test func whatTheServerAddsOrWritesDifferentlyIsSilence() throws {
        var live = MergeTests.deployment
        live["apiVersion"] = "apps/v2"
        live["status"] = ["replicas": 1]
        live["metadata"]?["uid"] = "1"
        live["metadata"]?["labels"]?["team"] = "ml"
        live["spec"]?["paused"] = nil
        live[try #require(JSONPointer("/spec/replicas"))] = 2.0
        live[try #require(JSONPointer("/spec/template/spec/containers/0/resources/limits/cpu"))] = "1"
        live[try #require(JSONPointer("/spec/template/spec/containers/0/ports/0/protocol"))] = "TCP"
        live[try #require(JSONPointer("/spec/template/spec/containers"))] = .array(
            [["name": "sidecar"]]
                + (value(at: FieldPath("spec", "template", "spec", "containers"), in: live)?.array ?? []))
        var desired = MergeTests.deployment
        desired["metadata"]?["uid"] = "2"
        desired["metadata"]?["creationTimestamp"] = .null
        desired["spec"]?["paused"] = false
        #expect(Self.shown(differences(desired: desired, live: live, schema: MergeTests.schema)) == [])
    }

    @Test func namesEveryFieldThatDiffers() throws {
        var live = MergeTests.deployment
        live[try #require(JSONPointer("/metadata/labels/kreform~1version"))] = "v2"
        live[try #require(JSONPointer("/spec/selector/matchLabels/app"))] = "other"
        live[try #require(JSONPointer("/spec/template/spec/volumes"))] = nil
        live[try #require(JSONPointer("/spec/template/spec/containers/0/args"))] = ["run"]
        live[try #require(JSONPointer("/spec/template/spec/containers/0/env/0"))] = nil
        live[try #require(JSONPointer("/spec/template/spec/containers/0/ports/1/name"))] = "other"
        let pod = "spec.template.spec."
        #expect(
            Self.shown(differences(desired: MergeTests.deployment, live: live, schema: MergeTests.schema)) == [
                #"metadata.labels["kreform/version"]: "v2" -> "v1""#,
                #"spec.selector: {"matchLabels":{"app":"other"}} -> {"matchLabels":{"app":"etl"}}"#,
                pod + #"containers[name=etl].args: ["run"] -> ["-v","run"]"#,
                pod + #"containers[name=etl].env[name=A].name: - -> "A""#,
                pod + #"containers[name=etl].env[name=A].value: - -> "1""#,
                pod + #"containers[name=etl].ports[containerPort=80,protocol=UDP].name: "other" -> "dns""#,
                pod + "volumes[name=tmp].emptyDir: - -> {}",
                pod + #"volumes[name=tmp].name: - -> "tmp""#,
            ])
    }

    @Test func whatTheServerFillsIntoAtomicListsIsSilence() {
        func set(_ claims: JSONValue) -> JSONValue { ["spec": ["volumeClaimTemplates": claims]] }
        let schema = MergeSchema(apiVersion: "apps/v1", kind: "StatefulSet")
        let desired = set([["metadata": ["name": "d"], "spec": ["resources": ["requests": ["storage": "1024Mi"]]]]])
        let live = set([
            [
                "metadata": ["name": "d"], "status": ["phase": "Pending"],
                "spec": ["resources": ["requests": ["storage": "1Gi"]], "volumeMode": "Filesystem"],
            ]
        ])
        let other = set([["metadata": ["name": "d"], "spec": ["resources": ["requests": ["storage": "2Gi"]]]]])
        #expect(differences(desired: desired, live: live, schema: schema) == [])
        #expect(
            differences(desired: desired, live: other, schema: schema).map(\.path.description) == [
                "spec.volumeClaimTemplates"
            ])
        #expect(merge(live: live, applied: desired, schema: schema).object == live)
    }

    @Test func membersOfSetsAreNamedByTheirValue() {
        let schema = MergeSchema(apiVersion: "v1", kind: "Namespace")
        let found = differences(
            desired: ["metadata": ["finalizers": ["a", "b"]]], live: ["metadata": ["finalizers": ["b", "c"]]],
            schema: schema)
        #expect(Self.shown(found) == [#"metadata.finalizers[=a]: - -> "a""#])
    }

    @Test func removalsAreOurFieldsThatDesiredNoLongerHas() throws {
        let owned = ownedFields(of: MergeTests.deployment, schema: MergeTests.schema)
        var live = MergeTests.deployment
        live[try #require(JSONPointer("/metadata/labels/foreign"))] = "x"
        live[try #require(JSONPointer("/spec/template/spec/nodeSelector"))] = nil
        var desired = MergeTests.deployment
        desired[try #require(JSONPointer("/metadata/labels/app"))] = nil
        desired[try #require(JSONPointer("/spec/replicas"))] = nil
        desired[try #require(JSONPointer("/spec/template/spec/nodeSelector"))] = nil
        desired[try #require(JSONPointer("/spec/template/spec/containers/0/env/1"))] = nil
        let found = removals(
            owned: owned, desired: desired, live: live,
            ownedByOthers: FieldSet([FieldPath("spec", "replicas")]))
        #expect(
            Self.shown(found) == [
                #"metadata.labels.app: "etl" -> -"#,
                #"spec.template.spec.containers[name=etl].env[name=B]: {"name":"B","value":"2"} -> -"#,
            ])
    }
}

/// The laws of server-side apply, on random Deployments and Services of several managers.
@Suite struct MergePropertyTests {
    static func manifest(_ generator: inout SeededGenerator) -> JSONValue {
        func maybe(_ value: JSONValue) -> JSONValue? { Bool.random(using: &generator) ? value : nil }
        func pick(_ values: [JSONValue]) -> JSONValue { values.randomElement(using: &generator) ?? .null }
        func some(_ items: [JSONValue]) -> JSONValue {
            .array(items.filter { _ in Bool.random(using: &generator) }.shuffled(using: &generator))
        }
        var object: JSONValue = ["apiVersion": "apps/v1", "kind": "Deployment", "metadata": ["name": "d"], "spec": [:]]
        object["metadata"]?["labels"] = maybe(["a": pick(["1", "2"]), "b": "x"])
        object["metadata"]?["finalizers"] = maybe(some(["f/1", "f/2", "f/3"]))
        object["spec"]?["replicas"] = maybe(pick([1, 2, 3]))
        object["spec"]?["selector"] = maybe(["matchLabels": ["a": pick(["1", "2"])]])
        var pod: JSONValue = [:]
        pod["nodeSelector"] = maybe(["disk": pick(["ssd", "hdd"])])
        pod["volumes"] = maybe(
            some([["name": "v", "emptyDir": [:]], ["name": "w", "emptyDir": ["sizeLimit": pick(["1Gi", "1024Mi"])]]]))
        pod["containers"] = some(
            ["x", "y", "z"].map { name in
                var container: JSONValue = ["name": .string(name)]
                container["image"] = maybe(pick(["i:1", "i:2"]))
                container["args"] = maybe(pick([["a"], ["b"]]))
                container["ports"] = maybe(
                    some([["containerPort": 80], ["containerPort": 80, "protocol": "UDP"], ["containerPort": 81]]))
                container["env"] = maybe(
                    some([["name": "A", "value": pick(["1", "2"])], ["name": "B"], ["name": "C", "value": "3"]]))
                return container
            })
        object["spec"]?["template"] = ["spec": pod]
        return object
    }

    static let schema = MergeSchema(apiVersion: "apps/v1", kind: "Deployment")

    @Test func applyingTwiceIsApplyingOnce() {
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<400 {
            let applied = Self.manifest(&generator)
            let first = merge(live: Self.manifest(&generator), applied: applied, schema: Self.schema)
            let second = merge(live: first.object, applied: applied, schema: Self.schema, previousOwned: first.owned)
            #expect(second.object == first.object)
            #expect(second.owned == first.owned)
            #expect(differences(desired: applied, live: first.object, schema: Self.schema) == [])
            #expect(removals(owned: first.owned, desired: applied, live: first.object) == [])
        }
    }

    @Test func differencesAndRemovalsForetellWhatAnApplyDoes() {
        var generator = SeededGenerator(seed: 12)
        for _ in 0..<400 {
            let before = merge(live: nil, applied: Self.manifest(&generator), schema: Self.schema)
            let applied = Self.manifest(&generator)
            let after = merge(live: before.object, applied: applied, schema: Self.schema, previousOwned: before.owned)
            let foretold = differences(desired: applied, live: before.object, schema: Self.schema)
            let removed = removals(owned: before.owned, desired: applied, live: before.object)
            for difference in foretold {
                #expect(value(at: difference.path, in: before.object) == difference.old)
                #expect(value(at: difference.path, in: after.object) == difference.new, "\(difference.path)")
            }
            for difference in removed {
                #expect(value(at: difference.path, in: after.object) == nil, "\(difference.path)")
            }
            if foretold.isEmpty, removed.isEmpty {
                #expect(differences(desired: before.object, live: after.object, schema: Self.schema) == [])
            }
        }
    }

    @Test func whatOthersOwnSurvivesUnlessItIsApplied() {
        var generator = SeededGenerator(seed: 13)
        for _ in 0..<400 {
            let theirs = merge(live: nil, applied: Self.manifest(&generator), schema: Self.schema)
            let mine = merge(
                live: theirs.object, applied: Self.manifest(&generator), schema: Self.schema,
                ownedByOthers: theirs.owned)
            let next = merge(
                live: mine.object, applied: Self.manifest(&generator), schema: Self.schema, previousOwned: mine.owned,
                ownedByOthers: theirs.owned)
            for path in theirs.owned.difference(mine.owned).difference(next.owned).paths {
                #expect(value(at: path, in: next.object) != nil, "\(path)")
            }
            for path in next.owned.paths {
                #expect(value(at: path, in: next.object) != nil, "\(path)")
            }
            let gone = mine.owned.difference(next.owned).difference(theirs.owned)
            for path in gone.paths where theirs.owned.subset(at: path).isEmpty && next.owned.subset(at: path).isEmpty {
                #expect(value(at: path, in: next.object) == nil, "\(path)")
            }
        }
    }
}
