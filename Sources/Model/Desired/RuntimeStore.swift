import Digest

/// A runtime's own store of packages: a Service in its namespace that speaks S3, and the Secret with its keys. It comes and goes with
/// the runtime's stack.
package struct RuntimeStore: Sendable, Hashable {
    package let runtime: String
    package let namespace: String
    /// Also the name of the StatefulSet behind it.
    package let service: String
    package let port: Int
    /// Made with the first package.
    package let bucket: String
    package let secret: String
    /// The Secret's keys.
    package let accessKey: String
    package let secretKey: String

    package init(
        runtime: String, namespace: String, service: String, port: Int, bucket: String, secret: String, accessKey: String,
        secretKey: String
    ) {
        self.runtime = runtime
        self.namespace = namespace
        self.service = service
        self.port = port
        self.bucket = bucket
        self.secret = secret
        self.accessKey = accessKey
        self.secretKey = secretKey
    }

    package var place: PackagePlace { place(key: "") }

    package func place(of digest: SHA256Digest) -> PackagePlace { place(key: ArtifactStore.key(of: digest)) }

    /// The endpoint is one that is known within the cluster.
    private func place(key: String) -> PackagePlace {
        PackagePlace(endpoint: "http://\(service).\(namespace):\(port)", bucket: bucket, key: key, namespace: namespace)
    }
}
