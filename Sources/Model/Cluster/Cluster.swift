import JSON

/// A Kubernetes cluster, real or simulated: what of the API Kreform uses
/// (https://kubernetes.io/docs/reference/using-api/api-concepts/). Objects carry their secrets here; they are sealed before
/// they go on to the planner.
package protocol Cluster: Sendable {
    /// Which cluster this is.
    func identity() async throws(ClusterError) -> ClusterIdentity

    /// All objects of a type that match, over all pages. A type that the server does not serve is `notServed`. `keep` is called
    /// with each object as it comes in and says what is kept of it.
    func list(_ query: ObjectQuery, keep: @Sendable (LiveObject) -> LiveObject) async throws(ClusterError) -> ObjectList

    /// Says which lists will be asked for next, each once, and the identity: a cluster that is far away may begin with them.
    func expect(_ queries: [ObjectQuery])

    /// One object; nil when there is none.
    func get(_ type: ResourceType, namespace: String?, name: String) async throws(ClusterError) -> LiveObject?

    /// Server-side apply under the field manager `kreform`, taking fields from other managers. A Service's selector becomes exactly
    /// the one applied, whatever others had put in it.
    func apply(_ request: ApplyRequest) async throws(ClusterError) -> ApplyResult

    /// Marks for deletion, in the background mode; the object may live on until its finalizers are done.
    func delete(_ request: DeleteRequest) async throws(ClusterError)

    /// Events after `resourceVersion`, until the consumer stops. Ends by throwing a `ClusterError`; `gone` means list again.
    func watch(_ query: ObjectQuery, after resourceVersion: String) -> AsyncThrowingStream<WatchEvent, any Error>

    /// The last lines that a container wrote; none when it has not run yet.
    func log(_ request: LogRequest) async throws(ClusterError) -> [String]
}

extension Cluster {
    package func expect(_ queries: [ObjectQuery]) {}

    /// All objects of a type that match, whole.
    package func list(_ query: ObjectQuery) async throws(ClusterError) -> ObjectList { try await list(query) { $0 } }
}

/// Which objects of one type.
package struct ObjectQuery: Sendable, Hashable {
    package let type: ResourceType
    /// Nil for all namespaces, and for kinds without one.
    package let namespace: String?
    /// Labels that objects must have, all of them.
    package let labels: [String: String]
    /// Values that fields must have, by their paths; those that the kind can be selected by
    /// (https://kubernetes.io/docs/concepts/overview/working-with-objects/field-selectors/). Not for watches.
    package let fields: [String: String]
    /// Only the objects' metadata is wanted: what they hold may be left out. Not for watches.
    package let isMetadata: Bool
    /// Whether it matters who set which field. Where it does not, the objects need not have `managers`.
    package let needsManagers: Bool

    package init(
        type: ResourceType, namespace: String? = nil, labels: [String: String] = [:], fields: [String: String] = [:],
        isMetadata: Bool = false, needsManagers: Bool = true
    ) {
        self.type = type
        self.namespace = namespace
        self.labels = labels
        self.fields = fields
        self.isMetadata = isMetadata
        self.needsManagers = needsManagers
    }

    /// The events about the object with this uid.
    package static func events(about uid: String, in namespace: String?) -> ObjectQuery {
        ObjectQuery(
            type: ResourceType(apiVersion: "v1", kind: "Event"), namespace: namespace, fields: ["involvedObject.uid": uid])
    }
}

/// An answer to a list: `resourceVersion` is where a watch may go on.
package struct ObjectList: Sendable {
    package let objects: [LiveObject]
    package let resourceVersion: String

    package init(objects: [LiveObject], resourceVersion: String) {
        self.objects = objects
        self.resourceVersion = resourceVersion
    }
}

package struct ApplyRequest: Sendable {
    /// The whole object, resolved: with the values of a Secret.
    package let object: JSONValue
    /// The object must have this uid; nil when it need not exist.
    package let uid: String?
    /// There must be no object of this name: it is `stale` when somebody made one meanwhile. Services may have been made all the
    /// same, since older servers do not know how to refuse that: look first.
    package let isNew: Bool
    package let dryRun: Bool

    package init(object: JSONValue, uid: String? = nil, isNew: Bool = false, dryRun: Bool = false) {
        self.object = object
        self.uid = uid
        self.isNew = isNew
        self.dryRun = dryRun
    }
}

package struct ApplyResult: Sendable {
    package let object: LiveObject
    /// The server answered 201: there was no such object.
    package let created: Bool

    package init(object: LiveObject, created: Bool) {
        self.object = object
        self.created = created
    }
}

package struct DeleteRequest: Sendable {
    package let type: ResourceType
    package let namespace: String?
    package let name: String
    /// The server deletes only the object with this uid.
    package let uid: String

    package init(type: ResourceType, namespace: String?, name: String, uid: String) {
        self.type = type
        self.namespace = namespace
        self.name = name
        self.uid = uid
    }
}

package enum WatchEvent: Sendable {
    case added(LiveObject), modified(LiveObject), deleted(LiveObject)

    package var object: LiveObject {
        switch self {
        case .added(let object), .modified(let object), .deleted(let object): object
        }
    }
}
