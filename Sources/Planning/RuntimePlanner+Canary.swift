import JSON
import Model

/// The steps in which a version gets a growing share of the calls before it takes the publication from another.
extension RuntimePlanner {
    /// What canary steps did to the publication's objects, for the step that publishes.
    struct Shared {
        /// By object, what the last step makes of it. Where no step changes it, what it is.
        var left: [ResourceAddress: Manifest] = [:]
        /// Objects that some step changes.
        var changed: Set<ResourceAddress> = []
        /// Objects of the publication that are as they are to be before the calls are shared.
        var settled: Set<ResourceAddress> = []
        /// The last step.
        var step: Int?
    }

    /// Nil when there are none.
    mutating func planCanary(
        _ name: String, _ wanted: RenderedEntity, _ publication: RenderedEntity, replacing old: String?
    ) -> Shared? {
        guard let course = CanaryCourse(of: publication, comparison) else { return nil }
        guard course.missing.isEmpty else {
            report(.canarySkipped(name, publication, course.missing))
            return nil
        }
        var shared = Shared()
        for (index, stage) in course.stages.enumerated() {
            var step = DraftStep(.canary, versionAddress(name))
            if index == 0 {
                step.changes = checks(of: name, wanted)
                step.changes += planFronts(of: stage, publication, &shared)
            }
            let checked = step.changes.map(\.address)
            for route in stage.routes {
                step.changes += change(of: route.manifest, &shared).map { [$0.waiting(for: checked)] } ?? []
            }
            // What others changed meanwhile is given again, and its time begins anew; so it does for a version that changes.
            let goesOn = index == 0 && shared.changed.isEmpty && running[name] == nil
            step.canary = Canary(
                weight: stage.weight, seconds: stage.seconds, since: goesOn ? course.since : nil,
                isUnderWay: index == 0 && course.isUnderWay,
                routes: stage.routes.map(\.address).sorted())
            step.reasons = [.changedInFile]
            step.from = .started
            step.to = .started
            step.replaces = old
            shared.step = append(step, after: [runtimeStep, uploaded[name], created[name], running[name], shared.step])
        }
        return shared
    }

    /// An object that calls come by has to be as it is to be before another one stands beside it.
    private mutating func planFronts(
        of stage: RenderedCanary.Stage, _ publication: RenderedEntity, _ shared: inout Shared
    ) -> [DraftChange] {
        let routes = Set(stage.routes.map(\.address))
        let fronts = Set(stage.routes.map(\.front)).subtracting(routes)
        guard let pivot = publication.canary?.pivot else { return [] }
        var drafts: [DraftChange] = []
        for manifest in publication.manifests where fronts.contains(manifest.address) && isOwn(manifest, of: publication) {
            shared.settled.insert(manifest.address)
            let draft = draft(manifest, of: publicationAddress, newObject: .changedInFile)
            if let draft { drafts.append(draft.without(pivot)) }
        }
        return drafts
    }

    private mutating func change(of manifest: Manifest, _ shared: inout Shared) -> DraftChange? {
        let address = manifest.address
        defer { shared.left[address] = manifest }
        if shared.changed.contains(address), let last = shared.left[address] { return following(manifest, last) }
        let draft = draft(manifest, of: publicationAddress, newObject: .changedInFile)
        if let draft, draft.action != .noOp { shared.changed.insert(address) }
        return draft
    }

    /// A change of an object that a step before has made what `last` says.
    private func following(_ manifest: Manifest, _ last: Manifest) -> DraftChange {
        let record = comparison.state.objects[manifest.address]
        var draft = DraftChange(.update, manifest, of: publicationAddress, record: record)
        draft.isFollowing = true
        draft.differences = Succession.differences(from: last.content, to: manifest)
        if let object = comparison.live.objects[manifest.address], object.uid == record?.uid {
            draft.left = comparison.leftFields(manifest, of: publicationAddress, record, object).paths
            let removed = draft.differences.filter { $0.new == .absent }.map(\.path)
            draft.prior = Change.Prior(of: object, applying: manifest, leaving: draft.left, removing: removed)
        }
        draft.reasons = [.changedInFile]
        draft.unchecked = true
        return draft
    }

    /// The publication's objects as they are to be once the version has all calls, after steps that shared them.
    mutating func publicationDrafts(
        _ publication: RenderedEntity, after shared: Shared?, newObject reason: Reason
    ) -> [DraftChange] {
        guard let shared else { return drafts(of: publication, newObject: reason, checking: true) }
        var drafts: [DraftChange] = []
        for manifest in publication.manifests where isOwn(manifest, of: publication) && !shared.settled.contains(manifest.address) {
            if shared.changed.contains(manifest.address), let last = shared.left[manifest.address] {
                drafts.append(following(manifest, last))
            } else if let draft = draft(manifest, of: publicationAddress, newObject: reason, checking: true) {
                drafts.append(draft)
            }
        }
        return drafts
    }

    /// What the publication does not need any more, after steps that shared the calls.
    mutating func publicationRemovals(_ publication: RenderedEntity, after shared: Shared?) -> [DraftChange] {
        let recorded = removals(of: publicationAddress, because: .changedInFile)
        guard let shared else { return recorded }
        let stays = Set(publication.manifests.map(\.address))
        let made = shared.left.values.filter { shared.changed.contains($0.address) && !stays.contains($0.address) }
            .sorted { $0.address < $1.address }
        return recorded.filter { draft in !made.contains { $0.address == draft.address } } + made.map { manifest in
            var draft = DraftChange(removing: manifest, of: publicationAddress)
            draft.isFollowing = true
            draft.reasons = [.changedInFile]
            let object = comparison.live.objects[manifest.address]
            if let object, object.uid == comparison.state.objects[manifest.address]?.uid {
                draft.prior = Change.Prior(uid: object.uid, fields: [:])
            }
            return draft
        }
    }
}

extension Diagnostic {
    fileprivate static func canarySkipped(
        _ version: String, _ publication: RenderedEntity, _ missing: [ResourceAddress]
    ) -> Diagnostic {
        let names = missing.map(\.short).joined(separator: " and ")
        return Diagnostic(
            .warning, code: "canary-skipped",
            summary: "Version \(version) gets all calls at once: \(names) \(missing.count == 1 ? "is" : "are") not there",
            detail: "Calls are shared by what leads to the version that is published now. The plan makes it, for the new version alone.",
            span: publication.span, address: "\(publication.address)")
    }
}
