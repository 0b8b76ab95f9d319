import JSON
import Model

/// Judges objects by their status, at the generation that was written. Pure: what else is needed comes in as `RelatedObjects`.
package enum ReadinessRules {
    /// Whether `object` does its work. Follows the status fields of each kind in the Kubernetes API reference. What is in `earlier` does
    /// not count against it.
    package static func judge(
        _ object: LiveObject, related: RelatedObjects = RelatedObjects(), earlier: EarlierTrouble = .none
    ) -> Readiness {
        if object.isTerminating { return .progressing("being deleted") }
        let status = object.content["status"] ?? [:]
        if let generation = object.generation, let observed = status["observedGeneration"]?.integer, observed < generation {
            return .progressing("its controller has not seen the change yet")
        }
        switch (object.address.group, object.address.kind) {
        case ("apps", "Deployment"), ("apps", "StatefulSet"), ("apps", "DaemonSet"):
            return workload(object, status, pods: related.pods.filter { isCurrent($0, of: object, status) }, earlier)
        case ("batch", "Job"):
            // One that sleeps is as ready as it can be.
            let spec = object.content["spec"]
            return spec?["parallelism"] == 0 || spec?["suspend"] == true ? .ready : job(status, pods: related.pods, earlier)
        case ("", "Pod"): return pod(object, earlier)
        case ("", "PersistentVolumeClaim"): return claim(status, related)
        case ("", "Service"): return service(object, related, earlier)
        case ("", "Namespace"):
            return status["phase"]?.string == "Active" ? .ready : .progressing("the namespace is not active yet")
        case ("apiextensions.k8s.io", "CustomResourceDefinition"):
            return condition("Established", in: status)?["status"] == "True" ? .ready : .progressing("not established yet")
        case ("gateway.networking.k8s.io", "HTTPRoute"), ("gateway.networking.k8s.io", "GRPCRoute"):
            return RouteReadiness.judge(object, status)
        default:
            guard let ready = condition("Ready", in: status), ready["status"] != "True" else { return .ready }
            return .progressing(ready["message"]?.string ?? "its Ready condition is not true yet")
        }
    }

    // MARK: Workloads

    private static func workload(
        _ object: LiveObject, _ status: JSONValue, pods: [LiveObject], _ earlier: EarlierTrouble
    ) -> Readiness {
        if status["observedGeneration"]?.integer == nil { return .progressing("its controller has not seen it yet") }
        if let progressing = condition("Progressing", in: status), progressing["reason"] == "ProgressDeadlineExceeded",
            !earlier.excusesStall(of: object)
        {
            return .failed(podFailure(pods, earlier) ?? ReadinessFailure(
                reason: "ProgressDeadlineExceeded", message: progressing["message"]?.string ?? "it made no progress in time"))
        }
        let isDaemonSet = object.address.kind == "DaemonSet"
        let wanted = isDaemonSet
            ? status["desiredNumberScheduled"]?.integer ?? 0 : object.content["spec"]?["replicas"]?.integer ?? 1
        func count(_ name: String) -> Int { status[name]?.integer ?? 0 }
        let updated = count(isDaemonSet ? "updatedNumberScheduled" : "updatedReplicas")
        let ready = count(isDaemonSet ? "numberReady" : "readyReplicas")
        let available = object.address.kind == "Deployment" ? count("availableReplicas") : ready
        let total = isDaemonSet ? wanted : count("replicas")
        if min(updated, ready, available) >= wanted, total <= wanted { return .ready }
        // Until it goes on, its pods stay as they were before.
        if object.content["spec"]?["paused"] == true, updated < wanted || total > wanted { return .failed(paused(object)) }
        if let failure = podFailure(pods, earlier) { return .failed(failure) }
        // Quotas and admission refuse pods, not the workload.
        if let refused = condition("ReplicaFailure", in: status), refused["status"] == "True", !earlier.isRefused {
            return .failed(ReadinessFailure(
                reason: refused["reason"]?.string ?? "FailedCreate", message: refused["message"]?.string ?? "its pods are refused"))
        }
        if let words = earlier.words(of: pods) { return .progressing(words) }
        if updated < wanted { return .progressing("\(updated) of \(wanted) replicas updated") }
        if total > wanted { return .progressing("\(total - wanted) old replicas still there") }
        if ready >= wanted, let seconds = object.content["spec"]?["minReadySeconds"]?.integer {
            return .progressing("\(available) of \(wanted) replicas ready for \(seconds) s")
        }
        return .progressing("\(min(ready, available)) of \(wanted) replicas ready")
    }

    /// The reason of a workload whose rollout somebody has paused.
    package static let pausedReason = "Paused"

    /// https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#pausing-and-resuming-a-deployment
    private static func paused(_ object: LiveObject) -> ReadinessFailure {
        let (kind, name) = (object.address.kind.lowercased(), object.address.name)
        return ReadinessFailure(
            reason: pausedReason,
            message: "its rollout is paused (spec.paused), and no pods are made of the change until it goes on: `kubectl rollout "
                + "resume \(kind)/\(name) --namespace \(object.address.namespace ?? "")`")
    }

    /// The fields of a container by which a pod is known to be made from a template.
    package static let identifyingFields = ["image", "command", "args", "env", "envFrom"]

    /// Whether the pod was made from the workload's template as it is now: an old one's trouble is what the change mends.
    private static func isCurrent(_ pod: LiveObject, of workload: LiveObject, _ status: JSONValue) -> Bool {
        if let revision = status["updateRevision"]?.string, let own = pod.label("controller-revision-hash") {
            return own == revision
        }
        let template = workload.content["spec"]?["template"]?["spec"]
        return ["containers", "initContainers"].allSatisfy { list in
            (template?[list]?.array ?? []).allSatisfy { wanted in
                let own = pod.content["spec"]?[list]?.array?.first { $0["name"] == wanted["name"] }
                return identifyingFields.allSatisfy { own?[$0] == wanted[$0] }
            }
        }
    }

    private static func job(_ status: JSONValue, pods: [LiveObject], _ earlier: EarlierTrouble) -> Readiness {
        if condition("Complete", in: status)?["status"] == "True" { return .ready }
        if let failed = condition("Failed", in: status), failed["status"] == "True" {
            let last = lastEnd(pods)
            let words = [failed["message"]?.string ?? "the job failed", last?.words].compactMap { $0 }
            return .failed(ReadinessFailure(
                reason: failed["reason"]?.string ?? "Failed", message: words.joined(separator: ": "), pod: last?.pod))
        }
        return podFailure(pods, earlier).map { .failed($0) } ?? .progressing(earlier.words(of: pods) ?? "the job has not completed yet")
    }

    /// The newest pod that failed, and how a container of it ended.
    private static func lastEnd(_ pods: [LiveObject]) -> (pod: FailingPod, words: String)? {
        func age(_ pod: LiveObject) -> (String, String) { (pod.metadata["creationTimestamp"]?.string ?? "", pod.address.name) }
        let failed = pods.filter { $0.content["status"]?["phase"] == "Failed" }.max { age($0) < age($1) }
        guard let failed else { return nil }
        for container in failed.containerStatuses {
            guard let code = container["state"]?["terminated"]?["exitCode"]?.integer, code != 0 else { continue }
            let name = container["name"]?.string ?? ""
            return (FailingPod(name: failed.address.name, uid: failed.uid, container: name), "container \(name) ended with code \(code)")
        }
        return nil
    }

    private static func pod(_ pod: LiveObject, _ earlier: EarlierTrouble) -> Readiness {
        let status = pod.content["status"] ?? [:]
        if status["phase"] == "Succeeded" || condition("Ready", in: status)?["status"] == "True" { return .ready }
        return podFailure([pod], earlier).map { .failed($0) } ?? .progressing(earlier.words(of: [pod]) ?? "the pod is not ready yet")
    }

    /// A claim whose volume is chosen for its first pod is as ready as it can be before there is one
    /// (https://kubernetes.io/docs/concepts/storage/storage-classes/#volume-binding-mode).
    private static func claim(_ status: JSONValue, _ related: RelatedObjects) -> Readiness {
        switch status["phase"]?.string {
        case "Bound": .ready
        case "Lost": .failed(ReadinessFailure(reason: "Lost", message: "the claim lost its volume"))
        default: related.waitsForConsumer ? .ready : .progressing("the claim is not bound yet")
        }
    }

    /// Endpoints follow the selector a moment later: an address counts when its pod is one that is selected now.
    private static func service(_ service: LiveObject, _ related: RelatedObjects, _ earlier: EarlierTrouble) -> Readiness {
        guard service.content["spec"]?["selector"]?.object?.isEmpty == false else { return .ready }
        let selected = Set(related.pods.map(\.address.name))
        let isReady = (related.endpoints?.content["subsets"]?.array ?? []).contains { subset in
            (subset["addresses"]?.array ?? []).contains { address in
                guard address["targetRef"]?["kind"] == "Pod" else { return true }
                return address["targetRef"]?["name"]?.string.map(selected.contains) ?? true
            }
        }
        if isReady { return .ready }
        // Pods of which one may yet become ready are waited for.
        let failures = related.pods.filter { !$0.isTerminating }.map { podFailure([$0], earlier) }
        if let first = failures.first, let failure = first, failures.allSatisfy({ $0 != nil }) { return .failed(failure) }
        return .progressing(earlier.words(of: related.pods) ?? "no ready endpoints yet")
    }

    // MARK: What is not ready

    /// Of an object that is not ready yet: the pod that most likely keeps it so, and what is known of it.
    package static func suspect(_ object: LiveObject, related: RelatedObjects = RelatedObjects()) -> ReadinessFailure? {
        let status = object.content["status"] ?? [:]
        let isWorkload = object.address.group == "apps"
        let pods = object.type == RelatedObjects.podType ? [object]
            : related.pods.filter { !isWorkload || isCurrent($0, of: object, status) }
        if let failure = podFailure(pods, .none) { return failure }
        let unready = pods.sorted { $0.address < $1.address }.first { pod in
            !pod.isTerminating && pod.condition("Ready")?["status"] != "True" && pod.content["status"]?["phase"] != "Succeeded"
        }
        return unready.map(unreadiness)
    }

    /// Of a pod: which container is not ready, or why it has none yet.
    private static func unreadiness(of pod: LiveObject) -> ReadinessFailure {
        for container in pod.containerStatuses where container["ready"] != true {
            let name = container["name"]?.string ?? "", state = container["state"]
            let failing = FailingPod(
                name: pod.address.name, uid: pod.uid, container: name,
                hasRestarted: container["restartCount"]?.integer ?? 0 > 0 && state?["running"] == nil)
            if let waiting = state?["waiting"] {
                let reason = waiting["reason"]?.string ?? "Waiting"
                return ReadinessFailure(
                    reason: reason, message: "container \(name): \(waiting["message"]?.string ?? reason)", pod: failing)
            }
            if let ended = state?["terminated"] {
                return ReadinessFailure(
                    reason: ended["reason"]?.string ?? "Error",
                    message: "container \(name) ended with code \(ended["exitCode"]?.integer ?? 0)", pod: failing)
            }
            return ReadinessFailure(reason: "NotReady", message: "container \(name) runs and is not ready", pod: failing)
        }
        let scheduled = pod.condition("PodScheduled")
        return ReadinessFailure(
            reason: scheduled?["reason"]?.string ?? "Pending", message: scheduled?["message"]?.string ?? "it has no containers yet",
            pod: FailingPod(name: pod.address.name, uid: pod.uid))
    }

    // MARK: Pods that cannot become ready

    /// Waiting reasons that do not pass without a change
    /// (https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#container-states).
    static let fatalReasons: Set<String> = [
        "ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "CrashLoopBackOff",
        "CreateContainerConfigError", "CreateContainerError", "RunContainerError",
    ]

    private static func podFailure(_ pods: [LiveObject], _ earlier: EarlierTrouble) -> ReadinessFailure? {
        for pod in pods.sorted(by: { $0.address < $1.address }) where !pod.isTerminating {
            let status = pod.content["status"] ?? [:]
            if let scheduled = condition("PodScheduled", in: status), scheduled["reason"] == "Unschedulable",
                !waitsForVolumes(scheduled), !earlier.excuses(nil, of: pod)
            {
                return ReadinessFailure(
                    reason: "Unschedulable", message: scheduled["message"]?.string ?? "no node can take the pod",
                    pod: FailingPod(name: pod.address.name, uid: pod.uid))
            }
            for container in pod.containerStatuses {
                guard let waiting = container["state"]?["waiting"], let reason = waiting["reason"]?.string,
                    fatalReasons.contains(reason), !earlier.excuses(container, of: pod)
                else { continue }
                let name = container["name"]?.string ?? ""
                return ReadinessFailure(
                    reason: reason, message: "container \(name): \(waiting["message"]?.string ?? reason)",
                    pod: FailingPod(
                        name: pod.address.name, uid: pod.uid, container: name,
                        hasRestarted: container["restartCount"]?.integer ?? 0 > 0))
            }
        }
        return nil
    }

    /// Volumes that are being made take as long as the storage takes, which may be a minute: the scheduler comes back to the pod
    /// when they are there.
    private static func waitsForVolumes(_ scheduled: JSONValue) -> Bool {
        scheduled["message"]?.string?.contains("unbound immediate PersistentVolumeClaims") ?? false
    }

    private static func condition(_ type: String, in status: JSONValue) -> JSONValue? {
        status["conditions"]?.array?.first { $0["type"]?.string == type }
    }
}
