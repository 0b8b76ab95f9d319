import JSON
import Model

/// What the kubelet and the scheduler find of a pod.
enum PodState: Sendable, Hashable {
    /// No node takes it.
    case unschedulable(String)
    /// Its containers do not start.
    case waiting(reason: String, message: String?)
    /// Its containers ended badly and are started again and again.
    case crashing(reason: String, exitCode: Int)
    /// Its containers run, and say they are not ready.
    case unready
    case running
    case succeeded
    case failed(exitCode: Int)
}

extension World {
    /// Writes a pod's status, in the shape of Kubernetes.
    mutating func report(_ pod: LiveObject, _ state: PodState) {
        let old = pod.content["status"]
        let spec = pod.content["spec"] ?? [:]
        var status: JSONValue = ["phase": .string(state.phase), "qosClass": old?["qosClass"] ?? "BestEffort"]
        func condition(_ type: String, _ isTrue: Bool, _ reason: String?, _ message: String?) -> JSONValue {
            let value: JSONValue = isTrue ? "True" : "False"
            let previous = old?.items("conditions").first { $0["type"]?.string == type }
            let since = previous?["status"] == value ? previous?["lastTransitionTime"] : nil
            var condition: JSONValue = [
                "type": .string(type), "status": value, "lastProbeTime": .null,
                "lastTransitionTime": since ?? .string(timestamp),
            ]
            if let reason { condition["reason"] = .string(reason) }
            if let message { condition["message"] = .string(message) }
            return condition
        }
        if case .unschedulable(let message) = state {
            status["conditions"] = [condition("PodScheduled", false, "Unschedulable", message)]
            return setStatus(status, of: pod.address, as: "kube-scheduler")
        }
        let names = spec.items("containers").compactMap { $0["name"]?.string }
        let isReady = state == .running
        let why = isReady ? nil : state == .succeeded ? "PodCompleted" : "ContainersNotReady"
        let what =
            isReady || state == .succeeded ? nil : "containers with unready status: [\(names.joined(separator: " "))]"
        status["conditions"] = [
            condition("Initialized", true, nil, nil), condition("Ready", isReady, why, what),
            condition("ContainersReady", isReady, why, what), condition("PodScheduled", true, nil, nil),
        ]
        let number = mix("address of " + pod.uid)
        let address = JSONValue.string("10.244.\(number >> 9 & 0xFF).\(1 + number % 254)")
        status["hostIP"] = "192.0.2.1"
        status["podIP"] = address
        status["podIPs"] = [["ip": address]]
        status["startTime"] = old?["startTime"] ?? .string(timestamp)
        let before = old?.items("containerStatuses").compactMap { $0["restartCount"]?.integer }.max() ?? 0
        let restarts = state.restarts == 0 ? 0 : max(state.restarts, before + 1)
        status["containerStatuses"] = .array(
            spec.items("containers").map {
                containerStatus($0, state.container(at: timestamp), ready: isReady, restarts, state)
            })
        if !spec.items("initContainers").isEmpty {
            let ended = PodState.succeeded.container(at: timestamp)
            status["initContainerStatuses"] = .array(
                spec.items("initContainers").map { containerStatus($0, ended, ready: true, 0, .succeeded) })
        }
        if pod.content.at("spec", "nodeName") == nil { bind(pod) }
        setStatus(status, of: pod.address, as: Self.kubelet)
        if let reason = state.trouble { tell(reason, about: pod) }
    }

    private mutating func bind(_ pod: LiveObject) {
        var content = pod.content
        content.change("spec") { $0["nodeName"] = .string(Self.nodeName) }
        put(content, managers: pod.managers)
    }

    private func containerStatus(
        _ container: JSONValue, _ state: JSONValue, ready: Bool, _ restarts: Int, _ pod: PodState
    ) -> JSONValue {
        [
            "name": container["name"] ?? "", "image": container["image"] ?? "", "imageID": "", "ready": .bool(ready),
            "started": .bool(pod == .running || pod == .unready), "restartCount": .integer(restarts), "state": state,
            "lastState": pod.last(at: timestamp),
        ]
    }

    /// An Event about a pod, as the kubelet sends it; the same one is counted.
    private mutating func tell(_ trouble: (reason: String, message: String), about pod: LiveObject) {
        let name = "\(pod.address.name).\(World.safe(mix(trouble.reason), count: 8))"
        guard object("Event", pod.address.namespace, name) == nil, !isTerminating(namespace: pod.address.namespace)
        else { return }
        create(
            [
                "apiVersion": "v1", "kind": "Event",
                "metadata": ["name": .string(name), "namespace": pod.metadata["namespace"] ?? ""],
                "type": "Warning", "reason": .string(trouble.reason), "message": .string(trouble.message), "count": 1,
                "firstTimestamp": .string(timestamp), "lastTimestamp": .string(timestamp),
                "source": ["component": "kubelet", "host": .string(Self.nodeName)],
                "involvedObject": [
                    "apiVersion": "v1", "kind": "Pod", "name": .string(pod.address.name),
                    "namespace": pod.metadata["namespace"] ?? "", "uid": .string(pod.uid),
                ],
            ], as: Self.kubelet)
    }
}

extension PodState {
    var phase: String {
        switch self {
        case .unschedulable, .waiting: "Pending"
        case .crashing, .unready, .running: "Running"
        case .succeeded: "Succeeded"
        case .failed: "Failed"
        }
    }

    var restarts: Int {
        if case .crashing = self { 5 } else { 0 }
    }

    /// Whether the kubelet tries again after a back-off.
    var isTriedAgain: Bool {
        switch self {
        case .crashing: true
        case .waiting(let reason, _): ["ErrImagePull", "ImagePullBackOff"].contains(reason)
        default: false
        }
    }

    /// `state` of a container status.
    func container(at moment: String) -> JSONValue {
        switch self {
        case .unschedulable: return [:]
        case .waiting(let reason, let message):
            var waiting: JSONValue = ["reason": .string(reason)]
            if let message { waiting["message"] = .string(message) }
            return ["waiting": waiting]
        case .crashing:
            return ["waiting": ["reason": "CrashLoopBackOff", "message": "back-off 5m0s restarting failed container"]]
        case .unready, .running:
            return ["running": ["startedAt": .string(moment)]]
        case .succeeded:
            return Self.ended(exitCode: 0, reason: "Completed", at: moment)
        case .failed(let exitCode):
            return Self.ended(exitCode: exitCode, reason: "Error", at: moment)
        }
    }

    /// `lastState` of a container status.
    func last(at moment: String) -> JSONValue {
        guard case .crashing(let reason, let exitCode) = self else { return [:] }
        return Self.ended(exitCode: exitCode, reason: reason, at: moment)
    }

    private static func ended(exitCode: Int, reason: String, at moment: String) -> JSONValue {
        [
            "terminated": [
                "exitCode": .integer(exitCode), "reason": .string(reason), "startedAt": .string(moment),
                "finishedAt": .string(moment),
            ]
        ]
    }

    /// What an Event says of it.
    var trouble: (reason: String, message: String)? {
        switch self {
        case .waiting(let reason, let message) where reason != "ContainerCreating":
            ("Failed", "Error: \(message ?? reason)")
        case .crashing: ("BackOff", "Back-off restarting failed container")
        case .unready: ("Unhealthy", "Readiness probe failed")
        default: nil
        }
    }
}
