import Fields
import JSON
import Model

/// Tells what has to happen to one object, from what is wanted, what was applied and what is live.
///
/// Fields that are ours decide, and nothing else: those that the manifest sets, and those that our last apply set and
/// that the manifest no longer has. A field that another manager took over and left at our value is as it should be.
struct ObjectComparison {
    let engine: String
    let state: State
    let live: LiveState
    let interrupted: Set<ResourceAddress>
    /// Only what would change is asked, not how.
    let isAsking: Bool
    let adoption: Adoption
    /// The last run took over what others made: that no run has brought its entities about means nothing.
    let isAfterImport: Bool
    /// Of entities that have any.
    private let ignores: [EntityAddress: [IgnoreRule]]
    private let adopting: Set<EntityAddress>
    let desired: [RenderedEntity]
    private let leaves: [ResourceAddress: [Leave]]
    /// Whose each wanted object is: the first one's that wants it.
    let wantedBy: [ResourceAddress: EntityAddress]
    /// The entities that want an object that is another's already.
    let contested: [(address: ResourceAddress, by: RenderedEntity)]
    let namespaces: Namespaces
    /// `group/kind` of what custom resource definitions of the plan define and the cluster does not have yet.
    private let comingKinds: Set<String>

    struct Verdict {
        var draft: DraftChange?
        var left: [LeftDrift] = []
        var diagnostics: [Diagnostic] = []
        /// The object is there and not ours.
        var foreign: ForeignObject?
    }

    init(
        engine: String, state: State, live: LiveState, interrupted: Set<ResourceAddress>, desired: [RenderedEntity],
        leaving: [Leave] = [], adoption: Adoption = .none, isAfterImport: Bool = false, isAsking: Bool = false
    ) {
        self.engine = engine
        self.state = state
        self.live = live
        self.interrupted = interrupted
        self.isAsking = isAsking
        self.adoption = adoption
        self.isAfterImport = isAfterImport
        self.desired = desired
        leaves = Dictionary(grouping: leaving, by: \.address)
        ignores = Dictionary(
            desired.lazy.filter { !$0.ignore.isEmpty }.map { ($0.address, $0.ignore) }, uniquingKeysWith: { $1 })
        adopting = Set(desired.lazy.filter(\.adopts).map(\.address))
        namespaces = Namespaces(live)
        var owners: [ResourceAddress: EntityAddress] = [:]
        owners.reserveCapacity(desired.reduce(0) { $0 + $1.manifests.count })
        var contested: [(address: ResourceAddress, by: RenderedEntity)] = []
        var kinds: Set<String> = []
        for entity in desired {
            for manifest in entity.manifests {
                if let first = owners.updateValue(entity.address, forKey: manifest.address) {
                    owners[manifest.address] = first
                    contested.append((manifest.address, entity))
                }
                if manifest.address.kind == "CustomResourceDefinition", live.objects[manifest.address] == nil {
                    let spec = manifest.content["spec"]
                    kinds.insert("\(spec?["group"]?.string ?? "")/\(spec?["names"]?["kind"]?.string ?? "")")
                }
            }
        }
        wantedBy = owners
        self.contested = contested
        comingKinds = kinds
    }

    // MARK: Wanted

    /// Whether a dry run of this object can be answered.
    func canBeAsked(_ manifest: Manifest) -> Bool {
        let address = manifest.address
        if comingKinds.contains("\(address.group)/\(address.kind)") { return false }
        if let namespace = address.namespace, !namespaces.present.contains(namespace) { return false }
        return !(live.objects[address]?.isTerminating ?? false)
    }

    /// What to do so that the object is as `manifest` says. `newObject` is the reason when there never was one. When
    /// there is nothing to do, a check that the object is ready, but only for those who are `checking`.
    func wanted(
        _ manifest: Manifest, of entity: EntityAddress, newObject: Reason, checking: Bool = false
    ) -> Verdict {
        let record = state.objects[manifest.address]
        var verdict: Verdict
        if let object = live.objects[manifest.address], !namespaces.isTerminating(manifest.address) {
            if !isOurs(object, record) {
                verdict = foreign(manifest, of: entity, record, object)
            } else if object.isTerminating {
                verdict = Verdict(draft: replacingTerminating(manifest, of: entity, record, object))
            } else {
                verdict = existing(manifest, of: entity, record, object, checking)
            }
        } else {
            verdict = absent(manifest, of: entity, record, newObject)
        }
        if !interrupted.isEmpty, interrupted.contains(manifest.address) {
            verdict.draft?.reasons.insert(.unfinishedLastTime)
        }
        return verdict
    }

    /// Ours is what we recorded, and what bears our labels: then the state was lost, or the object was restored.
    func isOurs(_ object: LiveObject, _ record: ObjectRecord?) -> Bool {
        record?.uid == object.uid
            || object.label(ObjectLabels.managedBy) == FieldManager.kreform
                && object.label(ObjectLabels.engine) == engine
    }

