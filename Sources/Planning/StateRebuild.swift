import Digest
import Fields
import JSON
import Model

/// What the cluster tells of a lost state: which entities there are and how far they are, and which objects are ours.
///
/// Pure. Labels say whose an object is, annotations what an entity is, managed fields what we gave an object; where the files
/// render an object, they say what it depends on. The same cluster and files give the same records.
package struct StateRebuild: Sendable, Hashable {
    package private(set) var entities: [EntityAddress: EntityRecord] = [:]
    package private(set) var objects: [ResourceAddress: ObjectRecord] = [:]
    /// Stopped versions: known from the files alone.
    package private(set) var fromFile: Set<EntityAddress> = []
    /// Recorded objects that are not as the files say.
    package private(set) var differing: Set<ResourceAddress> = []
    /// Objects that bear our labels and were not recorded.
    package private(set) var leftOut: Set<ResourceAddress> = []
    /// When versions that run may have lost the publication, at the latest: when it was last given to the one that has it.
    package private(set) var unpublished: [EntityAddress: Timestamp] = [:]

    /// - Parameters:
    ///   - found: sealed objects of the types that runtimes are made of, those with the engine's labels.
    ///   - ready: which of them do their work.
    package init(desired: RenderedState, found: [LiveObject], ready: Set<ResourceAddress>) {
        let wanted = Dictionary(
            desired.entities.flatMap { entity in entity.manifests.map { ($0.address, (entity.address, $0, entity.ignore)) } }
        ) { first, _ in first }
        let shares = Dictionary(
            grouping: desired.entities.compactMap(\.canary).flatMap(\.stages).flatMap(\.routes).map(\.manifest), by: \.address)
        var places: [ResourceAddress: EntityAddress] = [:]
        let found = found.sorted { $0.address < $1.address }
        for object in found {
            let place = wanted[object.address]?.0 ?? Self.place(object)
            if let place { places[object.address] = place } else { leftOut.insert(object.address) }
        }
        let placed = found.filter { places[$0.address] != nil }
        let ranks = Ranks(placed.map { ($0, places[$0.address] ?? .runtime("")) })
        for object in placed {
            guard let place = places[object.address] else { continue }
            let isReady = ready.contains(object.address)
            let needs = ranks.needs(of: object, of: place)
            if let share = shares[object.address]?.first(where: { Self.isApplied($0, as: object) }) {
                add(object, of: place, share.content, share.dependsOn, isReady ? object.resourceVersion : nil)
            } else if let (_, manifest, ignore) = wanted[object.address] {
                let rules = ignore.filter { $0.concerns(object.address) }
                add(object, of: place, as: manifest, ignoring: rules, needing: needs, isReady)
            } else {
                add(object, of: place, object.applied, needs, isReady ? object.resourceVersion : nil)
            }
        }
        let members = Dictionary(grouping: placed) { places[$0.address] ?? .runtime("") }
        addEntities(members)
        addStopped(desired, members)
    }

    private static func isApplied(_ manifest: Manifest, as object: LiveObject) -> Bool {
        FieldComparison(manifest: manifest, record: nil, live: object).found().isEmpty
    }

    // MARK: Entities

    /// Whose an object is by its labels. One that was never applied by us, or that a controller made for one of ours, is nobody's.
    private static func place(_ object: LiveObject) -> EntityAddress? {
        guard !object.owned.isEmpty, object.metadata["ownerReferences"] == nil,
            let runtime = object.label(ObjectLabels.runtime)
        else { return nil }
        if object.label(ObjectLabels.component) == ObjectLabels.publicationComponent { return .publication(runtime: runtime) }
        return object.label(ObjectLabels.version).map { .version(runtime: runtime, name: $0) } ?? .runtime(runtime)
    }

    private mutating func addEntities(_ members: [EntityAddress: [LiveObject]]) {
        for runtime in Set(members.keys.map(\.runtime)) {
            let own = members[.runtime(runtime)] ?? []
            let namespace = own.first { $0.address.kind == "Namespace" && $0.address.group.isEmpty }
            let others = members.filter { $0.key.runtime == runtime }.values.joined().compactMap(\.address.namespace)
            // Without its namespace nothing is known of it: it is to be made again.
            if let namespace {
                entities[.runtime(runtime)] = EntityRecord(
                    address: .runtime(runtime), description: namespace.annotation(ObjectAnnotations.description) ?? "",
                    protected: namespace.annotation(ObjectAnnotations.protected) == "true",
                    namespace: namespace.address.name)
            } else if let name = others.min() {
                entities[.runtime(runtime)] = EntityRecord(address: .runtime(runtime), namespace: name)
            }
            addVersions(of: runtime, members)
        }
    }

    private mutating func addVersions(of runtime: String, _ members: [EntityAddress: [LiveObject]]) {
        let publication = EntityAddress.publication(runtime: runtime)
        let leading = (members[publication] ?? []).first { !$0.isTerminating && $0.label(ObjectLabels.version) != nil }
        let published = leading?.label(ObjectLabels.version)
        if let published { entities[publication] = EntityRecord(address: publication, published: published) }
        for case (.version(runtime, let name), let objects) in members {
            let address = EntityAddress.version(runtime: runtime, name: name)
            // The Service is made when everything else is ready, and goes before anything else does.
            let isWhole = objects.contains { $0.address.kind == "Service" && $0.address.group.isEmpty && !$0.isTerminating }
            let digest = objects.lazy.compactMap { $0.annotation(ObjectAnnotations.packageDigest) }.compactMap(SHA256Digest.init)
            entities[address] = EntityRecord(
                address: address,
                description: objects.lazy.compactMap { $0.annotation(ObjectAnnotations.description) }.first ?? "",
                status: published == name ? .published : isWhole ? .started : .stopped, packageDigest: digest.first)
            if let leading, isWhole, published != name { unpublished[address] = leading.appliedAt }
        }
    }

    /// A stopped version leaves nothing in the cluster. One that the files list needs nothing to be as they say.
    private mutating func addStopped(_ desired: RenderedState, _ members: [EntityAddress: [LiveObject]]) {
        for entity in desired.entities where entity.record.status == .stopped && members[entity.address] == nil {
            guard entities[.runtime(entity.address.runtime)] != nil else { continue }
            entities[entity.address] = entity.record
            fromFile.insert(entity.address)
        }
    }

    // MARK: Objects

    /// Of an object that the files want. Where it is as they say, it is recorded as if it had been applied just now.
    private mutating func add(
        _ object: LiveObject, of entity: EntityAddress, as manifest: Manifest, ignoring rules: [IgnoreRule],
        needing needs: [ResourceAddress], _ isReady: Bool
    ) {
        let found = FieldComparison(manifest: manifest, record: nil, live: object).found()
        if found.isEmpty {
            // A value that was made once and that others have set since is for the next plan to tell.
            let isTaken = manifest.generated.keys.contains { !object.owns(data: $0) }
            let version = isTaken ? ObjectRecord.unknownVersion : object.resourceVersion
            return add(object, of: entity, manifest.content, manifest.dependsOn, isReady ? version : nil)
        }
        differing.insert(object.address)
        let schema = MergeSchema(apiVersion: object.apiVersion, kind: object.address.kind)
        var applied = object.applied
        // What others took from us had the value that the files give it, as far as anybody knows: it drifted. So did what the files
        // ignore, which others may change without owning it.
        for difference in found {
            let isOthers = !object.owned.touches(difference.path) && !object.otherManagers(of: difference.path).isEmpty
            let isIgnored = rules.contains { $0.fields.contains { $0.matches(difference.path) } }
            guard let wanted = difference.new, isOthers || isIgnored else { continue }
            applied = merge(live: applied, applied: difference.path.object(with: wanted), schema: schema).object
        }
        add(object, of: entity, applied, needs, isReady ? ObjectRecord.unknownVersion : nil)
    }

    private mutating func add(
        _ object: LiveObject, of entity: EntityAddress, _ applied: JSONValue, _ dependsOn: [ResourceAddress],
        _ resourceVersion: String?
    ) {
        let isKnown = resourceVersion == object.resourceVersion
        objects[object.address] = ObjectRecord(
            address: object.address, entity: entity, apiVersion: object.apiVersion, uid: object.uid,
            resourceVersion: resourceVersion ?? ObjectRecord.notReady, generation: isKnown ? object.generation : nil,
            applied: applied, owned: object.owned, dependsOn: dependsOn.sorted(), appliedAt: object.appliedAt)
    }
}

