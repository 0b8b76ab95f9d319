import Schema
import YAML

/// Finds the texts of a desired-state file that are secret, or might be: misspelt keys must not bring them to light.
enum SecretPlaces {
    static func mask(_ root: YAMLNode, of file: String, in report: inout Report) {
        for pair in root["variables"]?.pairs ?? [] where pair.value.pairs?.contains(where: isSensitiveKey) ?? false {
            if let fallback = pair.value["default"] { report.mask(fallback, in: file) }
        }
        for runtime in root["runtimes"]?.items ?? [] {
            mask(config: runtime["config"], of: file, in: &report)
            for version in runtime["versions"]?.items ?? [] { mask(config: version["config"], of: file, in: &report) }
        }
    }

    private static func mask(config: YAMLNode?, of file: String, in report: inout Report) {
        for pair in config?.pairs ?? [] {
            // With any second key, since it may have been meant to be `sensitive`.
            guard let keys = pair.value.pairs, keys.count > 1 else { continue }
            for key in keys where key.value.scalar != nil {
                guard let name = key.key.scalar?.text, !["env", "file", "sensitive"].contains(name) else { continue }
                report.mask(key.value, in: file)
            }
        }
    }

    private static func isSensitiveKey(_ pair: YAMLPair) -> Bool {
        guard let name = pair.key.scalar?.text else { return false }
        return name == "sensitive" || nearest(to: name, among: ["sensitive"]) != nil
    }
}
