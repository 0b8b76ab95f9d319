import Model

/// The credential of a cluster's user as it changes with time: tokens in files are exchanged, those of plugins expire.
package actor Credentials {
    private var identity: UserIdentity
    private let now: @Sendable () -> Double
    /// What the plugin answered last.
    private var issued: IssuedCredential?
    /// The one run of the plugin, for all who wait for it.
    private var run: Task<Result<IssuedCredential, ClusterError>, Never>?
    /// A credential that the plugin gave again after it was rejected, and when.
    private var fruitless: (credential: Credential, time: Double)?

    /// How long a plugin that has nothing newer is not asked again, in seconds.
    private static let pause = 5.0

    /// Always the same.
    package init(_ credential: Credential) {
        self.init(
            UserIdentity(
                authorization: credential.authorization,
                certificate: credential.clientCertificate.map { .bytes($0) }, key: credential.clientKey.map { .bytes($0) }),
            now: { 0 })
    }

    /// `now` gives seconds since 1970, since plugins say when a credential expires.
    init(_ identity: UserIdentity, now: @escaping @Sendable () -> Double) {
        self.identity = identity
        self.now = now
    }

    /// What the next request is to carry. Runs the plugin when there is one and its last answer has expired; of many who ask
    /// meanwhile all get the one answer. Throws `noCredential` when the plugin fails.
    package func current() async throws(ClusterError) -> Credential {
        guard let plugin = identity.pluginInUse else { return identity.credential(now: now()) }
        if let issued, issued.isValid(at: now()) { return identity.credential(with: issued.credential, now: now()) }
        return identity.credential(with: try await issue(plugin).credential, now: now())
    }

    /// What a request is to carry whose last one was answered with 401; nil when nothing newer can be had: the answer stands.
    package func renewed(after rejected: Credential) async throws(ClusterError) -> Credential? {
        guard let plugin = identity.pluginInUse else {
            let credential = identity.credential(now: now(), anew: true)
            return credential == rejected ? nil : credential
        }
        if let issued, issued.isValid(at: now()) {
            let credential = identity.credential(with: issued.credential, now: now())
            // Somebody else whose request was rejected has been here.
            if credential != rejected { return credential }
        }
        if let fruitless, fruitless.credential == rejected, now() - fruitless.time < Self.pause { return nil }
        let credential = identity.credential(with: try await issue(plugin).credential, now: now())
        guard credential == rejected else { return credential }
        fruitless = (credential, now())
        return nil
    }

    private func issue(_ plugin: ExecPlugin) async throws(ClusterError) -> IssuedCredential {
        let run = run ?? begin(plugin)
        return try await run.value.get()
    }

    private func begin(_ plugin: ExecPlugin) -> Task<Result<IssuedCredential, ClusterError>, Never> {
        let task = Task {
            let result = await plugin.issue()
            run = nil
            if case .success(let issued) = result { self.issued = issued }
            return result
        }
        run = task
        return task
    }
}
