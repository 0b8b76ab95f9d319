/// Whether an object does its work, judged from its status at the generation that was written.
package enum Readiness: Sendable, Hashable {
    case ready
    /// Not yet; the reason in words: `1 of 3 replicas ready`.
    case progressing(String)
    /// It cannot become ready without a change.
    case failed(ReadinessFailure)

    package var isReady: Bool { self == .ready }
}

/// Why an object cannot become ready.
package struct ReadinessFailure: Sendable, Hashable {
    /// The Kubernetes reason: `ImagePullBackOff`, `Unschedulable`, `ProgressDeadlineExceeded`.
    package let reason: String
    /// What it means here, in one sentence.
    package let message: String
    /// The pod that says so, if one does.
    package let pod: FailingPod?

    package init(reason: String, message: String, pod: FailingPod? = nil) {
        self.reason = reason
        self.message = message
        self.pod = pod
    }
}

/// A pod that cannot become ready, and what in it.
package struct FailingPod: Sendable, Hashable {
    package let name: String
    package let uid: String
    /// The container that is at fault; nil when none is.
    package let container: String?
    /// It has run before: what it wrote then tells more.
    package let hasRestarted: Bool

    package init(name: String, uid: String, container: String? = nil, hasRestarted: Bool = false) {
        self.name = name
        self.uid = uid
        self.container = container
        self.hasRestarted = hasRestarted
    }
}
