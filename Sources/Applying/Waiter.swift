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
    /// What the files name and others are to make.
    let awaited: Set<ResourceAddress>
    let quiet = RunQuiet()
    let failed = FailedWorkloads()

    /// Returns when `object`, what is watched of it as the server answered, does its work. Throws `not-ready` when it cannot, `not-ready-in-time`,
    /// `object-deleted`, or what keeps us from looking.
    func untilReady(_ object: LiveObject, of change: Change) async throws(Diagnostic) {
        if ReadinessRules.judge(object).isReady { return }
        let wait = ReadyWait(object, of: change, self, mark: await watch.follow(change.type))
        try await self.wait(change, until: "ready", ObjectWatch.Interest(object)) { () throws(Diagnostic) in
            try await wait.look()
        } late: {
            await wait.evidence()
        }
    }

    /// Returns when the object with `uid` is gone.
    func untilGone(_ change: Change, uid: String) async throws(Diagnostic) {
        _ = await watch.follow(change.type)
        var last: LiveObject?
        try await wait(change, until: "gone", ObjectWatch.Interest(change.address)) { () throws(Diagnostic) in
            // It was there before anything was listed: whichever list lacks it will do.
            var sight = await watch.sight(of: change.address, change.type, uid: uid, mark: 0)
            // Objects that lost our labels are not in the lists.
            if case .absent = sight { sight = try await look(change, uid: uid) }
            switch sight {
            case .deleted, .absent: return .done
            case .there(let object):
                last = object
                return .waiting(whatHolds(object), atMost: Self.lag)
            case .unknown: return .waiting("", atMost: Self.lag)
            case .hidden(let error): throw .cannotLook(change.address, error)
            }
        } late: {
            guard let last else { return nil }
            return await witness.late(ReadinessFailure(reason: "Terminating", message: ""), about: last)
        }
    }

    var witness: Witness { Witness(cluster: cluster, patience: settings.explanation) }

    /// How long a watch may lag behind, in seconds, before the object itself is read.
    static let lag = 2.0

    func look(_ change: Change, uid: String) async throws(Diagnostic) -> ObjectWatch.Sight {
        do throws(ClusterError) {
            let address = change.address
            let found = try await cluster.get(change.type, namespace: address.namespace, name: address.name)
            return found.flatMap { $0.uid == uid ? .there($0.watched) : nil } ?? .absent
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

    enum Verdict {
        case done
        /// Look again when something changes, and after so many seconds.
        case waiting(String, atMost: Double? = nil)
    }

    /// Looks until the verdict is `done`. `late` gives what is known of the object when its time is up.
    private func wait(
        _ change: Change, until end: String, _ interest: ObjectWatch.Interest, look: () async throws(Diagnostic) -> Verdict,
        late: () async -> Witness.Late?
    ) async throws(Diagnostic) {
        let listener = await watch.listen(interest)
        let stopper = Task { await stop.requested(); listener.wake() }
        let result: Result<Void, Diagnostic>
        do throws(Diagnostic) {
            result = .success(try await wait(change, until: end, listener, look, late))
        } catch {
            result = .failure(error)
        }
        stopper.cancel()
        await watch.ignore(listener)
        try result.get()
    }

    private func wait(
        _ change: Change, until end: String, _ listener: ObjectWatch.Listener, _ look: () async throws(Diagnostic) -> Verdict,
        _ late: () async -> Witness.Late?
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
                // Whoever asked to stop does not wait for explanations.
                let known = isStopping || Task.isCancelled ? nil : await late()
                throw .notInTime(change, until: end, reason, known, after: settings.timeout, isStopping: isStopping)
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
