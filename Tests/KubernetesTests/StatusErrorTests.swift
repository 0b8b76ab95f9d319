import JSON
@testable import Kubernetes
import Model
import Testing

/// The API server's answers, as it gives them.
@Suite struct StatusErrorTests {
    private func error(_ code: Int, _ body: String, retryAfter: String? = nil) -> ClusterError {
        ClusterError(status: code, body: Array(body.utf8), retryAfter: retryAfter)
    }

    private func status(_ code: Int, _ reason: String, _ message: String, _ details: JSONValue = [:]) -> String {
        let status: JSONValue = [
            "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Failure", "message": .string(message),
            "reason": .string(reason), "details": details, "code": .integer(code),
        ]
        return status.encoded()
    }

    @Test func refusalsAreToldApart() {
        let cases: [(ClusterError, ClusterError.Kind)] = [
            (error(401, status(401, "Unauthorized", "Unauthorized")), .unauthorized),
            (
                error(403, status(
                    403, "Forbidden",
                    "deployments.apps is forbidden: User \"eve\" cannot list resource \"deployments\" in API group \"apps\" at the cluster scope",
                    ["group": "apps", "kind": "deployments"])), .forbidden
            ),
            (
                error(403, status(
                    403, "Forbidden", "pods \"a\" is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1",
                    ["name": "a", "kind": "pods"])), .quotaExceeded
            ),
            (
                error(403, status(
                    403, "Forbidden",
                    "configmaps \"a\" is forbidden: unable to create new content in namespace n because it is being terminated",
                    ["name": "a", "kind": "configmaps", "causes": [["reason": "NamespaceTerminating", "message": "namespace n is being terminated"]]])),
                .namespaceTerminating
            ),
            (
                error(403, status(403, "Forbidden", "pods \"a\" is forbidden: violates PodSecurity \"restricted:latest\": runAsNonRoot != true")),
                .admissionDenied
            ),
            (
                error(400, status(400, "BadRequest", "admission webhook \"policy.example.com\" denied the request: no latest tags")),
                .admissionDenied
            ),
            (error(404, status(404, "NotFound", "configmaps \"a\" not found", ["name": "a", "kind": "configmaps"])), .notFound),
            (error(404, status(404, "NotFound", "the server could not find the requested resource", [:])), .notServed),
            (error(404, "404 page not found\n"), .notServed),
            (error(409, status(409, "AlreadyExists", "configmaps \"a\" already exists", ["name": "a"])), .alreadyExists),
            (
                error(409, status(
                    409, "Conflict",
                    "Operation cannot be fulfilled on configmaps \"a\": the object has been modified; please apply your changes to the latest "
                        + "version and try again")), .stale
            ),
            (
                error(409, status(
                    409, "Conflict", "Apply failed with 1 conflict: conflict with \"kubectl\" using apps/v1: .spec.replicas",
                    ["causes": [[
                        "reason": "FieldManagerConflict", "message": "conflict with \"kubectl\" using apps/v1", "field": ".spec.replicas",
                    ]]])), .fieldConflict([.init(manager: "kubectl", field: "spec.replicas")])
            ),
            (error(410, status(410, "Expired", "The provided continue parameter is too old")), .gone),
            (
                error(422, status(
                    422, "Invalid", "Deployment.apps \"a\" is invalid: spec.selector: Invalid value: {}: field is immutable",
                    ["causes": [["reason": "FieldValueInvalid", "message": "Invalid value: {}: field is immutable", "field": "spec.selector"]]])),
                .immutable(field: "spec.selector")
            ),
            (
                error(422, status(
                    422, "Invalid", "StatefulSet.apps \"a\" is invalid: spec: Forbidden: updates to statefulset spec for fields other than …",
                    ["causes": [[
                        "reason": "FieldValueForbidden", "field": "spec",
                        "message": "Forbidden: updates to statefulset spec for fields other than 'replicas', 'template', and 'updateStrategy' are forbidden",
                    ]]])), .immutable(field: "spec")
            ),
            (
                error(422, status(
                    422, "Invalid", "ConfigMap \"A\" is invalid: metadata.name: Invalid value: \"A\": …",
                    ["causes": [["reason": "FieldValueInvalid", "message": "Invalid value: \"A\"", "field": "metadata.name"]]])),
                .invalid(fields: ["metadata.name"])
            ),
            (
                error(422, status(
                    422, "Invalid", "uid", ["causes": [["message": "Invalid value: \"x\": field is immutable", "field": "metadata.uid"]]])),
                .stale
            ),
            (
                error(500, status(
                    500, "", "failed to create typed patch object (n/a; apps/v1, Kind=Deployment): .spec.foo: field not declared in schema")),
                .invalid(fields: ["spec.foo"])
            ),
            (
                error(500, status(500, "", "failed to create typed patch object (n/a; v1, Kind=Service): errors:\n.spec.a: no\n.spec.b: no")),
                .invalid(fields: ["spec.a", "spec.b"])
            ),
            (
                error(500, status(
                    500, "InternalError",
                    "Internal error occurred: failed calling webhook \"policy.example.com\": Post \"https://policy.hooks.svc:443/check"
                        + "?timeout=10s\": dial tcp 10.0.0.1:443: connect: connection refused",
                    ["causes": [["message": "failed calling webhook …"]]])), .webhookFailed("policy.example.com")
            ),
            (error(500, status(500, "InternalError", "Internal error occurred: etcd is gone")), .server(status: 500, retryAfter: nil)),
            (error(429, status(429, "TooManyRequests", "later", ["retryAfterSeconds": 2])), .tooManyRequests(retryAfter: 2)),
            (error(429, "", retryAfter: "1"), .tooManyRequests(retryAfter: 1)),
            (error(503, "upstream connect error", retryAfter: "x"), .server(status: 503, retryAfter: nil)),
            (error(504, status(504, "Timeout", "request did not complete", ["retryAfterSeconds": 1])), .server(status: 504, retryAfter: 1)),
            (error(302, "<html>"), .invalid(fields: [])),
            (error(418, ""), .invalid(fields: [])),
        ]
        for (error, kind) in cases { #expect(error.kind == kind, "\(error.message)") }
    }

    @Test func theServersWordsAreKept() {
        #expect(error(404, status(404, "NotFound", "configmaps \"a\" not found")).message == "configmaps \"a\" not found")
        #expect(error(503, "<html>\n<body>").message == "status 503: <html>")
        #expect(error(503, "").message == "status 503, and no word why")
        #expect(error(502, String(repeating: "x", count: 999)).message == "status 502: " + String(repeating: "x", count: 200) + "…")
    }
}
