/// Where a bucket is, and how patiently it is spoken to.
package struct S3Settings: Sendable, Hashable {
    /// How requests name the bucket (https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html).
    package enum Style: Sendable, Hashable {
        /// `https://host/bucket/key`: what most stores outside of AWS take.
        case path
        /// `https://bucket.host/key`.
        case virtualHost
    }

    /// `https://host[:port]`, with a path where the store is served beneath one.
    package let endpoint: String
    package let bucket: String
    package let region: String
    package var style: Style
    /// PEM; nil for the certificates that the system trusts.
    package var certificateAuthority: [UInt8]?
    package var proxy: String?
    /// How long a request that failed in a way that may pass is tried again, counted from its first failure.
    package var patience: Duration = .seconds(60)
    /// It is tried this often in any case.
    package var attempts = 3
    /// Seconds in which not a byte comes or goes after which an attempt has failed.
    package var idleDeadline = 60.0

    package init(endpoint: String, bucket: String, region: String, style: Style) {
        self.endpoint = endpoint
        self.bucket = bucket
        self.region = region
        self.style = style
    }
}

/// The keys that requests are signed with.
package struct S3Credentials: Sendable, Hashable {
    package let accessKey: String
    package let secretKey: String
    /// Of credentials that run out (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp.html).
    package let sessionToken: String?

    package init(accessKey: String, secretKey: String, sessionToken: String? = nil) {
        self.accessKey = accessKey
        self.secretKey = secretKey
        self.sessionToken = sessionToken
    }
}

extension S3Credentials: CustomStringConvertible, CustomReflectable {
    package var description: String { "(S3 credentials)" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
