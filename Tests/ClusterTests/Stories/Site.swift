import Engine
import Glibc
import JSON
import Model
import TestSupport
import Testing

/// A folder with packages and a desired state, and an engine of its own on the tests' cluster.
final class Site: Sendable {
    let plane: ControlPlane
    /// Unique in the cluster; at most 20 characters.
    let engine: String
    private let folder = TemporaryFolder()
    private let stores: Stores

    /// Where the packages go.
    enum Stores {
        /// To a store that the tests have, whatever a file says of runtimes: nothing answers in the pretended pods of a runtime's own.
        case named
        /// Where the file says.
        case asWritten
    }

    private static let store = Result { try S3Server(bucket: "krt") }

    var path: String { folder.path }

    init(_ purpose: String, _ stores: Stores = .named) throws {
        self.stores = stores
        plane = try ControlPlane.current()
        // Of one length whatever the number, so that texts are broken into lines the same way.
        let parts = plane.uniqueName(purpose).split(separator: "-")
        engine = parts.dropLast().joined(separator: "-") + "-" + "00\(parts.last ?? "")".suffix(2)
    }

    /// The runtimes of all stories: they may go with their data.
    static let confirmed = (["main", "tight"] + (0..<10).map { "r\($0)" }).map { "--confirm \($0)" }.joined(separator: " ")

    /// Gives `body` a site, and destroys afterwards whatever it made.
    static func with(_ purpose: String, _ stores: Stores = .named, _ body: (Site) async throws -> Void) async throws {
        let site = try Site(purpose, stores)
        do { try await body(site) } catch {
            _ = try? await site.kreform("destroy --auto-approve \(Self.confirmed) --delete-others --timeout 300")
            throw error
        }
        try await site.kreform("destroy --auto-approve \(Self.confirmed) --delete-others --timeout 300").expectSuccess()
    }

    func namespace(_ runtime: String = "main") -> String { "\(engine)-\(runtime)" }

    // MARK: Files

    /// Anyone may read the store from a pod: no object is made for it.
    func write(_ text: String, to name: String = "kreform.yaml") {
        var text = text
        if stores == .named, name == "kreform.yaml", !text.contains("\nartifacts:"), let store = try? Self.store.get() {
            text = text.replacing("\nruntimes:", with: "\nartifacts: {s3: {endpoint: \"\(store.url)\", bucket: krt}}\nruntimes:", maxReplacements: 1)
        }
        // Pretended pods do not end seconds after they are ready.
        if name == "kreform.yaml", !text.contains("\ndefaults:") {
            text = text.replacing("\nruntimes:", with: "\ndefaults: {minReadySeconds: 0}\nruntimes:", maxReplacements: 1)
        }
        folder.write(Array(text.utf8), to: name)
    }

    /// What packages are uploaded with.
    private var storeKeys: [String: String] {
        guard stores == .named, let store = try? Self.store.get() else { return [:] }
        return ["AWS_ACCESS_KEY_ID": store.accessKey, "AWS_SECRET_ACCESS_KEY": store.secretKey]
    }
    func text(_ name: String) -> String { String(decoding: contents(of: "\(path)/\(name)"), as: UTF8.self) }
    func remove(_ name: String) { unlink("\(path)/\(name)") }

    /// Writes `VERSION.krt`.
    func pack(_ package: SmallPackage) { folder.write(package.bytes, to: "\(package.version).krt") }

    /// Writes a desired state with the runtime `main`.
    /// - Parameters:
    ///   - versions: each with its status, in the packages of their names.
    ///   - more: further lines of the runtime, indented by four spaces.
    func want(_ versions: KeyValuePairs<String, String>, stack: String = "{preset: dev}", more: String = "") {
        let list = versions.map { "      - {krt: \($0.key).krt, status: \($0.value)}\n" }.joined()
        write("""
            kreform: v1
            engine: \(engine)
            domain: example.test
            runtimes:
              - name: main
                stack: \(stack)
            \(more)\(more.isEmpty || more.hasSuffix("\n") ? "" : "\n")    versions:\(list.isEmpty ? " []\n" : "\n" + list)
            """)
    }

    // MARK: The command

    /// Runs the built command in the site's folder.
    /// - Parameter log: the name of the file that its requests are written to.
    func kreform(
        _ line: String, as context: ControlPlane.Context = .admin, kubeconfig: String? = nil,
        environment: [String: String] = [:], log: String? = nil
    ) async throws -> Program.Outcome {
        let words = words(line, context, kubeconfig, environment, log)
        return try await onThread { try Program.run("env", words) }
    }

