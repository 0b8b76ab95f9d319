import JSON
import Model
import Readiness

/// Waits until objects are ready, or gone, and says meanwhile what for.
struct Waiter: Sendable {
    let cluster: any Cluster
    let watch: ObjectWatch
    let settings: ApplySettings
    let stop: StopSignal
    let events: EventLog
    let quiet = RunQuiet()

    /// Returns when `object`, as the server answered it, does its work. Throws `not-ready` when it cannot, `not-ready-in-time`,
    /// `object-deleted`, or what keeps us from looking.
    func untilReady(_ object: LiveObject, of change: Change) async throws(Diagnostic) {
        if ReadinessRules.judge(object).isReady { return }
        let mark = await watch.follow(change.type)
        let began = events.elapsed
        var failedSince: Double?, lonelySince: Double?
        var nextQuestion = settings.patience
        try await wait(change, until: "ready", ObjectWatch.Interest(object)) { () throws(Diagnostic) in
            var found = try seen(await watch.sight(of: object.address, change.type, uid: object.uid, mark: mark), object)
            if found == nil, events.elapsed - began >= Self.lag { found = try seen(try await look(change, uid: object.uid), object) }
            guard let found else { return .waiting("", atMost: Self.lag) }
            guard let related = try await related(to: found) else { return .waiting("") }
            switch ReadinessRules.judge(found, related: related) {
            case .ready: return .done
            case .progressing(let reason):
                failedSince = nil
                if RelatedObjects.hasEndpoints(found.address) {
                    guard quiet.isQuiet, related.pods.isEmpty else {
                        lonelySince = nil
                        return .waiting(reason, atMost: Self.lag)
                    }
                    let since = lonelySince ?? events.elapsed
                    lonelySince = since
                    let left = settings.patience - (events.elapsed - since)
                    if left <= 0, await hasNoPods(found) {
                        let failure = ReadinessFailure.noPods(found)
                        throw .notReady(change, failure, Evidence(failure))
                    }
                    if left <= 0 { lonelySince = nil }
                    return .waiting(reason, atMost: left > 0 ? min(left, Self.lag) : Self.lag)
                }
                guard mayBeRefused(found, related) else { return .waiting(reason) }
                let waited = events.elapsed - began
                guard waited >= nextQuestion else { return .waiting(reason, atMost: nextQuestion - waited) }
                if let refusal = await Witness(cluster: cluster).refusal(of: found) {
                    throw .notReady(change, refusal.failure, refusal.evidence)
                }
                // Servers search all events of a namespace for those of an object: they are asked more and more seldom.
                nextQuestion = 2 * max(waited, Self.lag)
                return .waiting(reason, atMost: nextQuestion - waited)
            case .failed(let failure):
                let since = failedSince ?? events.elapsed
                failedSince = since
                let left = settings.patience - (events.elapsed - since)
                if left <= 0 { throw .notReady(change, failure, await Witness(cluster: cluster).evidence(of: failure, about: found)) }
                return .waiting(failure.reason, atMost: left)
            }
        }
    }

    /// The newest view of the object that the server answered with; nil while the watch lags behind.
    private func seen(_ sight: ObjectWatch.Sight, _ object: LiveObject) throws(Diagnostic) -> LiveObject? {
        switch sight {
        case .unknown: return nil
        case .there(let found):
            // Nothing on a Service tells whether the watch has seen the change yet: one that it still shows as it was would be
            // ready by its old endpoints. What was sent decides, with the pods and endpoints that there are for it now.
            if RelatedObjects.hasEndpoints(found.address) { return object }
            return (found.generation ?? 0) >= (object.generation ?? 0) ? found : nil
        case .absent, .deleted: throw .deletedMeanwhile(object.address)
        case .hidden(let error): throw .cannotLook(object.address, error)
        }
    }

    private func related(to object: LiveObject) async throws(Diagnostic) -> RelatedObjects? {
        do throws(ClusterError) {
            if object.address.kind == "PersistentVolumeClaim", object.content["status"]?["phase"] == "Pending" {
                return RelatedObjects(waitsForConsumer: try await waitsForConsumer(object))
            }
            return try await watch.related(to: object)
        } catch {
            throw .cannotLook(object.address, error)
        }
    }

    /// Whether the claim's storage class binds it only when a pod uses it. Where classes may not be read, that is taken for granted:
    /// a claim that never binds shows in the pods that use it.
    private func waitsForConsumer(_ claim: LiveObject) async throws(ClusterError) -> Bool {
        guard let name = claim.content["spec"]?["storageClassName"]?.string, !name.isEmpty else { return false }
        do throws(ClusterError) {
            let found = try await cluster.get(RelatedObjects.storageClassType, namespace: nil, name: name)
            return found?.content["volumeBindingMode"] == "WaitForFirstConsumer"
        } catch {
            guard error.kind == .forbidden || error.isTransient else { throw error }
            return error.kind == .forbidden
        }
    }

