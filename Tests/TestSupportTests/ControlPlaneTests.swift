import TestSupport
import Testing

@Suite(.needsControlPlane)
struct ControlPlaneTests {
    @Test func contextsAreWhoTheySay() async throws {
        let plane = try ControlPlane.current()
        var allowed: [String] = []
        for context in ControlPlane.Context.allCases {
            for question in [["list", "pods"], ["get", "secrets"], ["delete", "namespaces"]]
            where try await plane.kubectl(["auth", "can-i"] + question, as: context).status == 0 {
                allowed.append("\(context): \(question.joined(separator: " "))")
            }
        }
        #expect(allowed == [
            "admin: list pods", "admin: get secrets", "admin: delete namespaces",
            "adminCertificate: list pods", "adminCertificate: get secrets", "adminCertificate: delete namespaces",
            "viewer: list pods",
        ])
    }

    @Test func connectionsToTheServerCanBeBroken() async throws {
        let plane = try ControlPlane.current()
        let folder = TemporaryFolder()
        let proxy = try WireServer.proxy(to: plane.port)
        let kubeconfig = plane.kubeconfig(through: proxy.port, in: folder)
        let direct = try await plane.kubectl("get", "--raw", "/version").expectSuccess()
        let ask = ["--kubeconfig", kubeconfig, "get", "--raw", "/version"]
        #expect(try await onThread { try Program.run("kubectl", ask) }.output == direct)
        proxy.isRefusing = true
        #expect(try await onThread { try Program.run("kubectl", ask) }.status == 1)
    }

    /// What the product's readiness rules are tested with: pretended containers behave as their image's name says.
    @Test func containersBehaveAsTheirImagesAreNamed() async throws {
        let plane = try ControlPlane.current()
        try await plane.withNamespace("images") { namespace in
            let images = ["fine", "never-ready", "exits-0", "exits-3", "no-such-image"]
            let pods = images.map { image in
                """
                apiVersion: v1
                kind: Pod
                metadata: {name: \(image)}
                spec:
                  restartPolicy: Never
                  containers:
                  - name: main
                    image: example.test/\(image):v1
                    readinessProbe: {httpGet: {path: /, port: 80}, periodSeconds: 60}
                """
            }.joined(separator: "\n---\n")
            try await plane.kubectl("apply", "--namespace", namespace, "-f", "-", input: pods).expectSuccess()
            let states = """
                jsonpath={range .items[*]}{.metadata.name} {.status.phase} {.status.containerStatuses[0].ready}\
                {.status.containerStatuses[0].state.terminated.exitCode}{.status.containerStatuses[0].state.waiting.reason}{"\\n"}{end}
                """
            let wanted = """
                exits-0 Succeeded false0
                exits-3 Failed false3
                fine Running true
                never-ready Running false
                no-such-image Pending falseErrImagePull

                """
            @Sendable func found() async throws -> String {
                try await plane.kubectl("get", "pods", "--namespace", namespace, "--output", states).expectSuccess()
            }
            let settled = try await eventually(within: .seconds(60)) {
                // The two take turns.
                let found = try await found()
                return found == wanted || found == wanted.replacing("ErrImagePull", with: "ImagePullBackOff")
            }
            let last = try await found()
            #expect(settled, "\(last)")
            let log = try await plane.kubectl("logs", "--namespace", namespace, "exits-3").output
            #expect(log == "started example.test/exits-3:v1\nended with code 3\n")
        }
    }
}
