import JSON
import Model
import Rendering
import TestSupport
import Testing

/// What makes a runtime's generated credentials anew.
@Suite struct RotationTests {
    private func rotation(
        _ components: [String] = [], stack: StackSettings = StackSettings(), of name: String = "room-price",
        generations: Generations = Generations(), versions: [DesiredVersion] = [Samples.roomPrice(.started)]
    ) -> (rotation: Rotation?, diagnostics: [Diagnostic]) {
        Rendering.rotation(
            of: name, components, in: Samples.state([Samples.runtime(versions, stack: stack)]), keys: StateKeys(own: Samples.key),
            generations: generations)
    }

    @Test func theObjectsOfARotation() throws {
        let rotation = try #require(self.rotation().rotation)
        #expect(rotation.parts.map(\.component) == ["minio", "mongodb"])
        try Golden.expect(
            RenderedEntity(
                record: EntityRecord(address: .runtime("room-price")), manifests: rotation.parts.flatMap { $0.temporary + $0.secrets }),
            "rotation")
    }

    @Test func podsThatReadTheCredentialsAreMarkedAndNoOthers() throws {
        let rotation = try #require(self.rotation().rotation)
        var marks: [String: String] = [:]
        for manifest in rotation.rendered.entities.flatMap(\.manifests) {
            let annotations = manifest.content["spec"]?["template"]?["metadata"]?["annotations"]
            marks[manifest.address.short] = annotations?[ObjectAnnotations.credentials]?.string
        }
        let nodes = rotation.rendered.entities.flatMap(\.manifests).map(\.address)
            .filter { $0.kind == "Deployment" && $0.name.hasPrefix("room-price-v3-") && !$0.name.hasSuffix("-entrypoint") }
        #expect(!nodes.isEmpty)
        var expected = [
            "StatefulSet kre-minio": "minio-2", "Deployment kre-mongo-express": "mongodb-2", "Deployment mongo-writer": "mongodb-2",
            "Deployment runtime-api": "mongodb-2",
        ]
        for node in nodes { expected[node.short] = "mongodb-2" }
        #expect(marks == expected)
    }

    @Test func onlyWhatIsAskedForIsRotated() throws {
        let rotation = try #require(self.rotation(["minio"]).rotation)
        #expect(rotation.parts.map(\.component) == ["minio"])
        #expect(!"\(rotation.rendered)".contains("mongodb-2"))
        let later = Generations().with(4, of: "minio", in: "room-price").with(3, of: "mongodb", in: "other")
        #expect(self.rotation(["minio"], generations: later).rotation?.parts.first?.generation == 5)
        #expect(self.rotation(["mongodb"], generations: later).rotation?.parts.first?.generation == 2)
    }

