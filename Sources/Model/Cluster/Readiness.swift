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
    package let pod: String?

    package init(reason: String, message: String, pod: String? = nil) {
        self.reason = reason
        self.message = message
        self.pod = pod
    }
}
