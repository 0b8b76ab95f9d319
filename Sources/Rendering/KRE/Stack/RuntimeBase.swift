import Digest
import JSON
import Model

extension RuntimeStack {
    /// The namespace, the key of its digests, and service accounts of its pods.
    var base: [Manifest] {
        [namespace, digestKey]
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
