import JSON
import TestSupport
import Testing

/// What the file says of amounts, connections and pods, as a real API server and its controllers take it.
@Suite(.needsControlPlane) struct SettingsTests {
    private static let amounts = """
            network: {allow: [monitoring], egress: [{to: 10.20.0.0/16, ports: [5432]}]}
            quota: {pods: 40, limits.memory: 32Gi, requests.memory: 16Gi, requests.cpu: 8, requests.storage: 100Gi}
            limits:
              container:
                min: {memory: 8Mi}
                default: {cpu: 500m, memory: 256Mi}
                defaultRequest: {cpu: 10m, memory: 64Mi}
                max: {cpu: 2, memory: 2Gi}
              pod: {max: {cpu: 4, memory: 4Gi}}
              claim: {min: 1Gi, max: 10Gi}

        """

    private static let workloads = """
            defaults:
              tolerations: [{key: spot, operator: Exists, effect: NoExecute, tolerationSeconds: 60}]
              imagePullSecrets: [mirror]
              priorityClassName: PRIORITY
              env: {HTTP_PROXY: "http://proxy:3128", LICENCE: {secret: {name: licences, key: a}}}

        """

    private func want(_ site: Site, max: String = "2Gi") {
        let amounts = Self.amounts.replacing("memory: 2Gi", with: "memory: \(max)")
        site.write("""
            kreform: v1
            engine: \(site.engine)
            domain: example.test
            runtimes:
              - name: main
                stack:
                  preset: dev
                  external:
                    mongodb: {secret: {name: mongo, key: uri}}
                    influxdb: {address: "http://influxdb.shared:8086"}
            \(amounts)\(Self.workloads.replacing("PRIORITY", with: site.engine))    versions:
                  - krt: v1.krt
                    status: published
                    nodes:
                      first: {replicas: 2, nodeSelector: {kubernetes.io/os: linux}, resources: {requests: {memory: 100Mi}}}
                      second: {gpu: {count: 2, nodeSelector: {}}, image: "example.test/mirrored:1"}
                      entrypoint: {replicas: 2, env: {KRT_REQUEST_TIMEOUT: "60"}}

            """)
    }

    /// Secrets that the file names do not exist before the namespace does: the plan says how to make them, and the apply goes on once
    /// they are there.
    @Test(.timeLimit(.minutes(5))) func everySettingIsTakenAndNothingDrifts() async throws {
        try await Site.with("settings") { site in
            site.pack(SmallPackage(nodes: [("first", "example.test/node:1"), ("second", "example.test/node:1")]))
            want(site)
            try await site.plane.kubectl("create", "priorityclass", site.engine, "--value=100").expectSuccess()
            let plan = try await site.kreform("plan")
            let namespace = site.namespace()
            for command in [
                "kubectl create secret generic mongo -n \(namespace) --from-literal=uri=…",
                "kubectl create secret generic licences -n \(namespace) --from-literal=a=…",
            ] {
                #expect(plan.output.contains(command) || plan.errors.contains(command), "\(plan.output)\(plan.errors)")
            }

            let run = try await site.start("apply --auto-approve --json --patience 1 --timeout 120", log: "apply.log")
            for (name, key) in [("mongo", "uri"), ("licences", "a")] {
                let isWaitedFor = try await eventually(within: .seconds(60)) {
                    try await site.plane.kubectl("get", "pods", "--namespace", namespace, "--output=json").output
                        .contains(#"secret \"\#(name)\" not found"#)
                }
                #expect(isWaitedFor, "\(name)")
                try await site.kubectl("create", "secret", "generic", name, "--from-literal=\(key)=x")
            }
            try await site.kubectl(
                "create", "secret", "docker-registry", "mirror", "--docker-server=example.test", "--docker-username=a",
                "--docker-password=b")
            let apply = try await run.end.value
            #expect(apply.status == 0, "\(apply.output)\(apply.errors)")
            for name in ["mongo", "licences"] {
                #expect(apply.output.contains("Secret \(name), which the file names, is not in namespace \(namespace) yet"))
            }
            try await site.expectSettled()

            let pod = try JSONValue(parsing: try await site.kubectl(
                "get", "pods", "--selector=node-name=second", "--output=jsonpath={.items[0].spec}"))
            #expect(pod["priority"] == 100)
            #expect(pod["containers"]?[0]?["resources"]?["limits"]?["nvidia.com/gpu"] == "2")
            #expect(pod["containers"]?[0]?["resources"]?["limits"]?["memory"] == "256Mi")
            #expect(pod["containers"]?[0]?["image"] == "example.test/mirrored:1")
            #expect(try await site.field("deployment/v1-entrypoint", ".status.readyReplicas") == "2")
            #expect(try await site.field("resourcequota/runtime", ".status.used.pods") != "0")
            let sets = try await site.kubectl("get", "statefulsets", "--output=name").split(separator: "\n")
            #expect(sets == ["statefulset.apps/kre-minio", "statefulset.apps/kre-nats"])
            try await site.plane.kubectl("delete", "priorityclass", site.engine).expectSuccess()
        }
    }

    /// What the API server would refuse is told before anything is sent.
    @Test func limitsThatTheStackBreaksAreToldBeforehand() async throws {
        let site = try Site("narrow")
        site.pack(SmallPackage(nodes: [("first", "example.test/node:1"), ("second", "example.test/node:1")]))
        want(site, max: "300Mi")
        let apply = try await site.kreform("apply --auto-approve")
        #expect(apply.status == 1)
        #expect((apply.output + apply.errors).contains("[outside-limits]"), "\(apply.output)\(apply.errors)")
        #expect(try await site.everything() == [])
    }
}
