import Digest
import JSON
import Model

extension RuntimeStack {
    /// The namespace, the key of its digests, the keys to the package store, and service accounts of its pods.
    var base: [Manifest] {
        [namespace, digestKey] + storeKeys
            + [StackNames.serviceAccount, StackNames.runtimeAPI].map { name in
                manifest(
                    stamp.object(
                        "v1", "ServiceAccount", name, name == StackNames.runtimeAPI ? .runtimeAPI : .runtime,
                        ["automountServiceAccountToken": false]))
            }
    }

    /// No pod reads it: a state that was lost is rebuilt with it.
    private var digestKey: Manifest {
        manifest(
            stamp.object("v1", "Secret", ObjectNames.digestKey, .runtime, ["type": "Opaque"]),
            secrets: [ObjectNames.digestKeyField: SensitiveValue(bytes: scope.runtimeKey.bytes)])
    }

    /// For pods to fetch packages with, where the file gives Kreform the keys.
    private var storeKeys: [Manifest] {
        guard let store = scope.artifacts, store.access == .keys, let keys = store.keys else { return [] }
        var secrets = [StoreKeys.accessName: keys.access, StoreKeys.secretName: keys.secret]
        secrets[StoreKeys.sessionName] = keys.session
        return [
            manifest(stamp.object("v1", "Secret", ObjectNames.storeKeys, .runtime, ["type": "Opaque"]), secrets: secrets)
        ]
    }

    /// Pods that reach into their machine are refused; runner images may run as any user
    /// (https://kubernetes.io/docs/concepts/security/pod-security-standards/).
    private var namespace: Manifest {
        var labels = stamp.labels(.runtime)
        labels["pod-security.kubernetes.io/enforce"] = "baseline"
        var annotations: [String: String] = [:]
        if !runtime.description.isEmpty { annotations[ObjectAnnotations.description] = runtime.description }
        if runtime.protected { annotations[ObjectAnnotations.protected] = "true" }
        return manifest([
            "apiVersion": "v1", "kind": "Namespace",
            "metadata": .members([
                "name": .string(runtime.namespace), "labels": .strings(labels), "annotations": annotations.unlessEmpty,
            ]),
        ])
    }
}
