import Fields
import JSON
import Model

/// The rules of objects that the API server checks before it stores them, as far as a rendered runtime can break them.
struct Validation {
    private(set) var faults: [ObjectFault] = []

    /// Everything that is wrong with `object`, in the order of the rules; `old` is what it replaces.
    static func faults(of object: JSONValue, replacing old: JSONValue?, kind: ServedKind) -> [ObjectFault] {
        var validation = Validation()
        validation.metadata(object, kind)
        validation.content(object, kind)
        if let old { validation.faults += Immutability.faults(old: old, new: object, kind: kind) }
        return validation.faults
    }

    mutating func add(_ fault: ObjectFault) { faults.append(fault) }

    mutating func check(_ why: [String], _ field: String, _ value: JSONValue?) {
        for why in why { add(.invalid(field, value, why)) }
    }

    // MARK: Metadata

    private mutating func metadata(_ object: JSONValue, _ kind: ServedKind) {
        let name = object.at("metadata", "name")?.string ?? ""
        if name.isEmpty {
            add(.required("metadata.name", "name or generateName is required"))
        } else {
            check(kind.naming.faults(name), "metadata.name", .string(name))
        }
        labels(object.at("metadata", "labels"), "metadata.labels")
        annotations(object.at("metadata", "annotations"), "metadata.annotations")
    }

    mutating func labels(_ labels: JSONValue?, _ field: String) {
        for (name, value) in (labels?.object ?? [:]).sorted(by: { $0.key < $1.key }) {
            check(NameRule.qualifiedNameFaults(name), field, .string(name))
            if let text = value.string {
                check(NameRule.labelValueFaults(text), field, value)
            } else {
                add(.invalid(field, value, "must be a string"))
            }
        }
    }

    private mutating func annotations(_ annotations: JSONValue?, _ field: String) {
        var size = 0
        for (name, value) in (annotations?.object ?? [:]).sorted(by: { $0.key < $1.key }) {
            check(NameRule.qualifiedNameFaults(name.lowercased()), field, .string(name))
            size += name.utf8.count + (value.string ?? "").utf8.count
            if value.string == nil { add(.invalid(field, value, "must be a string")) }
        }
        if size > 256 << 10 { add(ObjectFault(field: field, detail: "Too long: may not be more than 262144 bytes")) }
    }

    // MARK: Kinds

    private mutating func content(_ object: JSONValue, _ kind: ServedKind) {
        let spec = object["spec"] ?? [:]
        switch (kind.group, kind.kind) {
        case ("", "ConfigMap"): data(object, ["data", "binaryData"])
        case ("", "Secret"): secret(object)
        case ("", "Service"): service(spec)
        case ("", "Pod"): pod(spec, "spec")
        case ("", "PersistentVolumeClaim"): claim(spec, "spec")
        case ("", "ResourceQuota"): quantities(spec["hard"], "spec.hard")
        case ("apps", _): workload(spec, "spec", kind.kind)
        case ("batch", "Job"): template(spec, "spec", restart: ["OnFailure", "Never"])
        case ("batch", "CronJob"):
            if (spec["schedule"]?.string ?? "").isEmpty { add(.required("spec.schedule")) }
            template(spec.at("jobTemplate", "spec") ?? [:], "spec.jobTemplate.spec", restart: ["OnFailure", "Never"])
        case ("networking.k8s.io", "Ingress"): ingress(spec)
        case ("rbac.authorization.k8s.io", "RoleBinding"), ("rbac.authorization.k8s.io", "ClusterRoleBinding"):
            if (object.at("roleRef", "name")?.string ?? "").isEmpty { add(.required("roleRef.name")) }
        default: break
        }
    }

    private mutating func data(_ object: JSONValue, _ members: [String]) {
        var size = 0
        for member in members {
            for (key, value) in (object[member]?.object ?? [:]).sorted(by: { $0.key < $1.key }) {
                check(NameRule.configKeyFaults(key), "\(member)[\(key)]", .string(key))
                size += (value.string ?? "").utf8.count
            }
        }
        if size > 1 << 20 { add(ObjectFault(field: "[]", detail: "Too long: must have at most 1048576 bytes")) }
    }

    private mutating func secret(_ object: JSONValue) {
        data(object, ["data"])
        let required: [String: [String]] = [
            "kubernetes.io/tls": ["tls.crt", "tls.key"], "kubernetes.io/dockerconfigjson": [".dockerconfigjson"],
            "kubernetes.io/dockercfg": [".dockercfg"], "kubernetes.io/ssh-auth": ["ssh-privatekey"],
        ]
        for key in required[object["type"]?.string ?? ""] ?? [] where object.at("data", key) == nil {
            add(.required("data[\(key)]"))
        }
    }

