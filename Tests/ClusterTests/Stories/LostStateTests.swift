import TestSupport
import Testing

@Suite(.needsControlPlane) struct LostStateTests {
    @Test(.timeLimit(.minutes(12))) func aLostStateIsMadeAgainFromWhatTheClusterTells() async throws {
        try await Site.with("lost") { site in
            let story = Story("rebuild", site)
            for version in ["v1", "v2"] { site.pack(SmallPackage(version: version, variables: ["CURRENCY", "TOKEN"])) }
            site.want(["v1": "started", "v2": "published"], more: "    config: {CURRENCY: EUR, TOKEN: {env: SECRET}}\n")
            try await site.bring()
            let pods = try await self.pods(site)
            let secrets = try await site.kubectl("get", "secrets", "--output=jsonpath={.items[*].data}")
            let known = try await objects(site)
            try Program.run("rm", ["-r", "\(site.path)/state"]).expectSuccess()
            try await story.run("state list")
            try await story.run("state rebuild")
            try await site.expectSettled()
            try await site.kreform("apply --auto-approve").expectSuccess()
            #expect(try await self.pods(site) == pods)
            #expect(try await site.kubectl("get", "secrets", "--output=jsonpath={.items[*].data}") == secrets)
            #expect(try await objects(site) == known)
            // The state is worth as much as the lost one: a changed secret is seen.
            let other = try await site.kreform("plan", environment: ["SECRET": "another-0123456789"])
            #expect(other.output.contains("+ Secret v1-krt-conf-") && other.output.contains("data.TOKEN: (sensitive value, changed)"), "\(other.output)\(other.errors)")
            story.compare()
        }
    }

    private func pods(_ site: Site) async throws -> String {
        try await site.kubectl("get", "pods", "--output=jsonpath={.items[*].metadata.uid}")
    }

    private func objects(_ site: Site) async throws -> String {
        try await site.kreform("state list").expectSuccess()
    }
}