    /// Whether the server itself, and not only a watch that may lag behind, knows of no pod that the Service selects.
    private func hasNoPods(_ service: LiveObject) async -> Bool {
        let selector = (service.content["spec"]?["selector"]?.object ?? [:]).map { ($0.key, $0.value.string ?? "") }
        let query = ObjectQuery(
            type: RelatedObjects.podType, namespace: service.address.namespace, labels: Dictionary(selector) { first, _ in first })
        do throws(ClusterError) { return try await cluster.list(query).objects.isEmpty } catch { return false }
    }

    /// A workload of which there is no pod although there should be, and whose status does not say why: only its controller's events
    /// do. A Deployment has a condition for that.
    private func mayBeRefused(_ object: LiveObject, _ related: RelatedObjects) -> Bool {
        related.pods.isEmpty && RelatedObjects.hasPods(object.address) && object.address.kind != "Deployment"
    }

    /// Returns when the object with `uid` is gone.
    func untilGone(_ change: Change, uid: String) async throws(Diagnostic) {
        _ = await watch.follow(change.type)
        try await wait(change, until: "gone", ObjectWatch.Interest(change.address)) { () throws(Diagnostic) in
            // It was there before anything was listed: whichever list lacks it will do.
            var sight = await watch.sight(of: change.address, change.type, uid: uid, mark: 0)
            // Objects that lost our labels are not in the lists.
            if case .absent = sight { sight = try await look(change, uid: uid) }
            switch sight {
            case .deleted, .absent: return .done
            case .there(let object): return .waiting(whatHolds(object), atMost: Self.lag)
            case .unknown: return .waiting("", atMost: Self.lag)
            case .hidden(let error): throw .cannotLook(change.address, error)
            }
        }
    }

    /// How long a watch may lag behind, in seconds, before the object itself is read.
    private static let lag = 2.0

    private func look(_ change: Change, uid: String) async throws(Diagnostic) -> ObjectWatch.Sight {
        do throws(ClusterError) {
            let address = change.address
            let found = try await cluster.get(change.type, namespace: address.namespace, name: address.name)
            return found.flatMap { $0.uid == uid ? .there($0) : nil } ?? .absent
        } catch {
            return error.isTransient ? .unknown : .hidden(error)
        }
    }

    /// What an object that is being deleted waits for
    /// (https://kubernetes.io/docs/concepts/overview/working-with-objects/finalizers/).
    private func whatHolds(_ object: LiveObject) -> String {
        guard object.isTerminating else { return "" }
        let conditions = object.content["status"]?["conditions"]?.array ?? []
        for type in ["NamespaceFinalizersRemaining", "NamespaceContentRemaining"] {
            let condition = conditions.first { $0["type"]?.string == type && $0["status"] == "True" }
            if let message = condition?["message"]?.string { return message }
        }
        let finalizers = (object.metadata["finalizers"]?.array ?? []).compactMap(\.string)
        return finalizers.isEmpty ? "being deleted" : "being deleted; finalizer \(finalizers.joined(separator: ", ")) is not done"
    }

    // MARK: Waiting

    private enum Verdict {
        case done
        /// Look again when something changes, and after so many seconds.
        case waiting(String, atMost: Double? = nil)
    }

    private func wait(
        _ change: Change, until end: String, _ interest: ObjectWatch.Interest, look: () async throws(Diagnostic) -> Verdict
    ) async throws(Diagnostic) {
        let listener = await watch.listen(interest)
        let stopper = Task { await stop.requested(); listener.wake() }
        let result: Result<Void, Diagnostic>
        do throws(Diagnostic) {
            result = .success(try await wait(change, until: end, listener, look))
        } catch {
            result = .failure(error)
        }
        stopper.cancel()
        await watch.ignore(listener)
        try result.get()
    }

    private func wait(
        _ change: Change, until end: String, _ listener: ObjectWatch.Listener, _ look: () async throws(Diagnostic) -> Verdict
    ) async throws(Diagnostic) {
        let began = events.elapsed
        var deadline = began + settings.timeout
        var iterator = listener.stream.makeAsyncIterator()
        var said = "", isStopping = false
        var alarm: Task<Void, Never>?
        defer { alarm?.cancel() }
        while true {
            _ = await iterator.next()
            guard case .waiting(let reason, let atMost) = try await look() else { return }
            let now = events.elapsed
            if stop.isRequested, !isStopping {
                isStopping = true
                deadline = min(deadline, now + settings.grace)
            }
            if now >= deadline || Task.isCancelled {
                throw .notInTime(change, until: end, reason, after: settings.timeout, isStopping: isStopping)
            }
            if reason != said, !reason.isEmpty { events.write(.changeWaiting(change.id, reason)) }
            said = reason
            alarm?.cancel()
            alarm = Task { [pause = max(0.001, min(deadline - now, atMost ?? .infinity))] in
                try? await Task.sleep(for: .seconds(pause))
                if !Task.isCancelled { listener.wake() }
            }
        }
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
