import JSON
import Model
import Readiness

/// One object that is waited for until it is ready, and what was seen of it so far.
final class ReadyWait {
    private let waiter: Waiter
    private let change: Change
    private let object: LiveObject
    private let mark: Int
    private let began: Double
    /// Trouble that this run did not make; nil before the first look.
    private var earlier: EarlierTrouble?
    /// What was said before this run of pods that are refused, once it was asked for.
    private var toldBefore: Witness.Refusals?
    private var hasAsked = false
    private var failedSince: Double?
    private var lonelySince: Double?
    private var nextQuestion: Double
    private var last: (object: LiveObject, related: RelatedObjects)?

    /// `mark` is from the watch, taken when `object` was there.
    init(_ object: LiveObject, of change: Change, _ waiter: Waiter, mark: Int) {
        self.waiter = waiter
        self.change = change
        self.object = object
        self.mark = mark
        began = waiter.events.elapsed
        nextQuestion = waiter.settings.patience
    }

    private var waited: Double { waiter.events.elapsed - began }

    /// Whether it does its work by now; throws when it cannot.
    func look() async throws(Diagnostic) -> Waiter.Verdict {
        var found = try seen(await waiter.watch.sight(of: object.address, change.type, uid: object.uid, mark: mark))
        if found == nil, waited >= Waiter.lag { found = try seen(try await waiter.look(change, uid: object.uid), isWatched: false) }
        guard let found else { return .waiting("", atMost: Waiter.lag) }
        guard let related = try await related(to: found) else { return .waiting("") }
        last = (found, related)
        switch ReadinessRules.judge(found, related: related, earlier: await trouble(before: found, related)) {
        case .ready: return .done
        case .progressing(let reason):
            failedSince = nil
            if RelatedObjects.hasEndpoints(found.address) { return try await lonely(found, related, reason) }
            return try await unlessRefused(found, related, reason)
        case .failed(let failure):
            // Whoever is to make it is told, and has all the time there is.
            if let awaited = AwaitedObject(failure, in: found.address.namespace), waiter.awaited.contains(awaited.address) {
                failedSince = nil
                return .waiting(awaited.words, atMost: Waiter.lag)
            }
            let since = failedSince ?? waiter.events.elapsed
            failedSince = since
            let left = waiter.settings.patience - (waiter.events.elapsed - since)
            guard left <= 0 else { return .waiting(failure.reason, atMost: left) }
            waiter.failed.note(change, failure)
            let witness = waiter.witness
            let told = await witness.explained(failure, about: found)
            throw .notReady(change, told, await witness.evidence(of: told, about: found))
        }
    }

    /// What is known of it when its time is up; nil when it was never seen.
    func evidence() async -> Witness.Late? {
        guard let last else { return nil }
        let failure = ReadinessRules.suspect(last.object, related: last.related)
        return await waiter.witness.late(failure ?? ReadinessFailure(reason: "NotReady", message: ""), about: last.object)
    }

    // MARK: What was there before

    private func trouble(before found: LiveObject, _ related: RelatedObjects) async -> EarlierTrouble {
        var trouble = earlier ?? firstTrouble(found, related)
        if !isNew, !hasAsked, mayBeRefused(found, related) || trouble.isRefused {
            hasAsked = true
            toldBefore = await waiter.witness.refusals(of: found)
        }
        trouble.look(at: found, related: related, after: waited, waiter.settings.retries)
        earlier = trouble
        return trouble
    }

    /// What this run made has no past. Of what it changed, the pods that are older than the change have, by the server's clock.
    private func firstTrouble(_ found: LiveObject, _ related: RelatedObjects) -> EarlierTrouble {
        guard !isNew else { return .none }
        let applied = change.action == .update
            ? object.managers.filter { $0.manager == FieldManager.kreform && $0.operation == .apply }.compactMap(\.time).max() : nil
        return EarlierTrouble(of: found, related: related, before: applied)
    }

    /// The pods of a Service are others' work.
    private var isNew: Bool {
        !RelatedObjects.hasEndpoints(object.address) && (change.action == .create || change.action == .replace)
    }

    // MARK: Without pods

    /// A Service that waits for pods although nothing will make any.
    private func lonely(_ found: LiveObject, _ related: RelatedObjects, _ reason: String) async throws(Diagnostic) -> Waiter.Verdict {
        guard waiter.quiet.isQuiet, related.pods.isEmpty else {
            lonelySince = nil
            return .waiting(reason, atMost: Waiter.lag)
        }
        let since = lonelySince ?? waiter.events.elapsed
        lonelySince = since
        let left = waiter.settings.patience - (waiter.events.elapsed - since)
        if left <= 0, await hasNoPods(found) {
            let failure = waiter.failed.failure(behind: found) ?? ReadinessFailure.noPods(found)
            throw .notReady(change, failure, Evidence(failure))
        }
        if left <= 0 { lonelySince = nil }
        return .waiting(reason, atMost: left > 0 ? min(left, Waiter.lag) : Waiter.lag)
    }

