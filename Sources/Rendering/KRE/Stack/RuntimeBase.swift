import Digest
import JSON
import Model

extension RuntimeStack {
    /// The namespace, the key of its digests, the keys to the package store, what its pods may use and reach, and their
    /// service accounts.
    ///
    /// Pods get the defaults of a LimitRange only when they are made after it: the accounts, which every workload waits
    /// for, come after it.
    var base: [Manifest] {
        let bounds = isolation
        let accounts = [StackNames.serviceAccount] + (runtime.stack.makes(.runtimeApi) ? [StackNames.runtimeAPI] : [])
        return [namespace, digestKey] + storeKeys + bounds
            + accounts.map { name in
                manifest(
                    stamp.object(
                        "v1", "ServiceAccount", name, name == StackNames.runtimeAPI ? .runtimeAPI : .runtime,
                        ["automountServiceAccountToken": false]), dependsOn: bounds.map(\.address))
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
