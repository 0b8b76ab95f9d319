import JSON
import Model
import S3
import TestSupport
import Testing

/// Packages on their way from the file to the pods: a real control plane, a real store.
@Suite(.needsControlPlane) struct PackageTests {
    private func bucket(_ server: S3Server) async throws -> S3Bucket {
        let settings = S3Settings(endpoint: server.url, bucket: "krt", region: "us-east-1", style: .path)
        let bucket = try S3Bucket(settings, S3Credentials(accessKey: server.accessKey, secretKey: server.secretKey))
        try await bucket.create()
        return bucket
    }

    private func want(_ site: Site, _ server: S3Server, _ credentials: String) {
        site.want(["v1": "published", "v2": "stopped"])
        let store = "artifacts:\n  s3: {endpoint: \"\(server.url)\", bucket: krt, prefix: team/a, credentials: \(credentials)}\n"
        site.write(site.text("kreform.yaml").replacing("runtimes:\n", with: store + "runtimes:\n"))
    }

    @Test(.timeLimit(.minutes(5))) func packagesReachTheStoreAndFromThereThePods() async throws {
        let server = try await S3Server.started()
        let bucket = try await bucket(server)
        let keys = ["AWS_ACCESS_KEY_ID": server.accessKey, "AWS_SECRET_ACCESS_KEY": server.secretKey]
        try await Site.with("packages") { site in
            site.pack(SmallPackage(version: "v1"))
            site.pack(SmallPackage(version: "v2"))
            want(site, server, "env")
            let without = try await site.kreform("plan")
            #expect(without.status == 1)
            #expect(without.errors.contains("[missing-credentials]"))
            let apply = try await site.kreform("apply --auto-approve --timeout 300", environment: keys)
            try #require(apply.status == 0, "\(apply.output)\(apply.errors)")
            for version in ["v1", "v2"] { #expect(apply.output.contains("upload main/\(version)")) }
            #expect(try await bucket.list(prefix: "team/a/krt/sha256/").count == 2)
            let plan = try await site.kreform("plan --detailed-exitcode", environment: keys)
            #expect(plan.status == 0, "\(plan.output)\(plan.errors)")
            let state = try await site.kreform("show --json", environment: keys).expectSuccess()
            for text in [apply.output, plan.output, state, site.text("kreform.yaml")] {
                #expect(!text.contains(server.secretKey) && !text.contains(server.accessKey))
            }
            try await fetches(site, server)
        }
        // A package outlives the versions that ran from it.
        #expect(try await bucket.list(prefix: "team/a/krt/sha256/").count == 2)
    }

    /// Does what the init container of a pod would do, with its script and its environment.
    private func fetches(_ site: Site, _ server: S3Server) async throws {
        let text = try await site.kubectl("get", "deployment/v1-entrypoint", "--output=json")
        let pod = try JSONValue(parsing: text)["spec"]?["template"]?["spec"]
        let container = try #require(pod?["initContainers"]?[0])
        let files = TemporaryFolder()
        let referents = Referents(try JSONValue(parsing: try await site.kubectl("get", "configmaps,secrets", "--output=json")))
        let variables = ["PATH=/usr/bin:/bin"] + (try LaidPod.environment(of: container, referents)).map { "\($0.key)=\($0.value)" }
        let script = try #require(container["args"]?[0]?.string).replacing("cd /krt-files", with: "cd '\(files.path)'")
        let arguments = ["-i"] + variables + ["/bin/sh", "-c", script]
        let done = try await run("env", arguments)
        #expect(done.status == 0, "\(done.output)\(done.errors)")
        let list = try await run("sh", ["-c", "cd '\(files.path)' && find . -type f | sort"]).expectSuccess()
        #expect(list == "./krt.yml\n./public_input.proto\n./src/only/main.py\n")
        // Twice does no harm, and what is not the package is not unpacked.
        #expect(try await run("env", arguments).status == 0)
        let wrong = String(repeating: "0", count: 64)
        let other = arguments.map { $0.hasPrefix("KREFORM_PACKAGE_SHA256=") ? "KREFORM_PACKAGE_SHA256=\(wrong)" : $0 }
        #expect(try await run("env", other).status != 0)
        #expect(try await run("test", ["-e", files.path + "/krt.yml"]).status != 0)
    }

    private func run(_ program: String, _ arguments: [String], input: String = "") async throws -> Program.Outcome {
        try await onThread { try Program.run(program, arguments, input: input) }
    }

    @Test(.timeLimit(.minutes(5))) func theSecretOfThePodsIsGoodForUploadsToo() async throws {
        let server = try await S3Server.started()
        let bucket = try await bucket(server)
        try await Site.with("pod-keys") { site in
            site.pack(SmallPackage(version: "v1"))
            site.pack(SmallPackage(version: "v2"))
            want(site, server, "{secret: krt-store}")
            // The namespace is not there yet, nor is a Secret in it.
            let early = try await site.kreform("plan")
            #expect(early.status == 0, "\(early.output)\(early.errors)")
            #expect(early.errors.contains("There are no keys to upload packages with [no-store-credentials]"))
            #expect(early.output.contains("upload main/v1"))
            let first = try await site.kreform("apply --auto-approve --timeout 300")
            #expect(first.status == 3)
            #expect(first.errors.contains("[no-store-credentials]") || first.output.contains("[no-store-credentials]"))
            try await site.kubectl(
                "create", "secret", "generic", "krt-store", "--from-literal=AWS_ACCESS_KEY_ID=\(server.accessKey)",
                "--from-literal=AWS_SECRET_ACCESS_KEY=\(server.secretKey)")
            try await site.bring()
            #expect(try await bucket.list(prefix: "team/a/krt/sha256/").count == 2)
        }
    }
}
