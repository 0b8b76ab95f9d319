import Glibc
import Synchronization
import Testing

/// The Kubernetes cluster that `Tests/cluster/up` brought up, as tests use it. docs/test-cluster.md says what is in it.
///
///     @Test(.needsControlPlane) func appliesTwice() async throws {
///         let plane = try ControlPlane.current()
///         try await plane.withNamespace("twice") { namespace in … }
///     }
package struct ControlPlane: Sendable {
    /// Whose credentials: a context of the kubeconfig.
    package enum Context: String, Sendable, CaseIterable {
        /// Everything, by token. The kubeconfig's current context.
        case admin
        /// Everything, by client certificate.
        case adminCertificate = "admin-certificate"
        /// What the ClusterRole `view` allows.
        case viewer
        case nobody
    }

    /// The path of the kubeconfig, which has all contexts and points to no other file.
    package let kubeconfig: String

    /// The API server's port on the loopback address.
    package let port: UInt16

    /// The cluster's folder: logs, certificates, tokens.csv.
    package var folder: String { String(kubeconfig[..<(kubeconfig.lastIndex(of: "/") ?? kubeconfig.startIndex)]) }

    /// The CA that signed the API server's certificate.
    package var authority: String { folder + "/ca.crt" }

    package struct Fault: Error, CustomStringConvertible {
        package let description: String
    }

    /// The cluster that `KREFORM_TEST_KUBECONFIG` leads to.
    package static func current() throws(Fault) -> ControlPlane {
        guard let kubeconfig = variable("KREFORM_TEST_KUBECONFIG") else { throw Fault(description: absence) }
        let text = String(decoding: contents(of: kubeconfig), as: UTF8.self)
        guard let server = text.split(separator: "\n").first(where: { $0.contains("server: https://127.0.0.1:") }),
            let port = server.split(separator: ":").last.flatMap({ UInt16($0) })
        else {
            throw Fault(description: "KREFORM_TEST_KUBECONFIG leads to no cluster of Tests/cluster/up: \(kubeconfig)")
        }
        return ControlPlane(kubeconfig: kubeconfig, port: port)
    }

    /// Whether tests that need the cluster are to run: there is one, or they have to fail without.
    package static var isExpected: Bool {
        variable("KREFORM_TEST_KUBECONFIG") != nil || variable("KREFORM_REQUIRE_CLUSTER") != nil
    }

    static let absence = "needs a Kubernetes cluster: run ./Tests/run, or ./Tests/cluster/up and set KREFORM_TEST_KUBECONFIG"

    private static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// A kubeconfig in `folder` that reaches the API server by another port: that of a `WireProxy`.
    package func kubeconfig(through port: UInt16, in folder: TemporaryFolder) -> String {
        let text = String(decoding: contents(of: kubeconfig), as: UTF8.self)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.hasSuffix("https://127.0.0.1:\(self.port)") ? "    server: https://127.0.0.1:\(port)" : String(line)
        }
        return folder.write(Array(lines.joined(separator: "\n").utf8), to: "kubeconfig-\(port)")
    }

    /// A user's token.
    package func token(_ context: Context) -> String? {
        let lines = String(decoding: contents(of: folder + "/tokens.csv"), as: UTF8.self).split(separator: "\n")
        let fields = lines.map { line in line.split(separator: ",") }
        let own = fields.first { $0.count > 1 && $0[1] == context.rawValue }
        return own.map { String($0[0]) }
    }
}

extension Trait where Self == ConditionTrait {
    /// The test needs the cluster. Without one it is left out, with the reason; under Tests/run it fails instead.
    package static var needsControlPlane: Self {
        .enabled(if: ControlPlane.isExpected, Comment(rawValue: ControlPlane.absence))
    }
}