    /// Whether an object that others made is to become ours.
    func isAdopted(_ address: ResourceAddress, _ entity: EntityAddress) -> Bool {
        adopting.contains(entity) || adoption.objects.contains(address)
    }

    /// What `--leave` and `ignore` leave of the object to others.
    func leftFields(
        _ manifest: Manifest, of entity: EntityAddress, _ record: ObjectRecord?, _ object: LiveObject
    ) -> LeftFields {
        guard !leaves.isEmpty || !ignores.isEmpty else { return .none }
        let rules = (ignores[entity] ?? []).filter { $0.concerns(manifest.address) }
        let leaves = leaves[manifest.address] ?? []
        guard !rules.isEmpty || !leaves.isEmpty else { return .none }
        return LeftFields(manifest, record, object, rules: rules, leaves: leaves)
    }

    private func absent(
        _ manifest: Manifest, of entity: EntityAddress, _ record: ObjectRecord?, _ newObject: Reason
    ) -> Verdict {
        var draft = DraftChange(.create, manifest, of: entity, record: record)
        draft.reasons = [record == nil ? newObject : .missingInCluster]
        var verdict = Verdict(draft: draft)
        switch live.predictions[manifest.address] {
        case .accepted(_, created: true):
            break
        case .accepted(let object, created: false):
            // Nobody could read it: all that is known is what we would make of it.
            guard object.uid == record?.uid else {
                return Verdict(foreign: ForeignObject(object, Ownership(ofUnread: object), entity))
            }
            verdict.draft = relabelling(manifest, of: entity, record, object)
        case .refused(let error) where error.kind == .notServed && !canBeAsked(manifest):
            verdict.draft?.unchecked = true
        case .refused(let error):
            verdict.draft?.unchecked = true
            verdict.diagnostics.append(.refused(manifest.address, error))
        case nil:
            verdict.draft?.unchecked = true
        }
        if record != nil, !manifest.generated.isEmpty, canBeAsked(manifest) {
            verdict.diagnostics.append(.generatedValuesLost(manifest))
        }
        return verdict
    }

    /// The object that we recorded is there, but the label selector does not find it.
    private func relabelling(
        _ manifest: Manifest, of entity: EntityAddress, _ record: ObjectRecord?, _ predicted: LiveObject
    ) -> DraftChange {
        var draft = DraftChange(.update, manifest, of: entity, record: record)
        draft.prior = Change.Prior(uid: predicted.uid, fields: [:])
        draft.reasons = [.driftedInCluster]
        draft.differences = ObjectLabels.selector(engine: engine).sorted { $0.key < $1.key }.map { label, value in
            Difference(
                path: FieldPath("metadata", "labels", label), old: .absent, new: .value(.string(value)),
                cause: .drift(manager: nil, time: nil))
        }
        return draft
    }

    private func replacingTerminating(
        _ manifest: Manifest, of entity: EntityAddress, _ record: ObjectRecord?, _ object: LiveObject
    ) -> DraftChange {
        var draft = DraftChange(.replace, manifest, of: entity, record: record)
        draft.prior = Change.Prior(uid: object.uid, fields: [:])
        draft.unchecked = true
        draft.deletion = Change.Deletion(of: object)
        // What an earlier run began goes on; nobody else had a hand in it.
        guard !state.deleting.contains(object.uid), !interrupted.contains(manifest.address) else {
            draft.reasons = [.unfinishedLastTime]
            return draft
        }
        draft.reasons = [.driftedInCluster]
        let time = object.metadata["deletionTimestamp"]
        draft.differences = [
            Difference(
                path: FieldPath("metadata", "deletionTimestamp"), old: time.map { .value($0) } ?? .absent, new: .absent,
                cause: .drift(manager: nil, time: time?.string))
        ]
        return draft
    }

    private func existing(
        _ manifest: Manifest, of entity: EntityAddress, _ record: ObjectRecord?, _ object: LiveObject, _ checking: Bool
    ) -> Verdict {
        let fields = FieldComparison(manifest: manifest, record: record, live: object)
        let all = fields.found()
        guard !all.isEmpty else { return unchanged(manifest, of: entity, record, object, checking) }
        let left = leftFields(manifest, of: entity, record, object)
        guard !left.isEmpty else { return differing(fields, all, .none, of: entity, object, checking) }
        let rest = FieldComparison(manifest: manifest.leaving(left.paths, in: object), record: record, live: object).found()
        var verdict = differing(fields, rest, left, of: entity, object, checking)
        // What is made anew has all that the manifest says.
        if verdict.draft?.action == .replace { return differing(fields, all, .none, of: entity, object, checking) }
        verdict.left = left.drift(all, fields, entity)
        return verdict
    }

