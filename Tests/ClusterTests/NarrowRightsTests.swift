import JSON
import TestSupport
import Testing

/// Whoever may work in the runtimes' namespaces only can plan and apply there; who may less is told all that is missing.
@Suite(.needsControlPlane) struct NarrowRightsTests {
    @Test(.timeLimit(.minutes(12))) func aNamespaceIsEnough() async throws {
        try await Site.with("narrow") { site in
            let story = Story("narrow-rights", site)
            site.pack(SmallPackage(variables: ["CURRENCY"]))
            site.want(["v1": "published"], more: "    config: {CURRENCY: EUR}\n")
            try await site.bring()
            story.note("Who may not read all that a plan needs is told everything that is missing.")
            try await story.run("plan", as: .nobody)
            try await story.run("plan", as: .viewer)
            try await story.run("status", as: .nobody)

            story.note("Jane may do everything in the runtime's namespace and nothing elsewhere.")
            try await site.kubectl("create", "rolebinding", "jane", "--clusterrole=admin", "--user=jane")
            let jane = try site.kubeconfig("jane") { $0.replacing(#/(name: admin, user: \{token: [^}]*)/#) { "\($0.1), as: jane" } }
            try await story.run("plan", with: jane)
            let all = try await site.kreform("plan", log: "admin.log")
            #expect(all.status == 0)
            let own = try await site.kreform("plan --detailed-exitcode", kubeconfig: jane, log: "jane.log")
            #expect(own.status == 0, "\(own.output)\(own.errors)")
            // A list for each type once more; the cluster is known by one of its objects.
            let (few, many) = (try site.requests("admin.log").count, try site.requests("jane.log").count)
            #expect(many <= 2 * few + 1, "\(many) requests where all rights need \(few)")

            story.note("What she applies is waited for in that namespace.")
            site.want(["v1": "published"], more: "    config: {CURRENCY: CHF}\n")
            let apply = try await site.kreform("apply --auto-approve --timeout 120", kubeconfig: jane)
            #expect(apply.status == 0, "\(apply.output)\(apply.errors)")
            try await site.expectSettled()
            let status = try await site.kreform("status", kubeconfig: jane)
            #expect(status.status == 0, "\(status.output)\(status.errors)")

            story.note("A user who may look but not write cannot have changes tried out.")
            try await site.kubectl("delete", "rolebinding", "jane")
            try await site.kubectl("apply", "--filename=-", input: """
                apiVersion: rbac.authorization.k8s.io/v1
                kind: Role
                metadata: {name: look}
                rules: [{apiGroups: ["*"], resources: ["*"], verbs: [get, list, watch]}]
                """)
            try await site.kubectl("create", "rolebinding", "look", "--role=look", "--user=jane")
            try await story.run("plan", with: jane)
            site.want(["v1": "published"], more: "    config: {CURRENCY: USD}\n")
            try await story.run("plan", with: jane)
            story.compare()
        }
    }

    @Test func statusWarnsOfAServerThatIsNotChecked() async throws {
        let site = try Site("open")
        site.want([:])
        let open = try site.kubeconfig("open") { text in
            text.replacing(#/certificate-authority-data: .*/#, with: "insecure-skip-tls-verify: true")
        }
        let status = try await site.kreform("status", kubeconfig: open)
        #expect(status.status == 0)
        let plan = try await site.kreform("plan", kubeconfig: open)
        #expect(status.errors.hasPrefix("Warning: "))
        #expect(status.errors == plan.errors)
        let checked = try await site.kreform("status")
        #expect(checked.errors == "")
    }
}

extension Site {
    /// The path of a kubeconfig that differs from the tests' own.
    func kubeconfig(_ name: String, _ change: (String) -> String) throws -> String {
        let text = String(decoding: contents(of: plane.kubeconfig), as: UTF8.self)
        let changed = change(text)
        try #require(changed != text)
        write(changed, to: name)
        return "\(path)/\(name)"
    }
}
