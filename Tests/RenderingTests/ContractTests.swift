import JSON
import Model
import Rendering
import Testing

/// What the runners read (engine's contract, section 5).
@Suite struct ContractTests {
    private static let every = [
        "KRT_VERSION_ID", "KRT_VERSION", "KRT_RUNTIME_ID", "KRT_WORKFLOW_ID", "KRT_WORKFLOW_NAME", "KRT_NODE_ID",
        "KRT_NODE_NAME", "KRT_NATS_SERVER", "KRT_NATS_MONGO_WRITER", "KRT_BASE_PATH", "KRT_HANDLER_PATH",
        "KRT_MONGO_URI",
        "KRT_INFLUX_URI", "KRT_MONGO_DB_NAME", "KRT_MONGO_BUCKET", "KRT_NATS_OUTPUT",
    ]
    private static let jetStream = [
        "KRT_NATS_INPUTS", "KRT_NATS_STREAM", "KRT_IS_EXITPOINT", "KRT_NATS_KEY_VALUE_STORE_PROJECT",
        "KRT_NATS_KEY_VALUE_STORE_WORKFLOW", "KRT_NATS_KEY_VALUE_STORE_NODE", "KRT_JS_REQUEST_TIMEOUT",
    ]
    private static let entrypoint = [
        "KRT_VERSION_ID", "KRT_VERSION", "KRT_NODE_NAME", "KRT_NODE_ID", "KRT_WORKFLOW_NAME", "KRT_WORKFLOW_ID",
        "KRT_NATS_SERVER", "KRT_NATS_SUBJECTS_FILE", "KRT_INFLUX_URI", "KRT_REQUEST_TIMEOUT",
    ]

    @Test func everyVariableIsThereForKRT1() throws {
        let pods = try PodEnvironment.all(of: Samples.roomPrice(.started))
        #expect(pods.count == 5)
        for (name, pod) in pods {
            let own = ["TOKEN"]
            let expected =
                name == "room-price-v3-entrypoint" ? Self.entrypoint : Self.every + ["KRT_NATS_INPUT"] + own
            #expect(pod.variables.keys.sorted() == expected.sorted(), "\(name)")
        }
    }

    @Test func everyVariableIsThereForKRT2() throws {
        let pods = try PodEnvironment.all(of: Samples.classifier(.started))
        #expect(pods.count == 5)
        for (name, pod) in pods {
            let expected =
                switch name {
                case "classifier-v1-entrypoint": Self.entrypoint + ["KRT_RUNTIME_ID", "KRT_JS_REQUEST_TIMEOUT"]
                case "classifier-v1-classify-exitpoint": Self.every + Self.jetStream
                default: Self.every + Self.jetStream + ["KRT_NATS_OBJECT_STORE"]
                }
            #expect(pod.variables.keys.sorted() == expected.sorted(), "\(name)")
        }
    }

