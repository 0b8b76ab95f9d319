import JSON
import Model

extension RuntimeStack {
    static let alertType = ResourceType(apiVersion: "monitoring.coreos.com/v1", kind: "PrometheusRule")

    /// Alerts for the Prometheus operator: each StatefulSet down for five minutes (engine's contract, section 6). By the metrics
    /// of kube-state-metrics, which every Prometheus of that sort has.
    var alerts: [Manifest] {
        let parts: [(StackSettings.Part, String)] = [
            (.nats, StackNames.nats), (.mongodb, StackNames.mongo), (.influxdb, ObjectNames.influxDB(runtime: runtime.name)),
            (.minio, StackNames.minio),
        ]
        let rules = parts.filter { runtime.stack.makes($0.0) }.map { rule(of: $0.1) }
        guard runtime.stack.alerts.isEnabled, !rules.isEmpty else { return [] }
        return [
            manifest(
                stamp.object(
                    Self.alertType.apiVersion, Self.alertType.kind, "kre-runtime", .runtime, labels: runtime.stack.alerts.labels,
                    ["spec": ["groups": [["name": .string("kre.\(stamp.namespace)"), "rules": .array(rules)]]]]))
        ]
    }

    private func rule(of set: String) -> JSONValue {
        let selector = #"{namespace="\#(stamp.namespace)",statefulset="\#(set)"}"#
        return [
            "alert": "KRERuntimeStatefulSetDown", "expr": .string("kube_statefulset_status_replicas_ready\(selector) < 1"),
            "for": "5m",
            "labels": ["severity": "critical", "engine": .string(stamp.engine), "runtime": .string(stamp.runtime)],
            "annotations": [
                "summary": .string("\(set) of runtime \(stamp.runtime) is down"),
                "description": .string("No pod of StatefulSet \(set) in namespace \(stamp.namespace) has been ready for five minutes."),
            ],
        ]
    }
}
