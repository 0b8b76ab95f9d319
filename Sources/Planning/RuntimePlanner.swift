import Model

/// The steps of one runtime: what its stack, its versions and its publication have to go through.
///
/// The order: the stack, then what starts or changes versions, then the publication, then what takes away. Nothing is
/// taken away before everything that is built up in the runtime stands; only a publication without a successor does not
/// wait, so that what must not be reachable can always be made unreachable.
struct RuntimePlanner {
    let view: RuntimeView
    let comparison: ObjectComparison
    let destroying: Bool
    let scope: DestroyScope
    let protectedByFile: Bool
    let now: Timestamp?
    /// Position of this runtime's first step among all drafts.
    let firstStep: Int

    var steps: [DraftStep] = []
    private(set) var diagnostics: [Diagnostic] = []
    private(set) var left: [LeftDrift] = []
    /// Positions of the steps so far, by what they did.
    var runtimeStep: Int?
    var uploaded: [String: Int] = [:]
    var created: [String: Int] = [:]
    var running: [String: Int] = [:]
    var published: Int?
    var unpublished: [String: Int] = [:]
    /// The step that takes the publication away. Until then its Service may lead to any version: one that a cut off run
    /// left it at.
    var publicationTaken: Int?
    var stopped: [String: Int] = [:]
    private var buildingUp: [Int] = []
    private var gate: Int?
    private var adopted = 0
    private var foreign: [ForeignObject] = []

    init(
        view: RuntimeView, comparison: ObjectComparison, destroying: Bool, scope: DestroyScope, protectedByFile: Bool,
        now: Timestamp?, firstStep: Int
    ) {
        self.view = view
        self.comparison = comparison
        self.destroying = destroying
        self.scope = scope
        self.protectedByFile = protectedByFile
        self.now = now
        self.firstStep = firstStep
    }

    private var runtimeAddress: EntityAddress { .runtime(view.name) }
    var publicationAddress: EntityAddress { .publication(runtime: view.name) }
    func versionAddress(_ name: String) -> EntityAddress { .version(runtime: view.name, name: name) }
    var removed: Reason { destroying ? .destroy : .removedFromFile }
    private var data: RuntimeData { RuntimeData(view: view, comparison: comparison) }
    func covers(_ entity: EntityAddress) -> Bool { scope.covers(entity) }

    mutating func plan() {
        guard mayBePlanned() else { return }
        planRuntime()
        let names = view.versionNames.filter { covers(versionAddress($0)) }
        for name in names { planVersion(name) }
        planPublication()
        planUnpublishing()
        for name in names { planStopping(name) }
        for name in names { planDeleting(name) }
        planRuntimeLeftovers()
        diagnostics += ForeignObject.diagnostics(foreign, of: view.name)
        if adopted > 0 {
            let state = comparison.state
            diagnostics.append(
                .adopted(view.name, adopted, isStateEmpty: state.objects.isEmpty && state.entities.isEmpty))
        }
    }

    /// What would make every step of the runtime wrong.
    private mutating func mayBePlanned() -> Bool {
        if view.wantedRuntime == nil, covers(runtimeAddress) {
            let recorded = view.runtime?.protected ?? false
            if recorded || protectedByFile {
                diagnostics.append(
                    .runtimeProtected(view.name, destroying: destroying, byFile: protectedByFile || destroying))
                return false
            }
        }
        if let wanted = view.wantedRuntime, let new = wanted.record.namespace, let old = view.runtime?.namespace,
            old != new
        {
            diagnostics.append(.namespaceChanged(wanted, from: old, to: new))
            return false
        }
        return true
    }

    // MARK: The stack

    private mutating func planRuntime() {
        guard let wanted = view.wantedRuntime else { return }
        let isNew = view.runtime == nil
        let isUnfinished = isNew && isCutOff(runtimeAddress)
        let newObject: Reason = isUnfinished ? .unfinishedLastTime : isNew ? .newInFile : .changedInFile
        let recordMoved = view.runtime != wanted.record
        diagnostics += data.loss.map { [$0] } ?? []
        var step = DraftStep(isNew ? .createRuntime : .updateRuntime, runtimeAddress)
        step.changes = drafts(of: wanted, newObject: newObject, checking: isNew)
        guard isNew || recordMoved || !step.changes.isEmpty else { return }
        step.records = [RecordChange(address: runtimeAddress, record: wanted.record)]
        if isNew {
            step.reasons = isUnfinished ? [.newInFile, .unfinishedLastTime] : [.newInFile]
        } else if recordMoved {
            step.reasons = [.changedInFile]
        }
        runtimeStep = append(step, after: [])
    }

