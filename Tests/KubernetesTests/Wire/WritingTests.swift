import JSON
import Kubernetes
import Model
import Synchronization
import TestSupport
import Testing

@Suite struct WritingTests {
    private let object: JSONValue = [
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "a", "namespace": "n", "resourceVersion": "12"],
        "data": ["password": "hunter2"],
    ]

    @Test func anApplyIsWhatTheServerExpects() async throws {
        let server = try WireServer([.answer(status: 201, body: Wire.object("a").encoded()), Wire.json(Wire.object("a"))])
        let cluster = try Wire.cluster(server)
        let first = try await cluster.apply(ApplyRequest(object: object, uid: "u-1"))
        let second = try await cluster.apply(ApplyRequest(object: object, dryRun: true))
        #expect([first, second].map(\.created) == [true, false])
        #expect(first.object.address.description == "ConfigMap/n/a")
        let requests = server.requests
        #expect(requests.map(\.method) == ["PATCH", "PATCH"])
        #expect(requests.map(\.target) == [
            "/api/v1/namespaces/n/configmaps/a?fieldManager=kreform&force=true",
            "/api/v1/namespaces/n/configmaps/a?fieldManager=kreform&force=true&dryRun=All",
        ])
        #expect(requests.map { $0[header: "content-type"] } == Array(repeating: "application/apply-patch+yaml", count: 2))
        #expect(requests.map { $0[header: "accept"] } == Array(repeating: "application/json", count: 2))
        var sent = object
        #expect(try JSONValue(parsing: requests[1].body) == sent)
        sent["metadata"]?["uid"] = "u-1"
        #expect(try JSONValue(parsing: requests[0].body) == sent)
    }

    @Test func aDeletionHasItsPrecondition() async throws {
        let server = try WireServer([Wire.json(Wire.status(200, "", ""))])
        try await Wire.cluster(server).delete(DeleteRequest(type: Wire.configMaps, namespace: "n", name: "a", uid: "u-1"))
        let request = try #require(server.requests.first)
        #expect("\(request.method) \(request.target)" == "DELETE /api/v1/namespaces/n/configmaps/a")
        #expect(try JSONValue(parsing: request.body) == [
            "apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background", "preconditions": ["uid": "u-1"],
        ])
    }

    @Test func itActsAsWhomItIsTold() async throws {
        let server = try WireServer([Wire.page()])
        let headers = [
            ClusterAccess.Header(name: "Impersonate-User", value: "jane"), .init(name: "Impersonate-Group", value: "a"),
            .init(name: "Impersonate-Group", value: "b"),
        ]
        let cluster = try Wire.cluster(server, credentials: Credentials(Credential(authorization: "Bearer t")), headers: headers)
        _ = try await cluster.list(ObjectQuery(type: Wire.configMaps))
        let request = try #require(server.requests.first)
        #expect(request[header: "authorization"] == "Bearer t")
        #expect(request.headers.filter { $0.name.hasPrefix("Impersonate") }.map { "\($0.name): \($0.value)" } == [
            "Impersonate-User: jane", "Impersonate-Group: a", "Impersonate-Group: b",
        ])
    }

    // MARK: Refusals

    /// Servers do not say that the right to create is what an apply lacks.
    @Test func aMissingRightToCreateIsNamed() async throws {
        let words = #"configmaps is forbidden: User "jane" cannot create resource "configmaps" in API group "" in the namespace "n""#
        let server = try WireServer([
            Wire.refusal(403, "Forbidden", #"configmaps "a" is forbidden: "#), Wire.refusal(403, "Forbidden", words),
        ])
        let cluster = try Wire.cluster(server)
        let error = await Wire.failure { _ = try await cluster.apply(ApplyRequest(object: object, isNew: true)) }
        #expect(error == ClusterError(.forbidden, words))
        #expect(server.requests.map { "\($0.method) \($0.target)" } == [
            "PATCH /api/v1/namespaces/n/configmaps/a?fieldManager=kreform&force=true", "POST /api/v1/namespaces/n/configmaps?dryRun=All",
        ])
        // Nothing that could be created.
        let asked = try #require(server.requests.last)
        #expect(try JSONValue(parsing: asked.body) == ["apiVersion": "v1", "kind": "ConfigMap"])
    }

    @Test func aRefusalForAnotherReasonStaysAsItIs() async throws {
        // Whoever may create lacks something else.
        let silent = Wire.refusal(403, "Forbidden", #"configmaps "a" is forbidden: "#)
        var server = try WireServer([silent, Wire.refusal(422, "Invalid", "name or generateName is required")])
        let cluster = try Wire.cluster(server)
        let first = await Wire.failure { _ = try await cluster.apply(ApplyRequest(object: object)) }
        #expect(first == ClusterError(.forbidden, #"configmaps "a" is forbidden: "#))
        #expect(server.requests.count == 2)
        let words = #"configmaps "a" is forbidden: User "jane" cannot patch resource "configmaps" in API group "" in the namespace "n""#
        server = try WireServer([Wire.refusal(403, "Forbidden", words)])
        let other = try Wire.cluster(server)
        let second = await Wire.failure { _ = try await other.apply(ApplyRequest(object: object)) }
        #expect(second == ClusterError(.forbidden, words))
        #expect(server.requests.count == 1)
    }

    // MARK: Credentials

    /// A server that takes only the token, and a token file that is written anew each time that it refuses.
    private func rotating(accepts token: String?) throws -> (server: WireServer, credentials: Credentials, folder: AccessFolder) {
        let folder = AccessFolder([("token", "token-0\n"), ("config", AccessFolder.config(user: "tokenFile: token"))])
        let turn = Mutex(0)
        let server = try WireServer { request in
            if let token, request[header: "authorization"] == "Bearer \(token)" { return Wire.page("a") }
            let number = turn.withLock { turn in
                turn += 1
                return turn
            }
            folder.write("token-\(number)\n", to: "token")
            return Wire.refusal(401, "Unauthorized", "Unauthorized")
        }
        return (server, try folder.find().access.credentials, folder)
    }

    @Test func aTokenThatIsNoLongerTakenIsRenewed() async throws {
        let (server, credentials, _) = try rotating(accepts: "token-1")
        let cluster = try Wire.cluster(server, credentials: credentials)
        let list = try await cluster.list(ObjectQuery(type: Wire.configMaps))
        #expect(list.objects.count == 1)
        _ = try await cluster.list(ObjectQuery(type: Wire.configMaps))
        #expect(server.requests.map { $0[header: "authorization"] } == ["Bearer token-0", "Bearer token-1", "Bearer token-1"])
    }

    @Test func itIsRenewedOnceForARequest() async throws {
        let (server, credentials, _) = try rotating(accepts: nil)
        let cluster = try Wire.cluster(server, credentials: credentials)
        let error = await Wire.failure { _ = try await cluster.list(ObjectQuery(type: Wire.configMaps)) }
        #expect(error == ClusterError(.unauthorized, "Unauthorized"))
        #expect(server.requests.map { $0[header: "authorization"] } == ["Bearer token-0", "Bearer token-1"])
    }

    @Test func aTokenThatStaysTheSameIsNotSentAgain() async throws {
        let server = try WireServer([Wire.refusal(401, "Unauthorized", "Unauthorized")])
        let cluster = try Wire.cluster(server, credentials: Credentials(Credential(authorization: "Bearer t")))
        let error = await Wire.failure { _ = try await cluster.list(ObjectQuery(type: Wire.configMaps)) }
        #expect(error?.kind == .unauthorized)
        #expect(server.requests.count == 1)
    }

    // MARK: The log

    @Test func theLogHasRequestsAndNoSecrets() async throws {
        let folder = TemporaryFolder()
        let server = try WireServer([Wire.json(Wire.object("a")), Wire.notFound, .close])
        let cluster = try Wire.cluster(
            server, credentials: Credentials(Credential(authorization: "Bearer hunter2")), log: RequestLog(path: folder.path + "/log"))
        _ = try await cluster.apply(ApplyRequest(object: object))
        _ = await Wire.failure { _ = try await cluster.list(ObjectQuery(type: Wire.configMaps, labels: ["a": "b"])) }
        _ = await Wire.failure { _ = try await cluster.get(Wire.configMaps, namespace: "n", name: "a") }
        let bytes = contents(of: folder.path + "/log")
        #expect(!String(decoding: bytes, as: UTF8.self).contains("hunter2"))
        var lines = try bytes.split(separator: 0x0A).map { try JSONValue(parsing: Array($0)) }
        #expect(lines.count == 3)
        for index in lines.indices {
            #expect((lines[index]["milliseconds"]?.number ?? -1) >= 0)
            lines[index]["milliseconds"] = nil
        }
        #expect(lines.first == [
            "request": 1, "method": "PATCH", "path": "/api/v1/namespaces/n/configmaps/a",
            "query": ["fieldManager": "kreform", "force": "true"], "answer": 200,
        ])
        #expect(lines.dropFirst().first == [
            "request": 2, "method": "GET", "path": "/api/v1/configmaps", "query": ["labelSelector": "a=b", "limit": "500"],
            "answer": 404,
        ])
        #expect(lines.last?["answer"]?.string?.isEmpty == false)
    }
}
