import JSON
import Model

/// What goes wrong in a simulated cluster, so that people can rehearse it.
package struct SandboxFaults: Sendable, Hashable {
    package var pods: [PodFault]
    package var requests: [RequestFault]
    /// Seconds that every answer takes.
    package var latency: Double

    package init(pods: [PodFault] = [], requests: [RequestFault] = [], latency: Double = 0) {
        self.pods = pods
        self.requests = requests
        self.latency = latency
    }

    package var isEmpty: Bool { pods.isEmpty && requests.isEmpty && latency == 0 }

    /// The first fault that concerns a pod.
    func fault(for pod: LiveObject) -> PodFault? {
        pods.first { $0.concerns(pod) }
    }
}

/// Pods that do not do what they should.
package struct PodFault: Sendable, Hashable {
    /// Which pods; a criterion that is nil is met by all.
    package struct Selection: Sendable, Hashable {
        package var namespace: String?
        /// The pod's name, or the beginning of it up to a `-`: the Deployment's name will do.
        package var name: String?
        package var labels: [String: String]

        package init(namespace: String? = nil, name: String? = nil, labels: [String: String] = [:]) {
            self.namespace = namespace
            self.name = name
            self.labels = labels
        }
    }

    package let pods: Selection
    /// Kubernetes' reason why the pods never become ready: `ImagePullBackOff`, `CrashLoopBackOff`, `Unschedulable`, …;
    /// `NotReady` for containers that run and fail their readiness probe; `Failed` for a Job's pods that end badly. Nil
    /// when they do become ready.
    package let reason: String?
    package let message: String?
    /// Seconds by which they are late, whatever the speed.
    package let delay: Double?

    package init(pods: Selection, reason: String? = nil, message: String? = nil, delay: Double? = nil) {
        self.pods = pods
        self.reason = reason
        self.message = message
        self.delay = delay
    }

    /// The runners' label for the node of a workflow.
    static let nodeLabel = "node-name"

    func concerns(_ pod: LiveObject) -> Bool {
        if let namespace = pods.namespace, namespace != pod.address.namespace { return false }
        if let name = pods.name, name != pod.address.name, !pod.address.name.hasPrefix(name + "-") { return false }
        return pods.labels.allSatisfy { label, value in
            // Components of the stack have no such label, but ours.
            label == Self.nodeLabel
                ? pod.label(label) == value || pod.label(ObjectLabels.component) == value
                : pod.label(label) == value
        }
    }

    /// The state a pod stays in; nil when it becomes ready.
    func state(of pod: LiveObject) -> PodState? {
        guard let reason else { return nil }
        let image = pod.content["spec"]?.items("containers").first?["image"]?.string ?? ""
        switch reason {
        case "NotReady": return .unready
        case "Unschedulable": return .unschedulable(message ?? "0/1 nodes are available: 1 Insufficient memory.")
        case "CrashLoopBackOff", "Error": return .crashing(reason: "Error", exitCode: 1)
        case "OOMKilled": return .crashing(reason: "OOMKilled", exitCode: 137)
        // Containers that are started again end badly once more, and the pod stays.
        case "Failed" where pod.content["spec"]?["restartPolicy"] == "OnFailure": return .crashing(reason: "Error", exitCode: 1)
        case "Failed": return .failed(exitCode: 1)
        case "ImagePullBackOff":
            return .waiting(reason: reason, message: message ?? "Back-off pulling image \"\(image)\"")
        case "ErrImagePull", "InvalidImageName":
            return .waiting(reason: reason, message: message ?? "failed to pull image \"\(image)\"")
        default: return .waiting(reason: reason, message: message)
        }
    }
}

/// Requests that are not answered as they should be. Requests are counted from 1 in each run of Kreform.
package struct RequestFault: Sendable, Hashable {
    package enum Verb: String, Sendable, Hashable, CaseIterable {
        case list, get, apply, delete, watch
    }

    package enum Answer: Sendable, Hashable {
        /// An HTTP status; 429 and 5xx may say when to come back.
        case status(Int, retryAfter: Double?)
        /// The connection breaks before the request is carried out.
        case reset
        /// The request is carried out and the connection breaks before the answer.
        case lost
    }

    /// The number of the one request; nil for all that match the rest.
    package let number: Int?
    package let verb: Verb?
    package let kind: String?
    package let namespace: String?
    package let name: String?
    /// Only the first so many that match.
    package let times: Int?
    package let answer: Answer

    package init(
        number: Int? = nil, verb: Verb? = nil, kind: String? = nil, namespace: String? = nil, name: String? = nil,
        times: Int? = nil, answer: Answer
    ) {
        self.number = number
        self.verb = verb
        self.kind = kind
        self.namespace = namespace
        self.name = name
        self.times = times
        self.answer = answer
    }

    func concerns(_ request: SandboxRequest, number: Int) -> Bool {
        (self.number ?? number) == number && (verb ?? request.verb) == request.verb
            && (kind ?? request.kind) == request.kind
            && (namespace == nil || namespace == request.namespace) && (name == nil || name == request.name)
    }
}

/// What a fault may look at of a request.
struct SandboxRequest: Sendable {
    let verb: RequestFault.Verb
    let kind: String
    var namespace: String?
    var name: String?
}

extension RequestFault.Answer {
    /// The error a client sees.
    func error(_ request: SandboxRequest) -> ClusterError {
        let subject = request.name.map { "\(request.kind) \"\($0)\"" } ?? request.kind
        switch self {
        case .reset, .lost:
            return ClusterError(.connection, "connection reset by peer (injected)")
        case .status(let status, let retryAfter):
            switch status {
            case 401: return ClusterError(.unauthorized, "Unauthorized (injected)")
            case 403: return ClusterError(.forbidden, "\(subject) is forbidden (injected)")
            case 404: return ClusterError(.notFound, "\(subject) not found (injected)")
            case 409: return ClusterError(.stale, "Operation cannot be fulfilled on \(subject) (injected)")
            case 410: return ClusterError(.gone, "too old resource version (injected)")
            case 429:
                return ClusterError(
                    .tooManyRequests(retryAfter: retryAfter),
                    "the server has received too many requests and has asked us to try again later (injected)")
            case 500...:
                return ClusterError(
                    .server(status: status, retryAfter: retryAfter),
                    "an error on the server prevented the request (injected)")
            default: return ClusterError(.invalid(fields: []), "\(subject): status \(status) (injected)")
            }
        }
    }
}
