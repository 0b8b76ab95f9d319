import Fields
import JSON
import Model

/// What became of the requests that the last run was cut off in, found by looking at the objects: nobody has to be
/// asked, because the names of objects are ours to choose.
package struct JournalSettlement: Sendable, Hashable {
    /// The state as it really is.
    package let state: State
    /// One for each entry, in the order of their ids.
    package let resolutions: [JournalResolution]
    /// The objects whose change came to nothing: a plan names them *unfinished last time*.
    package let interrupted: Set<ResourceAddress>

    /// Settles the open entries of a journal. `live` (sealed) must hold the object of each entry, if there is one: got
    /// by its name, since a label selector may not find it.
    package static func settle(
        _ open: [JournalEntry], state: State, live: [ResourceAddress: LiveObject]
    ) -> JournalSettlement {
        var state = state
        var interrupted: Set<ResourceAddress> = []
        let resolutions = open.sorted { $0.id < $1.id }.map { entry in
            let (isDone, record) = resolve(entry, state.objects[entry.address], live[entry.address])
            switch record {
            case .keep: break
            case .write(let record): state.objects[record.address] = record
            case .forget(let address): state.objects[address] = nil
            }
            if !isDone { interrupted.insert(entry.address) }
            let outcome: JournalEntry.Outcome = isDone
                ? .settledDone : isBeingDeleted(entry, live[entry.address]) ? .deleting : .settledUndone
            return JournalResolution(entry: entry.id, outcome: outcome, record: record)
        }
        return JournalSettlement(state: state, resolutions: resolutions, interrupted: interrupted)
    }

    /// The request arrived, and what it asked for is under way.
    private static func isBeingDeleted(_ entry: JournalEntry, _ live: LiveObject?) -> Bool {
        guard entry.action == .delete || entry.action == .replace, let live else { return false }
        return live.isTerminating && live.uid == entry.priorUID
    }

    private static func resolve(
        _ entry: JournalEntry, _ record: ObjectRecord?, _ live: LiveObject?
    ) -> (isDone: Bool, record: RecordWrite) {
        switch entry.action {
        case .delete, .forget:
            // Another uid: ours is gone, and what has its name now is not ours to record.
            if let live, live.uid == entry.priorUID ?? record?.uid { return (false, .keep) }
            return (true, record == nil ? .keep : .forget(entry.address))
        case .replace:
            // Its first half is a delete: when nothing is there, that half has been carried out.
            guard let live else { return (false, record == nil ? .keep : .forget(entry.address)) }
            if live.uid == entry.priorUID { return (false, .keep) }
            return resolveApply(entry, record: nil, live)
        case .create, .update, .noOp:
            guard let live else { return (false, .keep) }
            if let prior = entry.priorUID, live.uid != prior { return (false, .keep) }
            return resolveApply(entry, record: record, live)
        }
    }

    private static func resolveApply(
        _ entry: JournalEntry, record: ObjectRecord?, _ live: LiveObject
    ) -> (isDone: Bool, record: RecordWrite) {
        guard let intended = entry.intended, isOurs(live, entry, intended) else { return (false, .keep) }
        if isAsIntended(intended, live) {
            return (true, .write(newRecord(entry, live, applied: intended.withoutNulls)))
        }
        guard let record, record.uid == live.uid else {
            return (false, .write(newRecord(entry, live, applied: intended.withoutNulls)))
        }
        return (false, isAsRecorded(record, live) ? .keep : .write(moved(record, entry, live)))
    }

    /// Nothing has come of the request: what the last one left is there, and all of it is ours.
    private static func isAsRecorded(_ record: ObjectRecord, _ live: LiveObject) -> Bool {
        live.owned == record.owned && isAsIntended(record.applied, live)
    }

    /// What was applied last is known, and not what came after it. What it was applied for, and when, stays.
    private static func moved(_ record: ObjectRecord, _ entry: JournalEntry, _ live: LiveObject) -> ObjectRecord {
        ObjectRecord(
            address: record.address, entity: record.entity, apiVersion: record.apiVersion, uid: live.uid,
            resourceVersion: ObjectRecord.notReady, generation: live.generation, applied: record.applied, left: record.left,
            owned: live.owned, dependsOn: Set(record.dependsOn).union(entry.dependsOn).sorted(), appliedAt: record.appliedAt)
    }

    /// The object that was to be changed; or one that bears the labels that it was to get, those of another engine are not ours.
    private static func isOurs(_ live: LiveObject, _ entry: JournalEntry, _ intended: JSONValue) -> Bool {
        if entry.action != .replace, let prior = entry.priorUID, prior == live.uid { return true }
        let labels = intended["metadata"]?["labels"]
        return [ObjectLabels.managedBy, ObjectLabels.engine].allSatisfy { name in
            labels?[name]?.string.map { live.label(name) == $0 } ?? !live.owned.isEmpty
        }
    }

    /// Nobody waited until the object was ready. Without a resourceVersion nothing is taken for unchanged either: the next plan
    /// looks at every field.
    private static func newRecord(_ entry: JournalEntry, _ live: LiveObject, applied: JSONValue) -> ObjectRecord {
        ObjectRecord(
            address: entry.address, entity: entry.entity, apiVersion: entry.apiVersion, uid: live.uid,
            resourceVersion: ObjectRecord.notReady, generation: live.generation, applied: applied, owned: live.owned,
            dependsOn: entry.dependsOn, appliedAt: entry.begun)
    }

    /// The object has every field that was to be set, and none left that was to be removed. What was to stay as it is, where the
    /// intention has a `null`, may be anything.
    private static func isAsIntended(_ intended: JSONValue, _ live: LiveObject) -> Bool {
        let manifest = Manifest(sealed: intended, generated: generatedKeys(of: intended))
        return FieldComparison(manifest: manifest, record: nil, live: live).found().allSatisfy {
            value(at: $0.path, in: intended)?.isNull ?? false
        }
    }

    private static func generatedKeys(of intended: JSONValue) -> [String: GeneratedValue] {
        guard let data = intended["data"]?.object else { return [:] }
        return data.compactMapValues { $0 == .string(Manifest.generatedMark) ? GeneratedValue.random(0) : nil }
    }
}
