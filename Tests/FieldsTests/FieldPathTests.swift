import Fields
import JSON
import TestSupport
import Testing

@Suite struct FieldPathTests {
    static let shown: [(FieldPath, String)] = [
        (FieldPath(), ""),
        (FieldPath("spec", "replicas"), "spec.replicas"),
        (
            FieldPath("spec", "containers").appending(.key(["name": "etl"])).appending("image"),
            "spec.containers[name=etl].image"
        ),
        (
            FieldPath("spec", "ports").appending(.key(["protocol": "TCP", "containerPort": 80])),
            "spec.ports[containerPort=80,protocol=TCP]"
        ),
        (FieldPath("metadata", "labels", "app.kubernetes.io/name"), #"metadata.labels["app.kubernetes.io/name"]"#),
        (FieldPath("metadata", "finalizers").appending(.value("kreform/guard")), "metadata.finalizers[=kreform/guard]"),
        (FieldPath("mounts").appending(.key(["mountPath": "/a b"])), #"mounts[mountPath="/a b"]"#),
        (FieldPath("tls").appending(.index(2)).appending("hosts"), "tls[2].hosts"),
        (FieldPath("data", "KRT-1_a"), "data.KRT-1_a"),
        (FieldPath(""), #"[""]"#),
    ]

    @Test(arguments: shown) func isReadable(_ path: FieldPath, _ text: String) {
        #expect(path.description == text)
    }

    @Test func sortsByElementAndParentFirst() {
        let sorted = [
            FieldPath("a"), FieldPath("a").appending(.key(["name": "x"])),
            FieldPath("a").appending(.key(["name": "x"])).appending("b"), FieldPath("a").appending(.key(["name": "y"])),
            FieldPath("a").appending(.value(1)), FieldPath("a").appending(.index(0)),
            FieldPath("a").appending(.index(10)), FieldPath("b"),
        ]
        #expect(sorted.reversed().sorted() == sorted)
    }
}

@Suite struct FieldSetTests {
    static let fieldsV1: JSONValue = [
        "f:metadata": ["f:labels": [".": [:], "f:app": [:], "f:x/y": [:]], "f:finalizers": [#"v:"a/b""#: [:]]],
        "f:spec": [
            "f:replicas": [:], "f:list": ["i:3": ["f:a": [:]]],
            "f:containers": [#"k:{"name":"etl"}"#: [".": [:], "f:image": [:]]],
            "f:ports": [#"k:{"containerPort":80,"protocol":"TCP"}"#: [:]],
        ],
    ]

    @Test func readsAndWritesFieldsV1() {
        let set = FieldSet(fieldsV1: Self.fieldsV1)
        #expect(set.fieldsV1 == Self.fieldsV1)
        #expect(
            set.paths.map(\.description) == [
                "metadata.finalizers[=a/b]", "metadata.labels", "metadata.labels.app", #"metadata.labels["x/y"]"#,
                "spec.containers[name=etl]", "spec.containers[name=etl].image", "spec.list[3].a",
                "spec.ports[containerPort=80,protocol=TCP]", "spec.replicas",
            ])
        #expect(set.count == 9)
        #expect(FieldSet(set.paths) == set)
        #expect(FieldSet(fieldsV1: [:]).isEmpty)
        #expect(FieldSet().fieldsV1 == [:])
    }

    @Test func passesOverWhatItDoesNotKnow() {
        let set = FieldSet(fieldsV1: ["x:a": [:], "f:a": [:], "k:broken": [:], "i:one": [:], "": [:]])
        #expect(set.paths == [FieldPath("a")])
    }

    @Test func findsMembers() {
        let set = FieldSet([FieldPath("a", "b"), FieldPath("c")])
        #expect(set.contains(FieldPath("a", "b")))
        #expect(!set.contains(FieldPath("a")))
        #expect(set.touches(FieldPath("a")))
        #expect(set.touches(FieldPath("c", "d")))
        #expect(!set.touches(FieldPath("a", "x")))
        #expect(set.subset(at: FieldPath("a")).paths == [FieldPath("b")])
    }

    @Test func removesAPathWithAllBelow() {
        var set = FieldSet([FieldPath("a", "b"), FieldPath("a", "c"), FieldPath("d")])
        set.remove(FieldPath("a"))
        #expect(set.paths == [FieldPath("d")])
        set.remove(FieldPath("x", "y"))
        set.remove(FieldPath("d"))
        #expect(set.isEmpty)
    }

    /// Compared with sets of paths.
    @Test func operationsAreThoseOfSets() {
        var generator = SeededGenerator(seed: 7)
        func random() -> Set<FieldPath> {
            Set(
                (0..<Int.random(in: 0...6, using: &generator)).map { _ in
                    FieldPath(
                        (0..<Int.random(in: 1...3, using: &generator)).map { _ in
                            let name = ["a", "b", "c"].randomElement(using: &generator) ?? "a"
                            return Bool.random(using: &generator) ? .field(name) : .key(["name": .string(name)])
                        })
                })
        }
        for _ in 0..<500 {
            let (left, right) = (random(), random())
            let (a, b) = (FieldSet(left), FieldSet(right))
            #expect(a.union(b).paths == left.union(right).sorted())
            #expect(a.difference(b).paths == left.subtracting(right).sorted())
            #expect(a.intersection(b).paths == left.intersection(right).sorted())
            #expect(a.isSubset(of: b) == left.isSubset(of: right))
            #expect(a.isDisjoint(with: b) == left.isDisjoint(with: right))
            #expect(FieldSet(fieldsV1: a.fieldsV1) == a)
            #expect(a.difference(b).union(a.intersection(b)) == a)
        }
    }
}
