import Model

/// The proxies that the environment names, for other servers than the cluster's.
package enum ProxyForURL {
    /// The proxy for a server, as libcurl reads it; nil for none.
    package static func find(_ url: String, environment: [String: String]) throws(Diagnostic) -> String? {
        let server: ServerURL
        do throws(ServerURL.Fault) {
            server = try ServerURL(url, schemes: EnvironmentProxy.schemes, fallback: "https")
        } catch {
            throw Diagnostic(code: "bad-url", summary: "The address \(url) \(error.what)", detail: "Write it as `https://HOST`.")
        }
        return try EnvironmentProxy.find(for: server, environment: environment)
    }
}
