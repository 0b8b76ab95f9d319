import JSON
import Kubernetes
import Model
import TestSupport

/// Clusters behind a scripted server, and what such a server answers.
enum Wire {
    static let configMaps = ResourceType(apiVersion: "v1", kind: "ConfigMap")
    static let cronJobs = ResourceType(apiVersion: "batch/v1", kind: "CronJob")

    static func cluster(
        _ server: WireServer, credentials: Credentials = Credentials(.anonymous), headers: [ClusterAccess.Header] = [],
        log: RequestLog? = nil, pageSize: Int = 500
    ) throws -> KubernetesCluster {
        let access = ClusterAccess(server: server.url, headers: headers, credentials: credentials)
        return try KubernetesCluster(access, log: log, pageSize: pageSize)
    }

    static func json(_ value: JSONValue, status: Int = 200) -> WireAnswer {
        .answer(status: status, headers: ["Content-Type": "application/json"], body: value.encoded())
    }

    static func status(_ code: Int, _ reason: String, _ message: String, _ details: JSONValue = [:]) -> JSONValue {
        [
            "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Failure", "message": .string(message),
            "reason": .string(reason), "details": details, "code": .integer(code),
        ]
    }

    static func refusal(_ code: Int, _ reason: String, _ message: String, _ details: JSONValue = [:]) -> WireAnswer {
        json(status(code, reason, message, details), status: code)
    }

    static let notFound = refusal(404, "NotFound", "the server could not find the requested resource")
    static let expired = refusal(410, "Expired", "The provided continue parameter is too old")

    static func object(_ name: String, version: String = "1") -> JSONValue {
        ["metadata": ["name": .string(name), "namespace": "n", "uid": .string("uid-" + name), "resourceVersion": .string(version)]]
    }

    /// A page of a list; items of lists do not say what they are.
    static func page(_ names: String..., next: String? = nil, version: String = "7") -> WireAnswer {
        var metadata: JSONValue = ["resourceVersion": .string(version)]
        metadata["continue"] = next.map { .string($0) }
        return json([
            "apiVersion": "v1", "kind": "ConfigMapList", "metadata": metadata, "items": .array(names.map { object($0) }),
        ])
    }

    /// A line of a watch.
    static func event(_ type: String, _ object: JSONValue) -> String {
        (["type": .string(type), "object": object] as JSONValue).encoded() + "\n"
    }

    static func event(_ type: String, _ name: String, version: String) -> String {
        event(type, object(name, version: version))
    }

    static func bookmark(_ version: String) -> String {
        event("BOOKMARK", ["kind": "ConfigMap", "apiVersion": "v1", "metadata": ["resourceVersion": .string(version)]])
    }

    /// An answer to discovery: plurals by kind.
    static func kinds(_ version: String, _ kinds: [String: String]) -> WireAnswer {
        json([
            "kind": "APIResourceList", "groupVersion": .string(version),
            "resources": .array(kinds.sorted { $0.key < $1.key }.flatMap { kind, plural -> [JSONValue] in
                ["", "/status"].map { ["name": .string(plural + $0), "namespaced": true, "kind": .string(kind)] }
            }),
        ])
    }

    /// The error of something that must fail.
    static func failure(_ body: () async throws -> Void) async -> ClusterError? {
        do {
            try await body()
            return nil
        } catch {
            return error as? ClusterError
        }
    }
}

extension WireRequest {
    /// The value of a parameter of the query, as sent.
    func parameter(_ name: String) -> String? {
        query.split(separator: "&").first { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.count + 1)) }
    }
}
