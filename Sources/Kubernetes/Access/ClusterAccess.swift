import Model

/// Everything that is known about one cluster before the first request.
package struct ClusterAccess: Sendable {
    /// The context of the kubeconfig; nil within a cluster.
    package let context: String?
    /// `https://host:port/prefix` (or `http`) without a slash at the end.
    package let server: String
    /// PEM; nil for the certificates that the system trusts.
    package let certificateAuthority: [UInt8]?
    /// The name that the server's certificate is held against instead of the host.
    package let serverName: String?
    /// Whether the server's certificate is checked.
    package let verifies: Bool
    /// The proxy before the server as libcurl reads it, the environment's considered; nil for none.
    package let proxy: String?
    /// Whether answers may be asked for compressed.
    package let compresses: Bool
    /// The namespace of the context.
    package let namespace: String?
    /// What every request carries besides its credential: whom it acts as.
    package let headers: [Header]
    package let credentials: Credentials

    package struct Header: Sendable, Hashable {
        package let name: String
        package let value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    package init(
        context: String? = nil, server: String, certificateAuthority: [UInt8]? = nil, serverName: String? = nil,
        verifies: Bool = true, proxy: String? = nil, compresses: Bool = true, namespace: String? = nil, headers: [Header] = [],
        credentials: Credentials
    ) {
        self.context = context
        self.server = server
        self.certificateAuthority = certificateAuthority
        self.serverName = serverName
        self.verifies = verifies
        self.proxy = proxy
        self.compresses = compresses
        self.namespace = namespace
        self.headers = headers
        self.credentials = credentials
    }
}

extension ClusterAccess {
    /// Where it is, for messages: `context prod, server https://10.0.0.1:6443`.
    package var place: String { (context.map { "context \($0), " } ?? "") + "server \(server)" }
}

extension ClusterAccess: CustomStringConvertible, CustomReflectable {
    package var description: String { server }
    /// A proxy's URL may hold a password.
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// No cluster can be reached, with every reason.
package struct ClusterAccessFailure: Error, Sendable, Hashable {
    package let diagnostics: [Diagnostic]

    package init(_ diagnostics: [Diagnostic]) { self.diagnostics = diagnostics }
}

/// A context that was asked for by name.
package struct ContextRequest: Sendable, Hashable {
    package let name: String
    /// Where it stands in a desired-state file; nil when it comes from `--context`.
    package let span: SourceSpan?

    package init(_ name: String, at span: SourceSpan? = nil) {
        self.name = name
        self.span = span
    }
}
