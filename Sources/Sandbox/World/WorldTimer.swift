/// Something that happens by itself at its moment. Kept in the file, so that time passes between runs as well.
struct WorldTimer: Sendable, Hashable, Comparable {
    enum Action: String, Sendable, Hashable, CaseIterable {
        /// The kubelet takes up a pod: it becomes ready, or says why not.
        case startPod
        /// The kubelet tries once more what did not work.
        case retryPod
        /// The containers of a Job's pod end.
        case finishPod
        /// A pod that was deleted is gone.
        case removePod
        /// A claim gets its volume.
        case bindClaim
        /// The content of a terminating namespace is deleted.
        case emptyNamespace
        /// An empty terminating namespace is gone.
        case removeNamespace
        /// What a deleted object owned is deleted.
        case collect
        /// A load balancer has its address.
        case balance
        /// A Deployment has made no progress for too long.
        case giveUp
        /// A finished Job has had its time to live.
        case expireJob
    }

    /// Seconds since 1970.
    let due: Double
    let action: Action
    /// A uid.
    let subject: String
    /// What the moment was set for, where the subject may have moved on since.
    let detail: String

    static func < (left: WorldTimer, right: WorldTimer) -> Bool {
        (left.due, left.subject, left.action.rawValue, left.detail)
            < (right.due, right.subject, right.action.rawValue, right.detail)
    }
}
