import Fields
import JSON
import Model

/// The rules of pods and pod templates.
extension Validation {
    /// `claims` are volumes that a StatefulSet adds.
    mutating func pod(_ spec: JSONValue, _ field: String, claims: Set<String> = []) {
        var volumes = claims
        for (index, volume) in spec.items("volumes").enumerated() {
            let name = volume["name"]?.string ?? ""
            check(NameRule.label.faults(name), "\(field).volumes[\(index)].name", .string(name))
            if !volumes.insert(name).inserted, !claims.contains(name) {
                add(.duplicate("\(field).volumes[\(index)].name", .string(name)))
            }
        }
        if spec.items("containers").isEmpty { add(.required("\(field).containers")) }
        var names: Set<String> = []
        for list in ["containers", "initContainers"] {
            for (index, item) in spec.items(list).enumerated() {
                let field = "\(field).\(list)[\(index)]"
                let name = item["name"]?.string ?? ""
                if name.isEmpty {
                    add(.required("\(field).name"))
                } else {
                    check(NameRule.label.faults(name), "\(field).name", .string(name))
                    if !names.insert(name).inserted { add(.duplicate("\(field).name", .string(name))) }
                }
                container(item, field, volumes: volumes)
            }
        }
        labels(spec["nodeSelector"], "\(field).nodeSelector")
        if let account = spec["serviceAccountName"]?.string {
            check(NameRule.subdomain.faults(account), "\(field).serviceAccountName", .string(account))
        }
        if let name = spec["hostname"]?.string {
            check(NameRule.label.faults(name), "\(field).hostname", .string(name))
        }
    }

    private mutating func container(_ container: JSONValue, _ field: String, volumes: Set<String>) {
        let image = container["image"]?.string ?? ""
        if image.isEmpty { add(.required("\(field).image")) }
        if image.contains(where: \.isWhitespace), image != image.trimmed {
            add(.invalid("\(field).image", .string(image), "must not have leading or trailing whitespace"))
        }
        ports(container, field)
        environment(container, field)
        mounts(container, field, volumes)
        resources(container, field)
        let policies = ["Always", "IfNotPresent", "Never"]
        if let policy = container["imagePullPolicy"], !policies.contains(policy.string ?? "") {
            add(.unsupported("\(field).imagePullPolicy", policy, policies))
        }
    }

    private mutating func ports(_ container: JSONValue, _ field: String) {
        var names: Set<String> = []
        for (index, port) in container.items("ports").enumerated() {
            let field = "\(field).ports[\(index)]"
            portNumber(port["containerPort"], "\(field).containerPort")
            if let name = port["name"]?.string {
                check(NameRule.portNameFaults(name), "\(field).name", .string(name))
                if !names.insert(name).inserted { add(.duplicate("\(field).name", .string(name))) }
            }
            let protocols = ["SCTP", "TCP", "UDP"]
            if let name = port["protocol"]?.string, !protocols.contains(name) {
                add(.unsupported("\(field).protocol", port["protocol"], protocols))
            }
        }
    }

    private mutating func environment(_ container: JSONValue, _ field: String) {
        for (index, variable) in container.items("env").enumerated() {
            let field = "\(field).env[\(index)]"
            let name = variable["name"]?.string ?? ""
            if name.isEmpty {
                add(.required("\(field).name"))
            } else if name.utf8.contains(UInt8(ascii: "=")) || name.utf8.contains(where: { $0 <= 0x20 || $0 >= 0x7F }) {
                add(
                    .invalid(
                        "\(field).name", .string(name),
                        "a valid environment variable name must consist only of printable ASCII characters other "
                            + "than '='"
                    ))
            }
            if let value = variable["value"], value.string == nil {
                add(.invalid("\(field).value", value, "must be a string"))
            }
            if variable["value"]?.string?.isEmpty == false, variable["valueFrom"] != nil {
                add(.invalid("\(field).valueFrom", "", "may not be specified when `value` is not empty"))
            }
        }
        for (index, source) in container.items("envFrom").enumerated() {
            let named = source["configMapRef"] ?? source["secretRef"]
            let field = "\(field).envFrom[\(index)]"
            if named == nil {
                add(.invalid(field, "", "must specify one of: `configMapRef` or `secretRef`"))
            } else if (named?["name"]?.string ?? "").isEmpty {
                add(.required("\(field).\(source["configMapRef"] == nil ? "secretRef" : "configMapRef").name"))
            }
        }
    }

    private mutating func mounts(_ container: JSONValue, _ field: String, _ volumes: Set<String>) {
        var paths: Set<String> = []
        for (index, mount) in container.items("volumeMounts").enumerated() {
            let field = "\(field).volumeMounts[\(index)]"
            let name = mount["name"]?.string ?? ""
            if name.isEmpty {
                add(.required("\(field).name"))
            } else if !volumes.contains(name) {
                add(.notFound("\(field).name", .string(name)))
            }
            let path = mount["mountPath"]?.string ?? ""
            if path.isEmpty {
                add(.required("\(field).mountPath"))
            } else if !paths.insert(path).inserted {
                add(.invalid("\(field).mountPath", .string(path), "must be unique"))
            }
            if let sub = mount["subPath"]?.string, sub.hasPrefix("/") || sub.split(separator: "/").contains("..") {
                add(
                    .invalid(
                        "\(field).subPath", .string(sub),
                        sub.hasPrefix("/") ? "must be a relative path" : "must not contain '..'"))
            }
        }
    }

    private mutating func resources(_ container: JSONValue, _ field: String) {
        let field = "\(field).resources"
        let resources = container["resources"]
        quantities(resources?["limits"], "\(field).limits")
        quantities(resources?["requests"], "\(field).requests")
        for (name, limit) in (resources?["limits"]?.object ?? [:]).sorted(by: { $0.key < $1.key }) {
            guard let request = resources?.at("requests", name), let most = quantity(limit),
                let least = quantity(request)
            else { continue }
            if least > most {
                add(.invalid("\(field).requests", request, "must be less than or equal to \(name) limit of \(most)"))
            } else if least != most, name.contains("/"), !name.hasPrefix("kubernetes.io/") {
                add(.invalid("\(field).requests", request, "must be equal to \(name) limit of \(most)"))
            }
        }
    }

    private func quantity(_ value: JSONValue) -> Quantity? {
        Quantity(value.string ?? value.encoded())
    }
}

extension String {
    fileprivate var trimmed: String {
        String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}
