import FoundationEssentials
import JSON
import TestSupport
import Testing

/// Generated credentials are made anew, with real Secrets, controllers and kubelets.
@Suite(.needsControlPlane) struct RotationTests {
    @Test(.timeLimit(.minutes(6))) func credentialsAreMadeAnewAndEverythingUsesThem() async throws {
        try await Site.with("rotate") { site in
            site.pack(SmallPackage())
            site.want(["v1": "published"])
            try await site.bring()
            func data(_ secret: String) async throws -> JSONValue {
                try JSONValue(parsing: try await site.field("secret/\(secret)", ".data"))
            }
            /// By the label, the pods that there are.
            func pods(_ label: String) async throws -> String {
                try await site.kubectl("get", "pods", "--selector=\(label)", "--output=jsonpath={.items[*].metadata.uid}")
            }
            let (minio, mongo, reader) = try await (data("kre-minio"), data("kre-mongo"), data("kre-mongo-express"))
            let stores = try await (pods("app=kre-minio"), pods("app=kre-mongo"))
            let (nodes, entrypoints) = try await (pods("type=node"), pods("type=entrypoint"))

            // The Jobs' image ends well; the database keeps its own, since a rotation changes nothing else.
            site.want(["v1": "published"], stack: "{preset: dev, mongodb: {image: \"example.test/exits-0:1\"}}")
            let rotated = try await site.kreform("rotate main --auto-approve --timeout 120", log: "requests")
            #expect(rotated.status == 0, "\(rotated.output)\(rotated.errors)")
            #expect(rotated.errors.contains("1 object of runtime main is not as the files say"), "\(rotated.errors)")
            site.want(["v1": "published"])
            try await site.expectSettled()

            let (newMinio, newMongo, newReader) = try await (data("kre-minio"), data("kre-mongo"), data("kre-mongo-express"))
            #expect(newMinio["MINIO_ROOT_PASSWORD"] != minio["MINIO_ROOT_PASSWORD"])
            for key in ["MONGO_INITDB_ROOT_USERNAME", "MONGO_INITDB_ROOT_PASSWORD", "KRE_RUNTIME_MONGO_URI"] {
                #expect(newMongo[key] != nil && newMongo[key] != mongo[key], "\(key)")
            }
            #expect(newMongo["replica-set-key"] == mongo["replica-set-key"])
            #expect(newReader["ME_CONFIG_MONGODB_AUTH_PASSWORD"] != reader["ME_CONFIG_MONGODB_AUTH_PASSWORD"])
            let left = try await site.kubectl("get", "secrets,jobs", "--output=name")
            #expect(!left.contains("kre-mongo-next") && !left.contains("kre-mongo-retire"), "\(left)")

            // The database and the entrypoint are not restarted; MinIO and the nodes are.
            let storesNow = try await (pods("app=kre-minio"), pods("app=kre-mongo"))
            #expect(storesNow.0 != stores.0 && storesNow.1 == stores.1)
            #expect(try await pods("type=entrypoint") == entrypoints)
            let nodesNow = try await pods("type=node")
            #expect(nodesNow != nodes)
            #expect(try await site.field("deployment/mongo-writer", ".spec.template.metadata.annotations").contains("mongodb-2"))

            // The values are in no file that is kept, state and journal among them, and in nothing that was said.
            let values = [minio, mongo, reader, newMinio, newMongo, newReader]
                .flatMap { ($0.object ?? [:]).values.compactMap(\.string) }.filter { $0.count > 40 }
            let plain = try values.map { String(decoding: try #require(Data(base64Encoded: $0)), as: UTF8.self) }
            #expect(plain.contains { $0.hasPrefix("mongodb://kre-2:") })
            let kept = try Program.run("sh", ["-c", "find '\(site.path)' -type f -exec cat {} +"]).expectSuccess()
            #expect(kept.contains(#""method":"PATCH""#) && kept.contains("kre-mongo-next"))
            for value in values + plain {
                #expect(!kept.contains(value) && !rotated.output.contains(value) && !rotated.errors.contains(value))
            }
            // A lost state finds it again.
            try await site.kreform("state rebuild --replace").expectSuccess()
            try await site.expectSettled()
        }
    }

    @Test(.timeLimit(.minutes(6))) func aRotationWhoseJobFailsGoesOn() async throws {
        try await Site.with("rejob") { site in
            site.want([:])
            try await site.bring()
            let old = try await site.field("secret/kre-mongo", ".data.MONGO_INITDB_ROOT_PASSWORD")
            site.want([:], stack: "{preset: dev, mongodb: {image: \"example.test/exits-3:1\"}}")
            let failed = try await site.kreform("rotate main mongodb --auto-approve --timeout 60 --patience 2")
            #expect(failed.status == 3)
            let said = failed.output + failed.errors
            #expect(said.contains("[not-ready]") && said.contains("ended with code 3"), "\(said)")
            #expect(try await site.field("secret/kre-mongo", ".data.MONGO_INITDB_ROOT_PASSWORD") == old)
            let next = try await site.field("secret/kre-mongo-next", ".data.MONGO_INITDB_ROOT_PASSWORD")

            // Another image: the Job is made anew, and the password is the one that was made.
            site.want([:], stack: "{preset: dev, mongodb: {image: \"example.test/exits-0:1\"}}")
            let rotated = try await site.kreform("rotate main mongodb --auto-approve --timeout 120")
            #expect(rotated.status == 0, "\(rotated.output)\(rotated.errors)")
            #expect(try await site.field("secret/kre-mongo", ".data.MONGO_INITDB_ROOT_PASSWORD") == next)
            site.want([:])
            try await site.expectSettled()
        }
    }
}