    /// - Parameter found: what differs but for what is `left`.
    private func differing(
        _ fields: FieldComparison, _ found: [FieldDifference], _ left: LeftFields, of entity: EntityAddress,
        _ object: LiveObject, _ checking: Bool
    ) -> Verdict {
        let (manifest, record) = (fields.manifest, fields.record)
        let nothing = { self.unchanged(manifest, of: entity, record, object, checking, left) }
        guard !found.isEmpty else { return nothing() }
        if object.isOver {
            let shown = fields.differences(found, predicted: nil)
            return Verdict(draft: replacingJob(manifest, of: entity, record, object, because: Reason.all(of: shown), shown))
        }
        var draft = DraftChange(.update, manifest, of: entity, record: record)
        draft.left = left.paths
        if isAsking { return Verdict(draft: draft) }
        let removed = found.filter { $0.new == nil }.map(\.path)
        draft.prior = Change.Prior(of: object, applying: manifest, leaving: draft.left, removing: removed)
        var diagnostics: [Diagnostic] = []
        var shown: [Difference]
        switch live.predictions[manifest.address] {
        case .accepted(let predicted, created: false) where predicted.uid == object.uid:
            shown = fields.differences(found, predicted: predicted)
            if shown.isEmpty { return nothing() }
        case .refused(let error):
            shown = fields.differences(found, predicted: nil)
            draft.unchecked = true
            if case .immutable = error.kind, !Self.holdsData(object) {
                draft.action = .replace
            } else {
                diagnostics.append(refused(manifest, of: entity, object, found, error))
            }
        case .accepted, nil:
            shown = fields.differences(found, predicted: nil)
            draft.unchecked = true
        }
        let changed = shown.filter { $0.new == .kept }
        if !changed.isEmpty { diagnostics.append(.generatedValueChanged(manifest, changed, readers: readers(of: manifest))) }
        draft.differences = shown
        draft.reasons = Reason.all(of: shown)
        return Verdict(draft: draft, diagnostics: diagnostics)
    }

    /// Nothing to send. Something to record, when the state does not know the object as it is; something to wait for, when no
    /// run has seen it ready since it was applied.
    private func unchanged(
        _ manifest: Manifest, of entity: EntityAddress, _ record: ObjectRecord?, _ object: LiveObject, _ checking: Bool,
        _ left: LeftFields = .none
    ) -> Verdict {
        let isKnown = record.map { $0.uid == object.uid && $0.entity == entity } ?? false
        let isIdle = isKnown && record?.isReady ?? true
        if isIdle, !checking { return Verdict() }
        if object.hasFailed { return Verdict(draft: replacingJob(manifest, of: entity, record, object, because: [.unfinishedLastTime])) }
        var draft = DraftChange(.noOp, manifest, of: entity, record: record)
        if isKnown, !isIdle, !isAfterImport { draft.reasons = [.unfinishedLastTime] }
        draft.prior = Change.Prior(uid: object.uid, fields: [:])
        draft.left = left.paths
        draft.isIdle = isIdle
        return Verdict(draft: draft)
    }

    /// Kinds whose deletion takes data with it: never replaced.
    static func holdsData(_ object: LiveObject) -> Bool {
        switch (object.address.group, object.address.kind) {
        case ("", "PersistentVolumeClaim"), ("", "PersistentVolume"), ("", "Namespace"): true
        case ("apps", "StatefulSet"): !(object.content["spec"]?["volumeClaimTemplates"]?.array ?? []).isEmpty
        default: false
        }
    }

    // MARK: Not wanted

    /// What to do so that the object is gone; nothing when another entity wants it.
    func unwanted(_ record: ObjectRecord, because reason: Reason) -> Verdict {
        guard wantedBy[record.address] == nil else { return Verdict() }
        var verdict = Verdict(draft: DraftChange(.forget, record))
        if let object = live.objects[record.address] {
            if object.uid == record.uid {
                verdict.draft = DraftChange(.delete, record)
                verdict.draft?.prior = Change.Prior(uid: object.uid, fields: [:])
                verdict.draft?.deletion = Change.Deletion(of: object)
            } else {
                // Labels are copied easily: they do not make what others made in its place ours to delete.
                verdict.diagnostics.append(.leftAlone(object, bearsLabels: isOurs(object, record)))
            }
        }
        verdict.draft?.reasons = [reason]
        if interrupted.contains(record.address) { verdict.draft?.reasons.insert(.unfinishedLastTime) }
        return verdict
    }
}

/// The namespaces of a cluster.
struct Namespaces {
    /// Those in which objects can be made.
    private(set) var present: Set<String> = []
    private var terminating: Set<String> = []

    init(_ live: LiveState) {
        for (address, object) in live.objects where address.kind == "Namespace" && address.group.isEmpty {
            if object.isTerminating { terminating.insert(address.name) } else { present.insert(address.name) }
        }
    }

    /// Whether the object goes away with its namespace.
    func isTerminating(_ address: ResourceAddress) -> Bool {
        guard !terminating.isEmpty, let namespace = address.namespace else { return false }
        return terminating.contains(namespace)
    }
}
