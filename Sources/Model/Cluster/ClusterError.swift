/// A request to a cluster that failed.
package struct ClusterError: Error, Sendable, Hashable {
    package let kind: Kind
    /// The server's own words, or the library's when no answer came.
    package let message: String

    package init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    package enum Kind: Sendable, Hashable {
        case notFound
        case alreadyExists
        /// The object moved: another resourceVersion or uid than asked for.
        case stale
        /// Fields that other managers own.
        case fieldConflict([FieldConflict])
        /// A field that cannot change after creation.
        case immutable(field: String)
        /// Refused by validation.
        case invalid(fields: [String])
        case forbidden
        /// Creation in a namespace that is being deleted.
        case namespaceTerminating
        case quotaExceeded
        case admissionDenied
        /// An admission webhook of this name did not answer, and what it does not see is refused (`failurePolicy: Fail`).
        case webhookFailed(String)
        /// The kind is not served: its custom resource definition is absent.
        case notServed
        /// 429; seconds to wait when the server said so.
        case tooManyRequests(retryAfter: Double?)
        /// 410: the resourceVersion is too old; list again.
        case gone
        /// A 5xx status.
        case server(status: Int, retryAfter: Double?)
        /// No or half an answer came: the request may or may not have been carried out.
        case connection
        case unauthorized
        /// Nothing was sent, because no credential could be had; `message` says why and what to do.
        case noCredential
        /// No request can be made: nobody answers at the server's address, its certificate is not trusted.
        case unreachable
    }

    package struct FieldConflict: Sendable, Hashable {
        package let manager: String
        package let field: String

        package init(manager: String, field: String) {
            self.manager = manager
            self.field = field
        }
    }

    /// Whether the same request may succeed a moment later.
    package var isTransient: Bool {
        switch kind {
        case .tooManyRequests, .server, .connection, .stale, .webhookFailed: true
        default: false
        }
    }
}
