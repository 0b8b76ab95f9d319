import TestSupport
import Testing

@Suite(.needsControlPlane) struct TakingOverTests {
    private func want(_ site: Site, adopt: Bool) {
        site.write("""
            kreform: v1
            engine: \(site.engine)
            runtimes:
              - name: main
                stack: {preset: dev}
                config: {CURRENCY: EUR}
                versions:
                  - {krt: v1.krt, status: started, adopt: \(adopt)}

            """)
    }

    private func others(_ site: Site) async throws {
        try await site.plane.kubectl("apply", "--filename=-", input: """
            apiVersion: v1
            kind: Namespace
            metadata:
              name: \(site.namespace())
              labels: {app.kubernetes.io/managed-by: Helm}
              annotations: {meta.helm.sh/release-name: prices, meta.helm.sh/release-namespace: tools}
            ---
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: v1-krt-conf, namespace: \(site.namespace())}
            data: {old: value}
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: v1, namespace: \(site.namespace())}
            spec:
              selector: {type: entrypoint}
              ports: [{name: grpc, port: 9000}, {name: old, port: 1}]
            """).expectSuccess()
    }

    private func uids(_ site: Site) async throws -> [String] {
        [
            try await site.field("namespace/\(site.namespace())", ".metadata.uid"),
            try await site.field("service/v1", ".metadata.uid"),
        ]
    }

    @Test(.timeLimit(.minutes(3))) func whatOthersMadeIsTakenOverAndGivenBack() async throws {
        try await Site.with("adopt") { site in
            let story = Story("adoption", site)
            site.pack(SmallPackage(variables: ["CURRENCY"]))
            want(site, adopt: false)
            try await others(site)
            let before = try await uids(site)
            story.note("kubectl made a namespace marked as Helm's and a Service that the files ask for, and a ConfigMap of a name of old.")
            try await story.run("plan")
            try await story.run("apply --auto-approve")
            #expect(try await site.field("configmap/v1-krt-conf", ".data.old") == "value")
            story.note("The namespace is imported by name, the rest by the file.")
            try await story.run("import Namespace/\(site.namespace())")
            try await story.run("import --auto-approve Namespace/\(site.namespace())")
            want(site, adopt: true)
            let apply = try await site.kreform("apply --auto-approve --timeout 60")
            #expect(apply.status == 0, "\(apply.output)\(apply.errors)")
            #expect(apply.output.contains("~ Service v1  (adopt; taken over; keeps its uid)"), "\(apply.output)")
            try await site.expectSettled()
            #expect(try await uids(site) == before)
            // What the file says nothing of stays theirs: a configuration that bears no digest is nobody's whom we know.
            #expect(try await site.field("service/v1", ".spec.ports[*].name").split(separator: " ").sorted() == ["grpc", "old", "web"])
            #expect(try await site.field("configmap/v1-krt-conf", ".data.old") == "value")
            story.note("The version is let go: what is in the cluster stays, and is nobody's.")
            try await story.run("state forget --auto-approve version/main/v1")
            #expect(try await site.kubectl("get", "deployments,services,configmaps", "--selector=kreform/version=v1", "--output=name") == "")
            #expect(try await site.field("deployment/v1-entrypoint", ".status.readyReplicas") == "1")
            #expect(try await uids(site) == before)
            want(site, adopt: false)
            try await story.run("plan")
            story.compare()
        }
    }
}
