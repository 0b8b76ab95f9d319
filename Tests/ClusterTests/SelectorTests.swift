import TestSupport
import Testing

/// A published Service leads where its selector says, and to nothing at all when somebody adds a key to that.
@Suite(.needsControlPlane) struct SelectorTests {
    private func selector(_ site: Site) async throws -> String { try await site.field("service/active-entrypoint", ".spec.selector") }
    private let ours = #"{"type":"entrypoint","version-name":"v1-entrypoint"}"#

    @Test(.timeLimit(.minutes(12))) func aKeyOfOthersIsDriftAndIsPutBack() async throws {
        try await Site.with("selector") { site in
            let story = Story("selector", site)
            site.pack(SmallPackage())
            site.want(["v1": "published"])
            try await site.bring()
            #expect(try await selector(site) == ours)
            try await site.kubectl(
                "patch", "service/active-entrypoint", "--type=merge", #"--patch={"spec": {"selector": {"team": "prices"}}}"#)
            let lost = await eventually { (try? await site.field("endpoints/active-entrypoint", ".subsets")) == "" }
            #expect(lost)
            try await story.run("plan")
            try await site.kreform("apply --auto-approve --timeout 60").expectSuccess()
            #expect(try await selector(site) == ours)
            #expect(try await site.field("endpoints/active-entrypoint", ".subsets[0].addresses[0].ip") != "")
            try await site.expectSettled()
            story.compare()
        }
    }

    @Test(.timeLimit(.minutes(12))) func aServiceThatIsTakenOverKeepsNoKeyOfOthers() async throws {
        try await Site.with("taken") { site in
            let story = Story("selector-taken", site)
            site.pack(SmallPackage())
            site.want(["v1": "published"])
            try await site.plane.kubectl("create", "namespace", site.namespace()).expectSuccess()
            try await site.kubectl("create", "service", "clusterip", "active-entrypoint", "--tcp=80:80")
            try await story.run("import --auto-approve runtime/main publication/main")
            #expect(try await selector(site) == ours)
            story.note("Nothing is unfinished after an import: the rest is only new.")
            try await story.run("plan")
            try await site.bring()
            #expect(try await selector(site) == ours)
            story.compare()
        }
    }
}
