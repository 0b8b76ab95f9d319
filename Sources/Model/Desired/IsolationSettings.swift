/// What the pods of a runtime may reach and use. Quantities are in their canonical form.
package struct IsolationSettings: Sendable, Hashable {
    /// Whether only those connections are let through that the runtime needs.
    package let isIsolated: Bool
    /// Namespaces whose pods may reach the stack's web pages, APIs and metrics, sorted.
    package let allowedNamespaces: [String]
    /// What nodes may reach outside the runtime, in the order written.
    package let egress: [EgressRule]
    /// Networks, as `10.0.0.0/28`, that the API server is at and sends from, in the order written; none for anywhere.
    package let apiServer: [String]
    /// `spec.hard` of the ResourceQuota; without any there is none.
    package let quota: [String: String]
    /// Items of the LimitRange, in the order of their types; without any there is none.
    package let limits: [LimitItem]
    /// Where the file says something of amounts, by key: `quota.limits.memory`, `limits.container.max`.
    package let places: [String: SourceSpan]

    package init(
        isIsolated: Bool = true, allowedNamespaces: [String] = [], egress: [EgressRule] = [], apiServer: [String] = [],
        quota: [String: String] = [:], limits: [LimitItem] = [], places: [String: SourceSpan] = [:]
    ) {
        self.isIsolated = isIsolated
        self.allowedNamespaces = allowedNamespaces
        self.egress = egress
        self.apiServer = apiServer
        self.quota = quota
        self.limits = limits
        self.places = places
    }
}

/// Addresses and the ports on them; all ports when none is named.
package struct EgressRule: Sendable, Hashable {
    /// `10.0.0.0/8`.
    package let cidr: String
    package let ports: [Int]

    package init(cidr: String, ports: [Int] = []) {
        self.cidr = cidr
        self.ports = ports
    }
}

/// One item of a LimitRange: amounts by resource.
package struct LimitItem: Sendable, Hashable {
    /// As Kubernetes calls them.
    package enum Subject: String, Sendable, Hashable, CaseIterable {
        case container = "Container"
        case pod = "Pod"
        case claim = "PersistentVolumeClaim"
    }

    package let subject: Subject
    package var minimum: [String: String]
    package var maximum: [String: String]
    /// Limits, and requests, of containers that name none.
    package var limit: [String: String]
    package var request: [String: String]

    package init(
        _ subject: Subject, minimum: [String: String] = [:], maximum: [String: String] = [:], limit: [String: String] = [:],
        request: [String: String] = [:]
    ) {
        self.subject = subject
        self.minimum = minimum
        self.maximum = maximum
        self.limit = limit
        self.request = request
    }
}
