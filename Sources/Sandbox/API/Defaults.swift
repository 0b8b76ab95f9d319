import JSON
import Model

/// What the API server fills in (the defaulting of Kubernetes 1.28): an apply sets fewer fields than an object has.
enum Defaults {
    static func apply(to object: inout JSONValue, kind: ServedKind) {
        switch (kind.group, kind.kind) {
        case ("", "Namespace"):
            let name = object.at("metadata", "name") ?? ""
            object.setDefault("metadata", [:])
            object.change("metadata") { metadata in
                metadata.setDefault("labels", [:])
                metadata.change("labels") { $0["kubernetes.io/metadata.name"] = name }
            }
            object.setDefault("spec", [:])
            object.change("spec") { $0.setDefault("finalizers", ["kubernetes"]) }
            object.setDefault("status", ["phase": "Active"])
        case ("", "Secret"): object.setDefault("type", "Opaque")
        case ("", "Service"): object.change("spec", service)
        case ("", "Pod"):
            object.change("spec", pod)
            object.setDefault(
                "status", ["phase": "Pending", "qosClass": .string(qualityOfService(object["spec"] ?? [:]))])
        case ("", "PersistentVolumeClaim"):
            object.change("spec") { claim(&$0, class: "standard") }
            object.setDefault("status", ["phase": "Pending"])
        case ("apps", "Deployment"): object.change("spec", deployment)
        case ("apps", "StatefulSet"): object.change("spec", statefulSet)
        case ("apps", "DaemonSet"): object.change("spec", daemonSet)
        case ("batch", "Job"): object.change("spec", job)
        case ("batch", "CronJob"): object.change("spec", cronJob)
        case ("networking.k8s.io", "NetworkPolicy"): object.change("spec", networkPolicy)
        case ("rbac.authorization.k8s.io", "RoleBinding"), ("rbac.authorization.k8s.io", "ClusterRoleBinding"):
            object.change("roleRef") { $0.setDefault("apiGroup", "rbac.authorization.k8s.io") }
            object.changeEach("subjects") { subject in
                if subject["kind"]?.string != "ServiceAccount" {
                    subject.setDefault("apiGroup", "rbac.authorization.k8s.io")
                }
            }
        default: break
        }
    }

    // MARK: Workloads

    private static func deployment(_ spec: inout JSONValue) {
        spec.setDefault("replicas", 1)
        spec.setDefault("strategy", [:])
        spec.change("strategy") { strategy in
            strategy.setDefault("type", "RollingUpdate")
            guard strategy["type"] == "RollingUpdate" else { return }
            strategy.setDefault("rollingUpdate", [:])
            strategy.change("rollingUpdate") { rolling in
                rolling.setDefault("maxSurge", "25%")
                rolling.setDefault("maxUnavailable", "25%")
            }
        }
        spec.setDefault("revisionHistoryLimit", 10)
        spec.setDefault("progressDeadlineSeconds", 600)
        template(&spec)
    }

    private static func statefulSet(_ spec: inout JSONValue) {
        spec.setDefault("replicas", 1)
        spec.setDefault("podManagementPolicy", "OrderedReady")
        spec.setDefault("updateStrategy", [:])
        spec.change("updateStrategy") { strategy in
            strategy.setDefault("type", "RollingUpdate")
            if strategy["type"] == "RollingUpdate" { strategy.setDefault("rollingUpdate", ["partition": 0]) }
        }
        spec.setDefault("revisionHistoryLimit", 10)
        spec.setDefault("persistentVolumeClaimRetentionPolicy", ["whenDeleted": "Retain", "whenScaled": "Retain"])
        spec.changeEach("volumeClaimTemplates") { claim in
            claim.setDefault("apiVersion", "v1")
            claim.setDefault("kind", "PersistentVolumeClaim")
            claim.change("spec") { Self.claim(&$0, class: nil) }
            claim.setDefault("status", ["phase": "Pending"])
        }
        template(&spec)
    }

    private static func daemonSet(_ spec: inout JSONValue) {
        spec.setDefault(
            "updateStrategy", ["type": "RollingUpdate", "rollingUpdate": ["maxSurge": 0, "maxUnavailable": 1]])
        spec.setDefault("revisionHistoryLimit", 10)
        template(&spec)
    }

    private static func job(_ spec: inout JSONValue) {
        spec.setDefault("parallelism", 1)
        spec.setDefault("completions", 1)
        spec.setDefault("completionMode", "NonIndexed")
        spec.setDefault("backoffLimit", 6)
        spec.setDefault("suspend", false)
        template(&spec)
    }

    private static func cronJob(_ spec: inout JSONValue) {
        spec.setDefault("concurrencyPolicy", "Allow")
        spec.setDefault("suspend", false)
        spec.setDefault("successfulJobsHistoryLimit", 3)
        spec.setDefault("failedJobsHistoryLimit", 1)
        spec.change("jobTemplate") { $0.change("spec", template) }
    }

    private static func template(_ spec: inout JSONValue) {
        spec.change("template") { template in
            template.setDefault("metadata", [:])
            template.change("metadata") { metadata in
                if metadata["creationTimestamp"] != nil { metadata["creationTimestamp"] = nil }
            }
            template.change("spec", pod)
        }
    }

