import JSON
import Model
import Schema
import YAML

/// What a cluster's entry in a kubeconfig says.
struct ClusterEndpoint: Sendable {
    let server: ServerURL
    let authority: [UInt8]?
    let serverName: String?
    let verifies: Bool
    var proxy: String?
    let compresses: Bool
    /// What a credential plugin that asks is told: `spec.cluster` of its `ExecCredential`.
    let told: JSONValue

    /// Reports all that is wrong; nil when there is an error.
    init?(_ values: ShapeValues, title: String, in file: inout KubeconfigFile) {
        let insecure = values.value(ClusterKeys.insecure) ?? false
        let hasAuthority = values.filled(ClusterKeys.authority) != nil || values.filled(ClusterKeys.authorityData) != nil
        var authorityMaterial = file.material(
            values, file: ClusterKeys.authority, data: ClusterKeys.authorityData, .certificate, now: 0)
        authority = authorityMaterial?.content(now: 0, anew: false)
        verifies = !insecure
        serverName = values.filled(ClusterKeys.serverName)?.value
        compresses = !(values.value(ClusterKeys.disablesCompression) ?? false)
        let insecureSpan = values.keySpan(ClusterKeys.insecure)
        if insecure, let insecureSpan {
            if hasAuthority {
                file.report(
                    code: "conflicting-keys",
                    summary: "`insecure-skip-tls-verify` and a certificate authority exclude each other",
                    detail: "With the authority's certificates the server can be checked: remove `insecure-skip-tls-verify`.",
                    at: insecureSpan)
            } else {
                file.report(
                    .warning, code: "unverified-server", summary: "The server of \(title) is not checked",
                    detail: "With `insecure-skip-tls-verify` anybody between here and there can pose as the server, read "
                        + "every secret that is sent, and keep the credential. Give its `certificate-authority-data` instead.",
                    at: insecureSpan)
            }
        }
        let isTLS = insecure || hasAuthority
        let server = Self.server(values, isTLS: isTLS, title: title, in: &file)
        let proxyURL = Self.proxy(values, in: &file)
        proxy = proxyURL.map(EnvironmentProxy.forCurl)
        let isUsable = (authority != nil || !hasAuthority) && !(insecure && hasAuthority)
            && (proxyURL != nil || values.filled(ClusterKeys.proxy) == nil)
        guard let server, isUsable else { return nil }
        self.server = server
        told = Self.told(
            server: server, authority: authority, verifies: verifies, values: values, proxy: proxyURL)
    }

    private static func server(
        _ values: ShapeValues, isTLS: Bool, title: String, in file: inout KubeconfigFile
    ) -> ServerURL? {
        guard let written = values[ClusterKeys.server] else { return nil }
        guard !written.value.isEmpty else {
            file.report(
                code: "missing-key", summary: "`server` of \(title) is empty",
                detail: "Write \(ClusterKeys.server.summary.first.map { $0.lowercased() } ?? "")"
                    + "\(ClusterKeys.server.summary.dropFirst())", at: written.span)
            return nil
        }
        let advice = "Write the URL of the API server, such as `https://10.0.0.1:6443`."
        do throws(ServerURL.Fault) {
            // As kubectl reads a mere host and port.
            let url = try ServerURL(written.value, schemes: ["http": 80, "https": 443], fallback: isTLS ? "https" : "http")
            guard !url.hasCredentials else {
                file.report(
                    code: "bad-url", summary: "`server` has a name or a password before its host",
                    detail: "Write them as the user's `username` and `password`.", at: written.span)
                return nil
            }
            return url
        } catch {
            file.report(code: "bad-url", summary: "`server` \(error.what)", detail: advice, at: written.span)
            return nil
        }
    }

    private static func proxy(_ values: ShapeValues, in file: inout KubeconfigFile) -> ServerURL? {
        guard let written = values.filled(ClusterKeys.proxy) else { return nil }
        do throws(ServerURL.Fault) {
            return try ServerURL(written.value, schemes: EnvironmentProxy.schemes, fallback: nil)
        } catch {
            file.report(
                code: "bad-url", summary: "`proxy-url` \(error.what)",
                detail: "Write the URL of the proxy, such as `http://proxy.example.com:3128`.", at: written.span)
            return nil
        }
    }

    /// https://kubernetes.io/docs/reference/config-api/client-authentication.v1/#client-authentication-k8s-io-v1-Cluster
    private static func told(
        server: ServerURL, authority: [UInt8]?, verifies: Bool, values: ShapeValues, proxy: ServerURL?
    ) -> JSONValue {
        var told: JSONValue = ["server": .string(server.text)]
        told["tls-server-name"] = values.filled(ClusterKeys.serverName).map { .string($0.value) }
        if !verifies { told["insecure-skip-tls-verify"] = true }
        told["certificate-authority-data"] = authority.map { .string(PEM.encoded($0)) }
        told["proxy-url"] = proxy.map { .string($0.text) }
        if values.value(ClusterKeys.disablesCompression) == true { told["disable-compression"] = true }
        let extensions = values.value(ClusterKeys.extensions)?.items ?? []
        let own = extensions.first { $0["name"]?.scalar?.text == "client.authentication.k8s.io/exec" }
        told["config"] = own?["extension"].map(JSONValue.init(plain:))
        return told
    }
}

extension JSONValue {
    /// YAML as JSON, in the way of Kubernetes' own tools: plain scalars by YAML 1.2's core schema.
    init(plain node: YAMLNode) {
        switch node.kind {
        case .sequence(let items): self = .array(items.map { JSONValue(plain: $0) })
        case .mapping(let pairs):
            var object: JSONValue = [:]
            for pair in pairs { object[pair.key.scalar?.text ?? ""] = JSONValue(plain: pair.value) }
            self = object
        case .scalar(let scalar):
            if node.isNull {
                self = .null
            } else if scalar.style == .plain, node.tag == nil, let value = Self.core(scalar.text) {
                self = value
            } else {
                self = .string(scalar.text)
            }
        }
    }

    private static func core(_ text: String) -> JSONValue? {
        switch text {
        case "true", "True", "TRUE": return true
        case "false", "False", "FALSE": return false
        default:
            // What JSON takes for a number is one.
            guard let first = text.utf8.first, first == UInt8(ascii: "-") || (0x30...0x39).contains(first) else { return nil }
            return try? JSONValue(parsing: text)
        }
    }
}