    private func words(
        _ line: String, _ context: ControlPlane.Context, _ kubeconfig: String?, _ environment: [String: String], _ log: String?
    ) -> [String] {
        var variables = [
            "PATH": "/usr/bin:/bin", "HOME": path, "KUBECONFIG": kubeconfig ?? plane.kubeconfig, "SECRET": Self.secret,
        ]
        variables.merge(storeKeys) { $1 }
        variables.merge(environment) { $1 }
        if let log { variables["KREFORM_REQUEST_LOG"] = "\(path)/\(log)" }
        let asUser = context == .admin ? [] : ["--context", context.rawValue]
        return ["-i", "-C", path] + variables.map { "\($0.key)=\($0.value)" }.sorted() + [Self.program]
            + line.split(separator: " ").map(String.init) + asUser
    }

    /// A run under way.
    struct Running: Sendable {
        let process: pid_t
        let end: Task<Program.Outcome, any Error>
    }

    /// Starts the command; its requests go to the file `log`.
    func start(_ line: String, kubeconfig: String? = nil, log: String) async throws -> Running {
        let words = words(line, .admin, kubeconfig, [:], log)
        let note = "\(path)/.process"
        unlink(note)
        let script = "echo $$ > '\(note)'; exec env \"$@\""
        let end = Task { try await onThread { try Program.run("sh", ["-c", script, "sh"] + words) } }
        let isThere = await eventually { self.text(".process").hasSuffix("\n") }
        #expect(isThere)
        return Running(process: pid_t(text(".process").dropLast()) ?? -1, end: end)
    }

    /// The built command, which lies beside the tests' own program.
    private static let program: String = {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        let own = String(decoding: buffer.prefix(max(0, count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
        return String(own[..<(own.lastIndex(of: "/") ?? own.startIndex)]) + "/kreform"
    }()

    /// In the environment of every run as SECRET: it must show up nowhere.
    static let secret = "canary-0123456789abcdef"

    /// The requests in a log.
    func requests(_ log: String) throws -> [JSONValue] {
        try text(log).split(separator: "\n").map { try JSONValue(parsing: String($0)) }
    }

    /// How many requests a log has that write for good.
    func writes(_ log: String) -> Int {
        text(log).split(separator: "\n").count { $0.contains(#""method":"PATCH""#) && !$0.contains("dryRun") }
    }

    /// The engine in this process, on the same files.
    func library() throws -> Engine {
        try Engine(EngineSettings(
            path: path, environment: ["SECRET": Self.secret, "HOME": path].merging(storeKeys) { $1 },
            cluster: .kubernetes(kubeconfig: plane.kubeconfig)))
    }

    /// Applies, which must succeed, and leave nothing to do.
    func bring(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let apply = try await kreform("apply --auto-approve --timeout 300")
        #expect(apply.status == 0, "\(apply.output)\(apply.errors)", sourceLocation: sourceLocation)
        try await expectSettled(sourceLocation: sourceLocation)
    }

    func expectSettled(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let plan = try await kreform("plan --detailed-exitcode")
        #expect(plan.status == 0, "\(plan.output)\(plan.errors)", sourceLocation: sourceLocation)
        #expect(plan.output.hasPrefix("No changes. Cluster admin is as the files say"), sourceLocation: sourceLocation)
    }

    // MARK: The cluster, as others see it

    /// Runs kubectl, which must succeed, in the namespace of the runtime `main`.
    @discardableResult
    func kubectl(_ arguments: String..., input: String = "") async throws -> String {
        try await plane.kubectl(arguments + ["--namespace", namespace()], input: input).expectSuccess()
    }

    /// `KIND/NAME` of an object of the version that is named after its content, by the name without the digest; empty without one.
    func named(_ kind: String, _ base: String) async throws -> String {
        let names = try await kubectl("get", kind, "--output=name").split(separator: "\n").map(String.init)
        return names.first { $0.dropFirst($0.prefix { $0 != "/" }.count + 1).hasPrefix("\(base)-") } ?? ""
    }

    /// One field of an object, by JSONPath.
    func field(_ object: String, _ path: String) async throws -> String {
        try await kubectl("get", object, "--output=jsonpath={\(path)}")
    }

    /// Everything with our labels, `KIND/NAME`, of every type that can be listed.
    func everything() async throws -> [String] {
        let types = try await plane.kubectl("api-resources", "--verbs=list,delete", "--output=name").expectSuccess()
        let list = types.split(separator: "\n").joined(separator: ",")
        let found = try await plane.kubectl(
            "get", list, "--all-namespaces", "--selector=kreform/engine=\(engine)", "--output=name")
        return try found.expectSuccess().split(separator: "\n").map(String.init)
    }
}
