import JSON
import TestSupport
import Testing

extension Site {
    /// Does what the init container of a pod would do, with its script and its environment.
    /// - Parameter address: instead of that of a Service, which is nothing outside of the cluster.
    func expectFetching(from address: String? = nil) async throws {
        let text = try await kubectl("get", "deployment/v1-entrypoint", "--output=json")
        let pod = try JSONValue(parsing: text)["spec"]?["template"]?["spec"]
        let container = try #require(pod?["initContainers"]?[0])
        let files = TemporaryFolder()
        let referents = Referents(try JSONValue(parsing: try await kubectl("get", "configmaps,secrets", "--output=json")))
        var environment = try LaidPod.environment(of: container, referents)
        if let address, let url = environment["KREFORM_PACKAGE_URL"] {
            environment["KREFORM_PACKAGE_URL"] = "http://" + address + url.dropFirst("http://".count).drop { $0 != "/" }
        }
        let variables = ["PATH=/usr/bin:/bin"] + environment.map { "\($0.key)=\($0.value)" }
        let script = try #require(container["args"]?[0]?.string).replacing("cd /krt-files", with: "cd '\(files.path)'")
        let arguments = ["-i"] + variables + ["/bin/sh", "-c", script]
        let done = try await run("env", arguments)
        #expect(done.status == 0, "\(done.output)\(done.errors)")
        let list = try await run("sh", ["-c", "cd '\(files.path)' && find . -type f | sort"]).expectSuccess()
        #expect(list == "./krt.yml\n./public_input.proto\n./src/only/main.py\n")
        // Twice does no harm, and what is not the package is not unpacked.
        #expect(try await run("env", arguments).status == 0)
        let wrong = String(repeating: "0", count: 64)
        let other = arguments.map { $0.hasPrefix("KREFORM_PACKAGE_SHA256=") ? "KREFORM_PACKAGE_SHA256=\(wrong)" : $0 }
        #expect(try await run("env", other).status != 0)
        #expect(try await run("test", ["-e", files.path + "/krt.yml"]).status != 0)
    }

    private func run(_ program: String, _ arguments: [String], input: String = "") async throws -> Program.Outcome {
        try await onThread { try Program.run(program, arguments, input: input) }
    }
}
