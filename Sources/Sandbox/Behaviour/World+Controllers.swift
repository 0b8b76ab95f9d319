import JSON
import Model

/// The control plane: what follows from a change, and what from the passing of time.
extension World {
    /// Tells the controllers that an object changed; `old` is nil when it is new.
    mutating func wake(for object: LiveObject, old: LiveObject?) {
        let address = object.address
        let namespace = address.namespace ?? ""
        switch (address.group, address.kind) {
        case ("", "Pod"):
            if let owner = object.controller, let address = controllerAddress(owner, namespace: namespace) {
                work.add(.workload(address))
            }
            for service in objects("Service", in: namespace) {
                guard let selector = service.content.at("spec", "selector")?.object, !selector.isEmpty else { continue }
                let concerns =
                    matches(object.metadata["labels"], selector)
                    || old.map { matches($0.metadata["labels"], selector) } ?? false
                if concerns { work.add(.endpoints(service.address)) }
            }
            if object.controller == nil, old == nil, !object.isTerminating { work.add(.complete(address)) }
        case ("", "Service"):
            work.add(.endpoints(address))
            work.add(.complete(address))
        case ("", "ConfigMap"), ("", "Secret"):
            work.add(.waitingPods(namespace))
        case ("", "ServiceAccount"), ("", "ResourceQuota"):
            for kind in ["Deployment", "StatefulSet", "DaemonSet"] {
                for workload in objects(kind, group: "apps", in: namespace) where !workload.isTerminating {
                    work.add(.workload(workload.address))
                }
            }
        case ("", "PersistentVolumeClaim"):
            work.add(.waitingPods(namespace))
            work.add(.complete(address))
        case ("apps", _), ("batch", "Job"):
            work.add(.workload(address))
        case ("", "Namespace"), ("networking.k8s.io", "Ingress"):
            work.add(.complete(address))
        case ("gateway.networking.k8s.io", _):
            work.add(.complete(address))
        case ("apiextensions.k8s.io", _):
            work.add(.complete(address))
            if self[address] == nil { removeInstances(of: object) }
        default:
            break
        }
        if old != nil, isTerminating(namespace: namespace) { work.add(.namespace(namespace)) }
    }

    private func controllerAddress(_ owner: JSONValue, namespace: String) -> ResourceAddress? {
        guard let apiVersion = owner["apiVersion"]?.string, let kind = owner["kind"]?.string,
            let name = owner["name"]?.string
        else { return nil }
        return ResourceAddress(apiVersion: apiVersion, kind: kind, namespace: namespace, name: name)
    }

    /// Lets controllers work until none has anything to do.
    mutating func settle() {
        while let item = work.take() {
            switch item {
            case .workload(let address): reconcile(address)
            case .endpoints(let address): reconcileEndpoints(of: address)
            case .waitingPods(let namespace): retryWaitingPods(in: namespace)
            case .namespace(let name): reconcileNamespace(name)
            case .complete(let address): complete(address)
            }
        }
    }

    private mutating func reconcile(_ address: ResourceAddress) {
        guard let object = self[address], !object.isTerminating, !isTerminating(namespace: address.namespace) else {
            return
        }
        switch address.kind {
        case "Deployment": reconcileDeployment(object)
        case "StatefulSet": reconcileStatefulSet(object)
        case "DaemonSet": reconcileDaemonSet(object)
        case "Job": reconcileJob(object)
        default: break
        }
    }

    /// What controllers do once for an object that is new.
    private mutating func complete(_ address: ResourceAddress) {
        guard let object = self[address], !object.isTerminating else { return }
        switch address.kind {
        case "Namespace": completeNamespace(object)
        case "Pod": schedule(.startPod, subject: object.uid, after: startDelay(of: object))
        case "PersistentVolumeClaim":
            if !waitsForConsumer(object) { beginBinding(object) }
        case "Service":
            if object.content.at("spec", "type") == "LoadBalancer",
                object.content.at("status", "loadBalancer", "ingress") == nil
            {
                schedule(.balance, subject: object.uid, after: 1)
            }
        case "Ingress":
            if object.content.at("status", "loadBalancer", "ingress") == nil {
                schedule(.balance, subject: object.uid, after: 0.5)
            }
        case "GRPCRoute", "HTTPRoute": attach(object)
        case "CustomResourceDefinition": establish(object)
        default: break
        }
    }

    /// A moment has come.
    mutating func run(_ timer: WorldTimer) {
        if timer.action == .collect { return collect(timer.subject) }
        guard let object = object(uid: timer.subject) else { return }
        switch timer.action {
        case .startPod: startPod(object)
        case .retryPod: retryPod(object)
        case .finishPod: finishPod(object)
        case .removePod: removeTerminated(object)
        case .bindClaim: bindClaim(object)
        case .emptyNamespace: emptyNamespace(object)
        case .removeNamespace: removeNamespace(object)
        case .balance: balance(object)
        case .giveUp: giveUp(object, on: timer.detail)
        case .expireJob: markDeleted(object.address)
        case .collect: break
        }
    }

    private mutating func removeTerminated(_ object: LiveObject) {
        if object.metadata.items("finalizers").isEmpty { remove(object.address) }
    }

    // MARK: Small ones

    /// Background garbage collection: what no living owner is left for goes.
    private mutating func collect(_ owner: String) {
        for object in dependants(of: owner) where object.owners.allSatisfy({ self.object(uid: $0) == nil }) {
            markDeleted(object.address)
        }
    }

