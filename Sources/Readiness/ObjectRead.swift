import JSON

/// A Secret or a ConfigMap that an object needs to be there, as its manifest names it.
package struct ObjectRead: Sendable, Hashable {
    /// What it is read for.
    package enum Form: Sendable, Hashable { case values, registry, certificate }

    /// `Secret` or `ConfigMap`.
    package let kind: String
    package let name: String
    /// The keys that have to be in it, as far as they are named.
    package let keys: [String]
    package let form: Form

    /// Those of a workload's pods, and of an Ingress. What is optional is left out.
    package static func all(in content: JSONValue) -> [ObjectRead] {
        let spec = content["spec"]
        if content["kind"] == "Ingress" {
            return certificates(of: content).map {
                ObjectRead(kind: "Secret", name: $0, keys: ["tls.crt", "tls.key"], form: .certificate)
            }
        }
        guard let pod = spec?["template"]?["spec"] else { return [] }
        let containers = (pod["initContainers"]?.array ?? []) + (pod["containers"]?.array ?? [])
        let pulled = (pod["imagePullSecrets"]?.array ?? []).compactMap { $0["name"]?.string }
        return containers.flatMap { container in
            (container["env"]?.array ?? []).compactMap(variable) + (container["envFrom"]?.array ?? []).compactMap(whole)
        } + (pod["volumes"]?.array ?? []).compactMap(volume)
            + pulled.map { ObjectRead(kind: "Secret", name: $0, keys: [], form: .registry) }
    }

    /// The Secrets that cert-manager makes, since an Ingress asks it to; others may name them too.
    package static func issued(for content: JSONValue) -> [String] {
        let asks = content["metadata"]?["annotations"]?.object?.contains { $0.key.hasPrefix("cert-manager.io/") } ?? false
        return asks ? certificates(of: content) : []
    }

    private static func certificates(of ingress: JSONValue) -> [String] {
        (ingress["spec"]?["tls"]?.array ?? []).compactMap { $0["secretName"]?.string }
    }

    private static func variable(_ variable: JSONValue) -> ObjectRead? {
        let from = variable["valueFrom"]
        return read(from?["secretKeyRef"], "Secret", keys: [from?["secretKeyRef"]?["key"]])
            ?? read(from?["configMapKeyRef"], "ConfigMap", keys: [from?["configMapKeyRef"]?["key"]])
    }

    private static func whole(_ source: JSONValue) -> ObjectRead? {
        read(source["secretRef"], "Secret") ?? read(source["configMapRef"], "ConfigMap")
    }

    private static func volume(_ volume: JSONValue) -> ObjectRead? {
        read(volume["secret"], "Secret", called: "secretName", keys: keys(volume["secret"]))
            ?? read(volume["configMap"], "ConfigMap", keys: keys(volume["configMap"]))
    }

    private static func keys(_ source: JSONValue?) -> [JSONValue?] { (source?["items"]?.array ?? []).map { $0["key"] } }

    private static func read(
        _ reference: JSONValue?, _ kind: String, called name: String = "name", keys: [JSONValue?] = []
    ) -> ObjectRead? {
        guard let reference, reference["optional"] != true, let name = reference[name]?.string else { return nil }
        return ObjectRead(kind: kind, name: name, keys: keys.compactMap { $0?.string }, form: .values)
    }
}
