/// How a user of a kubeconfig, or a pod's service account, says who it is.
struct UserIdentity: Sendable {
    /// PEM that is given, or a file that may be exchanged.
    enum Material: Sendable {
        case bytes([UInt8])
        case file(WatchedFile)

        mutating func content(now: Double, anew: Bool) -> [UInt8] {
            switch self {
            case .bytes(let bytes): return bytes
            case .file(var file):
                defer { self = .file(file) }
                return file.content(now: now, anew: anew)
            }
        }
    }

    /// `Authorization` as given.
    var authorization: String?
    /// Wins over `authorization`.
    var tokenFile: WatchedFile?
    /// Both or none.
    var certificate: Material?
    var key: Material?
    /// Asked only when neither a token nor a password is given, as kubectl does.
    private var plugin: ExecPlugin?

    init(
        authorization: String? = nil, tokenFile: WatchedFile? = nil, certificate: Material? = nil, key: Material? = nil,
        plugin: ExecPlugin? = nil
    ) {
        self.authorization = authorization
        self.tokenFile = tokenFile
        self.certificate = certificate
        self.key = key
        self.plugin = plugin
    }

    /// The plugin, when it has to be asked.
    var pluginInUse: ExecPlugin? { authorization == nil && tokenFile == nil ? plugin : nil }

    /// What is known now; `anew` reads files that seem unchanged too. Given certificates win over the plugin's.
    mutating func credential(with issued: Credential? = nil, now: Double, anew: Bool = false) -> Credential {
        let token = tokenFile?.content(now: now, anew: anew).trimmed
        let given = certificate?.content(now: now, anew: anew)
        return Credential(
            authorization: token.map { Credential.bearer(String(decoding: $0, as: UTF8.self)) } ?? authorization
                ?? issued?.authorization,
            clientCertificate: given ?? issued?.clientCertificate,
            clientKey: given == nil ? issued?.clientKey : key?.content(now: now, anew: anew))
    }
}
