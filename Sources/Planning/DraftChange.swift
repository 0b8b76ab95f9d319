import Fields
import JSON
import Model

/// A change before it has its place in the plan.
struct DraftChange {
    var action: Action
    let address: ResourceAddress
    let apiVersion: String
    let entity: EntityAddress
    let manifest: Manifest?
    var prior: Change.Prior?
    /// Fields of the manifest that stay as the object has them, sorted.
    var left: [FieldPath] = []
    var differences: [Difference] = []
    var reasons: Set<Reason> = []
    var unchecked = false
    /// The object is being deleted already.
    var deletion: Change.Deletion?
    var inPlaceOf: ResourceAddress?
    /// An earlier change of the plan, to the same object, comes first.
    var isFollowing = false
    /// A `noOp` that only checks that the object is ready: left out of steps that move nothing.
    var isIdle = false
    /// A `noOp` for which nothing that needs the object waits: it is looked at elsewhere too.
    private(set) var isRepeated = false
    /// What the object needs, or needed when it was applied.
    private(set) var dependsOn: [ResourceAddress]
    /// What it needed when it was last applied, when that may go once this change is done.
    let neededBefore: [ResourceAddress]

    /// Of an object that is wanted.
    init(_ action: Action, _ manifest: Manifest, of entity: EntityAddress, record: ObjectRecord?) {
        self.action = action
        address = manifest.address
        apiVersion = manifest.apiVersion
        self.entity = entity
        self.manifest = manifest
        dependsOn = manifest.dependsOn
        neededBefore = record?.dependsOn ?? []
    }

    /// Of an object that is not wanted any more.
    init(_ action: Action, _ record: ObjectRecord) {
        self.action = action
        address = record.address
        apiVersion = record.apiVersion
        entity = record.entity
        manifest = nil
        dependsOn = record.dependsOn
        neededBefore = []
    }

    /// Of an object that the plan itself makes, or an earlier one made, and takes away again.
    init(removing manifest: Manifest, of entity: EntityAddress) {
        action = .delete
        address = manifest.address
        apiVersion = manifest.apiVersion
        self.entity = entity
        self.manifest = nil
        dependsOn = manifest.dependsOn
        neededBefore = []
    }

    /// A look at an object that is as it is to be by then: by itself, or when `draft`, another change of the plan, is done.
    init(lookingOnceMoreAt manifest: Manifest, of entity: EntityAddress, after draft: DraftChange?) {
        action = .noOp
        address = manifest.address
        apiVersion = manifest.apiVersion
        self.entity = entity
        self.manifest = manifest
        prior = draft?.prior.map { Change.Prior(uid: $0.uid, fields: [:]) }
        left = draft?.left ?? []
        isFollowing = draft.map { $0.action != .noOp } ?? false
        isIdle = true
        isRepeated = true
        dependsOn = []
        neededBefore = []
    }

    /// What would be sent over `live`.
    func sent(over live: LiveObject?) -> Manifest? {
        guard let live else { return manifest }
        return manifest?.leaving(left, in: live)
    }

    /// What must be gone before it can do its work.
    var rivals: [ResourceAddress] { isRemoval ? [] : address.rivals }

    var isRemoval: Bool { action == .delete || action == .forget }

    /// The same without waiting for `address`, which is there already.
    func without(_ address: ResourceAddress) -> DraftChange {
        var draft = self
        draft.dependsOn.removeAll { $0 == address }
        return draft
    }

    func waiting(for addresses: [ResourceAddress]) -> DraftChange {
        var draft = self
        draft.dependsOn += addresses
        return draft
    }
}

extension ResourceAddress {
    /// Of two routes of different kinds to one host a Gateway takes the older
    /// (https://gateway-api.sigs.k8s.io/reference/spec/, "GRPCRoute").
    var rivals: [ResourceAddress] {
        guard group == "gateway.networking.k8s.io" else { return [] }
        return ["GRPCRoute", "HTTPRoute"].filter { $0 != kind }.map {
            ResourceAddress(group: group, kind: $0, namespace: namespace, name: name)
        }
    }
}

/// A step before it has its place in the plan.
struct DraftStep {
    let action: StepAction
    let entity: EntityAddress
    var records: [RecordChange] = []
    var reasons: Set<Reason> = []
    var from: VersionStatus?
    var to: VersionStatus?
    var replaces: String?
    var upload: PackageUpload?
    var drain: Drain?
    var canary: Canary?
    var component: String?
    var changes: [DraftChange] = []
    /// Positions, among all drafts of the plan, of the steps that come first.
    var after: Set<Int> = []
    /// Takes away what a runtime no longer needs, once everything in it has moved on.
    var isCleanup = false

    init(_ action: StepAction, _ entity: EntityAddress) {
        self.action = action
        self.entity = entity
    }

    /// Of a step that only looks at objects and records them: those that the state does not know, and those that were taken over
    /// by an import, which does not wait until they do their work.
    mutating func nameReasons(_ state: State) {
        for index in changes.indices where changes[index].reasons.isEmpty && !changes[index].isIdle {
            let isKnown = state.objects[changes[index].address].map { $0.uid == changes[index].prior?.uid } ?? false
            changes[index].reasons = [isKnown ? .unfinishedLastTime : .adopt]
            reasons.formUnion(changes[index].reasons)
        }
    }

    /// Runtime by runtime, each in the order of its life.
    var place: (String, Int, String) {
        let rank = isCleanup ? StepAction.allCases.count : StepAction.allCases.firstIndex(of: action) ?? 0
        guard case .version(_, let name) = entity else { return (entity.runtime, rank, "") }
        return (entity.runtime, rank, name)
    }
}

extension DraftStep {
    /// Nothing is taken away before all that is built up stands.
    var isTakingAway: Bool {
        switch action {
        case .unpublish, .drain, .stop, .deleteVersion, .deleteRuntime, .retire: true
        default: isCleanup
        }
    }
}

extension Reason {
    /// Why what differs so is changed.
    static func all(of differences: [Difference]) -> Set<Reason> {
        Set(differences.map { $0.cause != .file ? .driftedInCluster : $0.isOfCredentials ? .rotated : .changedInFile })
    }
}

extension Difference {
    /// Tells nothing but that credentials were made anew, or are.
    var isOfCredentials: Bool {
        path == FieldPath("metadata", "annotations", ObjectAnnotations.generation)
            || path == FieldPath("spec", "template", "metadata", "annotations", ObjectAnnotations.credentials)
    }
}