    /// Whether the server itself, and not only a watch that may lag behind, knows of no pod that the Service selects.
    private func hasNoPods(_ service: LiveObject) async -> Bool {
        let selector = (service.content["spec"]?["selector"]?.object ?? [:]).map { ($0.key, $0.value.string ?? "") }
        let query = ObjectQuery(
            type: RelatedObjects.podType, namespace: service.address.namespace, labels: Dictionary(selector) { first, _ in first })
        do throws(ClusterError) { return try await waiter.cluster.list(query).objects.isEmpty } catch { return false }
    }

    /// Servers search all events of a namespace for those of an object: they are asked more and more seldom.
    private func unlessRefused(
        _ found: LiveObject, _ related: RelatedObjects, _ reason: String
    ) async throws(Diagnostic) -> Waiter.Verdict {
        guard mayBeRefused(found, related) || earlier?.isRefused == true else {
            // What is excused is so for a time only.
            return .waiting(reason, atMost: earlier?.isEmpty == false ? min(Waiter.lag, waiter.settings.retries.soon) : nil)
        }
        guard waited >= nextQuestion else { return .waiting(reason, atMost: nextQuestion - waited) }
        if let refusals = await waiter.witness.refusals(of: found), refusals.isMore(than: toldBefore), let refusal = refusals.newest {
            let failure = ReadinessFailure(reason: refusal.reason, message: refusal.message)
            waiter.failed.note(change, failure)
            throw .notReady(
                change, failure, Evidence(reason: refusal.reason, pod: nil, container: nil, events: [refusal], log: []))
        }
        nextQuestion = 2 * max(waited, Waiter.lag)
        return .waiting(reason, atMost: nextQuestion - waited)
    }

    /// A workload of which there is no pod although there should be, and whose status does not say why: only its controller's events
    /// do. A Deployment has a condition for that.
    private func mayBeRefused(_ object: LiveObject, _ related: RelatedObjects) -> Bool {
        related.pods.isEmpty && RelatedObjects.hasPods(object.address) && !RelatedObjects.hasEndpoints(object.address)
            && object.address.kind != "Deployment"
    }

    // MARK: Looking

    /// The newest view of the object that the server answered with; nil while the watch lags behind, which a look at the object
    /// itself does not.
    private func seen(_ sight: ObjectWatch.Sight, isWatched: Bool = true) throws(Diagnostic) -> LiveObject? {
        switch sight {
        case .unknown: return nil
        case .there(let found):
            // Nothing on a Service tells whether the watch has seen the change yet: one that it still shows as it was would be
            // ready by its old endpoints. What was sent decides, with the pods and endpoints that there are for it now.
            if RelatedObjects.hasEndpoints(found.address) { return object }
            return !isWatched || hasTheChange(found) ? found : nil
        case .absent, .deleted: throw .deletedMeanwhile(object.address)
        case .hidden(let error): throw .cannotLook(object.address, error)
        }
    }

    /// Whether what a watch shows is no older than the change. Not all objects count their changes, Jobs only since Kubernetes 1.22:
    /// of the others nothing but the specification tells. What controllers add to it later, as a claim's volume, is no difference.
    private func hasTheChange(_ found: LiveObject) -> Bool {
        if let generation = object.generation { return (found.generation ?? 0) >= generation }
        return found.resourceVersion == object.resourceVersion
            || (found.content["spec"] ?? .null).contains(object.content["spec"] ?? .null)
    }

    private func related(to object: LiveObject) async throws(Diagnostic) -> RelatedObjects? {
        do throws(ClusterError) {
            if object.address.kind == "PersistentVolumeClaim", object.content["status"]?["phase"] == "Pending" {
                return RelatedObjects(waitsForConsumer: try await waitsForConsumer(object))
            }
            return try await waiter.watch.related(to: object)
        } catch {
            throw .cannotLook(object.address, error)
        }
    }

    /// Whether the claim's storage class binds it only when a pod uses it. Where classes may not be read, that is taken for granted:
    /// a claim that never binds shows in the pods that use it.
    private func waitsForConsumer(_ claim: LiveObject) async throws(ClusterError) -> Bool {
        guard let name = claim.content["spec"]?["storageClassName"]?.string, !name.isEmpty else { return false }
        do throws(ClusterError) {
            let found = try await waiter.cluster.get(RelatedObjects.storageClassType, namespace: nil, name: name)
            return found?.content["volumeBindingMode"] == "WaitForFirstConsumer"
        } catch {
            guard error.kind == .forbidden || error.isTransient else { throw error }
            return error.kind == .forbidden
        }
    }
}

extension JSONValue {
    /// Whether it is `other`, but for members that it has beyond.
    fileprivate func contains(_ other: JSONValue) -> Bool {
        guard let members = other.object else { return self == other }
        guard let own = object else { return false }
        return members.allSatisfy { name, value in own[name]?.contains(value) ?? false }
    }
}

extension ReadinessFailure {
    fileprivate static func noPods(_ service: LiveObject) -> ReadinessFailure {
        let selector = (service.content["spec"]?["selector"]?.object ?? [:]).map { "\($0.key)=\($0.value.string ?? "")" }.sorted()
        return ReadinessFailure(
            reason: "NoPods",
            message: "no pod has the labels that it selects (\(selector.joined(separator: ", "))), "
                + "and nothing that is still under way makes one")
    }
}
