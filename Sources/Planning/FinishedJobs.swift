import Fields
import JSON
import Model

/// Jobs run once: what is over does not run again, whatever is applied, and is made anew where it has to
/// (https://kubernetes.io/docs/concepts/workloads/controllers/job/).
extension LiveObject {
    var isJob: Bool { address.group == "batch" && address.kind == "Job" }
    /// Has ended, well or badly.
    var isOver: Bool { hasEnded(as: ["Complete", "Failed"]) }
    /// Has ended badly, and is not tried again.
    var hasFailed: Bool { hasEnded(as: ["Failed"]) }

    private func hasEnded(as types: [String]) -> Bool {
        guard isJob else { return false }
        return (content["status"]?["conditions"]?.array ?? []).contains { condition in
            condition["status"] == "True" && types.contains(condition["type"]?.string ?? "")
        }
    }
}

extension ObjectComparison {
    func replacingJob(
        _ manifest: Manifest, of entity: EntityAddress, _ record: ObjectRecord?, _ object: LiveObject, because reasons: Set<Reason>,
        _ differences: [Difference] = []
    ) -> DraftChange {
        var draft = DraftChange(.replace, manifest, of: entity, record: record)
        draft.prior = Change.Prior(uid: object.uid, fields: [:])
        draft.reasons = reasons
        draft.differences = differences
        draft.unchecked = true
        return draft
    }
}