    /// What the runtime's stack no longer needs, or all of it.
    private mutating func planRuntimeLeftovers() {
        guard covers(runtimeAddress) else { return }
        let isKept = view.wantedRuntime != nil
        let kept = isKept ? data.kept : []
        let rotating = isKept ? data.rotating : []
        diagnostics += data.notice(ofRotating: rotating).map { [$0] } ?? []
        let gone = removals(
            of: runtimeAddress, because: isKept ? .changedInFile : removed, but: kept.union(rotating.map(\.address)))
        if isKept, gone.isEmpty { return }
        if isKept, let notice = data.notice(of: kept, beside: gone) { diagnostics.append(notice) }
        if !isKept, gone.isEmpty, view.runtime == nil { return }
        var step = DraftStep(isKept ? .updateRuntime : .deleteRuntime, runtimeAddress)
        step.isCleanup = isKept
        step.changes = gone
        if !isKept {
            step.records = [RecordChange(address: runtimeAddress, record: nil)]
            step.reasons = [removed]
        }
        append(step, after: Array(firstStep..<firstStep + steps.count))
    }

    // MARK: Versions

    private mutating func planVersion(_ name: String) {
        guard let wanted = view.wantedVersions[name] else { return }
        let recorded = view.versions[name]
        if let recorded, let old = recorded.packageDigest, let new = wanted.record.packageDigest, old != new {
            diagnostics.append(.packageChanged(wanted, name, from: "\(old)", to: "\(new)"))
        }
        let isRunning = (recorded?.status ?? .stopped) >= .started
        let isToRun = (wanted.record.status ?? .stopped) >= .started
        var (repair, update): (DraftStep?, DraftStep?) = (nil, nil)
        if let recorded, isToRun, isRunning { (repair, update) = self.update(of: name, wanted, recorded) }
        let hasChanges = repair != nil || update?.changes.isEmpty == false
        planUpload(of: name, wanted, isNeeded: recorded == nil || isToRun && !isRunning || hasChanges)
        if recorded == nil { planCreation(of: name, wanted) }
        if let repair { append(repair, after: [runtimeStep, uploaded[name]]) }
        if let update { running[name] = append(update, after: [runtimeStep, uploaded[name]]) }
        if isToRun {
            if !isRunning { planStart(of: name, wanted) }
        } else if let recorded, !isRunning, recorded.differs(from: wanted.record) {
            var step = DraftStep(.update, versionAddress(name))
            step.records = [record(wanted.record, .stopped)]
            step.reasons = [.changedInFile]
            append(step, after: [])
        }
    }

    /// Before the version is known, or starts: what is stored is what runs. The runtime's own store has to be there before.
    /// - Parameter isNeeded: whether something is to begin with the package: then one that may be there is brought in any case.
    private mutating func planUpload(of name: String, _ wanted: RenderedEntity, isNeeded: Bool) {
        guard let upload = wanted.upload, !comparison.live.storedPackages.contains(upload.place) else { return }
        let isUnknown = comparison.live.unknownPackages.contains(upload.place)
        guard isNeeded || !isUnknown else { return }
        var step = DraftStep(.upload, versionAddress(name))
        step.upload = upload
        step.reasons = [view.versions[name] == nil ? .newInFile : isUnknown ? .unknownInStore : .missingInStore]
        uploaded[name] = append(step, after: [upload.place.namespace == nil ? nil : runtimeStep])
    }

    private mutating func planCreation(of name: String, _ wanted: RenderedEntity) {
        var step = DraftStep(.createVersion, versionAddress(name))
        step.records = [record(wanted.record, .stopped)]
        step.reasons = [.newInFile]
        step.to = .stopped
        created[name] = append(step, after: [runtimeStep, uploaded[name]])
    }

    private mutating func planStart(of name: String, _ wanted: RenderedEntity) {
        let isUnfinished = isCutOff(versionAddress(name))
        let reason: Reason =
            isUnfinished ? .unfinishedLastTime : view.versions[name] == nil ? .newInFile : .changedInFile
        var step = DraftStep(.start, versionAddress(name))
        step.changes = changes(of: wanted, newObject: reason, checking: true)
        step.records = [record(wanted.record, .started)]
        step.reasons = [reason]
        step.from = .stopped
        step.to = .started
        running[name] = append(step, after: [runtimeStep, uploaded[name], created[name]])
    }

    /// What a version that runs needs to be as wanted, what cannot wait apart; nil for nothing.
    private mutating func update(
        of name: String, _ wanted: RenderedEntity, _ recorded: EntityRecord
    ) -> (repair: DraftStep?, update: DraftStep?) {
        let recordMoved = recorded.differs(from: wanted.record)
        var step = DraftStep(.update, versionAddress(name))
        step.changes = changes(of: wanted, newObject: .changedInFile)
        // A version that loses the publication is updated afterwards. What is broken of it is mended at once: it has the calls until then.
        var repair: DraftStep?
        if recorded.status == .published, let successor = view.wantedPublished, successor != name {
            repair = self.repair(of: name, taking: &step.changes)
        }
        guard recordMoved || !step.changes.isEmpty else { return (repair, nil) }
        let staysPublished = recorded.status == .published && view.wantedPublished == name
        step.records = [record(wanted.record, staysPublished ? .published : .started)]
        if recordMoved { step.reasons = [.changedInFile] }
        return (repair, step)
    }

