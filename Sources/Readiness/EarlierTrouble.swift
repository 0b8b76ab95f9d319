import JSON
import Model

/// What was wrong with an object before a run came to it: no evidence against the run until it happens anew, or has stood for longer
/// than Kubernetes takes to try again. Clocks are not compared: an attempt is known by its own marks.
package struct EarlierTrouble: Sendable, Hashable {
    /// How long Kubernetes takes to try again, in seconds.
    package struct RetryTimes: Sendable, Hashable {
        /// What the kubelet and the scheduler come back to by themselves: a missing ConfigMap (10 to 15 s,
        /// https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/pod_workers.go), a pod that no node takes.
        package var soon: Double
        /// What is tried after a back-off, which grows to five minutes
        /// (https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy).
        package var late: Double

        package init(soon: Double = 30, late: Double = 330) {
            self.soon = soon
            self.late = late
        }
    }

    private var attempts: [Spot: Attempt] = [:]
    /// When a Deployment's controller gave up waiting for progress.
    private var stalledAt: String?
    /// Its controller says that pods are refused.
    package private(set) var isRefused = false

    /// Nothing was wrong, since there was nothing.
    package static let none = EarlierTrouble()

    private init() {}

    /// All that is wrong with `object` as it is, but for pods made at `time` (RFC 3339, by the server's clock) or later.
    package init(of object: LiveObject, related: RelatedObjects, before time: String? = nil) {
        for pod in Self.pods(of: object, related) where !pod.isTerminating {
            if let time, let made = pod.metadata["creationTimestamp"]?.string, made >= time { continue }
            for spot in Spot.all(in: pod) { attempts[spot] = Attempt(at: spot, in: pod) }
        }
        stalledAt = Self.stall(of: object)
        isRefused = Self.isRefused(object)
    }

    private static func pods(of object: LiveObject, _ related: RelatedObjects) -> [LiveObject] {
        object.type == RelatedObjects.podType ? [object] : related.pods
    }

    private static func stall(of object: LiveObject) -> String? {
        guard let condition = object.condition("Progressing"), condition["reason"] == "ProgressDeadlineExceeded" else { return nil }
        return condition["lastUpdateTime"]?.string ?? ""
    }

    private static func isRefused(_ object: LiveObject) -> Bool { object.condition("ReplicaFailure")?["status"] == "True" }

    /// Nothing is excused by it any more.
    package var isEmpty: Bool { attempts.isEmpty && stalledAt == nil && !isRefused }

    // MARK: As time goes on

    /// Lets go of what is over, of what has been tried again, and of what would have been by now: `seconds` after the first look.
    package mutating func look(
        at object: LiveObject, related: RelatedObjects, after seconds: Double, _ times: RetryTimes = RetryTimes()
    ) {
        let pods = Dictionary(Self.pods(of: object, related).map { ($0.uid, $0) }) { first, _ in first }
        for (spot, attempt) in attempts {
            let now = pods[spot.pod].flatMap { $0.isTerminating ? nil : Attempt(at: spot, in: $0) }
            attempts[spot] = now.flatMap { attempt.isSame(as: $0) && seconds < $0.limit(times) ? $0 : nil }
        }
        if stalledAt != Self.stall(of: object) { stalledAt = nil }
        isRefused = isRefused && Self.isRefused(object)
    }

    // MARK: What it excuses

    /// The container as the status of `pod` has it; nil for the pod's scheduling.
    func excuses(_ container: JSONValue?, of pod: LiveObject) -> Bool {
        attempts[Spot(pod: pod.uid, container: container?["name"]?.string ?? "")] != nil
    }

    /// Whether it had stopped making progress, and nobody has said so again.
    func excusesStall(of object: LiveObject) -> Bool { stalledAt != nil && stalledAt == Self.stall(of: object) }

    /// What is waited for, in words; nil when nothing about these pods is excused.
    func words(of pods: [LiveObject]) -> String? {
        let known = Set(pods.map(\.uid))
        let tried = attempts.filter { known.contains($0.key.pod) && $0.value.isTrouble }.values
            .min { ($0.pod, $0.reason) < ($1.pod, $1.reason) }
        if let tried { return tried.words }
        return isRefused ? "its pods were refused before this run, and its controller tries again, more and more seldom" : nil
    }
}

/// Where something may be wrong: a container, or with no name the scheduling of its pod.
private struct Spot: Hashable {
    let pod: String
    let container: String

    static func all(in pod: LiveObject) -> [Spot] {
        [Spot(pod: pod.uid, container: "")]
            + pod.containerStatuses.map { Spot(pod: pod.uid, container: $0["name"]?.string ?? "") }
    }
}

/// How far a pod had come at a spot.
private struct Attempt: Hashable {
    let pod: String
    let namespace: String
    /// Why it waits; empty when it does not.
    let reason: String
    let restarts: Int
    /// When the container ran last, or runs since.
    let started: String?

    /// Nil when nothing is wrong there.
    init?(at spot: Spot, in pod: LiveObject) {
        self.pod = pod.address.name
        namespace = pod.address.namespace ?? ""
        if spot.container.isEmpty {
            guard pod.condition("PodScheduled")?["reason"] == "Unschedulable" else { return nil }
            reason = "Unschedulable"
            restarts = 0
            started = nil
            return
        }
        guard let container = pod.containerStatuses.first(where: { $0["name"]?.string == spot.container }), container["ready"] != true
        else { return nil }
        let state = container["state"], last = container["lastState"]?["terminated"]
        reason = state?["waiting"]?["reason"]?.string ?? ""
        restarts = container["restartCount"]?.integer ?? 0
        started = (state?["running"] ?? state?["terminated"] ?? last)?["startedAt"]?.string
    }

    /// Whether nothing was tried between the two. An image that was tried again and again cannot be had shows as an error for a
    /// moment, then as a back-off.
    func isSame(as later: Attempt) -> Bool {
        let isPulledAnew = later.reason == "ErrImagePull" && reason != "ErrImagePull"
        return restarts == later.restarts && started == later.started && !isPulledAnew
    }

    var isTrouble: Bool { reason == "Unschedulable" || ReadinessRules.fatalReasons.contains(reason) }

    private var backsOff: Bool { ["CrashLoopBackOff", "ErrImagePull", "ImagePullBackOff"].contains(reason) }

    func limit(_ times: EarlierTrouble.RetryTimes) -> Double { isTrouble && !backsOff ? times.soon : times.late }

    var words: String {
        let start = "\(reason) since before this run (pod \(pod)), "
        return backsOff
            ? start + "tried again within five minutes, or at once after `kubectl delete pod \(pod) --namespace \(namespace)`"
            : start + "being tried again"
    }
}

extension LiveObject {
    func condition(_ type: String) -> JSONValue? {
        content["status"]?["conditions"]?.array?.first { $0["type"]?.string == type }
    }

    /// Of a pod: how its containers are, those that run first first.
    var containerStatuses: [JSONValue] {
        ["initContainerStatuses", "containerStatuses"].flatMap { content["status"]?[$0]?.array ?? [] }
    }
}
