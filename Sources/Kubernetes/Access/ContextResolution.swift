import Files
import JSON
import Model
import Schema
import YAML

/// Makes one context of a kubeconfig into the access to a cluster, and reports all that is wrong with it: whatever else is in
/// the files is no matter.
struct ContextResolution {
    var config: Kubeconfig
    let environment: [String: String]
    let plugins: PluginSettings
    /// What is wrong with the environment.
    private(set) var faults: [Diagnostic] = []

    init(_ config: Kubeconfig, environment: [String: String], plugins: PluginSettings) {
        self.config = config
        self.environment = environment
        self.plugins = plugins
    }

    var diagnostics: [Diagnostic] { (config.diagnostics + faults).sorted() }

    /// Nil, with at least one error, when it cannot be used.
    mutating func access(_ request: ContextRequest?) -> ClusterAccess? {
        guard let (name, place) = context(request) else { return nil }
        let title = "the context \(Wording.code(name))"
        guard let values = values(of: place, ContextKeys.shape(title), title, .contexts) else { return nil }
        let endpoint = values[ContextKeys.cluster].flatMap { readEndpoint($0, file: place.file, of: title) }
        let user = readUser(values[ContextKeys.user], file: place.file, of: title, endpoint)
        guard let endpoint, let user else { return nil }
        return ClusterAccess(
            context: name, server: endpoint.server.text, certificateAuthority: endpoint.authority,
            serverName: endpoint.serverName, verifies: endpoint.verifies, proxy: endpoint.proxy,
            compresses: endpoint.compresses, namespace: values.filled(ContextKeys.namespace)?.value, headers: user.headers,
            credentials: Credentials(user.identity, now: plugins.now))
    }

    // MARK: Names

    private mutating func context(_ request: ContextRequest?) -> (String, Kubeconfig.Place)? {
        if let request {
            if let place = config.place(of: request.name, .contexts) { return (request.name, place) }
            let asks = request.span == nil ? "" : " `cluster.context` of the desired-state file asks for it."
            faults.append(
                Diagnostic(
                    code: "unknown-context", summary: "There is no context \(Wording.code(request.name)) in \(config.words)",
                    detail: config.advice(for: request.name, .contexts) + asks, span: request.span))
            return nil
        }
        guard let (name, file) = config.current else {
            faults.append(
                Diagnostic(
                    code: "no-context", summary: "No context is chosen in \(config.words)",
                    detail: config.advice(for: nil, .contexts) + " Choose one with --context, with "
                        + "`cluster: {context: NAME}` in the desired-state file, or with `kubectl config use-context NAME`."))
            return nil
        }
        if let place = config.place(of: name.value, .contexts) { return (name.value, place) }
        let advice = config.advice(for: name.value, .contexts)
        config.change(file) {
            $0.report(
                code: "unknown-context", summary: "The current context \(Wording.code(name.value)) is not there",
                detail: advice, at: name.span)
        }
        return nil
    }

    /// The place of what a context names.
    private mutating func place(
        _ name: Located<String>, _ section: KubeconfigFile.Section, file: Int, of title: String
    ) -> Kubeconfig.Place? {
        if let place = config.place(of: name.value, section) { return place }
        let advice = config.advice(for: name.value, section)
        config.change(file) {
            $0.report(
                code: "unknown-\(section.noun)",
                summary: "\(title) names the \(section.noun) \(Wording.code(name.value)), which is not there",
                detail: advice, at: name.span)
        }
        return nil
    }

    private mutating func values(
        of place: Kubeconfig.Place, _ shape: Shape<ShapeValues>, _ title: String, _ section: KubeconfigFile.Section
    ) -> ShapeValues? {
        config.change(place.file) { file in
            guard let body = place.entry.body, !body.isNull else {
                file.report(
                    code: "missing-key", summary: "\(Wording.code(section.noun)) is missing from \(title)",
                    detail: "Write what is known about it under \(Wording.code(section.noun)).", at: place.entry.name.span)
                return nil
            }
            return file.read(body, as: shape, called: title)
        }
    }

    // MARK: Cluster

    private mutating func readEndpoint(_ name: Located<String>, file: Int, of context: String) -> ClusterEndpoint? {
        guard let place = place(name, .clusters, file: file, of: context) else { return nil }
        let title = "the cluster \(Wording.code(name.value))"
        guard let values = values(of: place, ClusterKeys.shape(title), title, .clusters) else { return nil }
        let endpoint = config.change(place.file) { ClusterEndpoint(values, title: title, in: &$0) }
        guard var endpoint else { return nil }
        guard endpoint.proxy == nil else { return endpoint }
        do throws(Diagnostic) {
            endpoint.proxy = try EnvironmentProxy.find(for: endpoint.server, environment: environment)
        } catch {
            faults.append(error)
        }
        return endpoint
    }

    // MARK: User

