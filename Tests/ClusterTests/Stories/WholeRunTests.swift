import JSON
import Model
import TestSupport
import Testing

@Suite(.needsControlPlane) struct WholeRunTests {
    private static let runtimes = 8
    private static let nodes = 8

    /// Runtimes with a version published, two started and one stopped, configuration with a secret, and Ingresses.
    private func write(_ site: Site) {
        for version in ["v1", "v2", "v3", "v4"] {
            let nodes = (0..<Self.nodes).map { ("node-\($0)", "example.test/node:\(version)") }
            site.pack(SmallPackage(version: version, nodes: nodes, variables: ["CURRENCY", "TOKEN"]))
        }
        let runtimes = (0..<Self.runtimes).map { number in
            """
              - name: r\(number)
                stack: {preset: dev}
                ingress: {className: nginx, annotations: {example.test/zone: "\(number)"}}
                config: {CURRENCY: EUR, TOKEN: {env: SECRET}}
                versions:
                  - {krt: v1.krt, status: published}
                  - {krt: v2.krt, status: started}
                  - {krt: v3.krt, status: started, config: {CURRENCY: CHF}}
                  - {krt: v4.krt}

            """
        }
        site.write("kreform: v1\nengine: \(site.engine)\ndomain: example.test\nruntimes:\n" + runtimes.joined())
    }

    /// Everything in one run from an empty cluster, a plan that finds nothing and asks little, and everything away in one run.
    @Test(.timeLimit(.minutes(12))) func fiveHundredObjectsComeAndGoInOneRunEach() async throws {
        let site = try Site("whole")
        write(site)
        let apply = try await site.kreform("apply --auto-approve --timeout 300 --json", log: "apply.log")
        try #require(apply.status == 0, "\(apply.errors)\(apply.output.suffix(3000))")
        #expect(!apply.output.contains(Site.secret))
        let objects = try JSONValue(parsing: try await site.kreform("show --json").expectSuccess())["objects"]?.array ?? []
        #expect(objects.count >= 500)
        // Each object was written once.
        #expect(site.writes("apply.log") == objects.count)

        // No more requests than types and pages of them, and a few; nothing is tried out.
        let kinds = Dictionary(grouping: objects) { "\($0["apiVersion"]?.string ?? "") \(Self.kind($0))" }
        let pages = kinds.values.reduce(0) { $0 + ($1.count + 499) / 500 }
        let plan = try await site.kreform("plan --detailed-exitcode", log: "plan.log")
        #expect(plan.status == 0, "\(plan.output)\(plan.errors)")
        let requests = try site.requests("plan.log")
        #expect(requests.count <= pages + 5, "\(requests.count) requests for \(pages) pages")
        // That PrometheusRules are not served is an answer too.
        let sound = requests.filter { $0["path"]?.string?.hasPrefix("/apis/monitoring.coreos.com") != true }
        #expect(sound.allSatisfy { $0["method"] == "GET" && $0["answer"] == 200 })

        // What would change, and nothing else, is tried out.
        try await site.plane.kubectl(
            "scale", "deployment", "v1-entrypoint", "v1-work-node-3", "--replicas=2", "--namespace", site.namespace("r0")
        ).expectSuccess()
        site.write(site.text("kreform.yaml").replacing("zone: \"5\"", with: "zone: \"50\""))
        let change = try await site.kreform("plan --detailed-exitcode", log: "change.log")
        #expect(change.status == 2, "\(change.output)\(change.errors)")
        let tried = try site.requests("change.log").filter { $0["method"] == "PATCH" }
        #expect(tried.allSatisfy { $0["query"]?["dryRun"] == "All" })
        #expect(tried.compactMap { $0["path"]?.string?.split(separator: "/").suffix(4).joined(separator: "/") }.sorted() == [
            "\(site.namespace("r0"))/deployments/v1-entrypoint", "\(site.namespace("r0"))/deployments/v1-work-node-3",
            "\(site.namespace("r5"))/ingresses/entrypoint", "\(site.namespace("r5"))/ingresses/proto",
        ].map { "namespaces/" + $0 })
        #expect(try site.requests("change.log").count <= pages + 5 + tried.count)

        let destroy = try await site.kreform("destroy --auto-approve \(Site.confirmed) --timeout 300")
        try #require(destroy.status == 0, "\(destroy.errors)\(destroy.output.suffix(3000))")
        #expect(try await site.everything() == [])
        let namespaces = try await site.plane.kubectl("get", "namespaces", "--output=name").expectSuccess()
        #expect(!namespaces.contains(site.engine))
    }

    private static func kind(_ object: JSONValue) -> Substring {
        object["address"]?.string?.split(separator: "/").dropLast().first { $0.first?.isUppercase == true } ?? ""
    }
}
