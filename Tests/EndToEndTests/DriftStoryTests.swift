import JSON
import Model
import Sandbox
import Testing

/// What others do in the cluster, and what people tell Kreform to make of it.
@Suite struct DriftStoryTests {
    private let instant = "--sandbox --sandbox-speed instant"
    private let deployments = ResourceType(apiVersion: "apps/v1", kind: "Deployment")

    /// The room-price example with its first version, and lines of the runtime besides.
    private func story(_ name: String, _ more: String = "", engine: String = "clientx") throws -> Transcript {
        let story = Transcript(name)
        try story.folder.takeRoomPrice(["v1"])
        write(story, more)
        return story
    }

    private func write(_ story: Transcript, _ more: String = "", currency: String = "EUR", status: String = "started") {
        story.folder.write(
            """
            kreform: v1
            engine: clientx
            runtimes:
              - name: room-price
                config: {OUTPUT_PRICE_CURRENCY: \(currency)}
            \(more)
                versions:
                  - {krt: krt/room-price-v1.krt, status: \(status)}

            """, to: "kreform.yaml")
    }

    private func cluster(_ story: Transcript) throws -> SandboxCluster {
        try SandboxCluster(
            path: "\(story.folder.path)/state/sandbox/cluster.db", options: SandboxCluster.Options(speed: .instant))
    }

    private func edit(_ story: Transcript, _ name: String, _ path: [String], _ value: JSONValue, as manager: String) async throws {
        try await cluster(story).edit(deployments, namespace: "clientx-room-price", name: name, as: manager) {
            $0[JSONPointer(tokens: path)] = value
        }
    }

    @Test func driftIsToldPutBackOrLeft() async throws {
        let story = try story("drift")
        try Command.run("apply \(instant) --auto-approve".words, in: story.folder).expectSuccess()
        story.note("Somebody scales two Deployments by hand; a webhook adds a label.")
        let (etl, model) = ("room-price-v1-room-price-etl", "room-price-v1-room-price-model")
        try await edit(story, etl, ["spec", "replicas"], 3, as: "kubectl-edit")
        try await edit(story, model, ["spec", "replicas"], 2, as: "kubectl-edit")
        try await edit(story, model, ["metadata", "labels", "team"], "prices", as: "webhook")
        try story.run("plan --sandbox")
        story.note("One of them is left as it is: in short, in whole, or a field of it.")
        try story.run("plan --sandbox --leave Deployment/\(etl)")
        try story.run(
            "plan --sandbox --detailed-exitcode --leave apps/Deployment/clientx-room-price/\(etl) "
                + "--leave Deployment/\(model)#spec.replicas")
        try story.run("plan --sandbox --leave Deployment/room-price-v1-room-price-elt")
        try story.run("plan --sandbox --leave Deployment/\(etl)#spec.replica")
        try story.run("plan --sandbox --leave Service/room-price-v1")
        try story.run("plan --sandbox --destroy --leave Service/room-price-v1")
        story.note("Other fields of it change all the same.")
        write(story, currency: "CHF")
        try story.run("plan --sandbox --out left.plan --leave Deployment/\(etl)")
        try story.run("apply \(instant) --auto-approve --leave Deployment/\(etl) left.plan")
        try story.run("apply \(instant) --auto-approve left.plan")
        story.note("The next plan sees it again.")
        try story.run("plan --sandbox")
        story.note("The file leaves it for good.")
        write(story, "    ignore: [{kind: Deployment, name: \"*-etl\", fields: [spec.replicas]}]", currency: "CHF")
        try story.run("plan --sandbox --detailed-exitcode")
        try story.run("plan --sandbox --full")
        story.note("Entries that leave nothing.")
        write(story, "    ignore: [{kind: Deploymnt, fields: [spec.replicas]}, {kind: Deployment, fields: [/spec]}]")
        try story.run("validate")
        write(story, "    ignore: [{kind: Deploymnt, fields: [spec.replicas]}, {kind: Deployment, fields: [spec.rpelicas]}]")
        try story.run("validate")
        story.note("Everything is put back.")
        write(story, currency: "CHF")
        try story.run("apply \(instant) --auto-approve")
        try story.run("plan --sandbox --detailed-exitcode")
        story.note("Somebody scales a Deployment, and the cluster does not say who; and sets a password that Kreform made.")
        try await cluster(story).scale(deployments, namespace: "clientx-room-price", name: etl, to: 4)
        try await cluster(story).edit(
            ResourceType(apiVersion: "v1", kind: "Secret"), namespace: "clientx-room-price", name: "kre-mongo"
        ) { $0[JSONPointer(tokens: ["data", "MONGO_INITDB_ROOT_PASSWORD"])] = "dGhlaXJz" }
        try story.run("plan --sandbox")
        try story.run(
            "plan --sandbox --detailed-exitcode --leave Deployment/\(etl)#spec.replicas "
                + "--leave Secret/kre-mongo#data.MONGO_INITDB_ROOT_PASSWORD")
        try story.run("apply \(instant) --auto-approve --leave Deployment/\(etl)")
        try story.run("plan --sandbox --detailed-exitcode --leave Deployment/\(etl)")
        story.note("A volume cannot become larger.")
        story.folder.replace("name: room-price\n", "name: room-price\n    stack: {mongodb: {storage: 20Gi}}\n", in: "kreform.yaml")
        try story.run("plan --sandbox")
        story.compare()
    }

