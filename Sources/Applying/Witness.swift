import Fields
import JSON
import Model
import Readiness

/// Asks the cluster why an object cannot become ready. What cannot be asked is left out: the verdict stands without it.
struct Witness: Sendable {
    let cluster: any Cluster
    /// For how many seconds it is asked until an event says why. Events come on another way than statuses: kubelets send them a few
    /// a second.
    var patience = 0.0

    private static let lines = 10
    /// An image that cannot be pulled makes three, of which the first says why.
    private static let mostEvents = 5
    /// No answer is waited for longer.
    private static let limit = 10.0

    func evidence(of failure: ReadinessFailure, about object: LiveObject) async -> Evidence {
        await within(Self.limit, or: Evidence(failure)) {
            async let log = lines(of: failure, in: object.address.namespace)
            let events = await explanation(of: failure, about: object)
            return Evidence(
                reason: failure.reason, pod: failure.pod?.name, container: failure.pod?.container,
                events: events.suffix(Self.mostEvents), log: await log)
        }
    }

    /// The failure with who is behind it, where the object tells.
    func explained(_ failure: ReadinessFailure, about object: LiveObject) async -> ReadinessFailure {
        guard failure.reason == ReadinessRules.pausedReason else { return failure }
        let who: String? = await within(Self.limit, or: nil) {
            let found = try? await cluster.get(object.type, namespace: object.address.namespace, name: object.address.name)
            guard let manager = found?.otherManagers(of: FieldPath("spec", "paused")).first else { return nil }
            return "set by \(manager.manager)\(manager.time.map { " at \($0)" } ?? "")"
        }
        guard let who else { return failure }
        return ReadinessFailure(
            reason: failure.reason, message: failure.message.replacing("(spec.paused)", with: "(spec.paused, \(who))"), pod: failure.pod)
    }

    // MARK: When time is up

    /// What is known of an object whose time is up.
    struct Late: Sendable {
        let evidence: Evidence
        /// It in words, as lines of a diagnostic's detail.
        let lines: [String]
    }

    /// `failure`: what most likely keeps it from being ready.
    func late(_ failure: ReadinessFailure, about object: LiveObject) async -> Late {
        let evidence = await Witness(cluster: cluster).evidence(of: failure, about: object)
        let told = failure.message.isEmpty ? [] : ["Pod \(failure.pod?.name ?? ""): \(failure.message)"]
        return Late(evidence: evidence, lines: told + evidence.lines(besides: failure))
    }

    // MARK: Refused pods

    /// What the controllers of a workload say of pods that they cannot make.
    struct Refusals: Sendable {
        /// Nil when the last that they said is something else.
        let newest: ObjectEvent?
        /// How often in all.
        let count: Int

        /// Whether more was said since `earlier`.
        func isMore(than earlier: Refusals?) -> Bool {
            guard let earlier else { return newest != nil }
            return count > earlier.count || (newest?.time ?? "") > (earlier.newest?.time ?? "")
        }
    }

    /// That the pods of a workload are refused, by its quota or by a policy: its controller says so in its newest event. Nil when
    /// events cannot be read.
    func refusals(of object: LiveObject) async -> Refusals? {
        guard var events = await warnings(about: object.uid, in: object.address.namespace) else { return nil }
        for set in await replicaSets(of: object) {
            events += await warnings(about: set.uid, in: object.address.namespace) ?? []
        }
        events.sort { ($0.time, $0.reason) < ($1.time, $1.reason) }
        let refusals = events.filter { $0.reason == "FailedCreate" }
        return Refusals(
            newest: events.last?.reason == "FailedCreate" ? events.last : nil, count: refusals.reduce(0) { $0 + $1.count })
    }

    // MARK: Events

    /// The warnings about what failed, the latest last; asked for again for a while when there are none.
    private func explanation(of failure: ReadinessFailure, about object: LiveObject) async -> [ObjectEvent] {
        let deadline = ContinuousClock.now + .seconds(patience)
        let isTold = failure.pod != nil || failure.reason == "FailedCreate"
        var pause = 0.1
        while true {
            guard let events = await events(of: failure, about: object) else { return [] }
            guard events.isEmpty, isTold, ContinuousClock.now + .seconds(pause) < deadline, !Task.isCancelled else { return events }
            try? await Task.sleep(for: .seconds(pause))
            pause = min(2 * pause, 0.5)
        }
    }

    /// Nil when events cannot be read.
    private func events(of failure: ReadinessFailure, about object: LiveObject) async -> [ObjectEvent]? {
        let namespace = object.address.namespace
        guard var events = await warnings(about: failure.pod?.uid ?? object.uid, in: namespace) else { return nil }
        if failure.pod == nil, events.isEmpty {
            for set in await replicaSets(of: object) { events += await warnings(about: set.uid, in: namespace) ?? [] }
            events.sort { $0.time < $1.time }
        }
        // The same, told again, is told by its last time.
        return events.enumerated().filter { index, event in
            !events[(index + 1)...].contains { $0.message == event.message }
        }.map(\.element)
    }

    /// The latest last; nil when they cannot be read.
    private func warnings(about uid: String, in namespace: String?) async -> [ObjectEvent]? {
        do throws(ClusterError) {
            let found = try await cluster.list(.events(about: uid, in: namespace)).objects
            return found.map { ObjectEvent($0) }.filter(\.isWarning).sorted { ($0.time, $0.reason) < ($1.time, $1.reason) }
        } catch {
            return nil
        }
    }

    /// Of a Deployment: what makes its pods, and says why it cannot.
    private func replicaSets(of object: LiveObject) async -> [LiveObject] {
        guard object.address.group == "apps", object.address.kind == "Deployment" else { return [] }
        var labels: [String: String] = [:]
        for (key, value) in object.content["spec"]?["selector"]?["matchLabels"]?.object ?? [:] { labels[key] = value.string }
        let query = ObjectQuery(
            type: ResourceType(apiVersion: "apps/v1", kind: "ReplicaSet"), namespace: object.address.namespace, labels: labels)
        do throws(ClusterError) {
            return try await cluster.list(query).objects.filter { set in
                set.metadata["ownerReferences"]?.array?.contains { $0["uid"]?.string == object.uid } ?? false
            }
        } catch {
            return []
        }
    }

    // MARK: Logs

    private func lines(of failure: ReadinessFailure, in namespace: String?) async -> [String] {
        guard let pod = failure.pod, let container = pod.container, let namespace else { return [] }
        do throws(ClusterError) {
            return try await cluster.log(LogRequest(
                namespace: namespace, pod: pod.name, container: container, lines: Self.lines, previous: pod.hasRestarted))
        } catch {
            return []
        }
    }

    /// The answer, or `other` when it takes longer than so many seconds.
    private func within<Answer: Sendable>(
        _ seconds: Double, or other: Answer, _ body: @escaping @Sendable () async -> Answer
    ) async -> Answer {
        await withTaskGroup(of: Answer.self) { group in
            group.addTask(operation: body)
            group.addTask {
                try? await Task.sleep(for: .seconds(seconds))
                return other
            }
            let first = await group.next() ?? other
            group.cancelAll()
            return first
        }
    }
}
