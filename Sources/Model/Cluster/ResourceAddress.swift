/// Which Kubernetes object: group, kind, namespace and name. Without an API version, because one object is served in several.
/// Written `apps/Deployment/clientx-room-price/v2-entrypoint`, `Namespace/clientx-room-price`; the core group has no prefix.
package struct ResourceAddress: Sendable, Hashable {
    /// Empty for the core group.
    package let group: String
    package let kind: String
    /// Nil for objects of the cluster as a whole.
    package let namespace: String?
    package let name: String

    package init(group: String, kind: String, namespace: String?, name: String) {
        self.group = group
        self.kind = kind
        self.namespace = namespace
        self.name = name
    }

    /// As `apiVersion` and `kind` stand in a manifest: `apps/v1` has the group `apps`, `v1` the core group.
    package init(apiVersion: String, kind: String, namespace: String?, name: String) {
        self.init(group: ResourceType.group(of: apiVersion), kind: kind, namespace: namespace, name: name)
    }

    /// `Deployment room-price-v2-entrypoint`: for people who know the namespace already.
    package var short: String { "\(kind) \(name)" }

    /// Whether the two can be told apart by their names alone.
    package func isBeside(_ other: ResourceAddress) -> Bool {
        (group, kind, namespace) == (other.group, other.kind, other.namespace)
    }
}

extension ResourceAddress: CustomStringConvertible, Comparable {
    package var description: String {
        var parts = group.isEmpty ? [kind] : [group, kind]
        if let namespace { parts.append(namespace) }
        parts.append(name)
        return parts.joined(separator: "/")
    }

    package static func < (left: Self, right: Self) -> Bool {
        (left.namespace ?? "", left.group, left.kind, left.name) < (right.namespace ?? "", right.group, right.kind, right.name)
    }
}

/// A kind of object in one served version, such as `apps/v1` `Deployment`.
package struct ResourceType: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let apiVersion: String
    package let kind: String

    package init(apiVersion: String, kind: String) {
        self.apiVersion = apiVersion
        self.kind = kind
    }

    package var group: String { Self.group(of: apiVersion) }
    package var description: String { "\(apiVersion) \(kind)" }

    /// The group of an `apiVersion`: `apps` of `apps/v1`, empty for `v1`.
    package static func group(of apiVersion: String) -> String {
        apiVersion.firstIndex(of: "/").map { String(apiVersion[..<$0]) } ?? ""
    }

    package static func < (left: Self, right: Self) -> Bool {
        (left.apiVersion, left.kind) < (right.apiVersion, right.kind)
    }
}