    @Test func whatCannotBeRotatedSaysWhy() {
        func said(_ components: [String], stack: StackSettings = StackSettings(), of name: String = "room-price") -> String {
            rotation(components, stack: stack, of: name).diagnostics.map { "\($0.code): \($0.summary)\n  \($0.detail)" }.joined(separator: "\n")
        }
        #expect(said([], of: "room-prize") == "unknown-runtime: The files have no runtime `room-prize`\n  Did you mean `room-price`?")
        #expect(said(["mongo"]) == """
            unknown-component: Runtime room-price has no component `mongo`
              Did you mean `mongodb`? Kreform made the credentials of `minio` and `mongodb`.
            """)
        #expect(said(["chronograf", "influxdb", "nats"]) == ["chronograf", "influxdb", "nats"].map {
            """
            not-rotatable: `\($0)` of runtime room-price has no credentials: whoever is let through by the runtime's network policies may \
            use it
              There is nothing of it to rotate.
            """
        }.joined(separator: "\n"))
        #expect(said(["mongoExpress"]).contains("`kreform rotate room-price mongodb`"))
        #expect(said(["replica-set-key"]).hasPrefix("not-rotatable: `replica-set-key` of runtime room-price is what the members"))
        let external = said(["mongodb"], stack: Samples.external)
        #expect(external.contains("is external: its address, with user and password, is yours, in Secret "), "\(external)")
        #expect(external.contains("kubectl --namespace clientx-room-price rollout restart deployment"), "\(external)")
    }

    // MARK: Scripts

    /// The Jobs' scripts, run by the shell, with a database that knows users and passwords and nothing else.
    @Test func usersComeBesideTheOldOnesAndTheseGo() throws {
        let database = try Users()
        let part = try #require(rotation(["mongodb"]).rotation?.parts.first)
        let users = try #require(part.preparing.first { $0.address.kind == "Job" })
        let end = try #require(part.retiring.first)
        let old = ["admin kre old", "data kre-runtime-data old-r"]
        let new = ["admin kre-2 new", "data kre-runtime-data-2 new-r"]
        let values = [
            "kre-mongo": ["MONGO_INITDB_ROOT_USERNAME": "kre", "MONGO_INITDB_ROOT_PASSWORD": "old"],
            "kre-mongo-next": [
                "MONGO_INITDB_ROOT_USERNAME": "kre-2", "MONGO_INITDB_ROOT_PASSWORD": "new",
                "KRE_RUNTIME_MONGO_URI": "mongodb://kre-2:new@kre-mongo-0:27017/admin?replicaSet=rs0",
                "ME_CONFIG_MONGODB_AUTH_USERNAME": "kre-runtime-data-2", "ME_CONFIG_MONGODB_AUTH_PASSWORD": "new-r",
                "OLD_USERNAME": "kre", "OLD_READER_USERNAME": "kre-runtime-data",
            ],
        ]
        let switched = values.merging([
            "kre-mongo": ["MONGO_INITDB_ROOT_USERNAME": "kre-2", "MONGO_INITDB_ROOT_PASSWORD": "new"],
            "kre-mongo-express": ["ME_CONFIG_MONGODB_AUTH_USERNAME": "kre-runtime-data-2"],
        ]) { $1 }

        database.users = old
        let made = try database.run(users, values)
        #expect(made.status == 0 && made.output.hasSuffix("kre-2 and kre-runtime-data-2 are let in\n"), "\(made)")
        #expect(database.users == old + new)
        // Once more, and after the Secrets have changed.
        #expect(try database.run(users, values).status == 0)
        #expect(try database.run(users, switched).status == 0)
        #expect(database.users == old + new)

        #expect(try database.run(end, switched).status == 0)
        #expect(database.users == new)
        // Once more: nothing is there to drop, and those that are used stay.
        #expect(try database.run(end, switched).status == 0)
        #expect(try database.run(users, switched).status == 0)
        #expect(database.users == new)

        // Cut off after the password of a user of that name was changed.
        database.users = ["admin kre-2 new"]
        let mended = try database.run(users, values)
        #expect(mended.status == 0 && mended.output.contains("trying kre-2"), "\(mended)")
        // Nobody is let in.
        database.users = ["admin kre another"]
        #expect(try database.run(users, values).status != 0)
        #expect(database.users == ["admin kre another"])
    }
}

/// Users of a database in a file, and a `mongosh` that asks it.
private final class Users {
    private let folder = TemporaryFolder()

    init() throws {
        folder.write(Array(Self.shell.utf8), to: "mongosh")
        _ = try Program.run("/bin/chmod", ["+x", "\(folder.path)/mongosh"]).expectSuccess()
    }

    var users: [String] {
        get { String(decoding: contents(of: "\(folder.path)/users"), as: UTF8.self).split(separator: "\n").map(String.init) }
        set { folder.write(Array(newValue.map { "\($0)\n" }.joined().utf8), to: "users") }
    }

    /// Runs the Job's container with values of Secrets, by their names.
    func run(_ job: Manifest, _ secrets: [String: [String: String]]) throws -> Program.Outcome {
        let container = try #require(job.content["spec"]?["template"]?["spec"]?["containers"]?[0])
        var environment = ["PATH=\(folder.path):/usr/bin:/bin", "USERS=\(folder.path)/users"]
        for variable in container["env"]?.array ?? [] {
            let name = try #require(variable["name"]?.string)
            let key = variable["valueFrom"]?["secretKeyRef"]
            let value = key.flatMap { secrets[$0["name"]?.string ?? ""]?[$0["key"]?.string ?? ""] } ?? variable["value"]?.string
            environment.append("\(name)=\(try #require(value, "\(name)"))")
        }
        let words = ((container["command"]?.array ?? []) + (container["args"]?.array ?? [])).compactMap(\.string)
        return try Program.run("env", ["-i"] + environment + words)
    }

    /// Lets in whom the file has, and does what `make` and `drop` are called with.
    private static let shell = #"""
        #!/usr/bin/env python3
        import os, re, sys
        path = os.environ["USERS"]
        users = [line.split() for line in open(path)]
        words = sys.argv[1:]
        option = lambda name: words[words.index(name) + 1]
        if "--username" in words:
            login = [option("--authenticationDatabase"), option("--username"), option("--password")]
        elif "@" not in words[0]:
            sys.exit(0)
        else:
            login = ["admin", *re.match("mongodb://([^:]+):([^@]+)@kre-mongo-0:27017/admin", words[0]).groups()]
        if login not in users:
            sys.exit("MongoServerError: Authentication failed.")
        script = option("--eval")
        for database, name, password, role in re.findall(r"make\('(.+)', '(.+)', '(.+)', '(.+)'\)", script):
            found = [user for user in users if user[:2] == [database, name]]
            if found:
                found[0][2] = password
            else:
                users.append([database, name, password])
        for database, name, kept in re.findall(r"drop\('(.+)', '(.+)', '(.+)'\)", script):
            users = [user for user in users if name == kept or user[:2] != [database, name]]
        with open(path, "w") as file:
            file.writelines(" ".join(user) + "\n" for user in users)

        """#
}
