import Digest
import Fields
import JSON

/// What Kreform did and knows: the entities it manages and the objects it applied. Holds no secret.
package struct State: Sendable, Hashable {
    /// A UUID made with the state; nil before the first apply.
    package var lineage: String?
    /// Rises by one with each committed change.
    package var serial: Int
    /// The cluster that this state describes; nil before the first apply.
    package var cluster: ClusterIdentity?
    /// The engine whose objects these are; nil before the first apply.
    package var engine: String?
    package var entities: [EntityAddress: EntityRecord]
    package var objects: [ResourceAddress: ObjectRecord]
    /// The uids of recorded objects whose deletion was begun by a run that did not see its end.
    package var deleting: Set<String>
    /// When versions that are not published any more lost the publication.
    package var unpublished: [EntityAddress: Timestamp]

    package init(
        lineage: String? = nil, serial: Int = 0, cluster: ClusterIdentity? = nil, engine: String? = nil,
        entities: [EntityAddress: EntityRecord] = [:], objects: [ResourceAddress: ObjectRecord] = [:],
        deleting: Set<String> = [], unpublished: [EntityAddress: Timestamp] = [:]
    ) {
        self.lineage = lineage
        self.serial = serial
        self.cluster = cluster
        self.engine = engine
        self.entities = entities
        self.objects = objects
        self.deleting = deleting
        self.unpublished = unpublished
    }

    /// An entity's objects, sorted by address.
    package func objects(of entity: EntityAddress) -> [ObjectRecord] {
        objects.values.filter { $0.entity == entity }.sorted { $0.address < $1.address }
    }
}

/// Which cluster: its name for people, and an id that no other cluster has (the uid of the `kube-system` namespace).
package struct ClusterIdentity: Sendable, Hashable {
    package let name: String
    package let uid: String

    package init(name: String, uid: String) {
        self.name = name
        self.uid = uid
    }
}

/// An entity as declared or as last carried out.
package struct EntityRecord: Sendable, Hashable {
    package let address: EntityAddress
    /// Of a runtime or of a version's package; empty for a publication.
    package var description: String
    /// Versions only.
    package var status: VersionStatus?
    /// Versions only: the package's bytes, which never change under one name.
    package var packageDigest: SHA256Digest?
    /// Runtimes only: no plan may destroy it, even when it has left the file.
    package var protected: Bool
    /// Publications only: the version that is published.
    package var published: String?
    /// Runtimes only.
    package var namespace: String?

    package init(
        address: EntityAddress, description: String = "", status: VersionStatus? = nil, packageDigest: SHA256Digest? = nil,
        protected: Bool = false, published: String? = nil, namespace: String? = nil
    ) {
        self.address = address
        self.description = description
        self.status = status
        self.packageDigest = packageDigest
        self.protected = protected
        self.published = published
        self.namespace = namespace
    }
}

/// An object that Kreform applied.
package struct ObjectRecord: Sendable, Hashable {
    package let address: ResourceAddress
    package let entity: EntityAddress
    package let apiVersion: String
    package let uid: String
    /// `metadata.resourceVersion` of the answer to our last apply; empty, `notReady`, as long as no run has seen the object do
    /// its work since.
    package let resourceVersion: String
    /// `metadata.generation` of that answer; nil for kinds without one.
    package let generation: Int?
    /// `Manifest.content` as applied: sealed.
    package let appliedText: JSONText
    /// Those fields of `applied` that were left to others, and not sent.
    package let left: FieldSet
    /// The fields that the server says are ours after that apply, as `fieldsV1`.
    package let ownedText: JSONText
    /// What it needed when it was applied; deleted in the reverse order.
    package let dependsOn: [ResourceAddress]
    package let appliedAt: Timestamp

    package init(
        address: ResourceAddress, entity: EntityAddress, apiVersion: String, uid: String, resourceVersion: String,
        generation: Int?, applied: JSONValue, left: FieldSet = FieldSet(), owned: FieldSet, dependsOn: [ResourceAddress],
        appliedAt: Timestamp
    ) {
        self.init(
            address: address, entity: entity, apiVersion: apiVersion, uid: uid, resourceVersion: resourceVersion,
            generation: generation, appliedText: JSONText(applied), left: left, ownedText: JSONText(owned.fieldsV1),
            dependsOn: dependsOn, appliedAt: appliedAt)
    }

    /// As it is stored.
    package init(
        address: ResourceAddress, entity: EntityAddress, apiVersion: String, uid: String, resourceVersion: String,
        generation: Int?, appliedText: JSONText, left: FieldSet, ownedText: JSONText, dependsOn: [ResourceAddress],
        appliedAt: Timestamp
    ) {
        self.address = address
        self.entity = entity
        self.apiVersion = apiVersion
        self.uid = uid
        self.resourceVersion = resourceVersion
        self.generation = generation
        self.appliedText = appliedText
        self.left = left
        self.ownedText = ownedText
        self.dependsOn = dependsOn
        self.appliedAt = appliedAt
    }

    package var type: ResourceType { ResourceType(apiVersion: apiVersion, kind: address.kind) }

    /// Parsed anew each time; records are many, and this is seldom asked for.
    package var applied: JSONValue { appliedText.value }
    package var owned: FieldSet { FieldSet(fieldsV1: ownedText.value) }
    /// As `Manifest.baseName`.
    package var baseName: String? { Manifest.baseName(of: applied) }

    /// Whether a run has seen the object do its work since it was applied. The next plan looks at one that has not been.
    package var isReady: Bool { resourceVersion != Self.notReady }
    package static let notReady = ""

    /// In place of the resourceVersion of an object that does its work but was found as no apply of ours left it. No object has
    /// this one, so the next plan looks at every field.
    package static let unknownVersion = "0"
}
