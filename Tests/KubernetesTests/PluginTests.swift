import Glibc
import JSON
import Kubernetes
import Model
import Synchronization
import Testing

@Suite struct PluginTests {
    /// A kubeconfig whose user runs `plugin`, beside it, with what `more` adds.
    private func folder(_ script: String, version: String = "v1", more: String = "", cluster: String = "server: https://a") -> AccessFolder {
        let folder = AccessFolder()
        folder.script("bin/plugin", script)
        write(in: folder, command: "bin/plugin", version: version, more: more, cluster: cluster)
        return folder
    }

    private func write(
        in folder: AccessFolder, command: String, version: String = "v1", more: String = "", cluster: String = "server: https://a"
    ) {
        let mode = version == "v1" && !more.contains("interactiveMode") ? "\n  interactiveMode: IfAvailable" : ""
        let rest = more.isEmpty ? "" : "\n  " + more.split(separator: "\n").joined(separator: "\n  ")
        folder.write(
            AccessFolder.config(
                cluster: cluster,
                user: "exec:\n  apiVersion: client.authentication.k8s.io/\(version)\n  command: \(command)\(mode)\(rest)"), to: "config")
    }

    private static let path = ["PATH": "/usr/bin:/bin"]

    private func credentials(_ folder: AccessFolder, _ settings: PluginSettings = PluginSettings()) throws -> Credentials {
        try folder.find(environment: Self.path, plugins: settings).access.credentials
    }

    /// What is said about a plugin that gives nothing.
    private func said(_ folder: AccessFolder, _ settings: PluginSettings = PluginSettings()) async throws -> String {
        let credentials = try credentials(folder, settings)
        do throws(ClusterError) {
            _ = try await credentials.current()
            return "no error"
        } catch {
            #expect(error.kind == .noCredential)
            #expect(!error.isTransient && !error.isAmbiguous)
            return folder.cut(error.advice)
        }
    }

    private static func answer(_ status: String, version: String = "v1") -> String {
        #"{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/\#(version)","status":\#(status)}"#
    }

    /// A script that counts its runs in `runs` and answers with the run's number.
    private static func counting(_ folder: String, expires: String = "") -> String {
        """
        echo run >> "\(folder)/runs"
        number=$(grep -c run "\(folder)/runs")
        echo '\(answer(#"{"token":"t'$number'"\#(expires)}"#))'
        """
    }

    // MARK: What it is given and what it gives

