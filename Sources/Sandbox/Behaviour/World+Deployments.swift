import JSON
import Model

/// Deployments and DaemonSets. A simplification against real clusters: a Deployment owns its pods itself, without a
/// ReplicaSet between; the label `pod-template-hash` tells their revision.
extension World {
    mutating func reconcileDeployment(_ deployment: LiveObject) {
        let spec = deployment.content["spec"] ?? [:]
        let wanted = spec["replicas"]?.integer ?? 1
        let hash = templateHash(spec)
        let pods = pods(of: deployment).filter { !$0.isTerminating && !$0.hasEnded }
        let new = pods.filter { $0.label("pod-template-hash") == hash }
        let old = pods.filter { $0.label("pod-template-hash") != hash }
        let rolling = spec.at("strategy", "rollingUpdate")
        let surge = Self.share(rolling?["maxSurge"], of: wanted, up: true)
        let slack = Self.share(rolling?["maxUnavailable"], of: wanted, up: false)
        let recreate = spec.at("strategy", "type") == "Recreate"
        let allowed = recreate ? wanted : wanted + (surge == 0 && slack == 0 ? 1 : surge)
        let least = recreate ? 0 : wanted - slack

        if spec["paused"] != true {
            var refusal: String?
            if !(recreate && !(old.isEmpty && self.pods(of: deployment).allSatisfy { !$0.isTerminating })) {
                for _ in 0..<max(0, min(wanted - new.count, allowed - pods.count)) {
                    refusal = makePod(for: deployment, hash: hash, label: "pod-template-hash")
                    if refusal != nil { break }
                }
            }
            if let refusal { return tellRefusal(refusal, of: deployment, hash: hash) }
            var ready = pods.filter(\.isReady).count
            // Old pods that are not ready serve nobody; ready ones go as new ones take their place.
            let unready = old.filter { !$0.isReady }
            for pod in unready { markDeleted(pod.address) }
            for pod in old where pod.isReady && (recreate || ready > least) {
                markDeleted(pod.address)
                ready -= 1
            }
            let surplus = new.count - wanted
            if surplus > 0 {
                for pod in new.sorted(by: { !$0.isReady && $1.isReady }).prefix(surplus) { markDeleted(pod.address) }
            }
        }
        setDeploymentStatus(deployment.address, hash: hash)
    }

    /// A number or a percentage of `total`.
    static func share(_ value: JSONValue?, of total: Int, up: Bool) -> Int {
        if let number = value?.integer { return number }
        guard let text = value?.string, text.hasSuffix("%"), let percent = Int(text.dropLast()) else { return 0 }
        return up ? (total * percent + 99) / 100 : total * percent / 100
    }

    private mutating func tellRefusal(_ message: String, of deployment: LiveObject, hash: String) {
        setDeploymentStatus(deployment.address, hash: hash, refusal: message)
    }

    private mutating func setDeploymentStatus(_ address: ResourceAddress, hash: String, refusal: String? = nil) {
        guard let deployment = self[address] else { return }
        let wanted = deployment.content.at("spec", "replicas")?.integer ?? 1
        let pods = pods(of: deployment).filter { !$0.isTerminating && !$0.hasEnded }
        let updated = pods.filter { $0.label("pod-template-hash") == hash }
        let ready = pods.filter(\.isReady).count
        var status: JSONValue = Self.present([
            "observedGeneration": .integer(deployment.generation ?? 1), "replicas": Self.some(pods.count),
            "updatedReplicas": Self.some(updated.count), "readyReplicas": Self.some(ready),
            "availableReplicas": Self.some(ready), "unavailableReplicas": Self.some(max(0, wanted - ready)),
        ])
        let slack = Self.share(
            deployment.content.at("spec", "strategy", "rollingUpdate", "maxUnavailable"), of: wanted, up: false)
        let old = deployment.content["status"]
        let available = ready >= wanted - slack
        var conditions = [
            condition(
                "Available", available,
                available ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
                "Deployment \(available ? "has" : "does not have") minimum availability.", in: old)
        ]
        let complete = updated.count == wanted && pods.count == wanted && ready == wanted
        let gaveUp =
            Self.condition("Progressing", of: deployment)?["reason"] == "ProgressDeadlineExceeded"
            && deployment.content.at("status", "observedGeneration")?.integer == deployment.generation && !complete
        if gaveUp, let kept = Self.condition("Progressing", of: deployment) {
            conditions.append(kept)
        } else {
            let name = "\(address.name)-\(hash)"
            conditions.append(
                condition(
                    "Progressing", true, complete ? "NewReplicaSetAvailable" : "ReplicaSetUpdated",
                    "ReplicaSet \"\(name)\" \(complete ? "has successfully progressed" : "is progressing").", in: old))
        }
        if let refusal {
            conditions.append(condition("ReplicaFailure", true, "FailedCreate", refusal, in: old))
        }
        status["conditions"] = .array(conditions)
        watchProgress(of: deployment, hash: hash, complete: complete)
        setStatus(status, of: address)
    }