    @Test func whatOthersMadeIsTakenOverAndGivenBack() async throws {
        let story = try story("adoption")
        try Command.run("plan --sandbox".words, in: story.folder).expectSuccess()
        let marks: JSONValue = ["app.kubernetes.io/managed-by": "Helm"]
        let notes: JSONValue = ["meta.helm.sh/release-name": "prices", "meta.helm.sh/release-namespace": "tools"]
        let namespace: JSONValue = [
            "apiVersion": "v1", "kind": "Namespace",
            "metadata": ["name": "clientx-room-price", "labels": marks, "annotations": notes],
        ]
        let service: JSONValue = [
            "apiVersion": "v1", "kind": "Service",
            "metadata": ["name": "room-price-v1", "namespace": "clientx-room-price", "labels": marks],
            "spec": ["selector": ["app": "old"], "ports": [["name": "grpc", "port": 9000, "protocol": "TCP"]]],
        ]
        for object in [namespace, service] {
            _ = try await cluster(story).apply(ApplyRequest(object: object), as: "helm", force: true)
        }
        story.note("Helm made a namespace and a Service that the files ask for.")
        try story.run("plan --sandbox")
        try story.run("import --sandbox --auto-approve Service/room-price-v2")
        try story.run("import --sandbox --auto-approve Deployment/room-price-v1-entrypoint")
        story.note("The namespace is imported by name, the rest by the file.")
        try story.run("import \(instant) Namespace/clientx-room-price")
        try story.run("import \(instant) --auto-approve Namespace/clientx-room-price")
        try story.run("import \(instant) --auto-approve Namespace/clientx-room-price")
        write(story)
        story.folder.replace("status: started", "adopt: true, status: started", in: "kreform.yaml")
        let plan = try Command.run(["plan", "--sandbox"], in: story.folder)
        #expect(plan.output.contains("~ Service room-price-v1  (adopt; taken over; keeps its uid)"), "\(plan.output)")
        let apply = try Command.run("apply \(instant) --auto-approve --timeout 60".words, in: story.folder)
        #expect(apply.status == 0, "\(apply.output)")
        try story.run("plan --sandbox --detailed-exitcode")
        story.note("The version is let go.")
        try story.run("state forget --sandbox --auto-approve version/room-price/room-price-v9")
        try story.run("state forget --sandbox version/room-price/room-price-v1")
        try story.run("state forget --sandbox --auto-approve version/room-price/room-price-v1")
        story.folder.write(
            "kreform: v1\nengine: clientx\nruntimes:\n  - {name: room-price}\n", to: "kreform.yaml")
        try story.run("plan --sandbox --detailed-exitcode")
        try story.run("state list --sandbox")
        story.compare()
        let left = try await cluster(story).everything().filter { $0.address.name.hasPrefix("room-price-v1") }
        #expect(left.contains { $0.address.kind == "Deployment" })
    }
}
