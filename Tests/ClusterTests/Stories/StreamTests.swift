import JSON
import TestSupport
import Testing

/// The Jobs of a version of KRT v2, run by kubelets that do what their images' names say.
@Suite(.needsControlPlane) struct StreamTests {
    @Test(.timeLimit(.minutes(6))) func jobsRunBeforeTheNodesAndAfterThem() async throws {
        try await Site.with("streams") { site in
            site.pack(SmallPackage(usesStreams: true))
            func want(_ status: String, _ image: String) {
                site.want(["v1": status], stack: "{preset: dev, streamSetup: {image: \"example.test/\(image)\"}}")
            }
            func jobs() async throws -> [String] {
                try await site.plane.kubectl("get", "jobs", "--namespace", site.namespace(), "--output=name")
                    .expectSuccess().split(separator: "\n").map { $0.split(separator: "-").dropLast().joined(separator: "-") }.sorted()
            }
            // What makes the streams fails: no node starts.
            want("started", "exits-3:1")
            let refused = try await site.kreform("apply --auto-approve --timeout 60 --patience 2")
            #expect(refused.status == 3)
            let said = refused.output + refused.errors
            #expect(said.contains("[not-ready]") && said.contains("ended with code 3"), "\(said)")
            let nodes = try await site.plane.kubectl("get", "deployments", "--namespace", site.namespace(), "--output=name")
            #expect(!nodes.output.contains("v1-"))

            // Another image makes another Job.
            want("started", "exits-0:1")
            let applied = try await site.kreform("apply --auto-approve --timeout 60")
            #expect(applied.status == 0, "\(applied.output)\(applied.errors)")
            #expect(try await jobs() == ["job.batch/v1-streams", "job.batch/v1-streams-end"])
            let plan = try await site.kreform("plan --detailed-exitcode")
            #expect(plan.status == 0, "\(plan.output)")

            // The one that slept runs, and both are gone.
            want("stopped", "exits-0:1")
            let stopped = try await site.kreform("apply --auto-approve --timeout 60 --json", log: "stop.log")
            #expect(stopped.status == 0, "\(stopped.output)\(stopped.errors)")
            #expect(try await jobs() == [])
            let woken = try site.requests("stop.log").filter {
                $0["method"] == "PATCH" && $0["path"]?.string?.contains("/jobs/v1-streams-end-") == true
            }
            #expect(woken.count == 1)
            // Its program has come to its end, and not only been started.
            let completed = try await eventually(within: .seconds(20)) {
                try await site.kubectl(
                    "get", "events", "--field-selector=reason=Completed,involvedObject.kind=Job",
                    "--output=jsonpath={.items[*].involvedObject.name}"
                ).contains("v1-streams-end-")
            }
            #expect(completed)
        }
    }
}