/// What an object needs when nothing but the cluster is left to tell: all that its entity has of the kinds that come before its
/// own, and a publication its version's Service. Deleting goes the other way: nothing is taken away while something that may need
/// it is there.
private struct Ranks {
    private var ranked: [EntityAddress: [Int: [ResourceAddress]]] = [:]

    init(_ objects: [(LiveObject, EntityAddress)]) {
        for (object, entity) in objects { ranked[entity, default: [:]][Self.rank(object), default: []].append(object.address) }
    }

    func needs(of object: LiveObject, of entity: EntityAddress) -> [ResourceAddress] {
        let rank = Self.rank(object)
        if case .publication(let runtime) = entity, rank == Self.service {
            let version = object.label(ObjectLabels.version).map { EntityAddress.version(runtime: runtime, name: $0) }
            return version.flatMap { ranked[$0]?[Self.service] } ?? []
        }
        guard let ranks = ranked[entity], let next = ranks.keys.filter({ $0 < rank && $0 > 0 }).max() else { return [] }
        return ranks[next] ?? []
    }

    private static let service = 9

    /// The namespace needs no mention. What bounds pods comes before them, and the policy that lets nothing through last of
    /// that, so that it goes first. Jobs prepare what others work with, and one that cleans up does so when all the rest is gone.
    private static func rank(_ object: LiveObject) -> Int {
        let address = object.address
        return switch (address.group, address.kind) {
        case ("", "Namespace"): 0
        case ("networking.k8s.io", "NetworkPolicy"): address.name == "default-deny" ? 2 : 1
        case ("", "LimitRange"), ("", "ResourceQuota"): 1
        case (_, "RoleBinding"), (_, "ClusterRoleBinding"): 4
        case ("apps", "StatefulSet"): 5
        case ("batch", "Job"): LastRun(annotation: object.annotation(ObjectAnnotations.lastRun)) == nil ? 7 : 6
        case ("apps", _), ("batch", _): 8
        case ("", "Service"): service
        case ("networking.k8s.io", _): 10
        default: 3
        }
    }
}

extension LiveObject {
    fileprivate func annotation(_ name: String) -> String? { metadata["annotations"]?[name]?.string }

    /// What we gave it, as far as it still has it and nobody took it.
    fileprivate var applied: JSONValue {
        var applied = selection(of: content, in: owned)
        applied["apiVersion"] = .string(apiVersion)
        applied["kind"] = .string(address.kind)
        var metadata = applied["metadata"] ?? .object([:])
        metadata["name"] = .string(address.name)
        metadata["namespace"] = address.namespace.map { .string($0) }
        applied["metadata"] = metadata
        return applied
    }

    /// When we last did.
    fileprivate var appliedAt: Timestamp {
        let times = managers.filter { $0.manager == FieldManager.kreform && $0.operation == .apply }.compactMap(\.time)
        let time = times.max() ?? metadata["creationTimestamp"]?.string ?? ""
        return Timestamp(time) ?? Timestamp(seconds: 0)
    }
}
