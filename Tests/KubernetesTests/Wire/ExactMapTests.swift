import JSON
import Kubernetes
import Model
import TestSupport
import Testing

/// A Service's selector becomes the one applied, also where the server merges it key by key.
@Suite struct ExactMapTests {
    private func service(_ selector: JSONValue, uid: String? = nil, version: String? = nil) -> JSONValue {
        var metadata: JSONValue = ["name": "web", "namespace": "n"]
        metadata["uid"] = uid.map { .string($0) }
        metadata["resourceVersion"] = version.map { .string($0) }
        return ["apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": ["selector": selector]]
    }

    private func bodies(_ server: WireServer) throws -> [String] {
        try server.requests.map { request in
            let body = request.body.isEmpty ? "" : " " + (try JSONValue(parsing: request.body)).encoded()
            return "\(request.method) \(request.query)\(body)"
        }
    }

    @Test func aDryRunTellsWhatWillBe() async throws {
        let server = try WireServer([Wire.json(service(["app": "web", "team": "x"], uid: "u", version: "5"))])
        let result = try await Wire.cluster(server).apply(ApplyRequest(object: service(["app": "web"]), dryRun: true))
        #expect(result.object.content["spec"] == ["selector": ["app": "web"]])
        #expect(server.requests.count == 1)
    }

    /// In one piece and before the apply: there is no moment in which the Service has neither the old pods nor the new.
    @Test func othersKeysGoBeforeOursCome() async throws {
        let server = try WireServer([
            Wire.json(service(["app": "old", "team": "x"], uid: "u", version: "5")),
            Wire.json(service(["app": "web"], uid: "u", version: "6")),
            Wire.json(service(["app": "web"], uid: "u", version: "7")),
        ])
        let result = try await Wire.cluster(server).apply(ApplyRequest(object: service(["app": "web"], version: "5"), uid: "u"))
        #expect(result.object.resourceVersion == "7")
        #expect(try bodies(server) == [
            "GET ",
            #"PATCH fieldManager=kreform {"metadata":{"resourceVersion":"5","uid":"u"},"#
                + #""spec":{"selector":{"app":"web","team":null}}}"#,
            #"PATCH fieldManager=kreform&force=true {"apiVersion":"v1","kind":"Service","metadata":{"name":"web","namespace":"n","#
                + #""resourceVersion":"6","uid":"u"},"spec":{"selector":{"app":"web"}}}"#,
        ])
        #expect(server.requests.compactMap { $0[header: "content-type"] } == [
            "application/merge-patch+json", "application/apply-patch+yaml",
        ])
    }

    @Test func nothingIsPatchedWhereNothingIsInTheWay() async throws {
        let server = try WireServer([Wire.json(service(["app": "old"], uid: "u", version: "5"))])
        _ = try await Wire.cluster(server).apply(ApplyRequest(object: service(["app": "old"], version: "5"), uid: "u"))
        #expect(server.requests.map(\.method) == ["GET", "PATCH"])
        let other = try WireServer([Wire.json(service(["app": "old"], uid: "u", version: "5"))])
        _ = try await Wire.cluster(other).apply(ApplyRequest(object: service(["app": "old"])))
        #expect(other.requests.map(\.method) == ["PATCH"])
    }

    /// The object has moved since it was looked at: whoever sent this looks again.
    @Test func aMoveMeanwhileIsStale() async throws {
        let server = try WireServer([
            Wire.json(service(["app": "old", "team": "x"], uid: "u", version: "6")),
            Wire.refusal(409, "Conflict", "the object has been modified"),
        ])
        let cluster = try Wire.cluster(server)
        let error = await Wire.failure {
            _ = try await cluster.apply(ApplyRequest(object: service(["app": "web"], version: "5"), uid: "u"))
        }
        #expect(error?.kind == .stale)
        #expect(server.requests.count == 2)
    }

    @Test func keysThatComeWhileItIsAppliedAreTakenOut() async throws {
        let server = try WireServer([
            Wire.json(service(["app": "web", "team": "x"], uid: "u", version: "5")),
            Wire.json(service(["app": "web"], uid: "u", version: "6")),
        ])
        let result = try await Wire.cluster(server).apply(ApplyRequest(object: service(["app": "web"])))
        #expect(result.object.content["spec"] == ["selector": ["app": "web"]])
        #expect(try bodies(server).last
            == #"PATCH fieldManager=kreform {"metadata":{"resourceVersion":"5","uid":"u"},"#
                + #""spec":{"selector":{"app":"web","team":null}}}"#)
    }

    // MARK: What must be new

    @Test func whatMustBeNewAsksForTheVersionThatNothingHas() async throws {
        let server = try WireServer([.answer(status: 201, body: Wire.object("a").encoded())])
        let object: JSONValue = ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "a", "namespace": "n"]]
        let cluster = try Wire.cluster(server)
        _ = try await cluster.apply(ApplyRequest(object: object, isNew: true))
        _ = try await cluster.apply(ApplyRequest(object: service(["app": "web"]), isNew: true))
        let versions = try server.requests.map { try JSONValue(parsing: $0.body)["metadata"]?["resourceVersion"] }
        #expect(versions == ["1", nil])
    }
}
