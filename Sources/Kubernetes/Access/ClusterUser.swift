import Files
import JSON
import Model
import Schema
import YAML

/// What a user's entry in a kubeconfig says.
struct ClusterUser: Sendable {
    let identity: UserIdentity
    /// Whom it acts as (https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation).
    let headers: [ClusterAccess.Header]

    static let anonymous = ClusterUser(identity: UserIdentity(), headers: [])
}

/// Reads a user's entry and reports all that is wrong with it.
struct ClusterUserReader {
    let values: ShapeValues
    /// ``the user `prod` ``.
    let title: String
    /// Where it stands, for messages that come later.
    let place: String
    let cluster: JSONValue?
    let environment: [String: String]
    let plugins: PluginSettings
    private var hasFailed = false

    init(
        values: ShapeValues, title: String, place: String, cluster: JSONValue?, environment: [String: String],
        plugins: PluginSettings
    ) {
        self.values = values
        self.title = title
        self.place = place
        self.cluster = cluster
        self.environment = environment
        self.plugins = plugins
    }

    /// Nil when there is an error.
    mutating func read(in file: inout KubeconfigFile) -> ClusterUser? {
        refuseAuthProvider(in: &file)
        let authorization = authorization(in: &file)
        let tokenFile = tokenFile(in: &file)
        let (certificate, key) = certificate(in: &file)
        let plugin = plugin(in: &file)
        let headers = impersonation(in: &file)
        guard !hasFailed, !file.reading.diagnostics.hasErrors else { return nil }
        return ClusterUser(
            identity: UserIdentity(
                authorization: authorization, tokenFile: tokenFile, certificate: certificate, key: key, plugin: plugin),
            headers: headers)
    }

    private mutating func report(
        _ code: String, _ summary: String, _ detail: String, at span: SourceSpan, in file: inout KubeconfigFile
    ) {
        hasFailed = true
        file.report(code: code, summary: summary, detail: detail, at: span)
    }

    // MARK: Tokens and passwords

    private mutating func authorization(in file: inout KubeconfigFile) -> String? {
        let detail = "A user has one of them."
        for key in [UserKeys.token, UserKeys.tokenFile] where file.exclude(values, key, UserKeys.username, detail) {
            hasFailed = true
        }
        if let token = values.filled(UserKeys.token) {
            guard token.value.isHeaderText else {
                report(
                    "bad-text", "`token` has a line break or another control character in it",
                    "Copy the token again, on one line.", at: token.span, in: &file)
                return nil
            }
            return Credential.bearer(token.value)
        }
        return values.filled(UserKeys.username).map {
            Credential.basic(name: $0.value, password: values.value(UserKeys.password) ?? "")
        }
    }

    private mutating func tokenFile(in file: inout KubeconfigFile) -> WatchedFile? {
        guard let written = values.filled(UserKeys.tokenFile) else { return nil }
        guard var found = file.watched(written, UserKeys.tokenFile, now: plugins.now()) else {
            hasFailed = true
            return nil
        }
        let content = found.content(now: plugins.now())
        guard !content.isBlank, String(decoding: content.trimmed, as: UTF8.self).isHeaderText else {
            report(
                "bad-text", "The file of `tokenFile` \(content.isBlank ? "is empty" : "holds more than a token")",
                "It is \(Wording.path(found.path)), and takes one token on one line.", at: written.span, in: &file)
            return nil
        }
        return found
    }

    private mutating func certificate(
        in file: inout KubeconfigFile
    ) -> (certificate: UserIdentity.Material?, key: UserIdentity.Material?) {
        let now = plugins.now()
        let certificate = file.material(
            values, file: UserKeys.certificate, data: UserKeys.certificateData, .certificate, now: now)
        let key = file.material(values, file: UserKeys.key, data: UserKeys.keyData, .privateKey, now: now)
        let certificateSpan = values.filled(UserKeys.certificate) == nil
            ? values.filled(UserKeys.certificateData).flatMap { _ in values.keySpan(UserKeys.certificateData) }
            : values.keySpan(UserKeys.certificate)
        let keySpan = values.filled(UserKeys.key) == nil
            ? values.filled(UserKeys.keyData).flatMap { _ in values.keySpan(UserKeys.keyData) } : values.keySpan(UserKeys.key)
        switch (certificateSpan, keySpan) {
        case (let span?, nil):
            report(
                "missing-key", "\(title) has a certificate without its key", "Add `client-key` or `client-key-data`.", at: span,
                in: &file)
        case (nil, let span?):
            file.report(
                .warning, code: "unused-key", summary: "\(title) has a key without its certificate",
                detail: "It is not used. Add `client-certificate` or `client-certificate-data`, or remove the key.", at: span)
            return (nil, nil)
        case (.some, .some): if certificate == nil || key == nil { hasFailed = true }
        case (nil, nil): break
        }
        return (certificate, key)
    }

    // MARK: Plugins

