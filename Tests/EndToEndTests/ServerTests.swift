import Glibc
import JSON
import Synchronization
import TestSupport
import Testing

/// The command and a server that answers as a test says.
@Suite struct ServerTests {
    private let folder = Folder()

    private func write(_ server: WireServer) {
        folder.write(
            """
            current-context: test
            clusters: [{name: c, cluster: {server: "\(server.url)"}}]
            users: [{name: u, user: {token: canary-token}}]
            contexts: [{name: test, context: {cluster: c, user: u}}]

            """, to: "config")
        folder.write("kreform: v1\nengine: shop\nruntimes:\n  - name: main\n    stack: {preset: dev}\n    versions: []\n", to: "kreform.yaml")
    }

    private func plan(_ environment: [String: String] = [:]) throws -> Command {
        try Command.run(["plan", "--kubeconfig", "config"], in: folder, environment: environment)
    }

    private static func answer(_ request: WireRequest) -> WireAnswer {
        let isIdentity = request.path == "/api/v1/namespaces/kube-system"
        let metadata: JSONValue = isIdentity ? ["name": "kube-system", "uid": "1-2-3"] : ["resourceVersion": "1"]
        let body: JSONValue = isIdentity ? ["metadata": metadata] : ["metadata": metadata, "items": []]
        if request.method == "PATCH" { return .answer(status: 201, body: request.text) }
        if request.path.hasPrefix("/api/v1/namespaces/"), !isIdentity { return .answer(status: 404, body: status(404, "NotFound")) }
        return .answer(headers: ["Content-Type": "application/json"], body: body.encoded())
    }

    private static func status(_ code: Int, _ reason: String) -> String {
        ([
            "kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": .string(reason), "message": "no \(reason) today",
            "code": .integer(code), "details": ["name": "x"],
        ] as JSONValue).encoded()
    }

    @Test func theLogHasEveryRequestOfEveryRunAndNoSecret() throws {
        let server = try WireServer { Self.answer($0) }
        write(server)
        let log = ["KREFORM_REQUEST_LOG": folder.path + "/requests.log"]
        #expect(try plan(log).status == 0)
        let once = server.requests.count
        #expect(try plan(log).status == 0)
        let text = folder.text("requests.log")
        let lines = try text.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
        #expect(lines.count == server.requests.count)
        // Each run counts from 1.
        #expect(lines.compactMap { $0["request"]?.integer } == Array(1...once) + Array(1...(lines.count - once)))
        let asked = server.requests.map { "\($0.method) \($0.path)" }.sorted()
        #expect(lines.map { "\($0["method"]?.string ?? "") \($0["path"]?.string ?? "")" }.sorted() == asked)
        #expect(lines.allSatisfy { ($0["answer"]?.integer ?? 0) >= 200 && ($0["milliseconds"]?.number ?? -1) >= 0 })
        #expect(!text.contains("canary"))
        var details = stat()
        let found = stat(folder.path + "/requests.log", &details)
        #expect(found == 0)
        #expect(details.st_mode & 0o777 == 0o600)
        let nowhere = try plan(["KREFORM_REQUEST_LOG": folder.path + "/no/such/folder/log"])
        #expect(nowhere.status == 1)
        #expect(nowhere.errors.hasPrefix("Error: The log of requests"))
    }

    /// The first list fails for good while the others wait for answers that never come: the command ends, by itself, each time.
    @Test func itEndsWithRequestsUnderWay() throws {
        let server = try WireServer { request in
            switch request.path {
            case "/api/v1/namespaces/kube-system": Self.answer(request)
            case "/api/v1/secrets": .answer(status: 400, body: Self.status(400, "BadRequest"))
            default: .hang
            }
        }
        write(server)
        for _ in 0..<40 {
            let began = ContinuousClock.now
            let end = try plan()
            // Requests without an answer fail after 75 seconds by themselves.
            try #require(ContinuousClock.now - began < .seconds(70))
            #expect(end.status == 1)
            #expect(end.errors.hasPrefix("Error: The cluster cannot be read"), "\(end.errors)")
        }
    }

    @Test func itSaysOnceThatItWaits() throws {
        let busy = Mutex<Set<String>>(["/apis/apps/v1/deployments", "/apis/apps/v1/statefulsets"])
        let server = try WireServer { request in
            guard busy.withLock({ $0.remove(request.path) }) != nil else { return Self.answer(request) }
            return .answer(status: 429, headers: ["Retry-After": "3"], body: Self.status(429, "TooManyRequests"))
        }
        write(server)
        let end = try plan()
        #expect(end.status == 0)
        #expect(end.errors == "Waiting for the cluster, which is asked again for up to 60 s: no TooManyRequests today\n")
    }
}
