import JSON

extension World {
    /// What every cluster has from the start.
    mutating func bootstrap() {
        for name in ["kube-system", "default", "kube-public", "kube-node-lease"] {
            create(
                ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": .string(name)]], as: "kube-apiserver")
        }
        create(
            [
                "apiVersion": "v1", "kind": "Node",
                "metadata": [
                    "name": .string(Self.nodeName),
                    "labels": ["kubernetes.io/hostname": .string(Self.nodeName), "kubernetes.io/os": "linux"],
                ],
                "status": [
                    "capacity": ["cpu": "64", "memory": "256Gi", "pods": "1000"],
                    "allocatable": ["cpu": "64", "memory": "256Gi", "pods": "1000"],
                    "conditions": [
                        ["type": "Ready", "status": "True", "reason": "KubeletReady", "message": "simulated"]
                    ],
                ],
            ], as: Self.kubelet)
        create(
            [
                "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass",
                "metadata": [
                    "name": "standard", "annotations": ["storageclass.kubernetes.io/is-default-class": "true"],
                ],
                "provisioner": "sandbox", "reclaimPolicy": "Delete", "volumeBindingMode": "Immediate",
            ], as: "kube-apiserver")
        settle()
    }
}