    /// Takes out of the changes of a version what mends it; all of them, when the file changes something that is broken. Nothing but the
    /// stop of the version waits for it: publishing another one is a way to mend it, too.
    private func repair(of name: String, taking changes: inout [DraftChange]) -> DraftStep? {
        let broken = changes.filter { !$0.reasons.isDisjoint(with: [.driftedInCluster, .missingInCluster]) }
        guard !broken.isEmpty else { return nil }
        let isMeantOtherwise = broken.contains { draft in
            draft.manifest.map { $0.text != comparison.state.objects[draft.address]?.appliedText } ?? true
        }
        var step = DraftStep(.update, versionAddress(name))
        step.changes = isMeantOtherwise ? changes : broken
        let taken = Set(step.changes.map(\.address))
        changes.removeAll { taken.contains($0.address) }
        return step
    }

    /// What makes a version's objects as wanted, and takes away what it no longer needs.
    private mutating func changes(of wanted: RenderedEntity, newObject reason: Reason, checking: Bool = false) -> [DraftChange] {
        let kept = comparison.stillRead(view.unwanted[wanted.address] ?? [], by: wanted)
        diagnostics += kept.sorted { $0.key < $1.key }.map { .configurationKept($0.key, readers: $0.value) }
        return Succession.pairing(
            drafts(of: wanted, newObject: reason, checking: checking),
            removals(of: wanted.address, because: .changedInFile, but: Set(kept.keys)), of: wanted, comparison)
    }

    private mutating func planDeleting(_ name: String) {
        guard view.wantedVersions[name] == nil, view.versions[name] != nil else { return }
        var step = DraftStep(.deleteVersion, versionAddress(name))
        step.records = [RecordChange(address: versionAddress(name), record: nil)]
        step.reasons = [removed]
        step.from = .stopped
        append(step, after: [unpublished[name], stopped[name]], waitsForAll: true)
    }

    // MARK: Parts

    mutating func drafts(
        of entity: RenderedEntity, newObject: Reason, checking: Bool = false
    ) -> [DraftChange] {
        var drafts: [DraftChange] = []
        for manifest in entity.manifests where isOwn(manifest, of: entity) {
            let draft = draft(manifest, of: entity.address, newObject: newObject, checking: checking)
            if let draft { drafts.append(draft) }
        }
        return drafts
    }

    mutating func draft(
        _ manifest: Manifest, of entity: EntityAddress, newObject: Reason, checking: Bool = false
    ) -> DraftChange? {
        let verdict = comparison.wanted(manifest, of: entity, newObject: newObject, checking: checking)
        diagnostics += verdict.diagnostics
        left += verdict.left
        if var other = verdict.foreign {
            other.isForCanary = comparison.wantedBy[manifest.address] == nil
            foreign.append(other)
        }
        guard let draft = verdict.draft else { return nil }
        if draft.prior != nil, comparison.state.objects[manifest.address] == nil, !draft.reasons.contains(.adopt) {
            adopted += 1
        }
        return draft
    }

    mutating func report(_ diagnostic: Diagnostic) { diagnostics.append(diagnostic) }

    /// Whether a run was cut off in making the entity: it has objects, though no run has brought it about; an import makes that so
    /// too.
    func isCutOff(_ entity: EntityAddress) -> Bool { !comparison.isAfterImport && view.hasObjects(entity) }

    /// Whether no other entity wants the object too.
    func isOwn(_ manifest: Manifest, of entity: RenderedEntity) -> Bool {
        comparison.contested.isEmpty || comparison.wantedBy[manifest.address] == entity.address
    }

    /// The recorded objects of an entity that nobody wants, but for those that are kept.
    mutating func removals(
        of entity: EntityAddress, because reason: Reason, but kept: Set<ResourceAddress> = []
    ) -> [DraftChange] {
        (view.unwanted[entity] ?? []).filter { !kept.contains($0.address) }.compactMap { record in
            let verdict = comparison.unwanted(record, because: reason)
            diagnostics += verdict.diagnostics
            return verdict.draft
        }
    }

    func record(_ record: EntityRecord, _ status: VersionStatus) -> RecordChange {
        var record = record
        record.status = status
        return RecordChange(address: record.address, record: record)
    }

    @discardableResult
    mutating func append(_ step: DraftStep, after: [Int?], waitsForAll: Bool = false) -> Int {
        var step = step
        let position = firstStep + steps.count
        step.after = Set(after.compactMap { $0 })
        step.reasons.formUnion(step.changes.lazy.flatMap(\.reasons))
        if step.reasons.isEmpty { step.nameReasons(comparison.state) }
        if waitsForAll { step.after.formUnion(allBuiltUp(before: position)) }
        if !step.isTakingAway { buildingUp.append(position) }
        steps.append(step)
        return position
    }

    /// What a step that takes away waits for: all that builds up. Where that is much, the first such step waits for it
    /// and the others for that one, so that the edges stay as many as the steps.
    private mutating func allBuiltUp(before position: Int) -> [Int] {
        guard buildingUp.count > 64 else { return buildingUp }
        if let gate { return [gate] }
        gate = position
        return buildingUp
    }
}