    private mutating func plugin(in file: inout KubeconfigFile) -> ExecPlugin? {
        guard let exec = values.value(UserKeys.exec) else { return nil }
        let version = version(exec, in: &file)
        let mode = exec.value(PluginKeys.mode)
        if version == .v1, exec.keySpan(PluginKeys.mode) == nil {
            report(
                "missing-key", "`interactiveMode` is missing from `exec`",
                "`client.authentication.k8s.io/v1` needs it: write `IfAvailable`, or `Never` when the plugin reads nothing.",
                at: exec.head, in: &file)
        }
        guard let version, let command = exec.value(PluginKeys.command) else {
            hasFailed = true
            return nil
        }
        let added = exec.value(PluginKeys.environment)?.map(\.value) ?? []
        let variables = environment.merging(added.map { ($0.name, $0.value) }) { $1 }
        let isPath = command.contains("/")
        return ExecPlugin(
            command: isPath ? FilePath.path(command, from: file.folder) : command,
            arguments: exec.value(PluginKeys.arguments)?.map(\.value) ?? [], environment: variables, version: version,
            mode: mode ?? .ifAvailable, installHint: exec.value(PluginKeys.installHint) ?? "",
            cluster: exec.value(PluginKeys.tellsCluster) == true ? cluster : nil, user: "\(title) (\(place))",
            settings: plugins)
    }

    private mutating func version(_ exec: ShapeValues, in file: inout KubeconfigFile) -> ExecPlugin.Version? {
        guard let written = exec[PluginKeys.version] else { return nil }
        if let version = ExecPlugin.Version(rawValue: written.value) { return version }
        let known = "Kreform speaks `client.authentication.k8s.io/v1` and `client.authentication.k8s.io/v1beta1`."
        let isOld = written.value == "client.authentication.k8s.io/v1alpha1"
        report(
            "unsupported-plugin", "`apiVersion` of `exec` cannot be \(Wording.code(written.value))",
            isOld
                ? "Kubernetes gave it up with 1.24. \(known) Update the plugin, then let your provider's tool write the "
                    + "kubeconfig anew."
                : known, at: written.span, in: &file)
        return nil
    }

    private mutating func refuseAuthProvider(in file: inout KubeconfigFile) {
        guard let node = values.value(UserKeys.authProvider), !node.isNull, let span = values.keySpan(UserKeys.authProvider)
        else { return }
        let name = node["name"]?.scalar?.text ?? ""
        let instead = switch name {
        case "gcp": "Install gke-gcloud-auth-plugin, then run `gcloud container clusters get-credentials CLUSTER`."
        case "azure": "Install kubelogin, then run `kubelogin convert-kubeconfig`."
        case "oidc": "Use an `exec` plugin, such as kubelogin (`kubectl oidc-login setup`)."
        default: "Use an `exec` plugin, a token or a client certificate."
        }
        report(
            "unsupported-auth-provider",
            "\(title) logs in with \(name.isEmpty ? "an `auth-provider`" : "the auth provider \(Wording.code(name))")",
            "Kreform has none of kubectl's auth providers. \(instead)", at: span, in: &file)
    }

    // MARK: Impersonation

    private mutating func impersonation(in file: inout KubeconfigFile) -> [ClusterAccess.Header] {
        var headers: [(ClusterAccess.Header, SourceSpan)] = []
        func add(_ name: String, _ value: Located<String>) {
            headers.append((ClusterAccess.Header(name: name, value: value.value), value.span))
        }
        let user = values.filled(UserKeys.impersonated)
        if let user { add("Impersonate-User", user) }
        if let uid = values.filled(UserKeys.impersonatedUID) { add("Impersonate-Uid", uid) }
        for group in values.value(UserKeys.impersonatedGroups) ?? [] { add("Impersonate-Group", group) }
        for entry in (values.value(UserKeys.impersonatedExtra) ?? []).sorted(by: { $0.name.value < $1.name.value }) {
            for value in entry.value.value { add("Impersonate-Extra-" + Self.escaped(entry.name.value), value) }
        }
        if user == nil, let (header, span) = headers.first {
            report(
                "missing-key", "`as` is missing from \(title)", "\(header.name) is sent only together with the user to act as.",
                at: span, in: &file)
        }
        for (header, span) in headers where !header.value.isHeaderText {
            report(
                "bad-text", "A text of \(title) has a line break or another control character in it",
                "It is sent as the header \(header.name). Write it on one line.", at: span, in: &file)
        }
        return headers.map(\.0)
    }

    /// Percent-encoded where it could not stand in a header's name (RFC 9110, section 5.6.2), as the server decodes it.
    private static func escaped(_ name: String) -> String {
        name.utf8.map { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: return String(UnicodeScalar(byte))
            case _ where "!#$&'*+-.^_`|~".utf8.contains(byte): return String(UnicodeScalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                return "%" + (digits.count == 1 ? "0" : "") + digits
            }
        }.joined()
    }
}
