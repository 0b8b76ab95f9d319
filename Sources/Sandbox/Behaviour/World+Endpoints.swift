import JSON
import Model

extension World {
    /// Keeps the Endpoints object of a Service: its labels, and the addresses of the pods its selector matches, ready ones
    /// apart.
    mutating func reconcileEndpoints(of address: ResourceAddress) {
        let namespace = address.namespace ?? ""
        let endpoints = object("Endpoints", namespace, address.name)
        guard let service = self[address], !service.isTerminating else {
            if let endpoints { markDeleted(endpoints.address) }
            return
        }
        guard !isTerminating(namespace: namespace), let selector = service.content.at("spec", "selector")?.object,
            !selector.isEmpty
        else { return }
        let pods = objects("Pod", in: namespace).filter {
            matches($0.metadata["labels"], selector) && !$0.isTerminating && !$0.hasEnded
                && $0.content.at("status", "podIP") != nil
        }
        let publishAll = service.content.at("spec", "publishNotReadyAddresses") == true
        let subsets = makeSubsets(
            of: service, ready: pods.filter { publishAll || $0.isReady },
            unready: publishAll ? [] : pods.filter { !$0.isReady })
        if let endpoints {
            let labels = service.metadata["labels"]
            guard endpoints.content["subsets"] ?? [] != subsets || endpoints.metadata["labels"] != labels else { return }
            var content = endpoints.content
            content["subsets"] = subsets == [] ? nil : subsets
            content.change("metadata") { $0["labels"] = labels }
            put(content, managers: endpoints.managers)
        } else {
            var content: JSONValue = [
                "apiVersion": "v1", "kind": "Endpoints",
                "metadata": ["name": .string(address.name), "namespace": .string(namespace)],
            ]
            if let labels = service.metadata["labels"] { content.change("metadata") { $0["labels"] = labels } }
            if subsets != [] { content["subsets"] = subsets }
            create(content, as: Self.controllerManager)
        }
    }

    private func makeSubsets(of service: LiveObject, ready: [LiveObject], unready: [LiveObject]) -> JSONValue {
        guard let model = ready.first ?? unready.first else { return [] }
        func address(_ pod: LiveObject) -> JSONValue {
            [
                "ip": pod.content.at("status", "podIP") ?? "", "nodeName": .string(Self.nodeName),
                "targetRef": [
                    "kind": "Pod", "name": .string(pod.address.name), "namespace": .string(pod.address.namespace ?? ""),
                    "uid": .string(pod.uid),
                ],
            ]
        }
        let ports = (service.content["spec"]?.items("ports") ?? []).map { port -> JSONValue in
            var shown: JSONValue = [
                "port": target(port["targetPort"] ?? port["port"] ?? 0, in: model),
                "protocol": port["protocol"] ?? "TCP",
            ]
            if let name = port["name"] { shown["name"] = name }
            return shown
        }
        var subset: JSONValue = [:]
        if !ready.isEmpty { subset["addresses"] = .array(ready.map(address)) }
        if !unready.isEmpty { subset["notReadyAddresses"] = .array(unready.map(address)) }
        if !ports.isEmpty { subset["ports"] = .array(ports) }
        return [subset]
    }

    /// A port by number, or by the name a container gives it.
    private func target(_ port: JSONValue, in pod: LiveObject) -> JSONValue {
        guard let name = port.string else { return port }
        for container in pod.content["spec"]?.items("containers") ?? [] {
            for candidate in container.items("ports") where candidate["name"]?.string == name {
                return candidate["containerPort"] ?? port
            }
        }
        return port
    }
}
