import FoundationEssentials
import JSON
import Model
import Sandbox
import Testing

/// Credentials that Kreform generated are made anew.
@Suite struct RotationStoryTests {
    private let instant = "--sandbox --sandbox-speed instant"

    /// The room-price example, the first version published, the second started.
    private func roomPrice(_ name: String) throws -> Transcript {
        let story = Transcript(name)
        try story.folder.takeRoomPrice()
        write(story, "started")
        try Command.run("apply \(instant) --auto-approve".words, in: story.folder).expectSuccess()
        return story
    }

    private func write(_ story: Transcript, _ v2: String, stack: String = "{preset: small}") {
        story.folder.write(
            """
            kreform: v1
            engine: clientx
            runtimes:
              - name: room-price
                stack: \(stack)
                config: {OUTPUT_PRICE_CURRENCY: EUR}
                versions:
                  - {krt: krt/room-price-v1.krt, status: published}
                  - krt: krt/room-price-v2.krt
                    status: \(v2)
                    config:
                      API_SECRET: {env: ROOM_PRICE_API_SECRET}
                      PRICE_RULES: {file: config/price-rules.csv}

            """, to: "kreform.yaml")
    }

    /// The values of a Secret as the simulated cluster has them; none when it is not there.
    private func values(_ secret: String, _ story: Transcript) async throws -> [String: String] {
        let cluster = try SandboxCluster(
            path: "\(story.folder.path)/state/sandbox/cluster.db", options: SandboxCluster.Options(speed: .instant))
        let object = try await cluster.get(
            ResourceType(apiVersion: "v1", kind: "Secret"), namespace: "clientx-room-price", name: secret)
        return (object?.content["data"]?.object ?? [:]).compactMapValues(\.string)
    }

