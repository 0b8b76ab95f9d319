import JSON
import Model

/// The steps in which a version gets a growing share of the calls before it takes the publication from another.
extension RuntimePlanner {
    /// What steps before the one that publishes did to the publication's objects.
    struct Shared {
        /// By object, what the last step makes of it. Where no step changes it, what it is.
        var left: [ResourceAddress: Manifest] = [:]
        /// Objects that some step changes.
        var changed: Set<ResourceAddress> = []
        /// Objects of the publication that are as they are to be before the calls are shared.
        var settled: Set<ResourceAddress> = []
        /// Objects that nothing can be done about, which has been told.
        var refused: Set<ResourceAddress> = []
        /// The last step.
        var step: Int?

        mutating func made(_ manifest: Manifest) {
            left[manifest.address] = manifest
            changed.insert(manifest.address)
        }
    }

    /// Whether there are any.
    mutating func planCanary(
        _ name: String, _ wanted: RenderedEntity, _ publication: RenderedEntity, replacing old: String?, _ shared: inout Shared
    ) -> Bool {
        guard let course = CanaryCourse(of: publication, comparison) else { return false }
        if let obstacle = course.obstacle {
            report(.canarySkipped(name, publication, obstacle))
            return false
        }
        if let old { warnOfLosses(in: old) }
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
            let isTouched = stage.routes.contains { shared.changed.contains($0.address) || shared.changed.contains($0.front) }
            let goesOn = index == 0 && !isTouched && running[name] == nil
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
        return !course.stages.isEmpty
    }

    /// A version that is to be stopped is not mended, though it has the calls until the switch: the files do not say any more what it is
    /// like.
    private mutating func warnOfLosses(in old: String) {
        guard isToStop(old) else { return }
        let lost = (view.unwanted[versionAddress(old)] ?? []).map(\.address).filter { !comparison.hasOwn($0) }
        guard !lost.isEmpty else { return }
        report(.notMended(old, lost, view.wantedVersions[old]))
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
            guard shared.settled.insert(manifest.address).inserted,
                let draft = draft(manifest, of: publicationAddress, newObject: .changedInFile)
            else { continue }
            if draft.action != .update, draft.action != .noOp { shared.made(manifest) }
            drafts.append(draft.without(pivot))
        }
        return drafts
    }

    private mutating func change(of manifest: Manifest, _ shared: inout Shared) -> DraftChange? {
        let address = manifest.address
        guard !shared.refused.contains(address) else { return nil }
        defer { shared.left[address] = manifest }
        if shared.changed.contains(address), let last = shared.left[address] { return following(manifest, last) }
        let verdict = comparison.wanted(manifest, of: publicationAddress, newObject: .changedInFile)
        if verdict.draft == nil, verdict.foreign != nil || !verdict.diagnostics.isEmpty { shared.refused.insert(address) }
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
        _ publication: RenderedEntity, after shared: Shared, newObject reason: Reason
    ) -> [DraftChange] {
        var drafts: [DraftChange] = []
        for manifest in publication.manifests where isOwn(manifest, of: publication) && !shared.refused.contains(manifest.address) {
            let last = shared.changed.contains(manifest.address) ? shared.left[manifest.address] : nil
            if let last, last.text != manifest.text {
                drafts.append(following(manifest, last))
            } else if !shared.settled.contains(manifest.address),
                let draft = draft(manifest, of: publicationAddress, newObject: reason, checking: true)
            {
                drafts.append(draft)
            }
        }
        return drafts
    }

    /// What the publication does not need any more, after steps that shared the calls.
    mutating func publicationRemovals(_ publication: RenderedEntity, after shared: Shared) -> [DraftChange] {
        let recorded = removals(of: publicationAddress, because: .changedInFile)
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
        _ version: String, _ publication: RenderedEntity, _ obstacle: CanaryCourse.Obstacle
    ) -> Diagnostic {
        let (front, why) = switch obstacle {
        case .noPivot(let pivot):
            (pivot, "It leads to the version that is published now, which has no calls without it. The plan makes it, for the new version.")
        case .rival(let front, let other): (front, """
            It takes the place of \(other.short). A Gateway takes the older of the two, so that one goes first, when the new version is \
            published.
            """)
        }
        return Diagnostic(
            .warning, code: "canary-skipped", summary: "Version \(version) gets all calls at once: \(front.short) is not there",
            detail: why, span: publication.span, address: "\(publication.address)")
    }

    fileprivate static func notMended(_ version: String, _ lost: [ResourceAddress], _ wanted: RenderedEntity?) -> Diagnostic {
        let names = lost.prefix(3).map(\.short).joined(separator: ", ") + (lost.count > 3 ? " and \(lost.count - 3) more" : "")
        return Diagnostic(
            .warning, code: "old-version-broken",
            summary: "Version \(version) has calls until the switch, and is not whole: \(names) \(lost.count == 1 ? "is" : "are") gone",
            detail: """
                It is to be stopped, so the plan does not mend it. With `status: started` beside it in the file it is mended at once, and \
                can be stopped after the switch.
                """,
            span: wanted?.span, address: wanted.map { "\($0.address)" })
    }
}
