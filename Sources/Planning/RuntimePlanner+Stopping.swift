import Model

/// How versions stop: those that had the calls when others answer them, and have done so for a while.
extension RuntimePlanner {
    mutating func planStopping(_ name: String) {
        guard isToStop(name) else { return }
        let wanted = view.wantedVersions[name]?.record
        let recorded = view.versions[name]
        let isRunning = (recorded?.status ?? .stopped) >= .started
        let hasObjects = view.hasObjects(versionAddress(name))
        guard isRunning || hasObjects else { return }
        var step = DraftStep(.stop, versionAddress(name))
        let reason: Reason = wanted == nil ? removed : .changedInFile
        step.changes = removals(of: versionAddress(name), because: reason)
        step.reasons = hasObjects && !isRunning ? [reason, .unfinishedLastTime] : [reason]
        step.from = isRunning ? .started : .stopped
        step.to = .stopped
        if recorded != nil || wanted != nil, let kept = wanted ?? recorded { step.records = [record(kept, .stopped)] }
        let drained = step.changes.isEmpty ? nil : planDraining(name, step.reasons)
        // Not all that time has to be this run's, and much can happen in it.
        if !step.changes.isEmpty, isDrained(name) { step.changes = lastLooks() + step.changes }
        stopped[name] = append(step, after: [unpublished[name], drained, publicationTaken, created[name]], waitsForAll: true)
    }

    func isToStop(_ name: String) -> Bool { (view.wantedVersions[name]?.record.status ?? .stopped) == .stopped }

    /// Whether the version lost the publication to another and the file says that it stays up for a while then, or did.
    private func isDrained(_ name: String) -> Bool {
        guard view.wantedPublication?.drain != nil, now != nil else { return false }
        return unpublished[name] != nil || comparison.state.unpublished[versionAddress(name)] != nil
    }

    /// A version that lost the publication to another stays up for as long as the file says, whichever run took it away.
    private mutating func planDraining(_ name: String, _ reasons: Set<Reason>) -> Int? {
        guard isDrained(name), let seconds = view.wantedPublication?.drain, let now else { return nil }
        let recorded = comparison.state.unpublished[versionAddress(name)]
        let drain = Drain(seconds: seconds, since: unpublished[name] == nil ? recorded : nil)
        guard drain.left(at: now) > 0 else { return nil }
        var step = DraftStep(.drain, versionAddress(name))
        step.drain = drain
        step.reasons = reasons
        step.from = .started
        step.to = .started
        return append(step, after: [unpublished[name]])
    }

    /// Before the version that had the calls is stopped, what has them by then is looked at: when it is not ready any more, the other one
    /// stays up.
    private func lastLooks() -> [DraftChange] {
        guard let name = view.wantedPublished, let publication = view.wantedPublication, let version = view.wantedVersions[name] else {
            return []
        }
        return [version, publication].flatMap { entity in
            entity.manifests.filter { isOwn($0, of: entity) && $0.doesWork }.map { manifest in
                let draft = comparison.wanted(manifest, of: entity.address, newObject: .changedInFile, checking: true).draft
                return DraftChange(lookingOnceMoreAt: manifest, of: entity.address, after: draft)
            }
        }
    }
}

extension Manifest {
    /// Whether it is a workload, or leads to one.
    fileprivate var doesWork: Bool { address.group == "apps" || address.group.isEmpty && address.kind == "Service" }
}
