import Glibc
import Synchronization

extension ControlPlane {
    /// Begins the name of everything that this run of the tests makes: unique, 8 characters.
    package static let run: String = {
        var generator = SystemRandomNumberGenerator()
        let characters = Array("abcdefghijklmnopqrstuvwxyz0123456789")
        return "t" + String((0..<7).map { _ in characters.randomElement(using: &generator) ?? "0" })
    }()

    private static let count = Mutex(0)

    /// A name that nothing in the cluster has, a DNS label: for a namespace, or for an engine whose namespaces begin so. When
    /// the tests end, namespaces that begin with it are deleted.
    package func uniqueName(_ purpose: String) -> String {
        _ = Self.cleaning
        let number = Self.count.withLock { count in
            count += 1
            return count
        }
        return "\(Self.run)-\(purpose)-\(number)"
    }

    /// Gives `body` a namespace of its own, with its default service account, and deletes it afterwards without waiting.
    package func withNamespace<Result>(
        _ purpose: String, _ body: (String) async throws -> Result
    ) async throws -> Result {
        let name = uniqueName(purpose)
        try await kubectl("create", "namespace", name).expectSuccess()
        let ready = try await eventually {
            try await kubectl("get", "serviceaccount", "default", "--namespace", name).status == 0
        }
        guard ready else { throw Fault(description: "namespace \(name) has no service account") }
        do {
            let result = try await body(name)
            _ = try await kubectl("delete", "namespace", name, "--wait=false")
            return result
        } catch {
            _ = try? await kubectl("delete", "namespace", name, "--wait=false")
            throw error
        }
    }

    /// Done when the tests' process ends: tests that failed, and what the product made, leave namespaces too.
    private static let cleaning: Void = {
        atexit {
            guard let plane = try? ControlPlane.current(),
                let list = try? Program.run("kubectl", plane.arguments(["get", "namespaces", "--output=name"], .admin))
            else { return }
            let ours = list.output.split(separator: "\n").filter { $0.hasPrefix("namespace/\(ControlPlane.run)-") }.map(String.init)
            guard !ours.isEmpty else { return }
            _ = try? Program.run("kubectl", plane.arguments(["delete", "--wait=false"] + ours, .admin))
        }
    }()
}
