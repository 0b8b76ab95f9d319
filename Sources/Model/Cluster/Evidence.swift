import JSON

/// What tells why an object cannot become ready, gathered when that was found.
package struct Evidence: Sendable, Hashable {
    /// The Kubernetes reason: `ImagePullBackOff`, `Unschedulable`.
    package let reason: String
    /// The pod that says so, if one does, and the container in it.
    package let pod: String?
    package let container: String?
    /// The latest events about the pod, or the object, oldest first.
    package let events: [ObjectEvent]
    /// The last lines that the container wrote.
    package let log: [String]

    package init(reason: String, pod: String?, container: String?, events: [ObjectEvent], log: [String]) {
        self.reason = reason
        self.pod = pod
        self.container = container
        self.events = events
        self.log = log
    }

    /// Of a failure that tells all by itself.
    package init(_ failure: ReadinessFailure) {
        self.init(reason: failure.reason, pod: failure.pod?.name, container: failure.pod?.container, events: [], log: [])
    }

    /// As lines of a diagnostic's detail.
    package var lines: [String] {
        let said = events.map { event in
            let often = event.count > 1 ? " (\(event.count) times)" : ""
            return "Event \(event.reason)\(often): \(event.message)"
        }
        guard !log.isEmpty else { return said }
        return said + ["The last lines of container \(container ?? ""):"] + log.map { "  \($0)" }
    }
}

/// An event about an object (https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/).
package struct ObjectEvent: Sendable, Hashable {
    /// `FailedScheduling`, `BackOff`, `FailedCreate`.
    package let reason: String
    package let message: String
    package let isWarning: Bool
    package let count: Int
    /// When it happened last, RFC 3339; empty when the server did not say.
    package let time: String

    package init(reason: String, message: String, isWarning: Bool, count: Int, time: String) {
        self.reason = reason
        self.message = message
        self.isWarning = isWarning
        self.count = count
        self.time = time
    }

    /// Reads an `Event` of the core group.
    package init(_ event: LiveObject) {
        let content = event.content
        let series = content["series"]
        self.init(
            reason: content["reason"]?.string ?? "", message: content["message"]?.string ?? "",
            isWarning: content["type"]?.string == "Warning",
            count: series?["count"]?.integer ?? content["count"]?.integer ?? 1,
            time: series?["lastObservedTime"]?.string ?? content["lastTimestamp"]?.string ?? content["eventTime"]?.string
                ?? event.metadata["creationTimestamp"]?.string ?? "")
    }
}

/// Which container's log.
package struct LogRequest: Sendable, Hashable {
    package let namespace: String
    package let pod: String
    package let container: String
    /// How many lines from its end.
    package let lines: Int
    /// Of the container before its last restart.
    package let previous: Bool

    package init(namespace: String, pod: String, container: String, lines: Int, previous: Bool) {
        self.namespace = namespace
        self.pod = pod
        self.container = container
        self.lines = lines
        self.previous = previous
    }
}
