import Model

/// The proxy that the environment names for a server, by the rules that kubectl follows
/// (https://pkg.go.dev/golang.org/x/net/http/httpproxy): never for this machine itself, never for what `NO_PROXY` names.
enum EnvironmentProxy {
    static let schemes = ["http": 80, "https": 443, "socks5": 1080]

    /// Nil for none. The proxy is written as libcurl reads it.
    static func find(for server: ServerURL, environment: [String: String]) throws(Diagnostic) -> String? {
        let names = server.scheme == "https" ? ["HTTPS_PROXY", "https_proxy"] : ["HTTP_PROXY", "http_proxy"]
        guard let name = names.first(where: { !(environment[$0] ?? "").isEmpty }), let written = environment[name] else {
            return nil
        }
        let exceptions = environment["NO_PROXY"].flatMap { $0.isEmpty ? nil : $0 } ?? environment["no_proxy"] ?? ""
        guard !isExempt(server, exceptions) else { return nil }
        do throws(ServerURL.Fault) {
            return forCurl(try ServerURL(written, schemes: schemes, fallback: "http"))
        } catch {
            throw Diagnostic(
                code: "bad-url", summary: "The proxy in \(name) \(error.what)",
                detail: "Write, for example, `http://proxy.example.com:3128`, or list the server in NO_PROXY.")
        }
    }

    /// Lets a SOCKS proxy look up the server's name, as Go's programs do.
    static func forCurl(_ proxy: ServerURL) -> String {
        proxy.scheme == "socks5" ? "socks5h" + proxy.text.dropFirst("socks5".count) : proxy.text
    }

    private static func isExempt(_ server: ServerURL, _ exceptions: String) -> Bool {
        let host = server.host.lowercased()
        let address = IPAddress(host)
        if host == "localhost" || address?.isLoopback == true { return true }
        return exceptions.split(separator: ",").contains { item in
            let item = String(item).trimmingSpace.lowercased()
            if item == "*" { return true }
            let network = item.split(separator: "/", omittingEmptySubsequences: false)
            if network.count == 2, let base = IPAddress(String(network[0])), let bits = Int(network[1]) {
                return address.map { base.agrees(with: $0, bits: bits) } ?? false
            }
            let (name, port) = parts(item)
            guard port == nil || port == server.port, !name.isEmpty else { return false }
            if let exact = IPAddress(name) { return exact == address }
            let domain = name.hasPrefix("*.") ? String(name.dropFirst()) : name
            return domain.hasPrefix(".") ? host.hasSuffix(domain) : host == domain || host.hasSuffix("." + domain)
        }
    }

    /// The name and the port of `name:port`; addresses of IPv6 have a port only after brackets.
    private static func parts(_ item: String) -> (String, Int?) {
        if item.hasPrefix("["), let end = item.lastIndex(of: "]") {
            let after = item[item.index(after: end)...].dropFirst()
            return (String(item[..<end].dropFirst()), after.isEmpty ? nil : Int(after) ?? -1)
        }
        guard IPAddress(item) == nil, let colon = item.lastIndex(of: ":") else { return (item, nil) }
        return (String(item[..<colon]), Int(item[item.index(after: colon)...]) ?? -1)
    }
}