    mutating func beginBinding(_ claim: LiveObject) {
        guard claim.content.at("status", "phase") != "Bound", !isScheduled(.bindClaim, subject: claim.uid) else { return }
        schedule(.bindClaim, subject: claim.uid, after: 0.3)
    }

    /// Claims of such a class are bound when a pod wants them.
    private func waitsForConsumer(_ claim: LiveObject) -> Bool {
        guard let name = claim.content.at("spec", "storageClassName")?.string else { return false }
        let storage = object("StorageClass", group: "storage.k8s.io", nil, name)
        return storage?.content["volumeBindingMode"] == "WaitForFirstConsumer"
    }

    private mutating func bindClaim(_ claim: LiveObject) {
        guard !claim.isTerminating else { return }
        let size = claim.content.at("spec", "resources", "requests", "storage") ?? "1Gi"
        var content = claim.content
        content.change("spec") { $0["volumeName"] = .string("pvc-" + claim.uid) }
        put(content, managers: claim.managers)
        setStatus(
            [
                "phase": "Bound", "accessModes": claim.content.at("spec", "accessModes") ?? [],
                "capacity": ["storage": size],
            ], of: claim.address)
    }

    private mutating func balance(_ object: LiveObject) {
        let number = mix(object.uid)
        let address: JSONValue = ["ip": .string("203.0.113.\(1 + number % 254)")]
        setStatus(["loadBalancer": ["ingress": [address]]], of: object.address)
    }

    /// Custom objects go with the definition of their kind.
    private mutating func removeInstances(of definition: LiveObject) {
        for kind in Set(ServedKind.custom(definition).map(\.kind)).sorted() {
            let group = definition.content.at("spec", "group")?.string ?? ""
            for object in objects(kind, group: group) { remove(object.address) }
        }
    }

    private mutating func establish(_ definition: LiveObject) {
        guard definition.content["status"] == nil else { return }
        let names = definition.content.at("spec", "names") ?? [:]
        let versions = definition.content["spec"]?.items("versions").filter { $0["storage"] == true } ?? []
        func condition(_ type: String, _ reason: String, _ message: String) -> JSONValue {
            [
                "type": .string(type), "status": "True", "reason": .string(reason), "message": .string(message),
                "lastTransitionTime": .string(timestamp),
            ]
        }
        setStatus(
            [
                "acceptedNames": names, "storedVersions": .array(versions.compactMap { $0["name"] }),
                "conditions": [
                    condition("NamesAccepted", "NoConflicts", "no conflicts found"),
                    condition("Established", "InitialNamesAccepted", "the initial names have been accepted"),
                ],
            ], of: definition.address, as: "kube-apiserver")
    }

    // MARK: Namespaces

    /// Every namespace gets its default account and the cluster's certificate.
    private mutating func completeNamespace(_ namespace: LiveObject) {
        let name = namespace.address.name
        if object("ServiceAccount", name, "default") == nil {
            create(
                [
                    "apiVersion": "v1", "kind": "ServiceAccount",
                    "metadata": ["name": "default", "namespace": .string(name)],
                ], as: Self.controllerManager)
        }
        if object("ConfigMap", name, "kube-root-ca.crt") == nil {
            create(
                [
                    "apiVersion": "v1", "kind": "ConfigMap",
                    "metadata": ["name": "kube-root-ca.crt", "namespace": .string(name)],
                    "data": ["ca.crt": "simulated\n"],
                ], as: Self.controllerManager)
        }
    }

    private mutating func emptyNamespace(_ namespace: LiveObject) {
        // Workloads before their pods, so that nothing is made anew.
        let content = content(of: namespace.address.name)
        for object in content where object.address.kind != "Pod" { markDeleted(object.address) }
        for object in content where object.address.kind == "Pod" { markDeleted(object.address) }
        reconcileNamespace(namespace.address.name)
    }

    /// Once a terminating namespace is empty it goes; until then it says what it waits for.
    private mutating func reconcileNamespace(_ name: String) {
        guard let namespace = object("Namespace", nil, name), namespace.isTerminating,
            !isScheduled(.emptyNamespace, subject: namespace.uid)
        else { return }
        let content = content(of: name)
        if content.isEmpty {
            if !isScheduled(.removeNamespace, subject: namespace.uid) {
                schedule(.removeNamespace, subject: namespace.uid, after: 0.3)
            }
            return
        }
        let waiting = content.flatMap { $0.metadata.items("finalizers").compactMap(\.string) }
        guard !waiting.isEmpty else { return }
        let counted = Dictionary(waiting.map { ($0, 1) }, uniquingKeysWith: +).sorted { $0.key < $1.key }
        let message =
            "Some content in the namespace has finalizers remaining: "
            + counted.map { "\($0.key) in \($0.value) resource instances" }.joined(separator: ", ")
        setStatus(
            [
                "phase": "Terminating",
                "conditions": [
                    [
                        "type": "NamespaceFinalizersRemaining", "status": "True", "reason": "SomeFinalizersRemain",
                        "message": .string(message),
                        "lastTransitionTime": namespace.metadata["deletionTimestamp"] ?? .string(timestamp),
                    ]
                ],
            ], of: namespace.address)
    }

    private mutating func removeNamespace(_ namespace: LiveObject) {
        guard namespace.isTerminating else { return }
        if content(of: namespace.address.name).isEmpty, namespace.metadata.items("finalizers").isEmpty {
            remove(namespace.address)
        } else {
            emptyNamespace(namespace)
        }
    }
}
