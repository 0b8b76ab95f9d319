import Digest

/// `artifacts.s3`: where packages are stored for the pods to fetch.
package struct ArtifactStore: Sendable, Hashable {
    /// Who may read the store from a pod, and how.
    package enum PodAccess: Sendable, Hashable {
        /// Anyone may.
        case anonymous
        /// With the keys of an existing Secret in the runtime's namespace.
        case secret(String)
        /// With the store's `keys`, in a Secret that is made in the runtime's namespace.
        case keys
    }

    /// `https://host[:port]`.
    package let endpoint: String
    package let bucket: String
    package let region: String?
    /// What all keys begin with; empty, or without a slash at either end.
    package let prefix: String
    /// Whether the bucket stands in the path of URLs, rather than before the host's name.
    package let pathStyle: Bool
    package let access: PodAccess
    /// Whom pods trust when they fetch, in place of the authorities that their image knows.
    package let authority: CertificateAuthority?
    /// `http://host:port`: what pods fetch through.
    package let proxy: String?
    /// What packages are uploaded with: of the environment or a profile. Nil for none; a Secret may have them then.
    package let keys: StoreKeys?

    package init(
        endpoint: String, bucket: String, region: String? = nil, prefix: String = "", pathStyle: Bool = true,
        access: PodAccess = .anonymous, authority: CertificateAuthority? = nil, proxy: String? = nil, keys: StoreKeys? = nil
    ) {
        self.endpoint = endpoint
        self.bucket = bucket
        self.region = region
        self.prefix = prefix
        self.pathStyle = pathStyle
        self.access = access
        self.authority = authority
        self.proxy = proxy
        self.keys = keys
    }

    /// The address that pods connect to.
    package var podsTarget: String { proxy ?? endpoint }

    /// The region that requests are signed for: stores without regions answer to this one too.
    package var signingRegion: String { region ?? "us-east-1" }

    /// What a package's bytes are called in the store: by their digest, so that one key never has other bytes.
    package func key(of digest: SHA256Digest) -> String { Self.key(of: digest, prefix: prefix) }

    package static func key(of digest: SHA256Digest, prefix: String = "") -> String {
        folder(prefix: prefix) + digest.hex + fileEnd
    }

    /// What the keys of packages begin with.
    package static func folder(prefix: String) -> String { (prefix.isEmpty ? "" : prefix + "/") + "krt/sha256/" }

    /// What the keys of the notes begin with that say which packages a state refers to.
    package static func notes(prefix: String) -> String { (prefix.isEmpty ? "" : prefix + "/") + "krt/references/" }

    /// Whose key it is; nil for objects that are no packages.
    package func digest(ofKey key: String) -> SHA256Digest? { Self.digest(ofKey: key, prefix: prefix) }

    package static func digest(ofKey key: String, prefix: String) -> SHA256Digest? {
        let folder = folder(prefix: prefix)
        guard key.hasPrefix(folder), key.hasSuffix(fileEnd) else { return nil }
        return SHA256Digest("sha256:\(key.dropFirst(folder.count).dropLast(fileEnd.count))")
    }

    private static let fileEnd = ".krt"

    /// Where an object is. Prefixes have no character that a URL would have to encode.
    package func url(ofKey key: String) -> String {
        guard !pathStyle, let scheme = endpoint.split(separator: ":").first else { return "\(endpoint)/\(bucket)/\(key)" }
        return "\(scheme)://\(bucket).\(endpoint.dropFirst(scheme.count + 3))/\(key)"
    }
}

/// Certificates, PEM, under a key of an existing ConfigMap or Secret in the runtime's namespace.
package struct CertificateAuthority: Sendable, Hashable {
    package enum Holder: String, Sendable, Hashable { case configMap, secret }

    package let holder: Holder
    package let name: String
    package let key: String

    package init(_ holder: Holder, name: String, key: String) {
        self.holder = holder
        self.name = name
        self.key = key
    }
}

/// Keys to a store, as AWS names them (https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-envvars.html).
package struct StoreKeys: Sendable, Hashable {
    /// Names of environment variables, and of a Secret's keys.
    package static let accessName = "AWS_ACCESS_KEY_ID"
    package static let secretName = "AWS_SECRET_ACCESS_KEY"
    package static let sessionName = "AWS_SESSION_TOKEN"

    package let access: SensitiveValue
    package let secret: SensitiveValue
    /// Of keys that run out.
    package let session: SensitiveValue?

    package init(access: SensitiveValue, secret: SensitiveValue, session: SensitiveValue? = nil) {
        self.access = access
        self.secret = secret
        self.session = session
    }
}
