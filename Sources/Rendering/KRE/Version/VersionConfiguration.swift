import JSON
import Model

/// A version's configuration as objects: plain values in a ConfigMap, sensitive ones in a Secret, and the files that its
/// containers read. The ConfigMap is always there, the Secret only when there is a sensitive value. Each has a name that follows
/// from what is in it.
struct VersionConfiguration: Sendable {
    let values: Manifest
    let secrets: Manifest?
    let files: Manifest
    /// Values that stand in Secrets of the user's own.
    let references: [EnvironmentVariable]

    init(_ scope: RuntimeScope, version: DesiredVersion) {
        let base = ObjectNames.configuration(version: version.name)
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
        let objects = ConfigurationObjects(scope, version)
        values = objects.configMap(base, plain)
        secrets = sensitive.isEmpty ? nil : objects.secret(base, sensitive)
        files = objects.configMap(
            ObjectNames.configurationFiles(version: version.name),
            ConfigurationFiles(runtime: scope.runtime.name, version: version, addresses: StackAddresses(scope.runtime)).texts,
            annotations: [
                ObjectAnnotations.packageDigest: "\(version.solution.digest)",
                ObjectAnnotations.description: version.solution.manifest.description,
            ])
    }

    var manifests: [Manifest] { [values, secrets, files].compactMap { $0 } }

    /// What every node gets as variables.
    var sources: [EnvironmentSource] {
        [.configMap(values.address.name)] + (secrets.map { [.secret($0.address.name)] } ?? [])
    }
}

/// The objects themselves. They say that they are immutable, so that nobody changes what their name vouches for
/// (https://kubernetes.io/docs/concepts/configuration/configmap/#configmap-immutable).
private struct ConfigurationObjects {
    private let scope: RuntimeScope
    private let stamp: Stamp
    private let labels: [String: String]

    init(_ scope: RuntimeScope, _ version: DesiredVersion) {
        self.scope = scope
        stamp = Stamp(scope, version: version.name)
        labels = [VersionLabels.type: "version", VersionLabels.versionName: version.name]
    }

    func configMap(_ base: String, _ data: [String: String], annotations: [String: String] = [:]) -> Manifest {
        let body: JSONValue = .members(["data": data.unlessEmpty, "immutable": true])
        return Manifest(object("ConfigMap", ContentName.of(base, data: data), base, annotations, body), key: scope.key)
    }

    func secret(_ base: String, _ values: [String: SensitiveValue]) -> Manifest {
        let name = ContentName.of(base, secrets: values, key: scope.runtimeKey)
        return Manifest(object("Secret", name, base, [:], ["type": "Opaque", "immutable": true]), secrets: values, key: scope.key)
    }

    private func object(
        _ kind: String, _ name: String, _ base: String, _ annotations: [String: String], _ body: JSONValue
    ) -> JSONValue {
        var annotations = annotations
        annotations[ObjectAnnotations.baseName] = base
        return stamp.object("v1", kind, name, .configuration, labels: labels, annotations: annotations, body)
    }
}
