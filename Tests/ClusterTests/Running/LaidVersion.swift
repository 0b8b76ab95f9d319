import JSON
import TestSupport
import Testing

/// A started version's containers, laid out from what the server has.
struct LaidVersion {
    /// The runner in each node's pod.
    let nodes: [LaidContainer]
    /// All containers of the entrypoint's pod.
    let entrypoint: [String: LaidContainer]
    /// Those that send the logs of the nodes.
    let shippers: [LaidContainer]
    /// What has to be done before nodes start: each program with its environment.
    let setup: [(words: [String], environment: [String: String])]
    let referents: Referents

    init(_ site: Site, in folder: String) async throws {
        let referents = Referents(try JSONValue(parsing: try await site.kubectl("get", "configmaps,secrets", "--output=json")))
        self.referents = referents
        let text = try await site.kubectl("get", "deployments", "--selector=kreform/version", "--output=json")
        var nodes: [LaidContainer] = [], shippers: [LaidContainer] = [], entrypoint: [String: LaidContainer] = [:]
        for deployment in try JSONValue(parsing: text)["items"]?.array ?? [] {
            let name = deployment["metadata"]?["name"]?.string ?? ""
            let template = try #require(deployment["spec"]?["template"])
            let pod = try await LaidPod(try #require(template["spec"]), referents, in: "\(folder)/\(name)")
            switch template["metadata"]?["labels"]?["type"]?.string {
            case "entrypoint": entrypoint = pod.containers
            default:
                nodes += pod.containers.values.filter { $0.name != "fluent-bit" }
                shippers += pod.containers.values.filter { $0.name == "fluent-bit" }
            }
        }
        let jobs = try JSONValue(parsing: try await site.kubectl("get", "jobs", "--selector=type=streams", "--output=json"))
        setup = try (jobs["items"]?.array ?? []).filter { $0["spec"]?["parallelism"] != 0 }.flatMap { job in
            try (job["spec"]?["template"]?["spec"]?["containers"]?.array ?? []).map { container in
                let words = (container["command"]?.array ?? []) + (container["args"]?.array ?? [])
                return (words.compactMap(\.string), try LaidPod.environment(of: container, referents))
            }
        }
        self.nodes = nodes.sorted { $0.root < $1.root }
        self.shippers = shippers
        self.entrypoint = entrypoint
    }

    private func node(_ workflow: String, _ name: String) -> LaidContainer? {
        nodes.first { $0.environment["KRT_WORKFLOW_NAME"] == workflow && $0.environment["KRT_NODE_NAME"] == name }
    }

    // MARK: The contract

    /// Compares with what the runners read.
    func expectContract(of example: ExampleVersion) {
        #expect(nodes.count == example.workflows.reduce(0) { $0 + $1.nodes.count })
        for workflow in example.workflows {
            for index in workflow.nodes.indices {
                let name = workflow.nodes[index].name
                guard let node = node(workflow.name, name) else {
                    Issue.record("there is no node \(name)")
                    continue
                }
                for (variable, value) in expected(example, workflow, index) {
                    #expect(node.environment[variable] == value, "\(name): \(variable)")
                }
                #expect(node.has("/krt-files/\(workflow.nodes[index].source)") && node.has("/var/log/app"), "\(name)")
            }
        }
        expectIDs()
        expectEntrypoint(example)
        for shipper in shippers {
            #expect(shipper.text("/fluent-bit/etc/parsers.conf").contains("[PARSER]") && shipper.has("/var/log/app"))
            let subject = example.isJetStream ? "mongo_writer_logs.main" : "mongo_writer_logs"
            #expect(shipper.text("/fluent-bit/etc/fluent-bit.conf").split(whereSeparator: \.isWhitespace).contains { $0 == subject })
        }
    }

    /// What a node's runner reads whose value the contract says.
    private func expected(_ example: ExampleVersion, _ workflow: ExampleVersion.Workflow, _ index: Int) -> [String: String] {
        let node = workflow.nodes[index]
        var values = [
            "KRT_VERSION": example.name, "KRT_RUNTIME_ID": "main", "KRT_WORKFLOW_NAME": workflow.name,
            "KRT_NODE_NAME": node.name, "KRT_NATS_SERVER": "kre-nats:4222", "KRT_BASE_PATH": "/krt-files",
            "KRT_HANDLER_PATH": node.source, "KRT_INFLUX_URI": "http://main-influxdb:8086",
            "KRT_MONGO_DB_NAME": "data", "KRT_MONGO_BUCKET": "krt",
        ].merging(example.config) { $1 }
        guard let exitpoint = workflow.exitpoint else {
            values["KRT_NATS_MONGO_WRITER"] = "mongo_writer"
            return values
        }
        let stream = "main_\(example.name)_\(workflow.method)"
        values["KRT_NATS_MONGO_WRITER"] = "mongo_writer_data.main"
        values["KRT_NATS_STREAM"] = stream
        values["KRT_NATS_INPUTS"] = node.inputs.map { "\(stream).\($0)" }.joined(separator: ",")
        values["KRT_NATS_OUTPUT"] = "\(stream).\(node.name)"
        values["KRT_IS_EXITPOINT"] = exitpoint == node.name ? "true" : "false"
        values["KRT_JS_REQUEST_TIMEOUT"] = "30000"
        let bucket = "key-store_main_\(example.name)"
        values["KRT_NATS_KEY_VALUE_STORE_PROJECT"] = bucket
        values["KRT_NATS_KEY_VALUE_STORE_WORKFLOW"] = "\(bucket)_\(workflow.name)"
        values["KRT_NATS_KEY_VALUE_STORE_NODE"] = "\(bucket)_\(workflow.name)_\(node.name)"
        if node.stores, let store = example.store {
            values["KRT_NATS_OBJECT_STORE"] = "main_\(example.name)_\(workflow.name)_\(store)"
        }
        return values
    }

    /// One id for the version, one for each workflow, one for each node.
    private func expectIDs() {
        let all = nodes.map(\.environment)
        let versions = Set(all.map { $0["KRT_VERSION_ID"] ?? "" } + [entrypoint["entrypoint"]?.environment["KRT_VERSION_ID"] ?? ""])
        #expect(versions.count == 1 && !versions.contains(""))
        let workflows = Set(all.map { [$0["KRT_WORKFLOW_NAME"] ?? "", $0["KRT_WORKFLOW_ID"] ?? ""] })
        #expect(Set(workflows.map { $0[0] }).count == workflows.count && Set(workflows.map { $0[1] }).count == workflows.count)
        let ids = Set(all.map { $0["KRT_NODE_ID"] ?? "" })
        #expect(ids.count == nodes.count && !ids.contains(""))
    }

    private func expectEntrypoint(_ example: ExampleVersion) {
        guard let server = entrypoint["entrypoint"], let web = entrypoint["web"] else {
            Issue.record("the entrypoint lacks containers: \(entrypoint.keys.sorted())")
            return
        }
        let named = ["KRT_NODE_NAME", "KRT_NODE_ID", "KRT_WORKFLOW_NAME", "KRT_WORKFLOW_ID"]
        for name in named { #expect(server.environment[name] == "entrypoint") }
        let values = [
            "KRT_VERSION": example.name, "KRT_NATS_SERVER": "kre-nats:4222", "KRT_NATS_SUBJECTS_FILE": "/src/conf/nats_subject.json",
            "KRT_INFLUX_URI": "http://main-influxdb:8086", "KRT_REQUEST_TIMEOUT": example.isJetStream ? "30000" : "30",
        ].merging(example.isJetStream ? ["KRT_RUNTIME_ID": "main", "KRT_JS_REQUEST_TIMEOUT": "30000"] : [:]) { $1 }
        for (name, value) in values { #expect(server.environment[name] == value, "\(name)") }
        #expect(server.has("/krt-files/public_input.proto") && server.has("/var/log/app"))
        #expect(web.text("/proto/public_input.proto") == server.text("/krt-files/public_input.proto"))
        #expect(web.text("/etc/nginx/conf.d/default.conf").contains("listen 8080"))
        expectChains(example, server)
    }

    /// The subjects lead from the entrypoint through every node of a workflow and back.
    private func expectChains(_ example: ExampleVersion, _ server: LaidContainer) {
        let subjects = (try? JSONValue(parsing: server.text("/src/conf/nats_subject.json"))) ?? [:]
        #expect(subjects.object?.count == example.workflows.count)
        for workflow in example.workflows {
            let subject = subjects[workflow.method]
            guard let exitpoint = workflow.exitpoint else {
                expectSequence(workflow, from: subject?.string, version: example.name)
                continue
            }
            let stream = "main_\(example.name)_\(workflow.method)"
            #expect(subject == [
                "stream": .string(stream), "input_subject": .string("\(stream).\(exitpoint)"),
                "output_subject": .string("\(stream).entrypoint"),
            ])
            expectReach(workflow, from: subject?["output_subject"]?.string, to: subject?["input_subject"]?.string)
        }
    }

    /// What the entrypoint sends comes to every node of the workflow, and from one of them back to it.
    private func expectReach(_ workflow: ExampleVersion.Workflow, from first: String?, to last: String?) {
        let own = nodes.map(\.environment).filter { $0["KRT_WORKFLOW_NAME"] == workflow.name }
        var subjects = [first ?? "absent"], reached: Set<String> = []
        while reached.count < own.count {
            let next = own.filter { node in
                !reached.contains(node["KRT_NODE_NAME"] ?? "") && (node["KRT_NATS_INPUTS"] ?? "").split(separator: ",").contains { input in
                    subjects.contains { input == $0 || input.hasPrefix("\($0).") }
                }
            }
            guard !next.isEmpty else { break }
            reached.formUnion(next.compactMap { $0["KRT_NODE_NAME"] })
            subjects += next.compactMap { $0["KRT_NATS_OUTPUT"] }
        }
        #expect(reached == Set(workflow.nodes.map(\.name)))
        #expect(subjects.contains(last ?? "absent"))
        #expect(own.filter { $0["KRT_IS_EXITPOINT"] == "true" }.map { $0["KRT_NATS_OUTPUT"] } == [last])
    }

    private func expectSequence(_ workflow: ExampleVersion.Workflow, from subject: String?, version: String) {
        #expect(subject == "\(version)-\(workflow.method)-entrypoint")
        var next = subject ?? "", passed: [String] = []
        while let node = nodes.first(where: { $0.environment["KRT_NATS_INPUT"] == next }), passed.count < nodes.count {
            passed.append(node.environment["KRT_NODE_NAME"] ?? "")
            next = node.environment["KRT_NATS_OUTPUT"] ?? "absent"
        }
        #expect(passed == workflow.nodes.map(\.name))
        #expect(next.isEmpty, "the last node replies")
    }

    // MARK: To run it

    /// What Tests/runners/version.py reads.
    func program(for example: ExampleVersion, in folder: String) -> JSONValue {
        func told(_ container: LaidContainer) -> JSONValue {
            [
                "name": .string(container.root), "root": .string(String(container.root.dropFirst(folder.count + 1))),
                "environment": .object(JSONObject(container.environment.mapValues { .string($0) })),
            ]
        }
        return [
            "server": "kre-nats:4222", "writer": .string(nodes.first?.environment["KRT_NATS_MONGO_WRITER"] ?? ""),
            "setup": .array(setup.map { program in
                [
                    "words": .array(program.words.map { .string($0) }),
                    "environment": .object(JSONObject(program.environment.mapValues { .string($0) })),
                ]
            }),
            "nodes": .array(nodes.map(told)), "entrypoint": entrypoint["entrypoint"].map(told) ?? [:], "calls": example.calls,
        ]
    }
}
