import Fields
import JSON
import Model
import Synchronization

/// A Kubernetes cluster behind its API server.
package struct KubernetesCluster: Cluster {
    let line: CarryingLine
    private let connection: APIConnection
    private let discovery: Discovery
    /// Objects in one page of a list.
    private let pageSize: Int
    private let ahead = CallsAhead()

    /// Makes no request yet. Throws `unreachable` when libcurl cannot be set up.
    package init(_ access: ClusterAccess, log: RequestLog? = nil, pageSize: Int = 500) throws(ClusterError) {
        line = CarryingLine(access, log)
        connection = try APIConnection(access, log: log)
        discovery = Discovery(connection)
        self.pageSize = pageSize
    }

    // MARK: Reading

    /// The uid of the namespace `kube-system` stands for the cluster, as is custom.
    package func identity() async throws(ClusterError) -> ClusterIdentity {
        let name = connection.access.context ?? connection.access.server
        do throws(ClusterError) {
            let namespace = try await connection.json(Self.identityCall, begun: ahead.takeIdentity())
            return ClusterIdentity(name: name, uid: LiveObject(namespace).uid)
        } catch {
            // Who may not read it has only the address to know the cluster by.
            guard error.kind == .forbidden else { throw error }
            return ClusterIdentity(name: name, uid: connection.access.server)
        }
    }

    package func list(
        _ query: ObjectQuery, keep: @Sendable (LiveObject) -> LiveObject
    ) async throws(ClusterError) -> ObjectList {
        let served = try await discovery.served(query.type)
        do throws(ClusterError) {
            return try await pages(query, served, keep)
        } catch {
            // The pages took longer than the server keeps the version that they are of: once more, from the start
            // (https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks).
            guard error.kind == .gone else { throw error }
            return try await pages(query, served, keep)
        }
    }

    private static let identityCall = APICall("GET", "/api/v1/namespaces/kube-system")

    /// Begins with the first page of each, and with what the cluster is known by.
    package func expect(_ queries: [ObjectQuery]) {
        ahead.putIdentity(connection.begin { Self.identityCall })
        for query in queries {
            ahead.put(query, connection.begin { () throws(ClusterError) in call(query, try await discovery.served(query.type), after: "") })
        }
    }

    private func call(_ query: ObjectQuery, _ served: ServedType, after next: String) -> APICall {
        var items = [("limit", String(pageSize))]
        if !query.labels.isEmpty { items.append(("labelSelector", query.selector)) }
        if !query.fields.isEmpty { items.append(("fieldSelector", query.fieldSelector)) }
        if !next.isEmpty { items.append(("continue", next)) }
        var call = APICall("GET", served.path(namespace: query.namespace), query: items)
        if query.isMetadata { call.accept = Self.metadataList }
        return call
    }

    private func pages(
        _ query: ObjectQuery, _ served: ServedType, _ keep: (LiveObject) -> LiveObject
    ) async throws(ClusterError) -> ObjectList {
        var objects: [LiveObject] = []
        var next = ""
        var begun = ahead.take(query)
        while true {
            let call = call(query, served, after: next)
            var following: APIConnection.Begun?
            defer { following?.cancel() }
            let page = try await connection.list(call, begun: begun) { head in
                // What comes next stands before the items: it is on its way while they are worked off.
                guard let next = head["metadata"]?["continue"]?.string, !next.isEmpty else { return }
                following = connection.begin { self.call(query, served, after: next) }
            } giving: { item in
                objects.append(keep(LiveObject(item, as: query.type, withManagers: query.needsManagers)))
            }
            let metadata = page["metadata"]
            next = metadata?["continue"]?.string ?? ""
            if next.isEmpty { return ObjectList(objects: objects, resourceVersion: metadata?["resourceVersion"]?.string ?? "") }
            begun = following
            following = nil
        }
    }

    /// https://kubernetes.io/docs/reference/using-api/api-concepts/#metadata-only-fetches
    private static let metadataList = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"

    package func get(_ type: ResourceType, namespace: String?, name: String) async throws(ClusterError) -> LiveObject? {
        let served = try await discovery.served(type)
        do throws(ClusterError) {
            return LiveObject(try await connection.json(APICall("GET", served.path(namespace: namespace, name: name))), as: type)
        } catch {
            guard error.kind == .notFound else { throw error }
            return nil
        }
    }

    package func log(_ request: LogRequest) async throws(ClusterError) -> [String] {
        let query = [
            ("container", request.container), ("tailLines", String(request.lines)), ("previous", request.previous ? "true" : "false"),
            ("limitBytes", "65536"),
        ]
        let pods = ServedType("v1", "Pod", "pods")
        do throws(ClusterError) {
            let text = try await connection.bytes(APICall(
                "GET", pods.path(namespace: request.namespace, name: request.pod) + "/log", query: query, idleDeadline: 5))
            return String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init)
        } catch {
            // A container that has not started has no log, which the server calls a bad request.
            guard case .invalid = error.kind else { throw error }
            return []
        }
    }

    // MARK: Writing

    /// https://kubernetes.io/docs/reference/using-api/server-side-apply/. A `metadata.uid` is the precondition that the object has it.
    package func apply(_ request: ApplyRequest) async throws(ClusterError) -> ApplyResult {
        let wanted = LiveObject(content: request.object, managers: [])
        let served = try await discovery.served(wanted.type)
        let exact = ExactMap(of: wanted, in: connection, at: served.path(namespace: wanted.address.namespace, name: wanted.address.name))
        var object = request.object
        object["apiVersion"] = .string(served.apiVersion)
        if let uid = request.uid { object[JSONPointer(tokens: ["metadata", "uid"])] = .string(uid) }
        if !request.dryRun, request.uid != nil, let exact { try await exact.clear(before: &object) }
        let sent = try await send(object, request, served, wanted.address)
        var content = sent.content
        if let exact, exact.isMerged(content) {
            content = request.dryRun ? exact.cleared(content) : try await exact.clear(after: content)
        }
        return ApplyResult(object: LiveObject(content, as: wanted.type), created: sent.status == 201)
    }

    private func send(
        _ object: JSONValue, _ request: ApplyRequest, _ served: ServedType, _ address: ResourceAddress
    ) async throws(ClusterError) -> (status: Int, content: JSONValue) {
        var query = [("fieldManager", FieldManager.kreform), ("force", "true")]
        if request.dryRun { query.append(("dryRun", "All")) }
        var call = APICall(
            "PATCH", served.path(namespace: address.namespace, name: address.name), query: query, body: object,
            contentType: "application/apply-patch+yaml")
        // No object is of this version, the store's first: one that is there is refused as stale, and one that is not is made.
        // Older servers do not make Services so.
        let isService = served.apiVersion == "v1" && served.kind == "Service"
        if request.isNew, !isService { call.body?[JSONPointer(tokens: ["metadata", "resourceVersion"])] = "1" }
        do throws(ClusterError) { return try await connection.answer(call) } catch {
            throw await Creating(connection: connection, served: served, namespace: address.namespace).explained(error)
        }
    }

    package func delete(_ request: DeleteRequest) async throws(ClusterError) {
        let served = try await discovery.served(request.type)
        _ = try await connection.answer(APICall(
            "DELETE", served.path(namespace: request.namespace, name: request.name),
            body: [
                "apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background",
                "preconditions": ["uid": .string(request.uid)],
            ]))
    }

    // MARK: Watching

    package func watch(_ query: ObjectQuery, after resourceVersion: String) -> AsyncThrowingStream<WatchEvent, any Error> {
        let (stream, events) = AsyncThrowingStream<WatchEvent, any Error>.makeStream()
        let task = Task {
            do throws(ClusterError) {
                let served = try await discovery.served(query.type)
                var watch = ObjectStream(connection, query, served, after: resourceVersion)
                try await watch.run { events.yield($0) }
                events.finish()
            } catch {
                events.finish(throwing: error)
            }
        }
        events.onTermination = { _ in task.cancel() }
        return stream
    }
}

