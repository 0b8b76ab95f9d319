import Model

/// A name that something will bear in the cluster, and where it comes from.
package struct NameClaim: Sendable, Hashable {
    package enum Bearer: Sendable, Hashable {
        /// A Kubernetes object of the runtime's namespace.
        case object(kind: String)
        /// A label of objects.
        case label(key: String)
        /// A host name of an Ingress.
        case host
        /// A stream of NATS JetStream.
        case stream
        /// An object store of NATS JetStream; two nodes that name the same one share it.
        case objectStore(scope: String)
    }

    package let bearer: Bearer
    package let name: String
    /// What the user named that the name is made of, in words: ``version `v1`, workflow `train` and node `etl` ``.
    package let origin: String
    package let owner: EntityAddress
    package let span: SourceSpan

    package init(_ bearer: Bearer, _ name: String, origin: String, owner: EntityAddress, span: SourceSpan) {
        self.bearer = bearer
        self.name = name
        self.origin = origin
        self.owner = owner
        self.span = span
    }
}
