import Files
import Model

/// The access that a pod has to its own cluster
/// (https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/#directly-accessing-the-rest-api).
struct ServiceAccount: Sendable {
    /// Where the kubelet mounts it.
    static let folder = "/var/run/secrets/kubernetes.io/serviceaccount"

    let folder: String
    let environment: [String: String]

    /// Why this is no pod with a service account, as it completes "a pod's service account: "; nil when it is one.
    var absence: String? {
        for name in ["KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"] where (environment[name] ?? "").isEmpty {
            return "\(name) is not set"
        }
        return LocalFile.signature(of: "\(folder)/token") == nil ? "there is no \(folder)/token" : nil
    }

    func access(now: @escaping @Sendable () -> Double) throws(ClusterAccessFailure) -> ClusterAccess {
        var faults: [Diagnostic] = []
        var token: WatchedFile?
        do throws(LocalFile.Failure) {
            var file = try WatchedFile(path: "\(folder)/token", now: now())
            if file.content(now: now()).isBlank { throw LocalFile.Failure(reason: "it is empty") }
            token = file
        } catch {
            faults.append(unreadable("token", error.reason))
        }
        var authority: [UInt8] = []
        do throws(LocalFile.Failure) {
            authority = try LocalFile.read("\(folder)/ca.crt", limit: 1 << 20)
            if PEM.fault(authority, .certificate) != nil { throw LocalFile.Failure(reason: "it holds no certificate in PEM") }
        } catch {
            faults.append(unreadable("ca.crt", error.reason))
        }
        let server = server(&faults)
        var proxy: String?
        if let server {
            do throws(Diagnostic) { proxy = try EnvironmentProxy.find(for: server, environment: environment) } catch {
                faults.append(error)
            }
        }
        guard faults.isEmpty, let server else { throw ClusterAccessFailure(faults.sorted()) }
        let namespace = (try? LocalFile.read("\(folder)/namespace", limit: 1 << 10)).map {
            String(decoding: $0.trimmed, as: UTF8.self)
        }
        return ClusterAccess(
            server: server.text, certificateAuthority: authority, proxy: proxy,
            namespace: namespace.flatMap { $0.isEmpty ? nil : $0 },
            credentials: Credentials(UserIdentity(tokenFile: token), now: now))
    }

    private func server(_ faults: inout [Diagnostic]) -> ServerURL? {
        let host = environment["KUBERNETES_SERVICE_HOST"] ?? ""
        let port = environment["KUBERNETES_SERVICE_PORT"] ?? ""
        do throws(ServerURL.Fault) {
            return try ServerURL(
                "https://\(host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : host):\(port)", schemes: ["https": 443],
                fallback: nil)
        } catch {
            faults.append(
                Diagnostic(
                    code: "bad-url",
                    summary: "The address in KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT \(error.what)",
                    detail: "Kubernetes sets both in every pod. Unset them, or name a kubeconfig with --kubeconfig."))
            return nil
        }
    }

    private func unreadable(_ name: String, _ reason: String) -> Diagnostic {
        Diagnostic(
            code: "unreadable-file", summary: "The service account's \(folder)/\(name) cannot be read: \(reason)",
            detail: "Check the pod's `automountServiceAccountToken` and its projected volumes, or name a kubeconfig with "
                + "--kubeconfig.")
    }
}
