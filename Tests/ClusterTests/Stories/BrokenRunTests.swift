import Glibc
import JSON
import TestSupport
import Testing

/// Runs that end, or lose the cluster, in the middle.
@Suite(.needsControlPlane) struct BrokenRunTests {
    private func prepare(_ site: Site) {
        for version in ["v1", "v2"] {
            site.pack(SmallPackage(version: version, nodes: (0..<4).map { ("node-\($0)", "example.test/node:1") }, variables: ["TOKEN"]))
        }
        site.want(["v1": "published", "v2": "started"], more: "    config: {TOKEN: {env: SECRET}}\n")
    }

    /// What bears our labels is what the state knows, and the same objects.
    private func expectNothingTwice(_ site: Site) async throws {
        let state = try JSONValue(parsing: try await site.kreform("show --json").expectSuccess())
        let known = (state["objects"]?.array ?? []).compactMap { $0["uid"]?.string }
        let kinds = "namespaces,configmaps,secrets,services,serviceaccounts,deployments,statefulsets,roles,rolebindings,ingresses,"
            + "networkpolicies,pvc"
        let found = try await site.plane.kubectl(
            "get", kinds, "--all-namespaces", "--selector=kreform/engine=\(site.engine),app.kubernetes.io/managed-by=kreform",
            "--output=jsonpath={.items[*].metadata.uid}").expectSuccess()
        #expect(Set(known).count == known.count && known.count > 40)
        #expect(Set(found.split(separator: " ").map(String.init)).isSuperset(of: known))
        #expect(known.count == found.split(separator: " ").count)
    }

    @Test(.timeLimit(.minutes(3))) func aRunThatIsKilledIsGoneOnFrom() async throws {
        try await Site.with("kill") { site in
            prepare(site)
            for (number, writes) in [1, 9, 12, 6].enumerated() {
                let log = "\(number).log"
                let run = try await site.start("apply --auto-approve", log: log)
                let came = await eventually(within: .seconds(60)) { site.writes(log) >= writes }
                #expect(came)
                kill(run.process, SIGKILL)
                #expect(try await run.end.value.status == 128 + SIGKILL)
            }
            try await site.bring()
            try await expectNothingTwice(site)
            // And while it takes things away.
            let run = try await site.start("destroy --auto-approve \(Site.confirmed)", log: "destroy.log")
            let came = await eventually(within: .seconds(60)) { site.text("destroy.log").contains("DELETE") }
            #expect(came)
            kill(run.process, SIGKILL)
            _ = try await run.end.value
            try await site.bring()
            try await expectNothingTwice(site)
        }
    }

    @Test(.timeLimit(.minutes(3))) func aRunWhoseConnectionIsCutGoesOn() async throws {
        try await Site.with("cut") { site in
            prepare(site)
            let proxy = try WireProxy(to: site.plane.port)
            let folder = TemporaryFolder()
            let kubeconfig = site.plane.kubeconfig(through: proxy.port, in: folder)
            let run = try await site.start("apply --auto-approve --timeout 60", kubeconfig: kubeconfig, log: "cut.log")
            for (writes, reset) in [(3, true), (15, false), (30, true), (40, false)] {
                let came = await eventually(within: .seconds(60)) { site.writes("cut.log") >= writes }
                #expect(came)
                proxy.cut(reset: reset)
            }
            let end = try await run.end.value
            #expect(end.status == 0, "\(end.output)\(end.errors)")
            #expect(proxy.connections > 2)
            try await site.expectSettled()
            try await expectNothingTwice(site)
            // A server that is away for a while is waited for.
            site.want(["v1": "started", "v2": "published"], more: "    config: {TOKEN: {env: SECRET}}\n")
            proxy.isRefusing = true
            let second = try await site.start("apply --auto-approve --timeout 60", kubeconfig: kubeconfig, log: "away.log")
            let tried = await eventually(within: .seconds(20)) { proxy.refused > 2 }
            #expect(tried)
            proxy.isRefusing = false
            let after = try await second.end.value
            #expect(after.status == 0, "\(after.output)\(after.errors)")
            try await site.expectSettled()
        }
    }
}
