import JSON
import Model
import Rendering
import TestSupport
import Testing

/// The scripts of the Jobs that make the users of a runtime's database anew, as they are rendered, run by bash and by the shells that
/// `Tests/mongo/shell.js` stands in for.
@Suite struct MongoScriptTests {
    static let shells = ["mongosh", "mongo"]

    /// The Jobs of a rotation to generation `number`, and the Secrets as they are before and after its switch.
    private struct Round {
        let users: Manifest
        let end: Manifest
        let before: [String: [String: String]]
        let after: [String: [String: String]]

        init(_ number: Int = 2) throws {
            let (result, _) = Rendering.rotation(
                of: "room-price", ["mongodb"], in: Samples.state([Samples.runtime([])]), keys: StateKeys(own: Samples.key),
                generations: Generations().with(number - 1, of: "mongodb", in: "room-price"))
            let part = try #require(result?.parts.first)
            users = try #require(part.preparing.first { $0.address.kind == "Job" })
            end = try #require(part.retiring.first)
            func names(_ number: Int) -> (String, String) {
                number == 1 ? ("kre", "kre-runtime-data") : ("kre-\(number)", "kre-runtime-data-\(number)")
            }
            func inUse(_ number: Int) -> [String: [String: String]] {
                [
                    "kre-mongo": ["MONGO_INITDB_ROOT_USERNAME": names(number).0, "MONGO_INITDB_ROOT_PASSWORD": "password\(number)"],
                    "kre-mongo-express": [
                        "ME_CONFIG_MONGODB_AUTH_USERNAME": names(number).1, "ME_CONFIG_MONGODB_AUTH_PASSWORD": "reading\(number)",
                    ],
                ]
            }
            let next = [
                "kre-mongo-next": [
                    "MONGO_INITDB_ROOT_USERNAME": names(number).0, "MONGO_INITDB_ROOT_PASSWORD": "password\(number)",
                    "KRE_RUNTIME_MONGO_URI":
                        "mongodb://\(names(number).0):password\(number)@kre-mongo-0:27017/admin?replicaSet=rs0",
                    "ME_CONFIG_MONGODB_AUTH_USERNAME": names(number).1, "ME_CONFIG_MONGODB_AUTH_PASSWORD": "reading\(number)",
                    "OLD_USERNAME": names(number - 1).0, "OLD_READER_USERNAME": names(number - 1).1,
                ]
            ]
            before = inUse(number - 1).merging(next) { $1 }
            after = inUse(number).merging(next) { $1 }
        }
    }

    private static let first = ["admin kre password1 root@admin", "data kre-runtime-data reading1 read@data"]
    private static let second = ["admin kre-2 password2 root@admin", "data kre-runtime-data-2 reading2 read@data"]
    private static let third = ["admin kre-3 password3 root@admin", "data kre-runtime-data-3 reading3 read@data"]

    @Test(arguments: shells) func newUsersComeBesideTheOldOnesAndTheseGo(_ shell: String) throws {
        let database = try TestDatabase(shell, Self.first), round = try Round()
        let made = try database.run(round.users, round.before)
        #expect(made.status == 0 && made.output.hasSuffix("kre-2 and kre-runtime-data-2 are let in\n"), "\(made)")
        #expect(database.users == Self.first + Self.second)
        // Once more, and when the Secrets have been switched.
        try database.run(round.users, round.before).expectSuccess()
        try database.run(round.users, round.after).expectSuccess()
        #expect(database.users == Self.first + Self.second)

        let ended = try database.run(round.end, round.after)
        #expect(ended.status == 0 && ended.output == "kre is not let in any more\nkre-runtime-data is not let in any more\n", "\(ended)")
        #expect(database.users == Self.second)
        // Once more: nobody is there to drop, and those that are used stay.
        let again = try database.run(round.end, round.after)
        #expect(again.status == 0 && again.output == "", "\(again)")
        try database.run(round.users, round.after).expectSuccess()
        #expect(database.users == Self.second)

        let next = try Round(3)
        try database.run(next.users, next.before).expectSuccess()
        #expect(database.users == Self.second + Self.third)
        try database.run(next.end, next.after).expectSuccess()
        #expect(database.users == Self.third)
        #expect(!database.said.contains("password") && !database.said.contains("reading"), "\(database.said)")
    }