    @Test func valuesOfANodeOfKRT1() throws {
        let pod = try #require(
            try PodEnvironment.all(of: Samples.roomPrice(.started))["room-price-v3-ny-room-price-model"])
        var variables = pod.variables
        for id in ["KRT_VERSION_ID", "KRT_WORKFLOW_ID", "KRT_NODE_ID"] {
            #expect(variables.removeValue(forKey: id)?.count == 24)
        }
        #expect(
            variables == [
                "KRT_VERSION": "room-price-v3", "KRT_RUNTIME_ID": "room-price", "KRT_WORKFLOW_NAME": "ny-room-price",
                "KRT_NODE_NAME": "model", "KRT_NATS_SERVER": "kre-nats:4222", "KRT_NATS_MONGO_WRITER": "mongo_writer",
                "KRT_BASE_PATH": "/krt-files", "KRT_HANDLER_PATH": "src/model/main.py",
                "KRT_MONGO_URI": #"secret {"key":"KRE_RUNTIME_MONGO_URI","name":"kre-mongo"}"#,
                "KRT_INFLUX_URI": "http://room-price-influxdb:8086", "KRT_MONGO_DB_NAME": "data",
                "KRT_MONGO_BUCKET": "krt",
                "KRT_NATS_INPUT": "room-price-v3.ny-room-price.etl.model",
                "KRT_NATS_OUTPUT": "room-price-v3.ny-room-price.model.output",
                "TOKEN": #"secret {"key":"room-price","name":"tokens"}"#,
            ])
    }

    @Test func valuesOfANodeOfKRT2() throws {
        let pod = try #require(
            try PodEnvironment.all(of: Samples.classifier(.started))["classifier-v1-classify-repairs"])
        let stream = "room-price_classifier-v1_Classify"
        let expected = [
            "KRT_NATS_MONGO_WRITER": "mongo_writer_data.room-price", "KRT_NATS_STREAM": stream,
            "KRT_NATS_INPUTS": "\(stream).classifier.repairs", "KRT_NATS_OUTPUT": "\(stream).repairs",
            "KRT_IS_EXITPOINT": "false", "KRT_NATS_KEY_VALUE_STORE_PROJECT": "key-store_room-price_classifier-v1",
            "KRT_NATS_KEY_VALUE_STORE_WORKFLOW": "key-store_room-price_classifier-v1_classify",
            "KRT_NATS_KEY_VALUE_STORE_NODE": "key-store_room-price_classifier-v1_classify_repairs",
            "KRT_NATS_OBJECT_STORE": "room-price_classifier-v1_history", "KRT_JS_REQUEST_TIMEOUT": "30000",
        ]
        for (name, value) in expected { #expect(pod.variables[name] == value, "\(name)") }
    }

    @Test func valuesOfTheEntrypoint() throws {
        let first = try #require(try PodEnvironment.all(of: Samples.roomPrice(.started))["room-price-v3-entrypoint"])
        let second = try #require(try PodEnvironment.all(of: Samples.classifier(.started))["classifier-v1-entrypoint"])
        for pod in [first, second] {
            for name in ["KRT_NODE_NAME", "KRT_NODE_ID", "KRT_WORKFLOW_NAME", "KRT_WORKFLOW_ID"] {
                #expect(pod.variables[name] == "entrypoint")
            }
            #expect(pod.variables["KRT_NATS_SUBJECTS_FILE"] == "/src/conf/nats_subject.json")
        }
        #expect(first.variables["KRT_REQUEST_TIMEOUT"] == "30")
        #expect(second.variables["KRT_REQUEST_TIMEOUT"] == "30000")
    }

    @Test func subjectsOfKRT1ChainFromTheEntrypointThroughEveryNodeAndBack() throws {
        let version = Samples.roomPrice(.started)
        let pods = try PodEnvironment.all(of: version)
        let subjects = try PodEnvironment.subjects(of: version)
        var all: [String] = []
        for workflow in version.solution.manifest.workflows {
            var subject = try #require(subjects[workflow.method]?.string)
            #expect(subject == "room-price-v3-\(workflow.method)-entrypoint")
            for node in workflow.nodes {
                let pod = try #require(pods["room-price-v3-\(workflow.name)-\(node.name)"])
                #expect(pod.variables["KRT_NATS_INPUT"] == subject)
                all.append(subject)
                subject = try #require(pod.variables["KRT_NATS_OUTPUT"])
            }
            #expect(subject.isEmpty, "the last node replies to the entrypoint")
        }
        #expect(Set(all).count == all.count, "every edge has a subject of its own")
    }

    @Test func subjectsOfKRT2ReachEveryNodeAndComeBackFromTheExitpoint() throws {
        let version = Samples.classifier(.started)
        let pods = try PodEnvironment.all(of: version)
        let workflow = try #require(version.solution.manifest.workflows.first)
        let subjects = try #require(try PodEnvironment.subjects(of: version)[workflow.method])
        var sent: Set<String> = [try #require(subjects["output_subject"]?.string)]
        var waiting = workflow.nodes
        while let index = waiting.firstIndex(where: { node in
            let inputs = pods["classifier-v1-classify-\(node.name)"]?.variables["KRT_NATS_INPUTS"] ?? ""
            return inputs.split(separator: ",").contains { sent.contains(String($0)) || sent.contains(parent(of: $0)) }
        }) {
            let node = waiting.remove(at: index)
            sent.insert(try #require(pods["classifier-v1-classify-\(node.name)"]?.variables["KRT_NATS_OUTPUT"]))
        }
        #expect(waiting.isEmpty)
        #expect(subjects["input_subject"]?.string == "room-price_classifier-v1_Classify.exitpoint")
        #expect(sent.contains("room-price_classifier-v1_Classify.exitpoint"))
        let exits = pods.values.filter { $0.variables["KRT_IS_EXITPOINT"] == "true" }.map(\.name)
        #expect(exits == ["classifier-v1-classify-exitpoint"])
    }

    /// A node sends to its own subject and to subtopics below it.
    private func parent(of subject: Substring) -> String {
        String(subject[..<(subject.lastIndex(of: ".") ?? subject.endIndex)])
    }

    @Test func streamsTakeEverySubjectThatNodesUse() throws {
        let version = Samples.classifier(.started)
        let names = JetStreamNames(runtime: "room-price", version: "classifier-v1")
        let workflow = try #require(version.solution.manifest.workflows.first)
        #expect(
            names.subjects(of: workflow) == [
                "room-price_classifier-v1_Classify.entrypoint",
                "room-price_classifier-v1_Classify.etl", "room-price_classifier-v1_Classify.etl.*",
                "room-price_classifier-v1_Classify.classifier", "room-price_classifier-v1_Classify.classifier.*",
                "room-price_classifier-v1_Classify.repairs", "room-price_classifier-v1_Classify.repairs.*",
                "room-price_classifier-v1_Classify.exitpoint", "room-price_classifier-v1_Classify.exitpoint.*",
            ])
        #expect(
            names.buckets(of: version.solution.manifest) == [
                "key-store_room-price_classifier-v1", "key-store_room-price_classifier-v1_classify",
                "key-store_room-price_classifier-v1_classify_etl",
                "key-store_room-price_classifier-v1_classify_classifier",
                "key-store_room-price_classifier-v1_classify_repairs",
                "key-store_room-price_classifier-v1_classify_exitpoint",
            ])
        #expect(
            names.objectStores(of: version.solution.manifest) == [
                "room-price_classifier-v1_classify_emails", "room-price_classifier-v1_history",
            ])
    }

    @Test func aGraphicsProcessorIsAskedForAndItsNodesTolerated() throws {
        let pod = try #require(
            try PodEnvironment.all(of: Samples.roomPrice(.started))["room-price-v3-ny-room-price-model"])
        let spec = try #require(pod.template["spec"])
        #expect(
            spec["containers"]?[0]?["resources"]?.encoded()
                == #"{"limits":{"nvidia.com/gpu":"1"},"requests":{"nvidia.com/gpu":"1"}}"#)
        #expect(spec["nodeSelector"]?.encoded() == #"{"konstellation.io/gpu":"true"}"#)
        #expect(
            spec["tolerations"]?.array?.compactMap { $0["key"]?.string } == ["konstellation.io/gpu", "nvidia.com/gpu"])
    }

    @Test func valuesWithDollarSignsArriveAsTheyAre() throws {
        let manifest = PackageManifest(
            format: .v1, version: "v1", description: "",
            entrypoint: Entrypoint(proto: "public_input.proto", image: "i"),
            workflows: [
                Workflow(
                    name: "w", method: "Run",
                    nodes: [Node(name: "n", image: "i", src: "src/$(KRT_VERSION)/$$.py", subscriptions: [.entrypoint])],
                    exitpoint: "n")
            ])
        let pods = try PodEnvironment.all(of: Samples.version(manifest, .started, config: [], line: 1))
        #expect(pods["v1-w-n"]?.variables["KRT_HANDLER_PATH"] == "src/$$(KRT_VERSION)/$$$$.py")
    }
}
