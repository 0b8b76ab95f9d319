import Digest

/// What is live: every runtime that the state or the file knows, and the versions in it.
package struct StatusReport: Sendable, Hashable {
    package let engine: String
    package let cluster: ClusterIdentity
    /// Sorted by name.
    package let runtimes: [RuntimeStatus]
    /// What is worth knowing about how the cluster was reached.
    package let warnings: [Diagnostic]

    package init(engine: String, cluster: ClusterIdentity, runtimes: [RuntimeStatus], warnings: [Diagnostic] = []) {
        self.engine = engine
        self.cluster = cluster
        self.runtimes = runtimes
        self.warnings = warnings
    }
}

package struct RuntimeStatus: Sendable, Hashable {
    package let name: String
    package let namespace: String
    package let protected: Bool
    package let health: EntityHealth
    /// Sorted by name.
    package let versions: [VersionHealth]

    package init(name: String, namespace: String, protected: Bool, health: EntityHealth, versions: [VersionHealth]) {
        self.name = name
        self.namespace = namespace
        self.protected = protected
        self.health = health
        self.versions = versions
    }
}

package struct VersionHealth: Sendable, Hashable {
    package let name: String
    /// As last carried out; nil when the file lists the version and it has never been applied.
    package let status: VersionStatus?
    /// As the file wants it; nil when the version has left the file or no file was given.
    package let wanted: VersionStatus?
    /// Of a version that is not published: which share of the calls from outside it has, in per cent.
    package let share: Int?
    package let packageDigest: SHA256Digest?
    package let health: EntityHealth

    package init(
        name: String, status: VersionStatus?, wanted: VersionStatus?, share: Int? = nil, packageDigest: SHA256Digest?,
        health: EntityHealth
    ) {
        self.name = name
        self.share = share
        self.status = status
        self.wanted = wanted
        self.packageDigest = packageDigest
        self.health = health
    }
}

/// How an entity's objects are doing.
package struct EntityHealth: Sendable, Hashable {
    package let ready: Int
    package let total: Int
    /// The objects that are not ready, missing ones included, each with its reason; sorted by address.
    package let troubles: [Trouble]

    package init(ready: Int, total: Int, troubles: [Trouble]) {
        self.ready = ready
        self.total = total
        self.troubles = troubles
    }

    package struct Trouble: Sendable, Hashable {
        package let address: ResourceAddress
        package let reason: String
        /// It cannot become ready without a change.
        package let isFailure: Bool

        package init(address: ResourceAddress, reason: String, isFailure: Bool) {
            self.address = address
            self.reason = reason
            self.isFailure = isFailure
        }
    }
}
