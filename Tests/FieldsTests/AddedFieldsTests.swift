import Fields
import JSON
import Testing

@Suite struct AddedFieldsTests {
    private let deployment: JSONValue = [
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": ["name": "a", "namespace": "n", "labels": ["b": "c", "a.b/c": "d"], "finalizers": ["z", "y"]],
        "spec": [
            "replicas": 2, "paused": .null,
            "template": [
                "spec": [
                    "containers": [
                        ["name": "web", "image": "w:1", "ports": [["containerPort": 80], ["containerPort": 9]]],
                        [
                            "name": "etl", "image": "e:1",
                            "env": [["name": "B", "value": "2"], ["name": "A", "value": ""]],
                        ],
                    ],
                    "volumes": [["name": "v", "emptyDir": [:]]],
                ]
            ],
        ],
        "status": ["replicas": 1],
    ]

    @Test func theyAreTheDifferencesToNothing() {
        for object in [deployment, ["apiVersion": "v1", "kind": "ConfigMap", "data": ["b": "1", "a": "2"]], [:]] {
            let schema = MergeSchema(of: object)
            #expect(addedFields(of: object, schema: schema) == differences(desired: object, live: [:], schema: schema))
        }
    }

    @Test func theyStandInOrder() {
        let paths = addedFields(of: deployment, schema: MergeSchema(of: deployment)).map(\.path)
        #expect(paths == paths.sorted())
        #expect(
            paths.prefix(5).map(\.description) == [
                "metadata.finalizers[=y]", "metadata.finalizers[=z]", "metadata.labels[\"a.b/c\"]", "metadata.labels.b",
                "spec.replicas",
            ])
    }

    @Test func aProjectionHasTheFieldsOfItsShape() {
        let live: JSONValue = [
            "metadata": ["name": "a", "labels": ["b": "changed", "theirs": "x"], "uid": "1"],
            "spec": [
                "replicas": 7, "paused": true, "revisionHistoryLimit": 10,
                "template": [
                    "spec": [
                        "containers": [
                            ["name": "sidecar", "image": "s"],
                            ["name": "etl", "image": "e:2", "terminationMessagePath": "/dev/termination-log"],
                        ]
                    ]
                ],
            ],
            "status": [:],
        ]
        #expect(
            projection(of: live, onto: deployment, schema: MergeSchema(of: deployment)).encoded()
                == #"{"metadata":{"labels":{"b":"changed"}},"spec":{"replicas":7,"template":{"spec":{"containers":"#
                + #"[{"image":"e:2","name":"etl"}]}}}}"#)
    }
}
