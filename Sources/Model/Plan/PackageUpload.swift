import Digest

/// A package on its way to the store that pods fetch it from.
package struct PackageUpload: Sendable, Hashable {
    /// The `.krt` file.
    package let path: String
    /// Of the file when it was read.
    package let digest: SHA256Digest
    /// Bytes.
    package let size: Int
    package let place: PackagePlace

    package init(path: String, digest: SHA256Digest, size: Int, place: PackagePlace) {
        self.path = path
        self.digest = digest
        self.size = size
        self.place = place
    }
}

/// Where a package lies.
package struct PackagePlace: Sendable, Hashable, CustomStringConvertible {
    package let endpoint: String
    package let bucket: String
    package let key: String
    /// That of the runtime whose own store it is; nil for a store that the file names.
    package let namespace: String?

    package init(endpoint: String, bucket: String, key: String, namespace: String? = nil) {
        self.endpoint = endpoint
        self.bucket = bucket
        self.key = key
        self.namespace = namespace
    }

    /// `s3://bucket/key`, and the namespace that the store is in.
    package var description: String { "s3://\(bucket)/\(key)" + (namespace.map { " in \($0)" } ?? "") }

    /// The store without what lies in it.
    package var store: PackagePlace { PackagePlace(endpoint: endpoint, bucket: bucket, key: "", namespace: namespace) }
}

extension ArtifactStore {
    package var place: PackagePlace { PackagePlace(endpoint: endpoint, bucket: bucket, key: "") }

    package func place(of digest: SHA256Digest) -> PackagePlace {
        PackagePlace(endpoint: endpoint, bucket: bucket, key: key(of: digest))
    }
}

/// How far an upload is, in bytes.
package struct UploadProgress: Sendable, Hashable {
    package let done: Int
    /// Of those, what the store had from an upload that was cut off.
    package let resumed: Int
    package let total: Int

    package init(done: Int, resumed: Int = 0, total: Int) {
        self.done = done
        self.resumed = resumed
        self.total = total
    }
}