    private mutating func service(_ spec: JSONValue) {
        let ports = spec.items("ports")
        let type = spec["type"]?.string ?? "ClusterIP"
        let types = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]
        if !types.contains(type) { add(.unsupported("spec.type", .string(type), types)) }
        if ports.isEmpty, type != "ExternalName", spec["clusterIP"] != "None" { add(.required("spec.ports")) }
        var names: Set<String> = []
        for (index, port) in ports.enumerated() {
            let field = "spec.ports[\(index)]"
            portNumber(port["port"], "\(field).port")
            if let name = port["name"]?.string {
                check(NameRule.portNameFaults(name), "\(field).name", .string(name))
                if !names.insert(name).inserted { add(.duplicate("\(field).name", .string(name))) }
            } else if ports.count > 1 {
                add(.required("\(field).name"))
            }
            if case .integer = port["targetPort"] { portNumber(port["targetPort"], "\(field).targetPort") }
        }
        labels(spec["selector"], "spec.selector")
    }

    mutating func portNumber(_ value: JSONValue?, _ field: String) {
        guard let number = value?.integer else { return add(.required(field)) }
        if !(1...65535).contains(number) {
            add(.invalid(field, value, "must be between 1 and 65535, inclusive"))
        }
    }

    mutating func claim(_ spec: JSONValue, _ field: String) {
        if spec.items("accessModes").isEmpty {
            add(.required("\(field).accessModes", "at least 1 access mode is required"))
        }
        if spec.at("resources", "requests", "storage") == nil { add(.required("\(field).resources[storage]")) }
        quantities(spec.at("resources", "requests"), "\(field).resources.requests")
    }

    mutating func quantities(_ values: JSONValue?, _ field: String) {
        for (name, value) in (values?.object ?? [:]).sorted(by: { $0.key < $1.key }) {
            if let text = value.string ?? value.number.map({ _ in value.encoded() }), Quantity(text) != nil { continue }
            add(
                .invalid(
                    "\(field)[\(name)]", value,
                    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"))
        }
    }

    // MARK: Workloads

    private mutating func workload(_ spec: JSONValue, _ field: String, _ kind: String) {
        if let replicas = spec["replicas"]?.integer, replicas < 0 {
            add(.invalid("\(field).replicas", spec["replicas"], "must be greater than or equal to 0"))
        }
        let labels = spec.at("template", "metadata", "labels")
        let selector = spec.at("selector", "matchLabels")?.object ?? [:]
        if selector.isEmpty, spec.at("selector", "matchExpressions") == nil {
            add(
                spec["selector"] == nil
                    ? .required("\(field).selector")
                    : .invalid(
                        "\(field).selector", spec["selector"], "empty selector is invalid for \(kind.lowercased())"))
        } else if !matches(labels, selector) {
            add(.invalid("\(field).template.metadata.labels", labels, "`selector` does not match template `labels`"))
        }
        self.labels(spec.at("selector", "matchLabels"), "\(field).selector.matchLabels")
        template(spec, field, restart: ["Always"])
        if kind == "StatefulSet" {
            for (index, claim) in spec.items("volumeClaimTemplates").enumerated() {
                self.claim(claim["spec"] ?? [:], "\(field).volumeClaimTemplates[\(index)].spec")
            }
        }
    }

    private mutating func template(_ spec: JSONValue, _ field: String, restart: [String]) {
        labels(spec.at("template", "metadata", "labels"), "\(field).template.labels")
        annotations(spec.at("template", "metadata", "annotations"), "\(field).template.annotations")
        let claims = spec.items("volumeClaimTemplates").compactMap { $0.at("metadata", "name")?.string }
        pod(spec.at("template", "spec") ?? [:], "\(field).template.spec", claims: Set(claims))
        let policy = spec.at("template", "spec", "restartPolicy")
        if let name = policy?.string, !restart.contains(name) {
            add(.unsupported("\(field).template.spec.restartPolicy", policy, restart))
        }
    }

    // MARK: Ingress

    private mutating func ingress(_ spec: JSONValue) {
        if spec.items("rules").isEmpty, spec["defaultBackend"] == nil {
            add(.invalid("spec", [], "either `defaultBackend` or `rules` must be specified"))
        }
        for (index, rule) in spec.items("rules").enumerated() {
            let field = "spec.rules[\(index)]"
            if let host = rule["host"]?.string, !host.hasPrefix("*.") {
                check(NameRule.subdomain.faults(host), "\(field).host", .string(host))
            }
            for (index, path) in (rule["http"]?.items("paths") ?? []).enumerated() {
                let field = "\(field).http.paths[\(index)]"
                let types = ["Exact", "ImplementationSpecific", "Prefix"]
                if path["pathType"] == nil {
                    add(.required("\(field).pathType", "pathType must be specified"))
                } else if !types.contains(path["pathType"]?.string ?? "") {
                    add(.unsupported("\(field).pathType", path["pathType"], types))
                }
                if path["pathType"] != "ImplementationSpecific", !(path["path"]?.string ?? "").hasPrefix("/") {
                    add(.invalid("\(field).path", path["path"] ?? "", "must be an absolute path"))
                }
                if let backend = path.at("backend", "service") {
                    check(
                        NameRule.serviceLabel.faults(backend["name"]?.string ?? ""), "\(field).backend.service.name",
                        backend["name"])
                    if backend["port"] == nil {
                        add(.required("\(field).backend.service.port", "port name or number is required"))
                    }
                } else if path.at("backend", "resource") == nil {
                    add(.required("\(field).backend", "backend is required"))
                }
            }
        }
    }
}
