import JSON

/// How server-side apply merges objects of one kind.
///
/// The rules are those that Kubernetes publishes in its OpenAPI document (`x-kubernetes-list-type`, `-list-map-keys`,
/// `-map-type`, and `x-kubernetes-patch-merge-key` where a field has nothing newer), for the kinds that Kreform renders
/// and those it meets. A kind that is not known is merged as a server does without a schema: lists are replaced.
package struct MergeSchema: Sendable, Hashable {
    package let root: MergeRule

    package init(root: MergeRule) {
        self.root = root
    }

    /// The schema of a kind, whatever the version: `apps/v1` and `Deployment`.
    package init(apiVersion: String, kind: String) {
        let group = apiVersion.firstIndex(of: "/").map { apiVersion[..<$0] } ?? ""
        root = Self.kinds["\(group)/\(kind)"] ?? Self.unknown
    }

    /// The schema of an object's kind.
    package init(of object: JSONValue) {
        self.init(apiVersion: object["apiVersion"]?.string ?? "", kind: object["kind"]?.string ?? "")
    }

    /// The rule at a path, whose items need not exist.
    package func rule(at path: FieldPath) -> MergeRule {
        path.elements.reduce(root) { rule, element in
            switch (rule, element) {
            case (_, .field(let name)): rule.member(name)
            case (.listMap(_, let item), _): item
            default: .deduced
            }
        }
    }

    private static let unknown = object([:])

    /// An object with metadata and the given members; conditions of its status are told apart by type.
    private static func object(_ members: [String: MergeRule], status: [String: MergeRule] = [:]) -> MergeRule {
        let status = status.merging(["conditions": byType]) { given, _ in given }
        return .fields(members.merging(["metadata": metadata, "status": .fields(status)]) { given, _ in given })
    }

    private static let byName = ListKeys("name")
    private static let byType = MergeRule.listMap(ListKeys("type"), item: .deduced)

    private static let metadata = MergeRule.fields([
        "finalizers": .set,
        "ownerReferences": .listMap(ListKeys("uid"), item: .atomic),
        "managedFields": .atomic,
    ])

    private static let kinds: [String: MergeRule] = [
        "/Namespace": object([:]),
        "/Node": object([
            "spec": .fields(["podCIDRs": .set, "taints": .atomic])
        ]),
        "/Pod": object(
            ["spec": podSpec],
            status: ["podIPs": .listMap(ListKeys("ip"), item: .deduced)]),
        "/ConfigMap": object([:]),
        "/Secret": object([:]),
        "/ServiceAccount": object(["secrets": .listMap(byName, item: .atomic)]),
        "/Service": object(["spec": service]),
        "/PersistentVolumeClaim": object(["spec": claim], status: ["capacity": .quantities]),
        "/PersistentVolume": object([
            "spec": .fields(["capacity": .quantities, "claimRef": .deduced])
        ]),
        "/ResourceQuota": object(
            ["spec": .fields(["hard": .quantities, "scopeSelector": .atomic])],
            status: ["hard": .quantities, "used": .quantities]),
        "/ReplicationController": object([
            "spec": .fields(["selector": .atomic, "template": podTemplate])
        ]),
        "/LimitRange": object(["spec": .fields(["limits": .atomicWithDefaults])]),
        "apps/Deployment": object(["spec": workload]),
        "apps/ReplicaSet": object(["spec": workload]),
        "apps/StatefulSet": object(["spec": workload]),
        "apps/DaemonSet": object(["spec": workload]),
        "batch/Job": object(["spec": workload]),
        "batch/CronJob": object([
            "spec": .fields(["jobTemplate": .fields(["metadata": metadata, "spec": workload])])
        ]),
        "networking.k8s.io/Ingress": object([
            "spec": .fields([
                "defaultBackend": .fields(["resource": .atomic, "service": .fields(["port": .atomic])])
            ])
        ]),
        "networking.k8s.io/NetworkPolicy": object([
            "spec": .fields(["podSelector": .atomic, "ingress": .atomicWithDefaults, "egress": .atomicWithDefaults])
        ]),
        "policy/PodDisruptionBudget": object(["spec": .fields(["selector": .atomic])]),
        "rbac.authorization.k8s.io/RoleBinding": roleBinding,
        "rbac.authorization.k8s.io/ClusterRoleBinding": roleBinding,
        "admissionregistration.k8s.io/MutatingWebhookConfiguration": object(["webhooks": webhooks]),
        "admissionregistration.k8s.io/ValidatingWebhookConfiguration": object(["webhooks": webhooks]),
        "monitoring.coreos.com/PrometheusRule": object([
            "spec": .fields(["groups": .listMap(byName, item: .deduced)])
        ]),
        "monitoring.coreos.com/ServiceMonitor": object(["spec": .fields(["selector": .deduced])]),
    ]

    private static let roleBinding = object(["roleRef": .atomicWithDefaults, "subjects": .atomicWithDefaults])

    private static let webhooks = MergeRule.listMap(
        byName,
        item: .fields([
            "matchConditions": .listMap(byName, item: .deduced), "namespaceSelector": .atomic,
            "objectSelector": .atomic,
        ]))

    // MARK: Services and storage

    private static let service = MergeRule.fields([
        "ports": .listMap(ListKeys("port", "protocol", defaults: ["protocol": "TCP"]), item: .deduced),
        "selector": .atomic,
        "publishNotReadyAddresses": .emptyIsAbsent,
    ])

    private static let claim = MergeRule.fields([
        "dataSource": .atomic, "selector": .atomic, "resources": resources,
    ])

    private static let claimTemplate = MergeRule.fields(["metadata": metadata, "spec": claim])

    private static let resources = MergeRule.fields([
        "limits": .quantities, "requests": .quantities, "claims": .listMap(byName, item: .deduced),
    ])

    // MARK: Pods

    /// The spec of everything that makes pods from a template.
    private static let workload = MergeRule.fields([
        "selector": .atomic,
        "template": podTemplate,
        "volumeClaimTemplates": .atomicWithDefaults,
        "minReadySeconds": .emptyIsAbsent,
        "paused": .emptyIsAbsent,
    ])

    private static let podTemplate = MergeRule.fields(["metadata": metadata, "spec": podSpec])

    private static let podSpec = MergeRule.fields([
        "containers": .listMap(byName, item: container),
        "initContainers": .listMap(byName, item: container),
        "ephemeralContainers": .listMap(byName, item: container),
        "volumes": .listMap(byName, item: volume),
        "imagePullSecrets": .listMap(byName, item: .atomic),
        "hostAliases": .listMap(ListKeys("ip"), item: .deduced),
        "nodeSelector": .atomic,
        "overhead": .quantities,
        "resourceClaims": .listMap(byName, item: .deduced),
        "schedulingGates": .listMap(byName, item: .deduced),
        "topologySpreadConstraints": .listMap(
            ListKeys("topologyKey", "whenUnsatisfiable"), item: .fields(["labelSelector": .atomic])),
        "affinity": .fields([
            "nodeAffinity": .fields(["requiredDuringSchedulingIgnoredDuringExecution": .atomic])
        ]),
        "hostNetwork": .emptyIsAbsent,
        "hostPID": .emptyIsAbsent,
        "hostIPC": .emptyIsAbsent,
    ])

    private static let container = MergeRule.fields([
        "env": .listMap(
            byName,
            item: .fields([
                "value": .emptyIsAbsent,
                "valueFrom": .fields([
                    "configMapKeyRef": .atomic, "secretKeyRef": .atomic, "fieldRef": .atomic,
                    "resourceFieldRef": .atomic,
                ]),
            ])),
        "ports": .listMap(ListKeys("containerPort", "protocol", defaults: ["protocol": "TCP"]), item: .deduced),
        "volumeMounts": .listMap(
            ListKeys("mountPath"), item: .fields(["readOnly": .emptyIsAbsent, "subPath": .emptyIsAbsent])),
        "volumeDevices": .listMap(ListKeys("devicePath"), item: .deduced),
        "resources": resources,
        "stdin": .emptyIsAbsent,
        "stdinOnce": .emptyIsAbsent,
        "tty": .emptyIsAbsent,
    ])

    private static let volume = MergeRule.fields([
        "emptyDir": .fields(["sizeLimit": .quantity, "medium": .emptyIsAbsent]),
        "ephemeral": .fields(["volumeClaimTemplate": claimTemplate]),
        "persistentVolumeClaim": .fields(["readOnly": .emptyIsAbsent]),
        "projected": .fields(["sources": .atomicWithDefaults]),
        "csi": .fields(["nodePublishSecretRef": .atomic, "volumeAttributes": .deduced]),
        "cephfs": .fields(["secretRef": .atomic]),
        "rbd": .fields(["secretRef": .atomic]),
        "iscsi": .fields(["secretRef": .atomic]),
        "flexVolume": .fields(["secretRef": .atomic]),
    ])
}
