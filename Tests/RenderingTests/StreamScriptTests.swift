import Glibc
import JSON
import Model
import Rendering
import TestSupport
import Testing

/// The scripts of a version's Jobs, run by the shell against a real NATS server.
@Suite struct StreamScriptTests {
    private func jobs(_ version: DesiredVersion, stack: StackSettings = StackSettings()) throws -> [Manifest] {
        let state = Samples.state([Samples.runtime([version], stack: stack)])
        let entity = Rendering.render(state, key: Samples.key).entities.first {
            $0.address == .version(runtime: "room-price", name: version.name)
        }
        return try #require(entity).manifests.filter { $0.address.kind == "Job" }
    }

    @Test func streamsComeAndGo() throws {
        let server = try NATSServer()
        let jobs = try jobs(Samples.classifier(.started))
        let end = try #require(jobs.first { $0.address.name.contains("-streams-end-") })
        let begin = try #require(jobs.first { $0.address.name != end.address.name })
        let names = [
            "KV_key-store_room-price_classifier-v1", "KV_key-store_room-price_classifier-v1_classify",
            "KV_key-store_room-price_classifier-v1_classify_classifier", "KV_key-store_room-price_classifier-v1_classify_etl",
            "KV_key-store_room-price_classifier-v1_classify_exitpoint", "KV_key-store_room-price_classifier-v1_classify_repairs",
            "OBJ_room-price_classifier-v1_classify_emails", "OBJ_room-price_classifier-v1_history",
            "room-price_classifier-v1_Classify",
        ]
        let made = try server.run(begin).expectSuccess()
        #expect(made.split(separator: "\n").sorted() == names.map { "\($0) is there" })
        #expect(try server.streams() == names)
        let stream = try server.ask("STREAM.INFO.room-price_classifier-v1_Classify")["config"]
        #expect(stream?["retention"] == "interest")
        #expect(stream?["subjects"]?.array?.first == "room-price_classifier-v1_Classify.entrypoint")
        #expect(stream?["subjects"]?.array?.count == 9)

        // Another version, whose name merely begins the same, and a stream that somebody changed.
        let other = try #require(try self.jobs(Samples.classifier(.started, name: "classifier-v10")).first { $0.dependsOn != [] })
        try server.run(other).expectSuccess()
        _ = try server.ask(
            "STREAM.UPDATE.KV_key-store_room-price_classifier-v1",
            #"{"name":"KV_key-store_room-price_classifier-v1","subjects":["$KV.key-store_room-price_classifier-v1.>"],"max_bytes":9999,"#
                + #""max_msgs_per_subject":1,"discard":"new","allow_rollup_hdrs":true,"deny_delete":true,"allow_direct":true,"#
                + #""retention":"limits","storage":"file","num_replicas":1}"#)
        let again = try server.run(begin).expectSuccess()
        #expect(again.contains("KV_key-store_room-price_classifier-v1 is there, with settings of its own\n"))
        #expect(try server.ask("STREAM.INFO.KV_key-store_room-price_classifier-v1")["config"]?["max_bytes"] == 9999)

        let gone = try server.run(end).expectSuccess()
        #expect(gone.split(separator: "\n").sorted() == names.map { "\($0) is gone" })
        #expect(try server.streams().allSatisfy { $0.contains("classifier-v10") })
        #expect(try server.streams().count == names.count)
        let twice = try server.run(end).expectSuccess()
        #expect(twice.split(separator: "\n").allSatisfy { $0.hasSuffix(" was not there") })
    }

    @Test func whatIsRefusedIsSaid() throws {
        let server = try NATSServer()
        _ = try server.ask("STREAM.CREATE.taken", #"{"name":"taken","subjects":["room-price_classifier-v1_Classify.>"]}"#)
        let begin = try #require(try jobs(Samples.classifier(.started)).first { $0.dependsOn != [] })
        let outcome = try server.run(begin)
        #expect(outcome.status == 1)
        #expect(outcome.output.contains("room-price_classifier-v1_Classify is refused: {"))
        #expect(outcome.output.contains("subjects overlap with an existing stream"))
    }

    @Test func jobsAreForKRT2AndNamedAfterWhatIsInThem() throws {
        #expect(try jobs(Samples.roomPrice(.started)).isEmpty)
        let own = try jobs(Samples.classifier(.started))
        let shared = try jobs(
            Samples.classifier(.started), stack: StackSettings(external: ExternalServices(nats: "nats.shared:4222")))
        #expect(own.count == 2 && shared.count == 2)
        #expect(Set(own.map(\.address)).isDisjoint(with: shared.map(\.address)))
        // What is in a runtime's own NATS goes with it.
        func lastRun(_ jobs: [Manifest]) -> [String] {
            jobs.compactMap { $0.content["metadata"]?["annotations"]?[ObjectAnnotations.lastRun]?.string }
        }
        #expect(lastRun(own) == ["while-namespace-stays"] && lastRun(shared) == ["always"])
        #expect(own.compactMap { $0.content["spec"]?["parallelism"]?.integer }.sorted() == [0, 1])
        // It tells what goes with it, and is never given up.
        let end = try #require(own.first { $0.address.name.contains("-streams-end-") })
        #expect(end.content["spec"]?["backoffLimit"] == 2_147_483_647)
        #expect(end.content["metadata"]?["annotations"]?[ObjectAnnotations.removes] == """
            key-value buckets: key-store_room-price_classifier-v1, key-store_room-price_classifier-v1_classify, \
            key-store_room-price_classifier-v1_classify_etl, key-store_room-price_classifier-v1_classify_classifier, \
            key-store_room-price_classifier-v1_classify_repairs, key-store_room-price_classifier-v1_classify_exitpoint
            object stores: room-price_classifier-v1_classify_emails, room-price_classifier-v1_history
            """)
    }
}

/// A NATS server with JetStream on a free port of this machine, for one test.
private final class NATSServer {
    private let folder = TemporaryFolder()
    private let process: String
    private let address: String

    init() throws {
        let start = "PATH=$PATH:/usr/sbin; nats-server -js -sd '\(folder.path)/data' -a 127.0.0.1 -p -1 --ports_file_dir '\(folder.path)' "
            + ">'\(folder.path)/log' 2>&1 </dev/null & echo $!"
        process = try Program.run("/bin/sh", ["-c", start]).expectSuccess().trimmed
        let ports = "\(folder.path)/nats-server_\(process).ports"
        let deadline = time(nil) + 20
        while contents(of: ports).isEmpty, time(nil) < deadline { usleep(20_000) }
        let urls = try JSONValue(parsing: contents(of: ports))["nats"]?.array ?? []
        address = String(try #require(urls.first?.string).dropFirst("nats://".count))
    }

    deinit { _ = try? Program.run("/bin/kill", [process]) }

    private static let tools = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(2)
        .joined(separator: "/") + "/Support/nats"

    /// Runs the Job's container, with this server's address in place of the runtime's.
    func run(_ job: Manifest) throws -> Program.Outcome {
        let container = try #require(job.content["spec"]?["template"]?["spec"]?["containers"]?[0])
        var environment = ["PATH=\(Self.tools):/usr/bin:/bin"]
        for variable in container["env"]?.array ?? [] {
            let name = try #require(variable["name"]?.string)
            let value = (variable["value"]?.string ?? "").replacing("$$", with: "$")
            environment.append("\(name)=\(name == "KREFORM_NATS" ? address : value)")
        }
        let words = ((container["command"]?.array ?? []) + (container["args"]?.array ?? [])).compactMap(\.string)
        return try Program.run("env", ["-i"] + environment + words)
    }

    func ask(_ what: String, _ body: String = "") throws -> JSONValue {
        let words = ["--server", "nats://\(address)", "--timeout", "5s", "request", "--raw", "$JS.API.\(what)", body]
        return try JSONValue(parsing: try Program.run("\(Self.tools)/nats", words).expectSuccess())
    }

    func streams() throws -> [String] {
        (try ask("STREAM.NAMES")["streams"]?.array ?? []).compactMap(\.string).sorted()
    }
}

extension String {
    fileprivate var trimmed: String { String(prefix { !$0.isNewline }) }
}
