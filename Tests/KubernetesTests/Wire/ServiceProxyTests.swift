import HTTP
import Kubernetes
import Model
import TestSupport
import Testing

/// Requests that the API server hands on to pods, and whose the answers are.
@Suite struct ServiceProxyTests {
    private func proxy(_ server: WireServer) throws -> ServiceProxy {
        let credentials = Credentials(Credential(authorization: "Bearer t"))
        return try Wire.cluster(server, credentials: credentials).proxy(namespace: "n", service: "minio", port: 9000)
    }

    private func xml(_ status: Int, _ code: String) -> WireAnswer {
        .answer(status: status, headers: ["Content-Type": "application/xml"], body: "<Error><Code>\(code)</Code></Error>")
    }

    @Test func pathQueryAndBodyReachThePod() async throws {
        let server = try WireServer([.answer(status: 200, body: "done")])
        let proxy = try proxy(server)
        let request = HTTPRequest("PUT", "http://\(proxy.host)/krt/a%20b?X-Amz-Signature=s", fields: [HTTPField("x-amz-a", "1")], body: [1, 2])
        #expect(try await proxy.send(request).body == Array("done".utf8))
        let sent = try #require(server.requests.first)
        #expect("\(sent.method) \(sent.target)" == "PUT /api/v1/namespaces/n/services/http:minio:9000/proxy/krt/a%20b?X-Amz-Signature=s")
        #expect(sent[header: "host"] == proxy.host)
        #expect(sent[header: "authorization"] == "Bearer t")
        #expect(sent[header: "x-amz-a"] == "1")
        #expect(sent[header: "accept-encoding"] == nil)
        #expect(Array(sent.body) == [1, 2])
    }

    @Test func thePodsOwnRefusalsAreAnswers() async throws {
        let server = try WireServer([
            xml(404, "NoSuchBucket"), xml(403, "AccessDenied"), xml(503, "SlowDown"), .answer(status: 404, body: ""),
        ])
        let proxy = try proxy(server)
        for status in [404, 403, 503, 404] {
            #expect(try await proxy.send(HTTPRequest("GET", "http://h/krt")).status == status)
        }
    }

    @Test func refusalsOfTheAPIServerAreNone() async throws {
        let server = try WireServer([
            Wire.refusal(503, "ServiceUnavailable", "no endpoints available for service \"http:minio:9000\""),
            Wire.refusal(403, "Forbidden", "services \"http:minio:9000\" is forbidden"), Wire.refusal(404, "NotFound", "not found"),
            // Before 1.22.
            .answer(status: 503, headers: ["Content-Type": "text/plain"], body: "Error trying to reach service: 'dial tcp: refused'"),
        ])
        let proxy = try proxy(server)
        var failures: [ClusterError?] = []
        for _ in 0..<4 { failures.append(await Wire.failure { _ = try await proxy.send(HTTPRequest("GET", "http://h/krt")) }) }
        #expect(failures.map { $0?.isTransient } == [true, false, false, true])
        #expect(failures[1]?.kind == .forbidden)
    }
}