    @Test(arguments: ["v1", "v1beta1"])
    func `A plugin gets its arguments, its environment and word of what is asked`(_ version: String) async throws {
        let folder = AccessFolder()
        folder.script(
            "bin/plugin",
            """
            echo "$0 $1 $2 $REGION $PATH" > "\(folder.path)/seen"
            echo "$KUBERNETES_EXEC_INFO" > "\(folder.path)/asked"
            cat >> "\(folder.path)/seen"
            echo '\(Self.answer(#"{"token":"abc"}"#, version: version))'
            """)
        write(
            in: folder, command: "bin/plugin", version: version,
            more: "args: [get-token, two words]\nenv: [{name: REGION, value: eu-1}]\nprovideClusterInfo: true",
            cluster: """
                server: https://a:1
                tls-server-name: b
                extensions:
                - name: client.authentication.k8s.io/exec
                  extension: {audience: x, level: 3, strict: true, none: null, "quoted": "3"}
                - name: other
                  extension: no
                """)
        #expect(try await credentials(folder).current() == Credential(authorization: "Bearer abc"))
        #expect(folder.text(of: "seen") == "\(folder.path)/bin/plugin get-token two words eu-1 /usr/bin:/bin\n")
        #expect(try JSONValue(parsing: folder.text(of: "asked").dropLast().description) == [
            "kind": "ExecCredential", "apiVersion": .string("client.authentication.k8s.io/\(version)"),
            "spec": [
                "interactive": false,
                "cluster": [
                    "server": "https://a:1", "tls-server-name": "b",
                    "config": ["audience": "x", "level": 3, "strict": true, "none": .null, "quoted": "3"],
                ],
            ],
        ])
    }

    @Test func `Without provideClusterInfo the cluster is not told, and a name is looked up in PATH`() async throws {
        let folder = AccessFolder()
        folder.script("bin/login", #"echo "$KUBERNETES_EXEC_INFO" > "\#(folder.path)/asked"; echo '\#(Self.answer(#"{"token":"abc"}"#))'"#)
        write(in: folder, command: "login", more: "args: null\nenv: null")
        let access = try folder.find(environment: ["PATH": "/nowhere:\(folder.path)/bin"]).access
        #expect(try await access.credentials.current().authorization == "Bearer abc")
        #expect(
            folder.text(of: "asked")
                == #"{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","spec":{"interactive":false}}"# + "\n")
    }

    @Test func `A plugin may give a certificate`() async throws {
        let (certificate, key) = (AccessFolder.certificate, AccessFolder.key)
        let status: JSONValue = ["clientCertificateData": .string(certificate), "clientKeyData": .string(key)]
        let answer = folder("cat <<'END'\n\(Self.answer(status.encoded()))\nEND")
        #expect(
            try await credentials(answer).current()
                == Credential(clientCertificate: Array(certificate.utf8), clientKey: Array(key.utf8)))
    }

    @Test func `A token or a password in the kubeconfig saves asking the plugin`() async throws {
        let folder = folder("exit 1")
        let text = folder.text(of: "config")
        folder.write(text + "    token: given\n", to: "config")
        #expect(try await credentials(folder).current().authorization == "Bearer given")
    }

    // MARK: How often it runs

    @Test func `Twenty who ask at once get the answer of one run`() async throws {
        let folder = AccessFolder()
        folder.script("bin/plugin", "sleep 0.2\n" + Self.counting(folder.path))
        write(in: folder, command: "bin/plugin")
        let credentials = try credentials(folder)
        let found = await withTaskGroup(of: String?.self) { group in
            for _ in 0..<20 { group.addTask { try? await credentials.current().authorization } }
            return await group.reduce(into: Set<String?>()) { $0.insert($1) }
        }
        #expect(found == ["Bearer t1"])
        #expect(folder.lines(of: "runs") == 1)
        #expect(try await credentials.current().authorization == "Bearer t1")
        #expect(folder.lines(of: "runs") == 1)
    }

    @Test func `An answer is kept until shortly before it expires`() async throws {
        let folder = AccessFolder()
        let moment = Moment(1_780_000_000)
        // 100 seconds later, written with an offset and a fraction.
        folder.script("bin/plugin", Self.counting(folder.path, expires: #","expirationTimestamp":"2026-05-28T22:28:20.000+02:00""#))
        write(in: folder, command: "bin/plugin")
        let credentials = try credentials(folder, PluginSettings(now: { moment.now }))
        #expect(try await credentials.current().authorization == "Bearer t1")
        moment.pass(94)
        #expect(try await credentials.current().authorization == "Bearer t1")
        moment.pass(2)
        #expect(try await credentials.current().authorization == "Bearer t2")
    }

    @Test func `A rejected credential is exchanged by one run for all whose requests were rejected`() async throws {
        let folder = AccessFolder()
        folder.script("bin/plugin", Self.counting(folder.path))
        write(in: folder, command: "bin/plugin")
        let credentials = try credentials(folder)
        let first = try await credentials.current()
        let found = await withTaskGroup(of: String?.self) { group in
            for _ in 0..<20 { group.addTask { try? await credentials.renewed(after: first)?.authorization } }
            return await group.reduce(into: Set<String?>()) { $0.insert($1) }
        }
        #expect(found == ["Bearer t2"])
        #expect(try await credentials.renewed(after: first)?.authorization == "Bearer t2")
        #expect(folder.lines(of: "runs") == 2)
    }

    @Test func `A plugin that gives the rejected credential again is left alone for a while`() async throws {
        let folder = AccessFolder()
        folder.script("bin/plugin", "echo run >> '\(folder.path)/runs'; echo '\(Self.answer(#"{"token":"same"}"#))'")
        write(in: folder, command: "bin/plugin")
        let moment = Moment()
        let credentials = try credentials(folder, PluginSettings(now: { moment.now }))
        let first = try await credentials.current()
        #expect(try await credentials.renewed(after: first) == nil)
        #expect(try await credentials.renewed(after: first) == nil)
        #expect(folder.lines(of: "runs") == 2)
        moment.pass(5)
        #expect(try await credentials.renewed(after: first) == nil)
        #expect(folder.lines(of: "runs") == 3)
    }

    @Test func `A failure is told to all who wait, and the next who asks tries again`() async throws {
        let folder = AccessFolder()
        folder.script(
            "bin/plugin",
            "[ -e '\(folder.path)/ok' ] || { touch '\(folder.path)/ok'; exit 3; }\necho '\(Self.answer(#"{"token":"abc"}"#))'")
        write(in: folder, command: "bin/plugin")
        let credentials = try credentials(folder)
        let failure = await #expect(throws: ClusterError.self) { try await credentials.current() }
        #expect(failure?.message.contains("ended with status 3") == true, "\(failure?.message ?? "")")
        #expect(try await credentials.current().authorization == "Bearer abc")
    }

    // MARK: What it writes for people

    @Test func `What a plugin says is passed on as it comes`() async throws {
        let heard = Mutex("")
        let settings = PluginSettings(deadline: 600, onMessage: { bytes in heard.withLock { $0 += String(decoding: bytes, as: UTF8.self) } })
        let folder = AccessFolder()
        // It goes on when what it said has been heard.
        folder.script(
            "bin/plugin",
            """
            echo 'open https://login in a browser' >&2
            while [ ! -e "\(folder.path)/heard" ]; do sleep 0.05; done
            echo done >&2
            echo '\(Self.answer(#"{"token":"abc"}"#))'
            """)
        write(in: folder, command: "bin/plugin")
        let credentials = try credentials(folder, settings)
        async let credential = credentials.current()
        let deadline = ContinuousClock.now + .seconds(120)
        while heard.withLock({ $0 }) != "open https://login in a browser\n", ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(20))
        }
        folder.write("", to: "heard")
        #expect(try await credential.authorization == "Bearer abc")
        #expect(heard.withLock { $0 } == "open https://login in a browser\ndone\n")
    }

    @Test func `A plugin that fails at once is quoted, not passed on`() async throws {
        let heard = Mutex("")
        let settings = PluginSettings(onMessage: { bytes in heard.withLock { $0 += String(decoding: bytes, as: UTF8.self) } })
        let folder = folder(
            "printf '\\033[31mno session\\033[0m\\n\\n  run: cloud login\\n' >&2; echo '\(Self.answer(#"{"token":"hunter2"}"#))'; exit 255")
        #expect(
            try await said(folder, settings) == """
                The credential plugin bin/plugin of the user `me` (config:12:9) ended with status 255:
                  no session
                  run: cloud login
                Run it by hand or log in again with your provider's tool, then run the same command again.
                """)
        #expect(heard.withLock { $0 } == "")
    }

    // MARK: What can go wrong

    @Test func `A plugin that is not there is told with its hint`() async throws {
        let folder = AccessFolder()
        write(
            in: folder, command: "cloud-login",
            more: "installHint: |\n  cloud-login is needed.\n\n  Get it from https://example.com/cloud-login")
        #expect(
            try await said(folder) == """
                The credential plugin cloud-login of the user `me` (config:12:9) is not installed: no folder of PATH has a program of this name.
                cloud-login is needed.
                Get it from https://example.com/cloud-login
                """)
        write(in: folder, command: "./bin/absent")
        #expect(
            try await said(folder) == """
                The credential plugin ./bin/absent of the user `me` (config:12:9) cannot be started: No such file or directory.
                Install it, then run the same command again.
                """)
        folder.write("text", to: "bin/text")
        write(in: folder, command: "bin/text")
        #expect(
            try await said(folder) == """
                The credential plugin bin/text of the user `me` (config:12:9) cannot be started: Permission denied.
                Check that it is a program that may be run.
                """)
    }

    @Test func `A plugin that hangs is ended with what it started`() async throws {
        let folder = AccessFolder()
        folder.script("bin/plugin", "echo waiting >&2\nsleep 1000 & echo $! > '\(folder.path)/child'\nwait")
        write(in: folder, command: "bin/plugin")
        #expect(
            try await said(folder, PluginSettings(deadline: 0.5)) == """
                The credential plugin bin/plugin of the user `me` (config:12:9) gave no answer within 0.5 seconds and was stopped:
                  waiting
                Run it by hand or log in again with your provider's tool, then run the same command again.
                """)
        let child = try #require(pid_t(folder.text(of: "child").dropLast()))
        let deadline = ContinuousClock.now + .seconds(10)
        while kill(child, 0) == 0, !Self.isZombie(child), ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(kill(child, 0) != 0 || Self.isZombie(child))
    }

    /// Where nobody collects orphans, the dead stay in the list.
    private static func isZombie(_ process: pid_t) -> Bool {
        let stream = fopen("/proc/\(process)/stat", "r")
        defer { if let stream { fclose(stream) } }
        var line = [CChar](repeating: 0, count: 256)
        guard let stream, fgets(&line, 256, stream) != nil else { return true }
        return String(decoding: line.map(UInt8.init(bitPattern:)), as: UTF8.self).contains(") Z")
    }

    @Test func `A plugin that leaves something running behind it has answered all the same`() async throws {
        let folder = AccessFolder()
        folder.script("bin/plugin", "sleep 1000 & echo $! > '\(folder.path)/left'\necho '\(Self.answer(#"{"token":"abc"}"#))'")
        write(in: folder, command: "bin/plugin")
        #expect(try await credentials(folder).current().authorization == "Bearer abc")
        let left = try #require(pid_t(folder.text(of: "left").dropLast()))
        // It holds our pipes open, and nobody waited for it.
        #expect(kill(left, SIGKILL) == 0)
    }

    @Test func `A plugin ended by a signal is told so`() async throws {
        #expect(
            try await said(folder("kill -9 $$")) == """
                The credential plugin bin/plugin of the user `me` (config:12:9) was ended by signal 9.
                Run it by hand or log in again with your provider's tool, then run the same command again.
                """)
    }

    @Test func `A plugin that insists on a terminal is not run without one`() async throws {
        let folder = folder("exit 0", more: "interactiveMode: Always")
        #expect(
            try await said(folder) == """
                The credential plugin bin/plugin of the user `me` (config:12:9) needs a terminal (`interactiveMode: Always`), and standard input is none.
                Run Kreform in a terminal, or use credentials that need nobody to log in.
                """)
    }

    @Test func `A plugin is told that somebody is there unless it wants nobody`() async throws {
        for (mode, isTold) in [("Never", false), ("IfAvailable", true), ("Always", true)] {
            let folder = AccessFolder()
            folder.script("bin/plugin", "echo \"$KUBERNETES_EXEC_INFO\" > '\(folder.path)/asked'; echo '\(Self.answer(#"{"token":"abc"}"#))'")
            write(in: folder, command: "bin/plugin", more: "interactiveMode: \(mode)")
            _ = try await credentials(folder, PluginSettings(hasTerminal: true)).current()
            #expect(folder.text(of: "asked").contains(#""interactive":\#(isTold)"#))
        }
    }

    static let wrongAnswers: [(String, String)] = [
        ("", "nothing at all"),
        ("Error: hunter2", "something that is not JSON (line 1, column 1)"),
        ("[1]", "JSON that is not of the kind `ExecCredential`"),
        (#"{"kind":"Status","token":"hunter2"}"#, "JSON that is not of the kind `ExecCredential`"),
        (answer("null"), "an ExecCredential without a `status`"),
        (answer("{}"), "neither a `token` nor a `clientCertificateData`"),
        (answer(#"{"token":7}"#), "a `token` that is not text"),
        (answer(#"{"token":"a\nb"}"#), "a `token` with a line break or another control character in it"),
        (answer(#"{"clientCertificateData":"x"}"#), "a `clientCertificateData` without its `clientKeyData`"),
        (answer(#"{"clientKeyData":"hunter2"}"#), "a `clientKeyData` without its `clientCertificateData`"),
        (answer(#"{"clientKeyData":"a","clientCertificateData":"b"}"#), "a `clientCertificateData` that holds no certificate in PEM"),
        (
            answer(#"{"token":"hunter2","expirationTimestamp":"tomorrow"}"#),
            "an `expirationTimestamp` that is no time of RFC 3339, such as `2026-05-30T18:04:05Z`"
        ),
    ]

    @Test(arguments: wrongAnswers) func `A wrong answer is told without what is in it`(_ answer: String, _ what: String) async throws {
        let folder = folder("cat <<'END'\n\(answer)\nEND")
        #expect(
            try await said(folder) == """
                The credential plugin bin/plugin of the user `me` (config:12:9) answered with \(what).
                Update the plugin, or check what its arguments ask for.
                """)
    }

    @Test func `An answer of another version says what to change`() async throws {
        #expect(
            try await said(folder(#"echo '{"kind":"ExecCredential"}'"#)) == """
                The credential plugin bin/plugin of the user `me` (config:12:9) answered with an ExecCredential without an `apiVersion`.
                The kubeconfig asks for `client.authentication.k8s.io/v1`: update the plugin, or change `apiVersion` of the user's `exec`.
                """)
        let folder = folder("echo '\(Self.answer(#"{"token":"t"}"#, version: "v1beta1"))'")
        #expect(
            try await said(folder) == """
                The credential plugin bin/plugin of the user `me` (config:12:9) answered with an ExecCredential of `client.authentication.k8s.io/v1beta1`.
                The kubeconfig asks for `client.authentication.k8s.io/v1`: update the plugin, or change `apiVersion` of the user's `exec`.
                """)
    }

    @Test func `An answer without end is cut off`() async throws {
        #expect(
            try await said(folder("yes")) == """
                The credential plugin bin/plugin of the user `me` (config:12:9) answered with more than 1048576 bytes.
                Check that it is a credential plugin.
                """)
    }
}
