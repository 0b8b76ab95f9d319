import TestSupport
import Testing

@Suite(.needsControlPlane) struct DeletionTests {
    @Test(.timeLimit(.minutes(12))) func aFinalizerIsNamedAndWaitedFor() async throws {
        try await Site.with("final") { site in
            let story = Story("finalizer", site)
            site.pack(SmallPackage())
            site.want(["v1": "started"])
            try await site.bring()
            let files = try await site.named("configmap", "v1-conf-files")
            try await site.kubectl(
                "patch", files, "--type=merge",
                #"--patch={"metadata": {"finalizers": ["example.test/backup"]}}"#)
            site.want(["v1": "stopped"])
            try await story.run("apply --auto-approve --timeout 2")
            #expect(try await site.field(files, ".metadata.deletionTimestamp") != "")
            story.note("It is still on its way out.")
            try await story.run("plan")
            // Whoever put it there takes it away while we wait.
            let log = "wait.log"
            let run = try await site.start("apply --auto-approve --timeout 60", log: log)
            let asked = await eventually(within: .seconds(20)) { site.text(log).contains("watch") }
            #expect(asked, "\(site.text(log))")
            try await site.kubectl(
                "patch", files, "--type=merge", #"--patch={"metadata": {"finalizers": null}}"#)
            let end = try await run.end.value
            #expect(end.status == 0, "\(end.output)\(end.errors)")
            try await site.expectSettled()
            story.compare()
        }
    }

    /// A plan was made; then somebody puts other objects in the place of ours. They are not ours to delete.
    @Test(.timeLimit(.minutes(12))) func whatOthersMadeInItsPlaceIsNotDeleted() async throws {
        try await Site.with("again") { site in
            let story = Story("made-again", site)
            site.pack(SmallPackage(variables: ["CURRENCY"]))
            site.want(["v1": "started"], more: "    config: {CURRENCY: EUR}\n")
            try await site.bring()
            site.want(["v1": "stopped"], more: "    config: {CURRENCY: EUR}\n")
            try await site.kreform("plan --out stop.plan").expectSuccess()
            story.note("After the plan somebody deletes a ConfigMap and makes another of its name, with and without our labels.")
            let (config, files) = (try await site.named("configmap", "v1-krt-conf"), try await site.named("configmap", "v1-conf-files"))
            let labels = try await site.field(config, ".metadata.labels")
            try await site.kubectl("delete", config, files)
            for object in [config, files] {
                let name = object.split(separator: "/").last.map(String.init) ?? ""
                try await site.kubectl("create", "configmap", name, "--from-literal=their=own")
            }
            try await site.kubectl("patch", config, "--patch={\"metadata\": {\"labels\": \(labels)}}")
            let uid = try await site.field(config, ".metadata.uid")
            try await story.run("apply --auto-approve stop.plan")
            #expect(try await site.field(config, ".metadata.uid") == uid)
            story.note("Neither is ours to a new plan, whatever labels it bears: it leaves both alone, and says so.")
            try await story.run("plan")
            try await site.kreform("apply --auto-approve --timeout 60").expectSuccess()
            #expect(try await site.field(files, ".data.their") == "own")
            try await site.expectSettled()
            story.compare()
        }
    }
}
