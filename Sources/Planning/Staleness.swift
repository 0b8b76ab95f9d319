import Fields
import Model

/// Tells whether a saved plan still holds.
///
/// It does as long as nothing that is in it moved: its objects in the fields that are ours or that it sets, its
/// entities in where they stand. Whatever else changed in the state or the cluster meanwhile is no reason to plan anew.
package struct Staleness {
    private let plan: Plan
    private let state: State
    private let live: LiveState

    /// Everything that moved since the plan was made, as errors `stale-plan`; nothing when it can be applied. `live` is
    /// sealed, and holds what `Planning.candidates` asks for.
    package static func check(_ plan: Plan, state: State, live: LiveState) -> [Diagnostic] {
        let staleness = Staleness(plan: plan, state: state, live: live)
        let wrongPlace = staleness.wrongPlace()
        guard wrongPlace.isEmpty else { return wrongPlace }
        // Several steps and changes may be about one thing.
        return Set(staleness.movedEntities()).sorted() + Set(staleness.movedObjects()).sorted()
    }

    /// The plan is for another state or another cluster.
    private func wrongPlace() -> [Diagnostic] {
        if let planned = plan.lineage, planned != state.lineage {
            let now = state.lineage.map { "this state is \($0)" } ?? "there is no state now"
            return [stale("it was made for another state", "It was made for state \(planned); \(now).")]
        }
        if let cluster = state.cluster, cluster.uid != plan.cluster.uid {
            return [
                stale(
                    "it was made for another cluster",
                    "It was made for \(plan.cluster.name) (\(plan.cluster.uid)); "
                        + "the state describes \(cluster.name) (\(cluster.uid))."
                )
            ]
        }
        return []
    }

    // MARK: Entities

    /// The first step of each entity says where it stood.
    private func movedEntities() -> [Diagnostic] {
        var seen: Set<EntityAddress> = []
        return plan.steps.compactMap { step in
            guard step.upload == nil, step.drain == nil, seen.insert(step.entity).inserted, let moved = moved(step) else { return nil }
            return stale(moved, counting("Plan again to see what is left to do."), address: "\(step.entity)")
        } + movedPublications()
    }

    private func moved(_ step: Step) -> String? {
        let record = state.entities[step.entity]
        switch step.action {
        case .createRuntime, .createVersion:
            return record == nil ? nil : "\(step.entity) has been created meanwhile"
        case .deleteRuntime where record?.protected ?? false:
            return "\(step.entity) has been protected meanwhile"
        case .updateRuntime, .updatePublication, .update, .rotate, .retire:
            return record == nil ? "\(step.entity) has been removed meanwhile" : nil
        case .upload, .drain, .deleteRuntime, .adopt, .forget:
            return nil
        case .start, .canary, .publish, .unpublish, .stop, .deleteVersion:
            guard let record else {
                return step.from == nil || !(isRecorded(step) || step.action == .canary) ? nil : "\(step.entity) has been removed meanwhile"
            }
            guard let status = record.status, let from = step.from, status != from else { return nil }
            return "\(step.entity) was \(from.rawValue) and is \(status.rawValue) now"
        }
    }

    /// Whether the plan knew the version of the step: one whose record was missing leaves none either.
    private func isRecorded(_ step: Step) -> Bool { !step.records.isEmpty }

    private func movedPublications() -> [Diagnostic] {
        plan.steps.compactMap { step in
            guard case .version(let runtime, let name) = step.entity else { return nil }
            let published = state.entities[.publication(runtime: runtime)]?.published
            let planned: String?
            switch step.action {
            case .publish, .canary: planned = step.replaces
            case .updatePublication: planned = name
            default: return nil
            }
            guard published != planned, !(step.action == .publish && planned == nil && published == name) else {
                return nil
            }
            let summary =
                published.map { "runtime \(runtime) publishes \($0) now" } ?? "runtime \(runtime) publishes nothing now"
            return stale(summary, counting("Plan again to see what is left to do."), address: "\(step.entity)")
        }
    }

    // MARK: Objects

    private func movedObjects() -> [Diagnostic] {
        plan.changes.compactMap { change in
            let object = live.objects[change.address]
            let address = "\(change.address)"
            guard let prior = change.prior else {
                guard let object, change.action == .create, !object.isTerminating else { return nil }
                return stale("\(address) exists by now", counting("The plan would create it."), address: address)
            }
            guard let object else {
                // Gone already: less to do than was approved.
                if change.action == .delete { return nil }
                return stale("\(address) is gone by now", counting("The plan found it there."), address: address)
            }
            guard object.uid == prior.uid else {
                return stale(
                    "\(address) was made anew meanwhile",
                    counting("The plan is for the one with the uid \(prior.uid); now it is \(object.uid)."),
                    address: address)
            }
            let moved = change.moved(in: object)
            return moved.isEmpty
                ? nil
                : stale(
                    "\(moved.count == 1 ? "a field" : "\(moved.count) fields") of \(address) changed meanwhile",
                    counting(moved.map(object.account).joined(separator: "\n")), address: address)
        }
    }

    // MARK: Words

    private func stale(_ what: String, _ detail: String, address: String? = nil) -> Diagnostic {
        Diagnostic(code: "stale-plan", summary: "The plan is stale: \(what)", detail: detail, address: address)
    }

    private func counting(_ detail: String) -> String {
        guard plan.serial != state.serial else { return detail }
        return "\(detail)\nThe state's serial was \(plan.serial) when the plan was made and is \(state.serial) now."
    }
}