    private mutating func readUser(
        _ name: Located<String>?, file: Int, of context: String, _ endpoint: ClusterEndpoint?
    ) -> ClusterUser? {
        // Clusters that let anybody in are rare, but there are some.
        guard let name, !name.value.isEmpty else { return ClusterUser.anonymous }
        guard let place = place(name, .users, file: file, of: context) else { return nil }
        let title = "the user \(Wording.code(name.value))"
        guard let values = values(of: place, UserKeys.shape(title), title, .users) else { return nil }
        let plugins = plugins
        let environment = environment
        return config.change(place.file) { file in
            var reader = ClusterUserReader(
                values: values, title: title, place: "\(place.entry.name.span)", cluster: endpoint?.told,
                environment: environment, plugins: plugins)
            return reader.read(in: &file)
        }
    }
}

extension ShapeValues {
    /// A text that is there and not empty: kubectl writes `""` for what is not set.
    func filled(_ key: ShapeKey<String>) -> Located<String>? { self[key].flatMap { $0.value.isEmpty ? nil : $0 } }
}

extension KubeconfigFile {
    /// Reports two keys that exclude each other when both are there.
    mutating func exclude(
        _ values: ShapeValues, _ first: ShapeKey<String>, _ second: ShapeKey<String>, _ detail: String
    ) -> Bool {
        guard values.filled(first) != nil, values.filled(second) != nil, let one = values.keySpan(first),
            let other = values.keySpan(second)
        else { return false }
        report(
            code: "conflicting-keys",
            summary: "\(Wording.code(first.name)) and \(Wording.code(second.name)) exclude each other",
            detail: detail, at: max(one, other))
        return true
    }

    /// What a key and its `-data` twin say; nil when neither is there, or, reported, when it is of no use.
    mutating func material(
        _ values: ShapeValues, file key: ShapeKey<String>, data dataKey: ShapeKey<String>, _ content: PEM.Content, now: Double
    ) -> UserIdentity.Material? {
        guard !exclude(values, key, dataKey, "Keep one of the two.") else { return nil }
        if let data = values.filled(dataKey) {
            guard let bytes = PEM.decoded(data.value) else {
                let isPEM = data.value.contains("-----BEGIN")
                report(
                    code: "bad-base64", summary: "\(Wording.code(dataKey.name)) is not base64",
                    detail: isPEM
                        ? "It is PEM as it stands in a file: encode it with `base64 -w0`, or name the file in "
                            + "\(Wording.code(key.name))."
                        : "It takes a PEM file encoded with `base64 -w0`. Copy it again, whole.", at: data.span)
                return nil
            }
            return isSound(bytes, content, dataKey, at: data.span, path: nil) ? .bytes(bytes) : nil
        }
        guard let written = values.filled(key) else { return nil }
        guard let file = watched(written, key, now: now) else { return nil }
        var material = UserIdentity.Material.file(file)
        let bytes = material.content(now: now, anew: false)
        return isSound(bytes, content, key, at: written.span, path: file.path) ? material : nil
    }

    /// The file that `key` names, as seen from the kubeconfig's folder.
    mutating func watched(_ written: Located<String>, _ key: ShapeKey<String>, now: Double) -> WatchedFile? {
        let path = FilePath.path(written.value, from: folder)
        do throws(LocalFile.Failure) {
            return try WatchedFile(path: path, now: now)
        } catch {
            let relative = path == written.value ? "" : " The path is relative to the kubeconfig's folder."
            report(
                code: "unreadable-file", summary: "\(Wording.code(key.name)) cannot be read: \(error.reason)",
                detail: "It names \(Wording.path(path)).\(relative)", at: written.span)
            return nil
        }
    }

    private mutating func isSound(
        _ bytes: [UInt8], _ content: PEM.Content, _ key: ShapeKey<String>, at span: SourceSpan, path: String?
    ) -> Bool {
        guard let fault = PEM.fault(bytes, content) else { return true }
        let place = path.map { "The file \(Wording.path($0)) " } ?? "What it decodes to "
        switch fault {
        case .absent:
            report(
                code: "not-pem", summary: "\(Wording.code(key.name)) holds no \(content.words)",
                detail: place + "has no line `-----BEGIN \(content.words.uppercased())-----`.", at: span)
        case .binary:
            let command = content == .certificate ? "openssl x509" : "openssl pkey"
            report(
                code: "not-pem", summary: "\(Wording.code(key.name)) holds no \(content.words) in PEM",
                detail: place + "is in the binary form, DER. Convert it: `\(command) -inform der -in FILE`.", at: span)
        case .encrypted:
            report(
                code: "encrypted-key", summary: "\(Wording.code(key.name)) holds an encrypted key",
                detail: "Nobody can be asked for its password. Decrypt it: `openssl pkey -in FILE`.", at: span)
        }
        return false
    }
}
