import Digest
import Fields
import JSON
import Model
import Readiness
import StateStore

/// Carries out the requests of one change: looks whether what was approved still holds, writes the journal, sends, records the
/// answer. What passes is tried again; what may or may not have arrived is looked at before it is sent again.
///
/// Throws a `Diagnostic` about the change, or a `StateStoreError`, after which nothing more can be carried out.
struct ChangeSender: Sendable {
    let cluster: any Cluster
    let store: StateStore
    let run: Run.ID
    /// What the state knew of objects when the run began.
    let records: [ResourceAddress: ObjectRecord]
    let lastRuns: LastRuns
    let chained: ChainedObjects
    let watch: ObjectWatch
    let waiter: Waiter
    let settings: ApplySettings
    let stop: StopSignal
    let events: EventLog

    /// What is left to do after the request.
    enum Sent: Sendable {
        /// What is watched of the object as the server answered it; it has to become ready. Then that is recorded, unless it
        /// `isKnownReady`.
        case accepted(LiveObject, isKnownReady: Bool)
        /// Marked for deletion; when it is gone the journal's entry ends.
        case deleting(uid: String, JournalEntry.ID)
        case settled
    }

    /// - Parameters:
    ///   - asItIs: whatever has become of the object since the plan, as long as it is the same one.
    ///   - isLastLook: an object that nothing is done to is read itself, since what is done next cannot be undone.
    func send(_ change: Change, asItIs: Bool = false, isLastLook: Bool = false) async throws -> Sent {
        if asItIs { try await findUnanswered(change) }
        guard let change = chained.approved(change, asItIs: asItIs) else { return .settled }
        switch change.action {
        case .noOp: return try await found(change, isRead: isLastLook)
        case .create, .update: return accepted(try await apply(change, OpenEntry(), onFailure: .keep))
        case .replace: return accepted(try await replace(change))
        case .delete: return try await delete(change)
        case .forget: return try await forget(change)
        }
    }

    /// Whether a change of this run has made something of an object that a later one is about too, or may have.
    func mayHaveChanged(_ address: ResourceAddress) -> Bool { chained.mayHaveChanged(address) }

    /// Ends a deletion: forgets the object, or keeps its record when it is not gone.
    func end(deletion entry: JournalEntry.ID, of change: Change, isGone: Bool) async throws {
        try await end(entry, isGone ? .done : .deleting, isGone ? .forget(change.address) : .keep)
    }

    /// Records that an object that was sent does its work now.
    func recordReady(_ object: LiveObject) async throws {
        try await store.recordReady(object.address, uid: object.uid, resourceVersion: object.resourceVersion)
    }

    func accepted(_ answer: LiveObject) -> Sent {
        .accepted(answer.watched, isKnownReady: ReadinessRules.judge(answer).isReady)
    }

    // MARK: Apply

    /// - Parameter onFailure: what becomes of the record when the object cannot be applied.
    private func apply(_ change: Change, _ entry: OpenEntry, onFailure: RecordWrite) async throws -> LiveObject {
        guard let manifest = change.manifest else { throw Diagnostic.remade(change.address, isGone: true) }
        return try await trying(change, entry, onFailure: onFailure) { mayHaveArrived in
            let sources = try await sources(of: manifest)
            if !mayHaveArrived, let created = try await create(change, manifest, entry, from: sources) { return created }
            let live = try await cluster.get(change.type, namespace: change.address.namespace, name: change.address.name)
            try approve(change, manifest, live, isRepeated: mayHaveArrived)
            // What is left goes out as it is at this moment: the server refuses when it has moved since.
            let sent = change.sent(over: live?.sealed(with: store.key)) ?? manifest
            let id = try await begun(change, entry)
            let answer = try await cluster.apply(request(sent, over: live, from: sources))
            let isReady = await isReady(change, answer.object)
            try await end(id, .done, .write(newRecord(change, manifest, answer.object, isReady: isReady)))
            chained.note(answer.object.sealed(with: store.key), change.address)
            return answer.object
        }
    }

