import JSON
import TestSupport
import Testing

@Suite(.needsControlPlane) struct DriftTests {
    private func want(_ site: Site, currency: String, more: String = "") {
        site.want(["v1": "published"], more: "    config: {CURRENCY: \(currency)}\n\(more)")
    }

    private func edit(_ site: Site, _ object: String, _ patch: String, as manager: String) async throws {
        try await site.kubectl(
            "patch", "deployment/\(object)", "--type=strategic", "--field-manager=\(manager)", "--patch=\(patch)")
    }

    /// Fields that others add are theirs: an autoscaler's, a webhook's, a person's.
    @Test(.timeLimit(.minutes(12))) func whatOthersAddIsNoneOfOurBusiness() async throws {
        try await Site.with("add") { site in
            site.pack(SmallPackage(variables: ["CURRENCY"]))
            want(site, currency: "EUR")
            try await site.bring()
            try await edit(site, "v1-entrypoint", #"""
                {"metadata": {"labels": {"team": "prices"}, "annotations": {"example.test/owner": "ada"}},
                 "spec": {"revisionHistoryLimit": 3, "template": {"metadata": {"labels": {"mesh": "in"}}, "spec": {
                   "priority": null, "tolerations": [{"key": "spot", "operator": "Exists"}],
                   "volumes": [{"name": "mesh", "emptyDir": {}}],
                   "initContainers": [{"name": "mesh-init", "image": "example.test/exits-0:1"}],
                   "containers": [
                     {"name": "mesh-proxy", "image": "example.test/proxy:1", "volumeMounts": [{"name": "mesh", "mountPath": "/m"}]},
                     {"name": "entrypoint", "env": [{"name": "MESH", "value": "on"}],
                      "volumeMounts": [{"name": "mesh", "mountPath": "/m"}]}]}}}}
                """#, as: "injector")
            try await site.kubectl(
                "patch", "service/active-entrypoint", "--field-manager=balancer",
                #"--patch={"metadata": {"annotations": {"lb": "1"}, "finalizers": ["example.test/balancer"]}}"#)
            try await site.kubectl("annotate", try await site.named("configmap", "v1-conf-files"), "seen=yes")
            try await site.kubectl("label", "secret/kre-mongo", "backup=nightly")
            try await site.expectSettled()
            // Fields of ours change beside them, and theirs stay.
            want(site, currency: "CHF")
            try await site.bring()
            #expect(try await site.field("deployment/v1-entrypoint", ".spec.template.spec.containers[*].name")
                .split(separator: " ").sorted() == ["entrypoint", "fluent-bit", "mesh-proxy", "web"])
            #expect(try await site.field("deployment/v1-entrypoint", ".metadata.labels.team") == "prices")
            #expect(try await site.field("deployment/v1-entrypoint", ".spec.revisionHistoryLimit") == "3")
            try await site.kubectl(
                "patch", "service/active-entrypoint", "--type=merge", #"--patch={"metadata": {"finalizers": null}}"#)
        }
    }

    @Test(.timeLimit(.minutes(12))) func driftIsToldPutBackOrLeft() async throws {
        try await Site.with("drift") { site in
            let story = Story("drift", site)
            site.pack(SmallPackage(variables: ["CURRENCY"]))
            want(site, currency: "EUR")
            try await site.bring()
            story.note("Somebody scales two Deployments and changes an image and a Service.")
            try await edit(site, "v1-entrypoint", #"{"spec": {"replicas": 3}}"#, as: "kubectl-edit")
            try await edit(
                site, "v1-work-only", #"""
                {"spec": {"replicas": 2, "template": {"spec": {"containers": [
                {"name": "runner", "image": "example.test/other:2"}]}}}}
                """#, as: "kubectl-edit")
            try await site.kubectl(
                "patch", "service/v1", "--field-manager=kubectl-edit", #"--patch={"spec": {"sessionAffinity": "ClientIP"}}"#)
            try await story.run("plan --detailed-exitcode")
            story.note("One object and one field are left as they are.")
            let leave = "--leave Deployment/v1-entrypoint --leave Deployment/v1-work-only#spec.replicas"
            try await story.run("plan \(leave)")
            want(site, currency: "CHF")
            story.note("Other fields of the same objects change.")
            try await story.run("apply --auto-approve \(leave)")
            #expect(try await replicas(site) == ["3", "2"])
            #expect(try await site.field("service/v1", ".spec.sessionAffinity") == "None")
            try await story.run("plan --detailed-exitcode")
            story.note("The file leaves them for good, also when other fields change.")
            want(site, currency: "GBP", more: "    ignore: [{kind: Deployment, fields: [spec.replicas]}]\n")
            try await story.run("apply --auto-approve")
            #expect(try await replicas(site) == ["3", "2"])
            try await site.expectSettled()
            story.note("Nothing is left any more.")
            want(site, currency: "GBP")
            try await story.run("apply --auto-approve")
            #expect(try await replicas(site) == ["1", "1"])
            #expect(try await site.field("deployment/v1-work-only", ".spec.template.spec.containers[0].image")
                == "example.test/node:1")
            try await site.expectSettled()
            story.compare()
        }
    }

    /// Servers up to 1.21 name nobody for a scale: as far as they know the number of replicas is ours.
    @Test(.timeLimit(.minutes(12))) func whatIsScaledAndToBeLeftStays() async throws {
        try await Site.with("scaled") { site in
            site.pack(SmallPackage(variables: ["CURRENCY"]))
            let ignore = "    ignore: [{kind: Deployment, name: v1-entrypoint, fields: [spec.replicas]}]\n"
            want(site, currency: "EUR", more: ignore)
            try await site.bring()
            try await site.kubectl("scale", "deployment/v1-entrypoint", "deployment/v1-work-only", "--replicas=3")
            let plan = try await site.kreform("plan")
            #expect(plan.output.contains("~ Deployment v1-work-only") && !plan.output.contains("Deployment v1-entrypoint"))
            let leave = "--leave Deployment/v1-work-only#spec.replicas"
            let left = try await site.kreform("plan --detailed-exitcode \(leave)")
            #expect(left.status == 0, "\(left.output)\(left.errors)")
            // Other fields change, and while a plan waits to be carried out they are scaled again.
            want(site, currency: "CHF", more: ignore)
            try await site.kreform("plan --out scaled.plan \(leave)").expectSuccess()
            try await site.kubectl("scale", "deployment/v1-entrypoint", "deployment/v1-work-only", "--replicas=2")
            let apply = try await site.kreform("apply --timeout 120 scaled.plan --auto-approve")
            #expect(apply.status == 0, "\(apply.output)\(apply.errors)")
            #expect(try await replicas(site) == ["2", "2"])
            // Nothing says so any more.
            want(site, currency: "CHF")
            try await site.bring()
            #expect(try await replicas(site) == ["1", "1"])
        }
    }

    @Test(.timeLimit(.minutes(12))) func aPasswordThatSomebodyChangedIsToldAndKept() async throws {
        try await Site.with("password") { site in
            site.want([:])
            try await site.bring()
            try await site.kubectl(
                "patch", "secret/kre-minio", "--field-manager=kubectl-edit",
                #"--patch={"stringData": {"MINIO_ROOT_PASSWORD": "somebody-elses"}}"#)
            let plan = try await site.kreform("plan")
            #expect(plan.output.contains("data.MINIO_ROOT_PASSWORD: (sensitive value, changed; taken as it is)"))
            #expect(plan.output.contains("drifted: set by kubectl-edit at 20"))
            #expect((plan.output + plan.errors).contains("[generated-value-changed]"))
            try await site.bring()
            #expect(try await site.field("secret/kre-minio", ".data.MINIO_ROOT_PASSWORD") == "c29tZWJvZHktZWxzZXM=")
        }
    }

    @Test(.timeLimit(.minutes(12))) func aServiceThatWasImportedAndWorksLeavesNothingToDo() async throws {
        try await Site.with("imported") { site in
            site.pack(SmallPackage())
            site.want(["v1": "started"])
            try await site.bring()
            try await site.kubectl("delete", "service/v1")
            try await site.kubectl("create", "service", "clusterip", "v1", "--tcp=9000")
            try await site.kubectl(
                "patch", "service/v1", "--type=json",
                #"--patch=[{"op": "replace", "path": "/spec/selector", "value": {"app": "other"}}]"#)
            try await site.kreform("import --auto-approve Service/v1").expectSuccess()
            let plan = try await site.kreform("plan --json")
            let document = try JSONValue(parsing: plan.output)
            for step in document["steps"]?.array ?? [] { #expect(step["reasons"]?.array?.isEmpty == false, "\(plan.output)") }
            try await site.bring()
        }
    }

    private func replicas(_ site: Site) async throws -> [String] {
        [
            try await site.field("deployment/v1-entrypoint", ".spec.replicas"),
            try await site.field("deployment/v1-work-only", ".spec.replicas"),
        ]
    }
}
