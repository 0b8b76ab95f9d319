import Fields
import JSON
import Testing

@Suite struct MergeTests {
    static let deployment: JSONValue = [
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": ["name": "etl", "namespace": "x", "labels": ["app": "etl", "kreform/version": "v1"]],
        "spec": [
            "replicas": 2, "selector": ["matchLabels": ["app": "etl"]],
            "template": [
                "metadata": ["labels": ["app": "etl"]],
                "spec": [
                    "nodeSelector": ["disk": "ssd"],
                    "containers": [
                        [
                            "name": "etl", "image": "etl:1", "args": ["-v", "run"],
                            "env": [["name": "A", "value": "1"], ["name": "B", "value": "2"]],
                            "ports": [["containerPort": 80], ["containerPort": 80, "protocol": "UDP", "name": "dns"]],
                            "resources": ["limits": ["cpu": "1000m"]],
                        ]
                    ],
                    "volumes": [["name": "tmp", "emptyDir": [:]]],
                ],
            ],
        ],
    ]
    static let schema = MergeSchema(of: deployment)

    static let container = FieldPath("spec", "template", "spec", "containers").appending(.key(["name": "etl"]))

    @Test func ownsWhatCarriesAValue() {
        let template = "spec.template.spec."
        #expect(
            ownedFields(of: Self.deployment, schema: Self.schema).paths.map(\.description) == [
                "metadata.labels.app", #"metadata.labels["kreform/version"]"#, "spec.replicas", "spec.selector",
                "spec.template.metadata.labels.app",
                template + "containers[name=etl]", template + "containers[name=etl].args",
                template + "containers[name=etl].env[name=A]", template + "containers[name=etl].env[name=A].name",
                template + "containers[name=etl].env[name=A].value",
                template + "containers[name=etl].env[name=B]", template + "containers[name=etl].env[name=B].name",
                template + "containers[name=etl].env[name=B].value",
                template + "containers[name=etl].image", template + "containers[name=etl].name",
                template + "containers[name=etl].ports[containerPort=80,protocol=TCP]",
                template + "containers[name=etl].ports[containerPort=80,protocol=TCP].containerPort",
                template + "containers[name=etl].ports[containerPort=80,protocol=UDP]",
                template + "containers[name=etl].ports[containerPort=80,protocol=UDP].containerPort",
                template + "containers[name=etl].ports[containerPort=80,protocol=UDP].name",
                template + "containers[name=etl].ports[containerPort=80,protocol=UDP].protocol",
                template + "containers[name=etl].resources.limits.cpu",
                template + "nodeSelector",
                template + "volumes[name=tmp]", template + "volumes[name=tmp].emptyDir",
                template + "volumes[name=tmp].name",
            ])
    }

    @Test func anUnknownKindReplacesItsLists() {
        let object: JSONValue = [
            "apiVersion": "example.com/v1", "kind": "Thing", "metadata": ["name": "a", "finalizers": ["x"]],
            "spec": ["containers": [["name": "a"]], "map": ["a": ["b": .null, "c": 1]]], "status": ["ready": true],
        ]
        #expect(
            ownedFields(of: object, schema: MergeSchema(of: object)).paths.map(\.description) == [
                "metadata.finalizers[=x]", "spec.containers", "spec.map.a.c",
            ])
    }

    @Test func keepsWhatOthersSetAndRemovesWhatIsNoLongerApplied() throws {
        var live = Self.deployment
        live["status"] = ["replicas": 2]
        live[try #require(JSONPointer("/metadata/labels/team"))] = "ml"
        live[try #require(JSONPointer("/spec/template/spec/containers/0/terminationMessagePath"))] = "/dev/log"
        live[try #require(JSONPointer("/spec/template/spec/containers/-"))] = ["name": "sidecar", "image": "s:1"]

        var applied = Self.deployment
        applied[try #require(JSONPointer("/spec/replicas"))] = nil
        applied[try #require(JSONPointer("/spec/template/spec/nodeSelector"))] = nil
        applied[try #require(JSONPointer("/spec/template/spec/volumes"))] = nil
        applied[try #require(JSONPointer("/spec/template/spec/containers/0/image"))] = "etl:2"
        applied[try #require(JSONPointer("/spec/template/spec/containers/0/env/0"))] = nil
        applied[try #require(JSONPointer("/spec/template/spec/containers/0/resources/limits/cpu"))] = "1"

        var expected = live
        expected[try #require(JSONPointer("/spec/replicas"))] = nil
        expected[try #require(JSONPointer("/spec/template/spec/nodeSelector"))] = nil
        expected[try #require(JSONPointer("/spec/template/spec/volumes"))] = nil
        expected[try #require(JSONPointer("/spec/template/spec/containers/0/image"))] = "etl:2"
        expected[try #require(JSONPointer("/spec/template/spec/containers/0/env/0"))] = nil

        let previous = ownedFields(of: Self.deployment, schema: Self.schema)
        let result = merge(live: live, applied: applied, schema: Self.schema, previousOwned: previous)
        #expect(result.object == expected)
        #expect(result.owned == ownedFields(of: applied, schema: Self.schema))
    }

    @Test func keepsWhatAnotherManagerAlsoOwns() throws {
        var applied = Self.deployment
        applied[try #require(JSONPointer("/spec/replicas"))] = nil
        let previous = ownedFields(of: Self.deployment, schema: Self.schema)
        let result = merge(
            live: Self.deployment, applied: applied, schema: Self.schema, previousOwned: previous,
            ownedByOthers: FieldSet([FieldPath("spec", "replicas")]))
        #expect(result.object == Self.deployment)
    }

    @Test func anEmptyObjectMayGainAndLoseFields() throws {
        let sized = try #require(JSONPointer("/spec/template/spec/volumes/0/emptyDir/sizeLimit"))
        var filled = Self.deployment
        filled[sized] = "1Gi"
        let first = merge(
            live: Self.deployment, applied: filled, schema: Self.schema,
            previousOwned: ownedFields(of: Self.deployment, schema: Self.schema))
        #expect(first.object == filled)
        let second = merge(
            live: filled, applied: Self.deployment, schema: Self.schema, previousOwned: first.owned)
        #expect(second.object == Self.deployment)
    }

    @Test func itemsKeepTheAppliedOrderAroundThoseOfOthers() {
        let schema = MergeSchema(root: .listMap(ListKeys("name"), item: .deduced))
        func items(_ names: String) -> JSONValue { .array(names.map { ["name": .string(String($0))] }) }
        #expect(merge(live: items("xabyc"), applied: items("cab"), schema: schema).object == items("xycab"))
        #expect(merge(live: items("axbz"), applied: items("abn"), schema: schema).object == items("axbnz"))
        #expect(merge(live: items(""), applied: items("ab"), schema: schema).object == items("ab"))
    }

    @Test func changedFieldsAreThoseWithOtherValues() throws {
        var changed = Self.deployment
        changed[try #require(JSONPointer("/spec/replicas"))] = 3
        changed[try #require(JSONPointer("/spec/selector/matchLabels/app"))] = "other"
        changed[try #require(JSONPointer("/spec/template/spec/containers/0/resources/limits/cpu"))] = "1"
        changed[try #require(JSONPointer("/spec/template/spec/containers/0/env/2"))] = ["name": "C"]
        let owned = ownedFields(of: changed, schema: Self.schema)
        #expect(
            changedFields(of: owned, from: Self.deployment, to: changed, schema: Self.schema).paths.map(\.description)
                == [
                    "spec.replicas", "spec.selector", "spec.template.spec.containers[name=etl].env[name=C]",
                    "spec.template.spec.containers[name=etl].env[name=C].name",
                ])
    }

    @Test func faultyListsAreNamed() {
        var faulty = Self.deployment
        faulty["metadata"]?["finalizers"] = ["a", "a"]
        faulty["spec"]?["template"]?["spec"]?["volumes"] = [["emptyDir": [:]], ["name": "v"], ["name": "v"]]
        faulty["spec"]?["template"]?["spec"]?["containers"] = [["name": "a", "ports": [["name": "x"]]]]
        #expect(
            listFaults(in: faulty, schema: Self.schema).map { "\($0.path): \($0.message)" } == [
                #"metadata.finalizers: duplicate entries for key [=a]"#,
                #"spec.template.spec.containers[name=a].ports: element 0: associative list with keys has an element that "#
                    + #"omits key field "containerPort" (and doesn't have default value)"#,
                #"spec.template.spec.volumes: element 0: associative list with keys has an element that omits key field "#
                    + #""name" (and doesn't have default value)"#,
                "spec.template.spec.volumes: duplicate entries for key [name=v]",
            ])
    }

    @Test func normalizedIsWhatAServerStores() {
        let pod: JSONValue = [
            "apiVersion": "v1", "kind": "Pod",
            "spec": [
                "hostNetwork": false,
                "containers": [
                    [
                        "name": "a", "image": .null, "env": [["name": "E", "value": ""]],
                        "resources": ["limits": ["cpu": 2, "memory": "1024Mi", "odd": "x"]],
                    ]
                ],
            ],
        ]
        #expect(
            MergeSchema(of: pod).normalized(pod) == [
                "apiVersion": "v1", "kind": "Pod",
                "spec": [
                    "containers": [
                        [
                            "name": "a", "env": [["name": "E"]],
                            "resources": ["limits": ["cpu": "2", "memory": "1Gi", "odd": "x"]],
                        ]
                    ]
                ],
            ])
    }
}