    /// Whether the object does its work, as far as it tells itself. Nobody waits for a Service that is taken over by an import: one
    /// that works must be known to.
    private func isReady(_ change: Change, _ answer: LiveObject) async -> Bool {
        guard change.reasons.contains(.adopt), RelatedObjects.hasEndpoints(change.address) else {
            return ReadinessRules.judge(answer).isReady
        }
        let (namespace, name) = (change.address.namespace, change.address.name)
        let selector = (answer.content["spec"]?["selector"]?.object ?? [:]).compactMapValues(\.string)
        let query = ObjectQuery(type: RelatedObjects.podType, namespace: namespace, labels: selector, needsManagers: false)
        // Who may not look leaves it to the next plan.
        guard let endpoints = try? await cluster.get(RelatedObjects.endpointsType, namespace: namespace, name: name),
            let pods = try? await cluster.list(query).objects
        else { return false }
        return ReadinessRules.judge(answer, related: RelatedObjects(of: answer, pods: pods) { _ in endpoints }).isReady
    }

    /// Sends what the plan saw to be absent without looking again: the server refuses when others have made it since. Nil when it
    /// has to be looked at before.
    private func create(
        _ change: Change, _ manifest: Manifest, _ entry: OpenEntry, from sources: [String: LiveObject]
    ) async throws -> LiveObject? {
        // Servers do not refuse Services.
        guard change.action != .update, !RelatedObjects.hasEndpoints(change.address) else { return nil }
        let id = try await begun(change, entry)
        let answer: ApplyResult
        do throws(ClusterError) {
            answer = try await cluster.apply(request(manifest, over: nil, from: sources))
        } catch {
            guard error.kind == .stale else { throw error }
            return nil
        }
        try await end(id, .done, .write(newRecord(change, manifest, answer.object)))
        chained.note(answer.object.sealed(with: store.key), change.address)
        return answer.object
    }

    /// What was looked at is what is changed: the server refuses when it has moved since
    /// (https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions).
    private func request(
        _ manifest: Manifest, over live: LiveObject?, from sources: [String: LiveObject]
    ) -> ApplyRequest {
        var generator = SystemRandomNumberGenerator()
        var object = manifest.resolved(live: live, sources: sources, using: &generator)
        if let live { object[JSONPointer(tokens: ["metadata", "resourceVersion"])] = .string(live.resourceVersion) }
        return ApplyRequest(object: object, uid: live?.uid, isNew: live == nil)
    }

    /// The Secrets that values of this one are copied from, by name, with all of these values.
    private func sources(of manifest: Manifest) async throws -> [String: LiveObject] {
        var sources: [String: LiveObject] = [:]
        for name in manifest.sources.sorted() {
            sources[name] = try await cluster.get(manifest.type, namespace: manifest.address.namespace, name: name)
        }
        let missing = manifest.missingCopies(in: sources)
        guard missing.isEmpty else { throw Diagnostic.nothingToCopy(manifest.address, missing) }
        return sources
    }

    /// Throws unless `live` is what the approval was for. `isRepeated`: a request of ours may have changed it meanwhile.
    private func approve(_ change: Change, _ manifest: Manifest, _ live: LiveObject?, isRepeated: Bool) throws(Diagnostic) {
        if let live, live.isTerminating { throw .terminating(live) }
        guard change.action == .update, let prior = change.prior else {
            guard let live else { return }
            let engine = manifest.content["metadata"]?["labels"]?[ObjectLabels.engine]?.string
            if isRepeated, !live.owned.isEmpty, live.label(ObjectLabels.engine) == engine { return }
            throw .existsMeanwhile(live)
        }
        guard let live, live.uid == prior.uid else { throw .remade(change.address, isGone: live == nil) }
        let sealed = live.sealed(with: store.key)
        let moved = isRepeated ? change.movedByOthers(in: sealed) : change.moved(in: sealed)
        if !moved.isEmpty { throw .moved(live, moved) }
    }

    func newRecord(
        _ change: Change, _ manifest: Manifest, _ answer: LiveObject, isReady: Bool? = nil
    ) -> ObjectRecord {
        ObjectRecord(
            address: change.address, entity: change.entity, apiVersion: change.apiVersion, uid: answer.uid,
            resourceVersion: isReady ?? ReadinessRules.judge(answer).isReady ? answer.resourceVersion : ObjectRecord.notReady,
            generation: answer.generation, applied: manifest.content,
            left: left(of: change, manifest, answer), owned: answer.owned, dependsOn: manifest.dependsOn, appliedAt: .now)
    }