    @Test func theStoreAndTheDatabaseGetNewCredentials() async throws {
        let story = try roomPrice("rotation")
        let before = (
            try await values("kre-minio", story), try await values("kre-mongo", story), try await values("kre-mongo-express", story))
        #expect(before.0.count == 2 && before.1.count == 4 && before.2.count == 2)
        story.note("Nobody is there to approve: it is shown, and nothing changes.")
        try story.run("rotate room-price minio --sandbox")
        #expect(try await values("kre-minio", story) == before.0)
        story.note("The store of packages.")
        try story.run("rotate room-price minio \(instant) --auto-approve")
        try story.run("plan --sandbox --detailed-exitcode")
        let minio = try await values("kre-minio", story)
        #expect(minio["MINIO_ROOT_PASSWORD"] != before.0["MINIO_ROOT_PASSWORD"] && minio["MINIO_ROOT_USER"] == before.0["MINIO_ROOT_USER"])
        story.note("The database.")
        try story.run("rotate room-price mongodb \(instant) --auto-approve --comment quarterly")
        try story.run("plan --sandbox --detailed-exitcode")
        let mongo = try await values("kre-mongo", story)
        #expect(mongo["replica-set-key"] == before.1["replica-set-key"])
        for key in ["MONGO_INITDB_ROOT_USERNAME", "MONGO_INITDB_ROOT_PASSWORD", "KRE_RUNTIME_MONGO_URI"] {
            #expect(mongo[key] != nil && mongo[key] != before.1[key], "\(key)")
        }
        let express = try await values("kre-mongo-express", story)
        #expect(express.count == 2 && express.allSatisfy { before.2[$0.key] != $0.value })
        #expect(try await values("kre-mongo-next", story) == [:])
        story.note("All of it, once more.")
        try story.run("rotate room-price \(instant) --auto-approve")
        #expect(try await values("kre-mongo", story)["MONGO_INITDB_ROOT_USERNAME"] == "a3JlLTM=")
        try story.run("plan --sandbox --detailed-exitcode")
        try story.run("state show --sandbox Secret/clientx-room-price/kre-mongo")
        story.note("The state is lost and made again.")
        Folder.shell("rm '\(story.folder.path)'/state/sandbox/kreform.db*")
        try Command.run("state rebuild --sandbox".words, in: story.folder).expectSuccess()
        try story.run("plan --sandbox --detailed-exitcode")
        story.compare()
        let data = try Command.run("rotate room-price \(instant) --auto-approve --json".words, in: story.folder)
        data.expectSuccess()
        #expect(data.output.contains(#""mode":"rotate""#))
        // In no file that is kept, and in nothing that was said.
        let secrets = try await [minio, mongo, express, values("kre-minio", story), values("kre-mongo", story), values("kre-mongo-express", story)]
            .flatMap(\.values).filter { $0.count > 40 }
        let plain = try secrets.map { String(decoding: try #require(Data(base64Encoded: $0)), as: UTF8.self) }
        #expect(plain.contains { $0.hasPrefix("mongodb://kre-") } && plain.contains { $0.count == 32 }, "\(plain.count)")
        write(story, "stopped")
        try Command.run("plan --sandbox --out saved.plan".words, in: story.folder).expectSuccess()
        Folder.shell("rm '\(story.folder.path)'/state/sandbox/cluster.db*")
        let everything = story.folder.everything
        #expect(everything.contains("kre-mongo"))
        for secret in secrets + plain {
            #expect(!everything.contains(secret) && !story.all.contains(secret) && !data.output.contains(secret))
        }
    }

    @Test func oneThatIsCutOffGoesOn() async throws {
        let story = try roomPrice("rotation-cut-off")
        let old = try await values("kre-mongo", story)
        story.note("The Job that makes the new users fails.")
        story.folder.write(
            """
            faults:
              - pod: {name: kre-mongo-next}
                never: ready
                reason: CrashLoopBackOff

            """, to: "faults.yaml")
        try story.run("rotate room-price mongodb \(instant) --sandbox-faults faults.yaml --auto-approve")
        #expect(try await values("kre-mongo", story) == old)
        let next = try await values("kre-mongo-next", story)
        try story.run("plan --sandbox")
        story.note("It is mended, but the pods of one node do not start: the old users stay.")
        story.folder.write(
            """
            faults:
              - pod: {name: room-price-v2-room-price-model}
                never: ready
                reason: CrashLoopBackOff

            """, to: "faults.yaml")
        try story.run("rotate room-price mongodb \(instant) --sandbox-faults faults.yaml --auto-approve")
        let switched = try await values("kre-mongo", story)
        for key in ["MONGO_INITDB_ROOT_USERNAME", "MONGO_INITDB_ROOT_PASSWORD", "KRE_RUNTIME_MONGO_URI"] {
            #expect(switched[key] != nil && switched[key] == next[key], "\(key)")
        }
        story.note("An apply rolls them, and leaves the end of the old ones to the rotation.")
        try story.run("apply \(instant) --auto-approve")
        try story.run("rotate room-price mongodb \(instant) --auto-approve")
        #expect(try await values("kre-mongo", story) == switched)
        try story.run("plan --sandbox --detailed-exitcode")
        story.compare()
    }

    @Test func whatCannotBeRotatedIsRefused() async throws {
        let story = try roomPrice("rotation-refusals")
        try story.run("rotate room-prize --sandbox --auto-approve")
        try story.run("rotate room-price mongo minnio --sandbox --auto-approve")
        try story.run("rotate room-price nats chronograf mongoExpress replica-set-key --sandbox --auto-approve")
        story.note("A version is to stop, and another to have more pods: these are for an apply.")
        write(story, "stopped")
        try story.run("rotate room-price minio --sandbox")
        try story.run("rotate room-price mongodb --sandbox")
        write(story, "started", stack: "{mongoWriter: {replicas: 3}}")
        try story.run("rotate room-price mongodb --sandbox")
        story.note("A database that others keep.")
        write(story, "started", stack: "{external: {mongodb: {secret: {name: shared-mongo, key: uri}}}}")
        try story.run("rotate room-price mongodb --sandbox")
        write(story, "started")
        story.note("A runtime that is not there yet.")
        try story.run("rotate room-price --sandbox --state elsewhere.db")
        story.compare()
    }
}
