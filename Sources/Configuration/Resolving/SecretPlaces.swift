import Model
import Schema
import YAML

/// Finds the texts of a desired-state file that are secret, or might be: misspelt keys must not bring them to light.
enum SecretPlaces {
    /// The scalars, and lists or mappings of them.
    static func nodes(in root: YAMLNode) -> [YAMLNode] {
        var found = nodes(ofConfig: root["defaults"]?["env"])
        for pair in root["variables"]?.pairs ?? [] where pair.value.pairs?.contains(where: isSensitiveKey) ?? false {
            found += (pair.value.pairs ?? []).filter { !isSensitiveKey($0) && $0.key.scalar?.text != "type" }
                .map(\.value)
        }
        for runtime in root["runtimes"]?.items ?? [] {
            found += nodes(ofConfig: runtime["config"])
            found += nodes(ofConfig: runtime["defaults"]?["env"])
            found += nodes(ofExternal: runtime["stack"]?["external"])
            for version in runtime["versions"]?.items ?? [] {
                found += nodes(ofConfig: version["config"]) + nodes(ofConfig: version["defaults"]?["env"])
                for node in version["nodes"]?.pairs ?? [] { found += nodes(ofConfig: node.value["env"]) }
            }
        }
        let proxy = root["artifacts"]?["s3"]?["proxy"]
        found += [proxy].compactMap(\.self).filter { $0.scalar?.text.contains("@") ?? false }
        // Keys are not written here, and whoever does is told so.
        let credentials = root["artifacts"]?["s3"]?["credentials"]?.pairs ?? []
        found += credentials.filter { !["secret", "profile"].contains($0.key.scalar?.text ?? "") }.map(\.value)
        return found
    }

    /// A second key may have been meant to be `sensitive`, an unknown one to be `value`.
    private static func nodes(ofConfig config: YAMLNode?) -> [YAMLNode] {
        (config?.pairs ?? []).flatMap { entry in
            let pairs = entry.value.pairs ?? []
            return pairs.filter { pair in
                guard let name = pair.key.scalar?.text, pair.value.scalar != nil else { return false }
                return !["env", "file", "sensitive"].contains(name) && (pairs.count > 1 || name != "value")
            }.map(\.value)
        }
    }

    /// Addresses with a user and a password in them, which belong into a Secret.
    private static func nodes(ofExternal external: YAMLNode?) -> [YAMLNode] {
        (external?.pairs ?? []).flatMap { service in
            (service.value.pairs ?? [YAMLPair(key: service.key, value: service.value)]).map(\.value)
                .filter { $0.scalar?.text.contains("@") ?? false }
        }
    }

    private static func isSensitiveKey(_ pair: YAMLPair) -> Bool {
        guard let name = pair.key.scalar?.text else { return false }
        return name == "sensitive" || nearest(to: name, among: ["sensitive"]) != nil
    }
}
