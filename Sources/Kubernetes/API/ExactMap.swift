import JSON
import Model

/// A map of an object that must be exactly the one applied: a Service's selector, where a key too many leaves it without pods.
/// Servers have replaced it as a whole since Kubernetes 1.21; before, they merged it key by key, and what others had put there
/// stayed. A merge patch takes that out.
struct ExactMap: Sendable {
    private static let pointer = JSONPointer(tokens: ["spec", "selector"])
    private static let version = JSONPointer(tokens: ["metadata", "resourceVersion"])

    private let wanted: JSONObject
    private let connection: APIConnection
    private let path: String

    /// Nil when the object sets no such map.
    init?(of object: LiveObject, in connection: APIConnection, at path: String) {
        guard object.address.group.isEmpty, object.address.kind == "Service",
            let wanted = object.content[Self.pointer]?.object, !wanted.isEmpty
        else { return nil }
        self.wanted = wanted
        self.connection = connection
        self.path = path
    }

    /// Whether the answer to an apply holds more than was applied.
    func isMerged(_ answer: JSONValue) -> Bool { !foreign(answer).isEmpty }

    private func foreign(_ object: JSONValue) -> [String] {
        (object[Self.pointer]?.object ?? [:]).keys.filter { wanted[$0] == nil }.sorted()
    }

    /// What taking others' keys out would make of the object.
    func cleared(_ object: JSONValue) -> JSONValue {
        var object = object
        object[Self.pointer] = .object(wanted)
        return object
    }

    /// Makes the map of the object that is there the wanted one, in one piece, so that a Service that serves does so all the time.
    /// `object`, about to be applied, then asks for the version that this has made.
    func clear(before object: inout JSONValue) async throws(ClusterError) {
        let live: JSONValue
        do throws(ClusterError) { live = try await connection.json(APICall("GET", path)) } catch {
            guard error.kind == .notFound else { throw error }
            return
        }
        guard isMerged(live), let uid = live["metadata"]?["uid"], uid == object["metadata"]?["uid"] else { return }
        let version = object[Self.version] ?? live[Self.version] ?? ""
        let patched = try await patch(live, uid: uid, version: version)
        if object[Self.version] != nil { object[Self.version] = patched[Self.version] }
    }

    /// The same for an object that has been applied; the answer.
    func clear(after answer: JSONValue) async throws(ClusterError) -> JSONValue {
        try await patch(answer, uid: answer["metadata"]?["uid"] ?? "", version: answer[Self.version] ?? "")
    }

    /// https://www.rfc-editor.org/rfc/rfc7386: a null takes a key out.
    private func patch(_ live: JSONValue, uid: JSONValue, version: JSONValue) async throws(ClusterError) -> JSONValue {
        var map = wanted
        for key in foreign(live) { map[key] = .null }
        return try await connection.json(APICall(
            "PATCH", path, query: [("fieldManager", FieldManager.kreform)],
            body: ["metadata": ["uid": uid, "resourceVersion": version], "spec": ["selector": .object(map)]],
            contentType: "application/merge-patch+json"))
    }
}