    /// Sets the moment at which a rollout that goes nowhere is given up.
    private mutating func watchProgress(of deployment: LiveObject, hash: String, complete: Bool) {
        if complete { return cancel([.giveUp], subject: deployment.uid) }
        let detail = "\(deployment.generation ?? 1)"
        guard !timers.contains(where: { $0.action == .giveUp && $0.subject == deployment.uid && $0.detail == detail })
        else {
            return
        }
        if Self.condition("Progressing", of: deployment)?["reason"] == "ProgressDeadlineExceeded",
            deployment.content.at("status", "observedGeneration")?.integer == deployment.generation
        {
            return
        }
        cancel([.giveUp], subject: deployment.uid)
        let limit = deployment.content.at("spec", "progressDeadlineSeconds")?.number ?? 600
        let real = settings.speed == .instant ? limit : scaled(limit)
        schedule(.giveUp, subject: deployment.uid, detail: detail, at: now + real)
    }

    mutating func giveUp(_ deployment: LiveObject, on generation: String) {
        guard "\(deployment.generation ?? 1)" == generation, var status = deployment.content["status"] else { return }
        let name = "\(deployment.address.name)-\(templateHash(deployment.content["spec"] ?? [:]))"
        let exceeded = condition(
            "Progressing", false, "ProgressDeadlineExceeded", "ReplicaSet \"\(name)\" has timed out progressing.",
            in: status)
        let others = status.items("conditions").filter { $0["type"] != "Progressing" }
        status["conditions"] = .array(others + [exceeded])
        setStatus(status, of: deployment.address)
    }

    // MARK: DaemonSets

    /// The simulated cluster has one node, so a DaemonSet has one pod.
    mutating func reconcileDaemonSet(_ set: LiveObject) {
        let hash = templateHash(set.content["spec"] ?? [:])
        let pods = pods(of: set).filter { !$0.isTerminating && !$0.hasEnded }
        let current = pods.filter { $0.label("controller-revision-hash") == hash }
        for pod in pods where pod.label("controller-revision-hash") != hash { markDeleted(pod.address) }
        if pods.isEmpty, self.pods(of: set).isEmpty {
            _ = makePod(for: set, hash: hash, label: "controller-revision-hash")
        }
        let ready = current.filter(\.isReady).count
        setStatus(
            Self.present([
                "observedGeneration": .integer(set.generation ?? 1), "desiredNumberScheduled": 1,
                "currentNumberScheduled": .integer(min(1, self.pods(of: set).count)), "numberMisscheduled": 0,
                "numberReady": .integer(ready), "numberAvailable": Self.some(ready),
                "numberUnavailable": Self.some(1 - ready), "updatedNumberScheduled": Self.some(current.count),
            ]), of: set.address)
    }

    // MARK: For all

    /// Counts of zero are left out of a status.
    static func some(_ count: Int) -> JSONValue { count > 0 ? .integer(count) : .null }

    /// The members that are not null.
    static func present(_ members: JSONObject) -> JSONValue {
        .object(members.filter { !$0.value.isNull })
    }

    static func condition(_ type: String, of object: LiveObject) -> JSONValue? {
        object.content["status"]?.items("conditions").first { $0["type"]?.string == type }
    }

    /// A condition that keeps the time of its last change of status.
    func condition(
        _ type: String, _ isTrue: Bool, _ reason: String, _ message: String, in old: JSONValue?
    ) -> JSONValue {
        let previous = old?.items("conditions").first { $0["type"]?.string == type }
        let status: JSONValue = isTrue ? "True" : "False"
        if let previous, previous["status"] == status, previous["reason"]?.string == reason,
            previous["message"]?.string == message
        {
            return previous
        }
        let since = previous?["status"] == status ? previous?["lastTransitionTime"] : nil
        return [
            "type": .string(type), "status": status, "reason": .string(reason), "message": .string(message),
            "lastTransitionTime": since ?? .string(timestamp), "lastUpdateTime": .string(timestamp),
        ]
    }

    /// Tells templates apart, as `pod-template-hash` does.
    func templateHash(_ spec: JSONValue) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in (spec["template"] ?? [:]).encodedBytes() { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return Self.safe(hash, count: 10)
    }
}

extension LiveObject {
    /// Whether a pod is ready.
    var isReady: Bool {
        content["status"]?.items("conditions").contains { $0["type"] == "Ready" && $0["status"] == "True" } ?? false
    }

    /// Whether a pod has run to its end.
    var hasEnded: Bool {
        ["Succeeded", "Failed"].contains(content.at("status", "phase")?.string)
    }
}
