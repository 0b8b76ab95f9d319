import JSON
import Model
import Sandbox
import Testing

/// What is made only where the cluster serves it.
@Suite struct AlertStoryTests {
    private let instant = "--sandbox --sandbox-speed instant"

    private func write(_ story: Transcript, _ stack: String) {
        story.folder.write(
            "kreform: v1\nengine: clientx\nruntimes:\n  - {name: mail, stack: {preset: dev, \(stack)}}\n", to: "kreform.yaml")
    }

    @Test func alertsAreMadeWhereTheClusterServesThem() async throws {
        let story = Transcript("alerts")
        write(story, "mongoExpress: {enabled: false}")
        try Command.run("apply \(instant) --auto-approve".words, in: story.folder).expectSuccess()
        let kinds = try Command.run(["state", "list", "--sandbox"], in: story.folder).output
        #expect(kinds.contains("StatefulSet") && !kinds.contains("PrometheusRule"))
        try story.run("plan --sandbox --detailed-exitcode")
        story.note("The Prometheus operator comes to the cluster.")
        let cluster = try SandboxCluster(
            path: "\(story.folder.path)/state/sandbox/cluster.db", options: SandboxCluster.Options(speed: .instant))
        _ = try await cluster.apply(ApplyRequest(object: Self.definition))
        try story.run("plan --sandbox")
        try Command.run("apply \(instant) --auto-approve".words, in: story.folder).expectSuccess()
        try story.run("plan --sandbox --detailed-exitcode")
        story.note("A Prometheus that looks for a label.")
        write(story, "alerts: {labels: {release: prometheus}}, mongoExpress: {enabled: false}")
        try story.run("plan --sandbox")
        story.note("No alerts at all.")
        write(story, "alerts: {enabled: false}, mongoExpress: {enabled: false}")
        try story.run("plan --sandbox")
        story.compare()
    }

    private static let definition: JSONValue = [
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": ["name": "prometheusrules.monitoring.coreos.com"],
        "spec": [
            "group": "monitoring.coreos.com", "scope": "Namespaced",
            "names": ["plural": "prometheusrules", "singular": "prometheusrule", "kind": "PrometheusRule", "listKind": "PrometheusRuleList"],
            "versions": [
                [
                    "name": "v1", "served": true, "storage": true,
                    "schema": ["openAPIV3Schema": ["type": "object", "x-kubernetes-preserve-unknown-fields": true]],
                ]
            ],
        ],
    ]
}
