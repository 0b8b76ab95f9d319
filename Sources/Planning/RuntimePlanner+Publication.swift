import Model

/// What the publication of a runtime has to go through: from one version to another, or away.
extension RuntimePlanner {
    mutating func planPublication() {
        guard let name = view.wantedPublished, let wanted = view.wantedVersions[name], covers(publicationAddress) else {
            return
        }
        let publication =
            view.wantedPublication
            ?? RenderedEntity(record: EntityRecord(address: publicationAddress, published: name), manifests: [])
        let old = view.publication?.published
        if old == name, view.versions[name]?.status == .published {
            planPublicationUpdate(of: name, publication)
        } else {
            planPublish(name, wanted, publication, replacing: old == name ? nil : old)
        }
    }

    private mutating func planPublish(
        _ name: String, _ wanted: RenderedEntity, _ publication: RenderedEntity, replacing old: String?
    ) {
        let isUnfinished = view.publication == nil && isCutOff(publicationAddress)
        let reason: Reason =
            isUnfinished ? .unfinishedLastTime : view.versions[name] == nil ? .newInFile : .changedInFile
        var step = DraftStep(.publish, versionAddress(name))
        var shared = Shared()
        if let old { planRepair(of: publication, published: old, &shared) }
        let isShared = planCanary(name, wanted, publication, replacing: old, &shared)
        // Who has a share of the calls already is watched all the while.
        step.changes = isShared ? [] : checks(of: name, wanted)
        let checked = step.changes.map(\.address)
        step.changes += publicationDrafts(publication, after: shared, newObject: reason).map { $0.waiting(for: checked) }
        step.changes += publicationRemovals(publication, after: shared)
        step.records = [
            record(wanted.record, .published), RecordChange(address: publicationAddress, record: publication.record),
        ]
        step.reasons = [reason]
        // Cut off after a switch, both versions may be known as published.
        step.from = view.versions[name]?.status == .published ? .published : .started
        step.to = .published
        step.replaces = old
        published = append(step, after: [runtimeStep, uploaded[name], created[name], running[name], shared.step])
    }

    /// What of the publication is broken, and is the same whichever version is published: it is mended at once, for the one that is.
    private mutating func planRepair(of publication: RenderedEntity, published old: String, _ shared: inout Shared) {
        var step = DraftStep(.updatePublication, versionAddress(old))
        let moving = publication.manifests.filter(comparison.leadsToVersion).map(\.address)
        for manifest in publication.manifests
        where isOwn(manifest, of: publication) && comparison.isRepaired(manifest, of: publication) {
            guard let draft = draft(manifest, of: publicationAddress, newObject: .changedInFile) else { continue }
            step.changes.append(moving.reduce(draft) { $0.without($1) })
            shared.made(manifest)
            shared.settled.insert(manifest.address)
        }
        guard !step.changes.isEmpty else { return }
        shared.step = append(step, after: [runtimeStep])
    }

    /// A version is ready before it is published: those of its objects that no other step touches are looked at.
    mutating func checks(of name: String, _ wanted: RenderedEntity) -> [DraftChange] {
        let touched = running[name].map { Set(steps[$0 - firstStep].changes.map(\.address)) } ?? []
        return wanted.manifests.compactMap { manifest in
            guard !touched.contains(manifest.address), isOwn(manifest, of: wanted) else { return nil }
            let draft = comparison.wanted(
                manifest, of: wanted.address, newObject: .changedInFile, checking: true
            ).draft
            return draft?.action == .noOp ? draft : nil
        }
    }

    private mutating func planPublicationUpdate(of name: String, _ publication: RenderedEntity) {
        let recordMoved = view.publication != publication.record
        var step = DraftStep(.updatePublication, versionAddress(name))
        step.changes =
            drafts(of: publication, newObject: .changedInFile)
            + removals(of: publicationAddress, because: .changedInFile)
        guard recordMoved || !step.changes.isEmpty else { return }
        step.records = [RecordChange(address: publicationAddress, record: publication.record)]
        if recordMoved { step.reasons = [.changedInFile] }
        published = append(step, after: [runtimeStep, running[name]])
    }

    /// The versions that lose the publication, and the publication itself when it has no successor.
    mutating func planUnpublishing() {
        let successor = view.wantedPublished
        for (name, recorded) in view.versions.sorted(by: { $0.key < $1.key })
        where recorded.status == .published && name != successor && covers(versionAddress(name)) {
            var step = DraftStep(.unpublish, versionAddress(name))
            step.records = [record(view.wantedVersions[name]?.record ?? recorded, .started)]
            step.reasons = [view.wantedVersions[name] == nil ? removed : .changedInFile]
            step.from = .published
            step.to = .started
            let takesAll = successor == nil && view.publication?.published ?? name == name
            if takesAll { takePublication(with: &step) }
            let position = append(step, after: [published])
            unpublished[name] = position
            if let update = running[name] { steps[update - firstStep].after.insert(position) }
            if takesAll { publicationTaken = position }
        }
        planLosses()
        planPublicationRemoval()
    }

    /// Versions that are to be drained though no run has recorded that they had calls: one was cut off, or failed, while it gave them the
    /// publication, or while they had a share of the calls. From here on it is known when they had their last.
    private mutating func planLosses() {
        guard let successor = view.wantedPublished, view.wantedPublication?.drain != nil else { return }
        for name in reached.subtracting([successor]).sorted() where unpublished[name] == nil {
            guard isToStop(name), view.hasObjects(versionAddress(name)), view.versions[name]?.status == .started else { continue }
            var step = DraftStep(.unpublish, versionAddress(name))
            step.reasons = [view.wantedVersions[name] == nil ? removed : .changedInFile, .unfinishedLastTime]
            step.from = .started
            step.to = .started
            unpublished[name] = append(step, after: [published])
        }
    }

    /// The versions that objects of the publication lead to, as far as the state knows.
    private var reached: Set<String> {
        let wanted = view.wantedPublication.map { $0.manifests + $0.canaryOnly } ?? []
        let records = wanted.compactMap { comparison.state.objects[$0.address] } + (view.unwanted[publicationAddress] ?? [])
        let entities = records.flatMap(\.dependsOn).compactMap { comparison.state.objects[$0]?.entity }
        return Set(entities.compactMap { if case .version(_, let name) = $0 { name } else { nil } })
    }

    /// A publication whose version the state does not know as published: cut off while it was made or taken away.
    private mutating func planPublicationRemoval() {
        let isKnown = view.publication != nil || view.hasObjects(publicationAddress)
        let version = view.publication?.published
        guard isKnown, view.wantedPublished == nil, covers(version.map(versionAddress) ?? publicationAddress) else {
            return
        }
        let isTaken = steps.contains { step in step.records.contains { $0.address == publicationAddress } }
        guard !isTaken else { return }
        var step = DraftStep(.unpublish, version.map(versionAddress) ?? publicationAddress)
        step.reasons = [destroying ? .destroy : .changedInFile, .unfinishedLastTime]
        takePublication(with: &step)
        publicationTaken = append(step, after: [])
    }

    private mutating func takePublication(with step: inout DraftStep) {
        let reason = step.reasons.min() ?? removed
        step.changes = removals(of: publicationAddress, because: reason)
        step.records.append(RecordChange(address: publicationAddress, record: nil))
    }
}
