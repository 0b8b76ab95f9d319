import JSON
import Model

/// A version's configuration as objects: plain values in a ConfigMap, sensitive ones in a Secret of the same name, and
/// the files that its containers read. The ConfigMap is always there, the Secret only when there is a sensitive value.
struct VersionConfiguration: Sendable {
    let values: Manifest
    let secrets: Manifest?
    let files: Manifest
    /// Values that stand in Secrets of the user's own.
    let references: [EnvironmentVariable]
    /// The sensitive values, sealed under the runtime's key.
    private let sealed: JSONValue?

    init(_ scope: RuntimeScope, version: DesiredVersion) {
        let stamp = Stamp(scope, version: version.name)
        let name = ObjectNames.configuration(version: version.name)
        let labels = [VersionLabels.type: "version", VersionLabels.versionName: version.name]
        var plain: [String: String] = [:]
        var sensitive: [String: SensitiveValue] = [:]
        var references: [EnvironmentVariable] = []
        for entry in version.config {
            switch entry.value {
            case .plain(let text): plain[entry.name] = text
            case .sensitive(let value): sensitive[entry.name] = value
            case .secret(let secret, let key):
                references.append(EnvironmentVariable(entry.name, secret: secret, key: key))
            }
        }
        self.references = references
        sealed = sensitive.isEmpty ? nil : .strings(sensitive.mapValues { $0.sealed(with: scope.runtimeKey) })
        values = Manifest(
            stamp.object(
                "v1", "ConfigMap", name, .configuration, labels: labels, .members(["data": plain.unlessEmpty])),
            key: scope.key)
        secrets =
            sensitive.isEmpty
            ? nil
            : Manifest(
                stamp.object("v1", "Secret", name, .configuration, labels: labels, ["type": "Opaque"]),
                secrets: sensitive,
                key: scope.key)
        var annotations = [ObjectAnnotations.packageDigest: "\(version.solution.digest)"]
        annotations[ObjectAnnotations.description] = version.solution.manifest.description
        files = Manifest(
            stamp.object(
                "v1", "ConfigMap", ObjectNames.configurationFiles(version: version.name), .configuration,
                labels: labels,
                annotations: annotations,
                ["data": .strings(ConfigurationFiles(
                    runtime: scope.runtime.name, version: version, addresses: StackAddresses(scope.runtime)
                ).texts)]),
            key: scope.key)
    }

    var manifests: [Manifest] { [values, secrets, files].compactMap { $0 } }

    /// What every node gets as variables.
    var sources: [EnvironmentSource] {
        [.configMap(values.address.name)] + (secrets.map { [.secret($0.address.name)] } ?? [])
    }

    /// For pods that read the files and the values.
    var digest: String {
        ConfigDigest.of([values.content["data"] ?? .null] + (sealed.map { [$0] } ?? []) + [files.content["data"] ?? .null])
    }
    /// For pods that read the files only.
    var filesDigest: String { ConfigDigest.of([files.content["data"] ?? .null]) }
}