    /// What is not as the manifest says, or not ours: a later plan that is not told to leave it must see it.
    private func left(of change: Change, _ manifest: Manifest, _ answer: LiveObject) -> FieldSet {
        guard !change.left.isEmpty else { return FieldSet() }
        let (schema, live) = (MergeSchema(of: manifest.content), answer.sealed(with: store.key).content)
        return FieldSet(change.left.filter { path in
            !answer.owned.touches(path)
                || !schema.rule(at: path).same(value(at: path, in: live), value(at: path, in: manifest.content))
        })
    }

    // MARK: Delete and replace

    private func delete(_ change: Change) async throws -> Sent {
        guard let uid = change.prior?.uid else { throw Diagnostic.remade(change.address, isGone: true) }
        let entry = OpenEntry()
        if lastRuns.contains(change) { try await runLast(change, uid: uid, entry) }
        try await remove(change, uid: uid, entry)
        guard let id = entry.id else { return .settled }
        return .deleting(uid: uid, id)
    }

    /// Returns when the object with `uid` is marked for deletion, or is not there.
    private func remove(_ change: Change, uid: String, _ entry: OpenEntry) async throws {
        try await trying(change, entry, onFailure: .keep) { _ in
            _ = try await begun(change, entry)
            do throws(ClusterError) {
                try await cluster.delete(DeleteRequest(
                    type: change.type, namespace: change.address.namespace, name: change.address.name, uid: uid))
            } catch {
                // A conflict can mean that the object of this name is another one by now, or is being deleted already.
                switch error.kind {
                case .notFound: return
                case .stale:
                    let found = try await cluster.get(
                        change.type, namespace: change.address.namespace, name: change.address.name)
                    if let found, found.uid == uid, !found.isTerminating { throw error }
                default: throw error
                }
            }
        }
    }

    /// Wakes a Job that sleeps, and returns when it has done its work, or is gone already. A run that was cut off here does the
    /// same once more.
    private func runLast(_ change: Change, uid: String, _ entry: OpenEntry) async throws {
        guard let record = records[change.address] else { return }
        let awake = try await trying(change, entry, onFailure: .keep) { _ -> LiveObject? in
            let address = change.address
            guard let live = try await cluster.get(change.type, namespace: address.namespace, name: address.name),
                live.uid == uid, !live.isTerminating
            else { return nil }
            _ = try await begun(change, entry)
            return try await cluster.apply(ApplyRequest(object: record.awakened, uid: uid)).object
        }
        guard let awake else { return }
        do throws(Diagnostic) { try await waiter.untilReady(awake, of: change) } catch {
            try await close(entry, .keep)
            throw Diagnostic.notCleanedUp(change, error)
        }
    }

    private func replace(_ change: Change) async throws -> LiveObject {
        guard let uid = change.prior?.uid else { throw Diagnostic.remade(change.address, isGone: true) }
        let entry = OpenEntry()
        try await trying(change, entry, onFailure: .keep) { _ in
            let address = change.address
            guard let live = try await cluster.get(change.type, namespace: address.namespace, name: address.name) else { return }
            guard live.uid == uid else { throw Diagnostic.remade(address, isGone: false) }
            let moved = change.moved(in: live.sealed(with: store.key))
            if !moved.isEmpty { throw Diagnostic.moved(live, moved) }
        }
        try await remove(change, uid: uid, entry)
        do { try await waiter.untilGone(change, uid: uid) } catch {
            if let id = entry.id { try await end(id, .deleting, .keep) }
            throw error
        }
        return try await apply(change, entry, onFailure: .forget(change.address))
    }

    // MARK: Forget

    /// Takes off the object what says that it is ours, when it is there still, and forgets it.
    private func forget(_ change: Change) async throws -> Sent {
        let entry = OpenEntry()
        try await trying(change, entry, onFailure: .keep) { _ in
            let id = try await begun(change, entry)
            if let uid = change.prior?.uid, let record = records[change.address] { try await release(record, uid: uid) }
            try await end(id, .done, .forget(change.address))
        }
        return .settled
    }

