import Digest
import JSON
import Model

/// Names of configuration that end in digits of a digest of what is in it, as kustomize's generators make them
/// (https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/configmapgenerator/). What is in such an object never
/// changes: another content is another object, and pods read the one that their template names until they are gone.
enum ContentName {
    static func of(_ base: String, data: [String: String]) -> String {
        "\(base)-\(SHA256Digest(of: JSONValue.strings(data).encodedBytes()).hex.prefix(digits))"
    }

    /// Names are there for all to read: nothing follows from one without the key.
    static func of(_ base: String, secrets: [String: SensitiveValue], key: DigestKey) -> String {
        let digest = key.digest(of: JSONValue.strings(secrets.mapValues { $0.sealed(with: key) }).encodedBytes())
        return "\(base)-\((digest.split(separator: ":").last ?? "").prefix(digits))"
    }

    private static let digits = 10
}