    /// A pod that is killed after any write leaves what the next one ends; who is in use is let in throughout.
    @Test(arguments: shells, 1...2) func whatWasCutOffGoesOn(_ shell: String, _ count: Int) throws {
        let database = try TestDatabase(shell, Self.first), round = try Round()
        #expect(try database.run(round.users, round.before, cutAfter: count).status == 137)
        #expect(database.users == Self.first + Self.second.prefix(count))
        try database.run(round.users, round.before).expectSuccess()
        #expect(database.users == Self.first + Self.second)

        #expect(try database.run(round.end, round.after, cutAfter: count).status == 137)
        #expect(database.users == Self.first.dropFirst(count) + Self.second)
        try database.run(round.end, round.after).expectSuccess()
        #expect(database.users == Self.second)
    }

    @Test(arguments: shells) func nothingIsDoneWithAWrongPassword(_ shell: String) throws {
        let others = ["admin kre another root@admin", "data kre-runtime-data reading1 read@data"]
        let database = try TestDatabase(shell, others), round = try Round()
        let made = try database.run(round.users, round.before)
        #expect(made.status != 0 && made.output == "kre is not let in; trying kre-2, who may be there already\n", "\(made)")
        #expect(made.errors.contains("Authentication failed."), "\(made)")
        #expect(try database.run(round.end, round.after).status != 0)
        #expect(database.users == others)

        // The volume of another time, in which the new one is there and not the old one.
        database.users = ["admin kre-2 password2 root@admin"]
        let mended = try database.run(round.users, round.before)
        #expect(mended.status == 0 && database.users == Self.second, "\(mended)")

        // Somebody gave the new reader another password: nothing uses that, and it would stand in the way.
        database.users = Self.first + [Self.second[0], "data kre-runtime-data-2 another read@data"]
        let ended = try database.run(round.end, round.after)
        #expect(ended.status == 0 && ended.output.hasPrefix(
            "kre-runtime-data-2 is not let in with the password that Secret kre-mongo-express has, and gets it\n"), "\(ended)")
        #expect(database.users == Self.second)
    }

    @Test func aPasswordInUseIsNotChangedWhenItsGenerationWasLost() throws {
        let users = ["admin kre-2 in-use root@admin", "data kre-runtime-data-2 reading2 read@data"]
        let database = try TestDatabase("mongosh", users), round = try Round()
        let lost = round.before.merging([
            "kre-mongo": ["MONGO_INITDB_ROOT_USERNAME": "kre-2", "MONGO_INITDB_ROOT_PASSWORD": "in-use"]
        ]) { $1 }
        let made = try database.run(round.users, lost)
        #expect(made.status == 1 && made.output == """
            kre-2 is in use already, with another password: nothing was changed. Its Secret has lost the number of its generation.
            Give it back, and rotate twice: the first run ends this rotation, the second makes new credentials.
              kubectl -n clientx-room-price annotate --overwrite secret kre-mongo kre-mongo-express kreform/generation=2

            """, "\(made)")
        #expect(database.users == users)
    }

    @Test(arguments: shells) func whoWasLeftByLostRotationsGoesTooAndNobodyElse(_ shell: String) throws {
        let others = [
            "admin kreator x root@admin", "admin kre-x x root@admin", "admin backup x root@admin", "data kre x read@data",
            "data kre-runtime-data-x x read@data",
        ]
        let left = ["admin kre-17 x root@admin", "data kre-runtime-data-4 x read@data"]
        let database = try TestDatabase(shell, Self.first + left + others + Self.second), round = try Round()
        // The Secret that names the old ones is gone.
        let lost = round.after.filter { $0.key != "kre-mongo-next" }
        let ended = try database.run(round.end, lost)
        #expect(ended.status == 0, "\(ended)")
        #expect(database.users == others + Self.second)
        // Whom the first rotation of a Secret that was taken over follows may have any name.
        database.users = [#"admin it's\me x root@admin"#] + Self.second
        let named = round.after.merging(["kre-mongo-next": round.after["kre-mongo-next"]?.merging(
            ["OLD_USERNAME": #"it's\me"#]) { $1 } ?? [:]]) { $1 }
        try database.run(round.end, named).expectSuccess()
        #expect(database.users == Self.second)
        let broken = round.after.merging(["kre-mongo-next": round.after["kre-mongo-next"]?.merging(
            ["OLD_USERNAME": "two\r\nlines"]) { $1 } ?? [:]]) { $1 }
        try database.run(round.end, broken).expectSuccess()
    }

    @Test func nobodyIsDroppedWhenTheSecretsNameOthersThanTheRotation() throws {
        let database = try TestDatabase("mongosh", Self.first + Self.second), round = try Round()
        let ended = try database.run(round.end, round.before)
        #expect(ended.status == 1 && ended.output == """
            Somebody changed the Secrets: kre-mongo and kre-mongo-express name kre and
            kre-runtime-data, not kre-2 and kre-runtime-data-2. Nobody was dropped. Put these names back with their
            passwords; or, if the Secrets are right, delete the Secret kre-mongo-next. Then rotate once more.

            """, "\(ended)")
        #expect(database.users == Self.first + Self.second)
    }

    @Test(arguments: shells) func theEndWaitsUntilNobodyIsLoggedInAsAnOldUser(_ shell: String) throws {
        let database = try TestDatabase(shell, Self.first + Self.second), round = try Round()
        database.connections = [
            ["client": "10.1.0.7:51844", "appName": "", "user": "kre", "db": "admin", "looks": 3],
            ["client": "10.1.0.9:51846", "user": "kre-2", "db": "admin"], ["client": "10.1.0.9:51845"],
        ]
        let ended = try database.run(round.end, round.after)
        #expect(ended.status == 0 && ended.output == """
            waiting until nobody is logged in as an old user:
              10.1.0.7 (without a name) as kre, 1 connection
            kre is not let in any more
            kre-runtime-data is not let in any more

            """, "\(ended)")
        #expect(database.users == Self.second)
    }

    @Test(arguments: shells) func whoStaysLoggedInAsAnOldUserIsNamedAndKeepsBeingLetIn(_ shell: String) throws {
        let database = try TestDatabase(shell, Self.first + Self.second), round = try Round()
        database.connections = [
            ["client": "10.1.0.7:51844", "clientMetadata": ["driver": ["name": "PyMongo"]], "user": "kre", "db": "admin"],
            ["client": "10.1.0.7:51845", "clientMetadata": ["driver": ["name": "PyMongo"]], "user": "kre", "db": "admin"],
            ["client": "10.1.0.3:4000", "appName": "MongoDB Compass", "user": "kre-runtime-data", "db": "data"],
        ]
        let ended = try database.run(round.end, round.after)
        #expect(ended.status == 1 && ended.output.hasSuffix("""
            still logged in as old users, who were not dropped:
              10.1.0.3 (MongoDB Compass) as kre-runtime-data, 1 connection
              10.1.0.7 (PyMongo) as kre, 2 connections
            End these connections, or restart the pods that they come from, which read the new credentials then. Rotate once more.

            """), "\(ended)")
        #expect(database.users == Self.first + Self.second)
        // The kubelet restarts the container: it looks once. When they are gone, it ends.
        database.connections = [["client": "10.1.0.7:51844", "user": "kre", "db": "admin", "looks": 1]]
        let again = try database.run(round.end, round.after)
        #expect(again.status == 1 && again.output.hasPrefix("still logged in as old users, who were not dropped:\n"), "\(again)")
        try database.run(round.end, round.after).expectSuccess()
        #expect(database.users == Self.second)
    }

    @Test(arguments: shells) func aDatabaseThatTakesNoWritesIsWaitedForAndNamed(_ shell: String) throws {
        let database = try TestDatabase(shell, Self.first), round = try Round()
        database.member = "SECONDARY"
        let made = try database.run(round.users, round.before)
        #expect(made.status == 1 && made.output.hasPrefix("the database takes no writes at kre-mongo-0:\n"), "\(made)")
        #expect(database.users == Self.first)
    }

    /// What runs beside the server.
    @Test(arguments: shells) func theReplicaSetAndTheReaderAreMadeOnce(_ shell: String) throws {
        let database = try TestDatabase(shell, [Self.first[0]])
        database.member = "STARTUP"
        let state = Samples.state([Samples.runtime([])])
        let scripts = try #require(
            Rendering.render(state, keys: StateKeys(own: Samples.key)).entities.flatMap(\.manifests)
                .first { $0.address.short == "ConfigMap kre-mongo-scripts" })
        let script = try #require(scripts.content["data"]?["replica-set.sh"]?.string)
        #expect(try database.run(script: try #require(scripts.content["data"]?["ready.sh"]?.string), [:]).status == 1)
        let values = [
            "MONGO_INITDB_ROOT_USERNAME": "kre", "MONGO_INITDB_ROOT_PASSWORD": "password1", "READER_USERNAME": "kre-runtime-data",
            "READER_PASSWORD": "reading1",
        ]
        try database.run(script: script, values).expectSuccess()
        #expect(database.users == Self.first)
        try database.run(script: script, values).expectSuccess()
        #expect(try database.run(script: try #require(scripts.content["data"]?["ready.sh"]?.string), [:]).status == 0)
        #expect(database.users == Self.first)
    }
}

/// A database in a file, and a shell that asks it.
private final class TestDatabase {
    private let folder = TemporaryFolder()
    /// Everything that was printed.
    private(set) var said = ""

    /// - Parameter shell: which of the two the image has.
    init(_ shell: String, _ users: [String]) throws {
        let program = #filePath.split(separator: "/").dropLast(2).reduce("") { "\($0)/\($1)" } + "/mongo/shell.js"
        folder.write(Array("#!/bin/sh\nexec node '\(program)' \(shell) \"$@\"\n".utf8), to: shell)
        // Nobody waits.
        folder.write(Array("#!/bin/sh\n".utf8), to: "sleep")
        try Program.run("chmod", ["+x", "\(folder.path)/\(shell)", "\(folder.path)/sleep"]).expectSuccess()
        try Program.run("mkdir", [home]).expectSuccess()
        state = ["member": "PRIMARY", "users": []]
        self.users = users
    }

    private var file: String { "\(folder.path)/database" }

    private var state: JSONValue {
        get { (try? JSONValue(parsing: contents(of: file))) ?? .null }
        set { folder.write(newValue.encodedBytes(), to: "database") }
    }

    var connections: [JSONValue] {
        get { state["connections"]?.array ?? [] }
        set { state["connections"] = .array(newValue) }
    }

    /// As the server's status calls what it is.
    var member: String {
        get { state["member"]?.string ?? "" }
        set { state["member"] = .string(newValue) }
    }

    /// Each as `DATABASE NAME PASSWORD ROLE@DATABASE`.
    var users: [String] {
        get {
            (state["users"]?.array ?? []).map { user in
                let role = user["roles"]?[0]
                let words = [user["db"], user["user"], user["pwd"]].map { $0?.string ?? "" }
                return "\(words.joined(separator: " ")) \(role?["role"]?.string ?? "")@\(role?["db"]?.string ?? "")"
            }
        }
        set {
            state["users"] = .array(newValue.map { line in
                let words = line.split(separator: " ").map(String.init), role = words[3].split(separator: "@").map(String.init)
                return [
                    "db": .string(words[0]), "user": .string(words[1]), "pwd": .string(words[2]),
                    "roles": [["role": .string(role[0]), "db": .string(role[1])]],
                ]
            })
        }
    }

    private var home: String { "\(folder.path)/home" }

    /// Runs the Job's container with values of Secrets, by their names.
    /// - Parameter cutAfter: it is killed after so many writes.
    func run(_ job: Manifest, _ secrets: [String: [String: String]], cutAfter: Int? = nil) throws -> Program.Outcome {
        let container = try #require(job.content["spec"]?["template"]?["spec"]?["containers"]?[0])
        var environment: [String: String] = [:]
        for variable in container["env"]?.array ?? [] {
            let name = try #require(variable["name"]?.string)
            let key = variable["valueFrom"]?["secretKeyRef"]
            let value = key.flatMap { secrets[$0["name"]?.string ?? ""]?[$0["key"]?.string ?? ""] } ?? variable["value"]?.string
            if value == nil, key?["optional"]?.bool ?? false { continue }
            environment[name] = try #require(value, "\(name)")
        }
        // What is `/tmp` in the pod.
        environment["HOME"] = home
        let words = ((container["command"]?.array ?? []) + (container["args"]?.array ?? [])).compactMap(\.string)
        return try run(words, environment, cutAfter)
    }

    func run(script: String, _ environment: [String: String]) throws -> Program.Outcome {
        try run(["/bin/bash", "-c", script], environment, nil)
    }

    private func run(_ words: [String], _ environment: [String: String], _ cutAfter: Int?) throws -> Program.Outcome {
        folder.write([], to: "database.writes")
        var all = environment.map { "\($0.key)=\($0.value)" }
        all += ["PATH=\(folder.path):/usr/local/bin:/usr/bin:/bin", "DATABASE=\(file)"]
        if let cutAfter { all.append("CUT_AFTER=\(cutAfter)") }
        let outcome = try Program.run("env", ["-i"] + all + words)
        said += outcome.output + outcome.errors
        return outcome
    }
}
