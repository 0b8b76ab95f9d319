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
        try await Site.with("packages", .asWritten) { site in
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
            try await site.expectFetching()
        }
        // A package outlives the versions that ran from it.
        #expect(try await bucket.list(prefix: "team/a/krt/sha256/").count == 2)
    }

    @Test(.timeLimit(.minutes(5))) func theSecretOfThePodsIsGoodForUploadsToo() async throws {
        let server = try await S3Server.started()
        let bucket = try await bucket(server)
        try await Site.with("pod-keys", .asWritten) { site in
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
