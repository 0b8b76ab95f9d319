import JSON
import Model

/// Pods: made from templates, taken up by a pretended kubelet, ready after a while unless something is in the way.
extension World {
    static let nodeName = "sandbox"

    // MARK: Making

    /// Makes a pod from the template of its owner. Returns why it was refused, if it was.
    mutating func makePod(for owner: LiveObject, hash: String?, label: String, ordinal: Int? = nil) -> String? {
        let template = owner.content.at("spec", "template") ?? [:]
        let namespace = owner.address.namespace ?? ""
        let isSet = ordinal != nil
        let revision = hash.map { label == "controller-revision-hash" && isSet ? "\(owner.address.name)-\($0)" : $0 }
        let prefix = label == "pod-template-hash" ? "\(owner.address.name)-\(hash ?? "")" : owner.address.name
        let name = ordinal.map { "\(owner.address.name)-\($0)" } ?? freeName(prefix, for: owner)
        if let refusal = podRefusal(template["spec"] ?? [:], name: name, namespace: namespace) { return refusal }

        var metadata = template["metadata"] ?? [:]
        metadata["name"] = .string(name)
        metadata["namespace"] = .string(namespace)
        metadata["ownerReferences"] = [
            [
                "apiVersion": .string(owner.apiVersion), "kind": .string(owner.address.kind),
                "name": .string(owner.address.name), "uid": .string(owner.uid), "controller": true,
                "blockOwnerDeletion": true,
            ]
        ]
        metadata.setDefault("labels", [:])
        metadata.change("labels") { labels in
            if let revision { labels[label] = .string(revision) }
            if isSet {
                labels["statefulset.kubernetes.io/pod-name"] = .string(name)
                labels["apps.kubernetes.io/pod-index"] = ordinal.map { .string(String($0)) }
            }
        }
        var spec = template["spec"] ?? [:]
        if isSet { addClaims(of: owner, pod: name, to: &spec) }
        let pod = create(
            ["apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec], as: Self.controllerManager)
        schedule(.startPod, subject: pod.uid, after: startDelay(of: pod))
        return nil
    }

    private func addClaims(of set: LiveObject, pod: String, to spec: inout JSONValue) {
        let names = (set.content["spec"]?.items("volumeClaimTemplates") ?? []).compactMap {
            $0.at("metadata", "name")?.string
        }
        let kept = spec.items("volumes").filter { !names.contains($0["name"]?.string ?? "") }
        let claims = names.map { name -> JSONValue in
            ["name": .string(name), "persistentVolumeClaim": ["claimName": .string("\(name)-\(pod)")]]
        }
        if !names.isEmpty { spec["volumes"] = .array(kept + claims) }
        spec["hostname"] = .string(pod)
        if let service = set.content.at("spec", "serviceName") { spec["subdomain"] = service }
    }

    /// What admission has against a pod.
    private func podRefusal(_ spec: JSONValue, name: String, namespace: String) -> String? {
        let account = spec["serviceAccountName"]?.string ?? "default"
        if account != "default", object("ServiceAccount", namespace, account) == nil {
            return
                "pods \"\(name)\" is forbidden: error looking up service account \(namespace)/\(account): "
                + "serviceaccount "
                + "\"\(account)\" not found"
        }
        guard let pods = served(ResourceType(apiVersion: "v1", kind: "Pod")) else { return nil }
        return quotaRefusal(kind: pods, name: name, namespace: namespace)
    }

    /// One to two seconds by default, longer when a fault says so.
    func startDelay(of pod: LiveObject) -> Double {
        1 + Double(mix(pod.uid) % 1000) / 1000
    }

    // MARK: Starting

    mutating func startPod(_ pod: LiveObject) {
        guard !pod.isTerminating, !pod.hasEnded else { return }
        let spec = pod.content["spec"] ?? [:]
        let fault = settings.faults.fault(for: pod)
        if let fault, let delay = fault.delay, !wasDelayed(pod) {
            report(pod, .waiting(reason: "ContainerCreating", message: nil))
            schedule(.startPod, subject: pod.uid, detail: "delayed", at: now + delay)
            return
        }
        if let obstacle = obstacle(spec, namespace: pod.address.namespace ?? "") {
            for name in spec.items("volumes").compactMap({ $0.at("persistentVolumeClaim", "claimName")?.string }) {
                if let claim = object("PersistentVolumeClaim", pod.address.namespace, name) { beginBinding(claim) }
            }
            return report(pod, obstacle)
        }
        if let fault, let state = fault.state(of: pod) {
            if state.isTriedAgain { schedule(.retryPod, subject: pod.uid, at: max(now, horizon) + retryPause) }
            return report(pod, state)
        }
        report(pod, .running)
        if owner(of: pod)?.address.kind == "Job" { schedule(.finishPod, subject: pod.uid, after: 2) }
    }

    /// The back-off of a kubelet, which here does not grow; what was missed while nobody looked is one attempt.
    private var retryPause: Double { settings.speed == .instant ? 2 : scaled(10) }

    /// A container is started, or its image pulled, once more. An attempt to pull shows for a while.
    mutating func retryPod(_ pod: LiveObject) {
        guard !pod.isTerminating, !pod.hasEnded, !pod.isReady, !isScheduled(.startPod, subject: pod.uid) else { return }
        guard case .waiting(let reason, let message)? = settings.faults.fault(for: pod)?.state(of: pod) else { return startPod(pod) }
        report(pod, .waiting(reason: reason == "ErrImagePull" ? "ImagePullBackOff" : "ErrImagePull", message: message))
        schedule(.startPod, subject: pod.uid, at: max(now, horizon) + max(0.5, scaled(2)))
    }

    /// A delayed pod waits once: its first report stands since then.
    private func wasDelayed(_ pod: LiveObject) -> Bool {
        pod.content.at("status", "containerStatuses") != nil
    }

    mutating func finishPod(_ pod: LiveObject) {
        guard !pod.isTerminating, !pod.hasEnded else { return }
        report(pod, .succeeded)
    }

    private func owner(of pod: LiveObject) -> LiveObject? {
        pod.controller?["uid"]?.string.flatMap { object(uid: $0) }
    }

    /// Takes up again the pods that wait, for something that may be there now.
    mutating func retryWaitingPods(in namespace: String) {
        for pod in objects("Pod", in: namespace) where !pod.isTerminating && !pod.hasEnded && !pod.isReady {
            guard pod.content.at("status", "conditions") != nil, !isScheduled(.startPod, subject: pod.uid) else {
                continue
            }
            if let obstacle = obstacle(pod.content["spec"] ?? [:], namespace: namespace) {
                report(pod, obstacle)
            } else {
                schedule(.startPod, subject: pod.uid, after: 0.5)
            }
        }
    }

    // MARK: What may be missing

    /// The first thing a pod needs and does not find.
    private func obstacle(_ spec: JSONValue, namespace: String) -> PodState? {
        for volume in spec.items("volumes") {
            guard let name = volume.at("persistentVolumeClaim", "claimName")?.string else { continue }
            guard let claim = object("PersistentVolumeClaim", namespace, name) else {
                return .unschedulable(
                    "0/1 nodes are available: persistentvolumeclaim \"\(name)\" not found. preemption: 0/1 nodes are "
                        + "available: 1 "
                        + "Preemption is not helpful for scheduling.")
            }
            if claim.content.at("status", "phase") != "Bound" {
                return .unschedulable("0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.")
            }
        }
        var missing: String?
        for volume in spec.items("volumes") where missing == nil { missing = missingSource(of: volume, namespace) }
        for container in spec.items("initContainers") + spec.items("containers") where missing == nil {
            missing = missingSource(ofContainer: container, namespace)
        }
        return missing.map { PodState.waiting(reason: "CreateContainerConfigError", message: $0) }
    }

    private func missingSource(of volume: JSONValue, _ namespace: String) -> String? {
        let sources = volume.at("projected")?.items("sources") ?? []
        for source in [volume] + sources {
            if let reference = source["configMap"] {
                let keys = reference.items("items").compactMap { $0["key"]?.string }
                if let text = missing("ConfigMap", reference["name"]?.string, reference, keys, namespace) {
                    return text
                }
            }
            if let reference = source["secret"] {
                let name = reference["secretName"]?.string ?? reference["name"]?.string
                let keys = reference.items("items").compactMap { $0["key"]?.string }
                if let text = missing("Secret", name, reference, keys, namespace) { return text }
            }
        }
        return nil
    }

    private func missingSource(ofContainer container: JSONValue, _ namespace: String) -> String? {
        for source in container.items("envFrom") {
            if let reference = source["configMapRef"],
                let text = missing("ConfigMap", reference["name"]?.string, reference, [], namespace)
            {
                return text
            }
            if let reference = source["secretRef"],
                let text = missing("Secret", reference["name"]?.string, reference, [], namespace)
            {
                return text
            }
        }
        for variable in container.items("env") {
            for (key, kind) in [("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")] {
                guard let reference = variable.at("valueFrom", key) else { continue }
                let keys = [reference["key"]?.string].compactMap { $0 }
                if let text = missing(kind, reference["name"]?.string, reference, keys, namespace) { return text }
            }
        }
        return nil
    }

    private func missing(
        _ kind: String, _ name: String?, _ reference: JSONValue, _ keys: [String], _ namespace: String
    ) -> String? {
        guard reference["optional"] != true else { return nil }
        let name = name ?? ""
        guard let object = object(kind, namespace, name) else { return "\(kind.lowercased()) \"\(name)\" not found" }
        let data = object.content["data"]?.object ?? [:]
        let binary = object.content["binaryData"]?.object ?? [:]
        guard let key = keys.first(where: { data[$0] == nil && binary[$0] == nil }) else { return nil }
        return "couldn't find key \(key) in \(kind) \(namespace)/\(name)"
    }
}