    /// Applies the object as it is without our labels and annotations: they go, since nobody else owns them, and all the rest
    /// stays as it is.
    private func release(_ record: ObjectRecord, uid: String) async throws {
        let (type, address) = (record.type, record.address)
        guard let live = try await cluster.get(type, namespace: address.namespace, name: address.name), live.uid == uid,
            !live.isTerminating
        else { return }
        _ = try await cluster.apply(ApplyRequest(object: live.released(from: record), uid: uid))
    }

    // MARK: Journal

    /// The journal's entry of a change, once there is one: written before its first request, however often that is tried.
    final class OpenEntry {
        var id: JournalEntry.ID?
    }

    private func begun(_ change: Change, _ entry: OpenEntry) async throws -> JournalEntry.ID {
        if let id = entry.id { return id }
        let id = try await store.begin(change, run: run, at: .now)
        entry.id = id
        return id
    }

    private func close(_ entry: OpenEntry, _ record: RecordWrite) async throws {
        guard let id = entry.id else { return }
        try await end(id, .failed, record)
    }

    private func end(_ id: JournalEntry.ID, _ outcome: JournalEntry.Outcome, _ record: RecordWrite) async throws {
        try await store.finish(id, outcome: outcome, record: record, at: .now)
    }

    // MARK: Trying again

    /// Makes a request until it is answered for good. Where nobody knows whether it arrived, the journal's entry stays open: the
    /// next run settles it by looking.
    func trying<Answer>(
        _ change: Change, _ entry: OpenEntry, onFailure: RecordWrite, _ request: (_ mayHaveArrived: Bool) async throws -> Answer
    ) async throws -> Answer {
        var generator = SystemRandomNumberGenerator()
        var tries = 0, mayHaveArrived = false
        let began = events.elapsed
        while true {
            do {
                return try await request(mayHaveArrived)
            } catch let error as ClusterError {
                tries += 1
                mayHaveArrived = mayHaveArrived || entry.id != nil && error.isAmbiguous
                if mayHaveArrived { chained.noteUnanswered(change.address) }
                let pause = stop.isRequested ? nil : settings.retry.delay(
                    after: error, tries: tries, elapsed: events.elapsed - began, using: &generator)
                if let pause {
                    events.write(.changeRetrying(change.id, after: pause, because: error.message))
                    await stop.requested(within: pause)
                }
                if pause == nil || stop.isRequested {
                    if !mayHaveArrived { try await close(entry, onFailure) }
                    throw Diagnostic.refused(change, error)
                }
            } catch let error as Diagnostic {
                if !mayHaveArrived { try await close(entry, onFailure) }
                throw error
            }
        }
    }
}

extension LiveObject {
    /// The fields that `record` says we set, with the values that they have, but for those that tell whose the object is. The generation
    /// of credentials is theirs, whoever has them.
    fileprivate func released(from record: ObjectRecord) -> JSONValue {
        let metadata = record.applied["metadata"]
        let labels = metadata?["labels"]?.object?.keys.filter(ObjectLabels.isOurs) ?? []
        let notes = metadata?["annotations"]?.object?.keys.filter { ObjectLabels.isOurs($0) && $0 != ObjectAnnotations.generation } ?? []
        let shape = removing(
            labels.map { FieldPath("metadata", "labels", $0) } + notes.map { FieldPath("metadata", "annotations", $0) },
            from: record.applied)
        var object = projection(
            of: content, onto: shape, schema: MergeSchema(apiVersion: record.apiVersion, kind: address.kind))
        object["apiVersion"] = .string(record.apiVersion)
        object["kind"] = .string(address.kind)
        object[JSONPointer(tokens: ["metadata", "name"])] = .string(address.name)
        if let namespace = address.namespace { object[JSONPointer(tokens: ["metadata", "namespace"])] = .string(namespace) }
        object[JSONPointer(tokens: ["metadata", "resourceVersion"])] = .string(resourceVersion)
        return object
    }
}
