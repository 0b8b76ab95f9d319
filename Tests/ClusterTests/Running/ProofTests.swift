import Glibc
import JSON
import S3
import TestSupport
import Testing

/// That a started version would run: what its objects on the server declare is laid out in folders, held against what the runners
/// read, and run there over a real NATS (Tests/runners).
@Suite(.needsControlPlane) struct ProofTests {
    @Test(.timeLimit(.minutes(5)), arguments: [ExampleVersion.roomPrice, .signedRoomPrice, .emailClassifier])
    func aStartedVersionHasAllThatItsRunnersRead(_ example: ExampleVersion) async throws {
        let server = try await S3Server.started()
        let settings = S3Settings(endpoint: server.url, bucket: "krt", region: "us-east-1", style: .path)
        try await S3Bucket(settings, S3Credentials(accessKey: server.accessKey, secretKey: server.secretKey)).create()
        try await Site.with("proof", .asWritten) { site in
            let package = "\(Self.examples)/\(example.folder)"
            try await site.kreform("krt pack \(package) example.krt").expectSuccess()
            let config = example.config.sorted { $0.key < $1.key }.map { name, value in
                "          \(name): \(example.sources[name] ?? "\"\(value)\"")\n"
            }.joined()
            site.write(example.config["PRICE_RULES"] ?? "", to: "price-rules.csv")
            site.write("""
                kreform: v1
                engine: \(site.engine)
                domain: example.test
                artifacts:
                  s3: {endpoint: "\(server.url)", bucket: krt, credentials: env}
                runtimes:
                  - name: main
                    # The kubelets run no programs: one that says so is as good as done.
                    stack: {preset: dev, streamSetup: {image: "example.test/exits-0:1"}}
                    versions:
                      - krt: example.krt
                        status: published
                        config:
                \(config)
                """)
            let keys = [
                "AWS_ACCESS_KEY_ID": server.accessKey, "AWS_SECRET_ACCESS_KEY": server.secretKey,
                "PROOF_API_SECRET": example.config["API_SECRET"] ?? "",
            ]
            let apply = try await site.kreform("apply --auto-approve --timeout 200", environment: keys)
            try #require(apply.status == 0, "\(apply.output)\(apply.errors)")

            let folder = TemporaryFolder()
            let version = try await LaidVersion(site, in: folder.path)
            version.expectContract(of: example)
            try await expectAddresses(version, site)
            folder.write(Array(version.program(for: example, in: folder.path).encoded(.pretty).utf8), to: "version.json")
            let run = try await onThread { try Program.run(Self.runners, [folder.path]) }
            try #require(run.status == 0, "\(run.output)\(run.errors)")
            let answered = try JSONValue(parsing: run.output)
            var answers = answered["answers"]?.array ?? []
            for index in answers.indices where answers[index]["error"] == nil {
                for field in example.varying {
                    #expect(answers[index][field] != nil, "\(field): \(run.output)")
                    answers[index][field] = nil
                }
            }
            #expect(.array(answers) == example.answers, "\(run.output)")
            #expect(answered["documents"]?.array?.compactMap { $0["coll"]?.string } == example.collections, "\(run.output)")
        }
    }

    /// Every host that a variable names is a Service of the namespace with that port.
    private func expectAddresses(_ version: LaidVersion, _ site: Site) async throws {
        let text = try await site.kubectl("get", "services", "--output=json")
        var ports: Set<String> = []
        for service in try JSONValue(parsing: text)["items"]?.array ?? [] {
            for port in service["spec"]?["ports"]?.array ?? [] {
                ports.insert("\(service["metadata"]?["name"]?.string ?? ""):\(port["port"]?.integer ?? 0)")
            }
        }
        for address in ["kre-nats:4222", "kre-mongo-0:27017", "main-influxdb:8086"] { #expect(ports.contains(address), "\(ports)") }
        let users = try await site.kubectl("get", "statefulset/kre-mongo", "--output=json")
        let pod = try JSONValue(parsing: users)["spec"]?["template"]?["spec"]
        let database = try #require(pod?["containers"]?.array?.first { $0["name"] == "mongodb" })
        let own = try LaidPod.environment(of: database, version.referents)
        let (user, password) = (own["MONGO_INITDB_ROOT_USERNAME"] ?? "", own["MONGO_INITDB_ROOT_PASSWORD"] ?? "")
        #expect(!user.isEmpty && !password.isEmpty)
        for node in version.nodes {
            #expect(node.environment["KRT_MONGO_URI"] == "mongodb://\(user):\(password)@kre-mongo-0:27017/admin?replicaSet=rs0")
        }
    }

    private static let tests: String = {
        let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
        return parts.joined(separator: "/")
    }()
    private static var examples: String { "\(tests)/../examples" }
    private static var runners: String { "\(tests)/runners/run" }
}