    // MARK: Pods

    private static func pod(_ spec: inout JSONValue) {
        spec.setDefault("restartPolicy", "Always")
        spec.setDefault("terminationGracePeriodSeconds", 30)
        spec.setDefault("dnsPolicy", "ClusterFirst")
        spec.setDefault("securityContext", [:])
        spec.setDefault("schedulerName", "default-scheduler")
        if let account = spec["serviceAccountName"] { spec.setDefault("serviceAccount", account) }
        spec.changeEach("containers", container)
        spec.changeEach("initContainers", container)
        spec.changeEach("volumes", volume)
    }

    private static func container(_ container: inout JSONValue) {
        container.setDefault("terminationMessagePath", "/dev/termination-log")
        container.setDefault("terminationMessagePolicy", "File")
        container.setDefault("imagePullPolicy", pullPolicy(container["image"]?.string ?? ""))
        container.setDefault("resources", [:])
        container.change("resources") { resources in
            // What a container may not exceed it also asks for.
            guard let limits = resources["limits"]?.object else { return }
            resources.setDefault("requests", [:])
            resources.change("requests") { requests in
                for (name, limit) in limits { requests.setDefault(name, limit) }
            }
        }
        container.changeEach("ports") { $0.setDefault("protocol", "TCP") }
        container.changeEach("env") { variable in
            variable.change("valueFrom") { source in
                source.change("fieldRef") { $0.setDefault("apiVersion", "v1") }
            }
        }
        for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
            container.change(probe) { probe in
                for (key, value) in [
                    ("timeoutSeconds", 1), ("periodSeconds", 10), ("successThreshold", 1), ("failureThreshold", 3),
                ] {
                    probe.setDefault(key, .integer(value))
                }
                probe.change("httpGet") { get in
                    get.setDefault("path", "/")
                    get.setDefault("scheme", "HTTP")
                }
                probe.change("grpc") { $0.setDefault("service", "") }
            }
        }
    }

    /// `Always` for images without a tag or with `latest`, `IfNotPresent` for others.
    static func pullPolicy(_ image: String) -> JSONValue {
        if image.contains("@") { return "IfNotPresent" }
        let last = image.split(separator: "/").last ?? ""
        guard let colon = last.lastIndex(of: ":") else { return "Always" }
        return last[last.index(after: colon)...] == "latest" ? "Always" : "IfNotPresent"
    }

    private static func volume(_ volume: inout JSONValue) {
        if volume.object?.count == 1 { volume["emptyDir"] = [:] }
        for source in ["configMap", "secret", "projected", "downwardAPI"] {
            volume.change(source) { $0.setDefault("defaultMode", 420) }
        }
        volume.change("projected") { projected in
            projected.changeEach("sources") { source in
                source.change("serviceAccountToken") { $0.setDefault("expirationSeconds", 3600) }
            }
        }
        volume.change("hostPath") { $0.setDefault("type", "") }
    }

    static func qualityOfService(_ spec: JSONValue) -> String {
        let resources = spec.items("containers").map { $0["resources"] ?? [:] }
        let asks = resources.contains {
            !($0["requests"]?.object ?? [:]).isEmpty || !($0["limits"]?.object ?? [:]).isEmpty
        }
        let guaranteed = resources.allSatisfy { resources in
            ["cpu", "memory"].allSatisfy { name in
                resources.at("limits", name) != nil && resources.at("limits", name) == resources.at("requests", name)
            }
        }
        return guaranteed ? "Guaranteed" : asks ? "Burstable" : "BestEffort"
    }

    // MARK: Services, claims, policies

    private static func service(_ spec: inout JSONValue) {
        spec.setDefault("type", "ClusterIP")
        guard spec["type"] != "ExternalName" else { return }
        spec.setDefault("sessionAffinity", "None")
        spec.setDefault("internalTrafficPolicy", "Cluster")
        spec.setDefault("ipFamilies", ["IPv4"])
        spec.setDefault("ipFamilyPolicy", "SingleStack")
        if spec["type"] != "ClusterIP" { spec.setDefault("externalTrafficPolicy", "Cluster") }
        if spec["type"] == "LoadBalancer" { spec.setDefault("allocateLoadBalancerNodePorts", true) }
        spec.changeEach("ports") { port in
            port.setDefault("protocol", "TCP")
            port.setDefault("targetPort", port["port"] ?? 0)
        }
    }

    private static func claim(_ spec: inout JSONValue, class name: JSONValue?) {
        spec.setDefault("volumeMode", "Filesystem")
        if let name { spec.setDefault("storageClassName", name) }
    }

    private static func networkPolicy(_ spec: inout JSONValue) {
        spec.setDefault("podSelector", [:])
        spec.setDefault("policyTypes", spec["egress"] == nil ? ["Ingress"] : ["Ingress", "Egress"])
        for direction in ["ingress", "egress"] {
            spec.changeEach(direction) { rule in rule.changeEach("ports") { $0.setDefault("protocol", "TCP") } }
        }
    }
}
