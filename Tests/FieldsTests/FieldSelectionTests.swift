import Fields
import JSON
import Testing

@Suite struct FieldSelectionTests {
    private let ours: JSONValue = [
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": ["name": "a", "labels": ["x": "y"], "finalizers": ["f"]],
        "spec": [
            "replicas": 2,
            "template": [
                "spec": [
                    "containers": [
                        ["name": "b", "image": "b:1", "args": ["1", "2"]], ["name": "a", "image": "a:1"],
                    ]
                ]
            ],
        ],
    ]

    @Test func itIsWhatOneManagerGave() {
        let schema = MergeSchema(of: ours)
        let first = merge(live: nil, applied: ours, schema: schema)
        let theirs: JSONValue = [
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": ["name": "a", "labels": ["z": "1"], "finalizers": ["g"]],
            "spec": ["paused": true, "template": ["spec": ["containers": [["name": "c", "image": "c:1"]]]]],
        ]
        let both = merge(live: first.object, applied: theirs, schema: schema).object
        var expected = ours
        for name in ["apiVersion", "kind"] { expected[name] = nil }
        expected["metadata"]?["name"] = nil
        #expect(selection(of: both, in: first.owned) == expected)
    }

    @Test func whatIsGoneOrTakenIsNotInIt() {
        var set = merge(live: nil, applied: ours, schema: MergeSchema(of: ours)).owned
        set.remove(FieldPath("spec", "replicas"))
        var object = ours
        object["spec"]?["template"]?["spec"]?["containers"] = [["name": "a", "image": "a:1"]]
        #expect(selection(of: object, in: set) == [
            "metadata": ["labels": ["x": "y"], "finalizers": ["f"]],
            "spec": ["template": ["spec": ["containers": [["name": "a", "image": "a:1"]]]]],
        ])
        #expect(selection(of: [:], in: set) == [:])
        #expect(selection(of: object, in: FieldSet()) == [:])
    }
}
