/// What a rebuild of the state found in the cluster, and what it could not find out.
package struct RebuildReport: Sendable, Hashable {
    /// Where the state is.
    package let path: String
    package let lineage: String
    package let engine: String
    package let cluster: ClusterIdentity
    /// Sorted by name.
    package let runtimes: [RebuiltRuntime]
    /// How many objects of each type were recorded, sorted by type.
    package let kinds: [Kind]
    /// Recorded objects that are not as the files say; the next plan shows how. Sorted.
    package let differing: [ResourceAddress]
    /// What could not be read or was left out, and why. Sorted.
    package let warnings: [Diagnostic]

    package init(
        path: String, lineage: String, engine: String, cluster: ClusterIdentity, runtimes: [RebuiltRuntime], kinds: [Kind],
        differing: [ResourceAddress], warnings: [Diagnostic]
    ) {
        self.path = path
        self.lineage = lineage
        self.engine = engine
        self.cluster = cluster
        self.runtimes = runtimes
        self.kinds = kinds
        self.differing = differing
        self.warnings = warnings
    }

    package struct Kind: Sendable, Hashable {
        package let type: ResourceType
        package let count: Int

        package init(type: ResourceType, count: Int) {
            self.type = type
            self.count = count
        }
    }
}

package struct RebuiltRuntime: Sendable, Hashable {
    package let record: EntityRecord
    /// The version that is published; nil when none is.
    package let published: String?
    /// How many objects the runtime itself has, without its versions; those of its publication count as the version's.
    package let objects: Int
    /// Whether the files list it.
    package let isWanted: Bool
    /// Sorted by name.
    package let versions: [RebuiltVersion]

    package init(record: EntityRecord, published: String?, objects: Int, isWanted: Bool, versions: [RebuiltVersion]) {
        self.record = record
        self.published = published
        self.objects = objects
        self.isWanted = isWanted
        self.versions = versions
    }
}

package struct RebuiltVersion: Sendable, Hashable {
    package let name: String
    package let record: EntityRecord
    package let objects: Int
    /// Whether the files list it.
    package let isWanted: Bool
    /// Stopped versions leave nothing in the cluster: the files alone say that there is one.
    package let isFromFile: Bool

    package init(name: String, record: EntityRecord, objects: Int, isWanted: Bool, isFromFile: Bool) {
        self.name = name
        self.record = record
        self.objects = objects
        self.isWanted = isWanted
        self.isFromFile = isFromFile
    }

    /// Cut off while it was started or stopped.
    package var isUnfinished: Bool { record.status == .stopped && objects > 0 }
}