extension ObjectQuery {
    /// `a=b,c=d`.
    var selector: String { Self.joined(labels) }
    var fieldSelector: String { Self.joined(fields) }

    private static func joined(_ terms: [String: String]) -> String {
        terms.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
    }
}

extension LiveObject {
    /// As it was asked for: items of lists do not say what they are, and a server may serve another version.
    init(_ object: JSONValue, as type: ResourceType, withManagers: Bool = true) {
        var object = object
        object["apiVersion"] = .string(type.apiVersion)
        object["kind"] = .string(type.kind)
        self.init(object, withManagers: withManagers)
    }
}

/// Calls that were begun before they were asked for: first pages of lists, and the one for the identity.
private final class CallsAhead: Sendable {
    private typealias Calls = (lists: [ObjectQuery: APIConnection.Begun], identity: APIConnection.Begun?)
    private let begun = Mutex<Calls>(([:], nil))

    func put(_ query: ObjectQuery, _ call: APIConnection.Begun) { begun.withLock { $0.lists[query] = call } }
    func take(_ query: ObjectQuery) -> APIConnection.Begun? { begun.withLock { $0.lists.removeValue(forKey: query) } }

    func putIdentity(_ call: APIConnection.Begun) { begun.withLock { $0.identity = call } }
    func takeIdentity() -> APIConnection.Begun? {
        begun.withLock { calls in
            defer { calls.identity = nil }
            return calls.identity
        }
    }
}
