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

    package init(endpoint: String, bucket: String, key: String) {
        self.endpoint = endpoint
        self.bucket = bucket
        self.key = key
    }

    /// `s3://bucket/key`.
    package var description: String { "s3://\(bucket)/\(key)" }
}

extension ArtifactStore {
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

/// A package that a store has.
package struct StoredPackage: Sendable, Hashable {
    package let digest: SHA256Digest
    package let key: String
    /// Bytes.
    package let size: Int
    /// When it was put, as the store writes times.
    package let modified: String

    package init(digest: SHA256Digest, key: String, size: Int, modified: String) {
        self.digest = digest
        self.key = key
        self.size = size
        self.modified = modified
    }
}

/// Where packages are kept for pods to fetch: an S3 bucket, or the sandbox's folder. A package's key follows from its digest, so a key
/// never has other bytes, and putting one twice is no harm.
package protocol PackageStore: Sendable {
    /// Whether the store has exactly this package.
    func has(_ package: PackageUpload) async throws(Diagnostic) -> Bool

    /// Brings the package to the store, which has exactly it afterwards; nothing else is ever under its key. What an earlier call
    /// that was cut off has sent is not sent again. Cancelling the task ends it.
    func put(_ package: PackageUpload, _ report: @escaping @Sendable (UploadProgress) -> Void) async throws(Diagnostic)

    /// All packages that the store has, sorted by key.
    func list() async throws(Diagnostic) -> [StoredPackage]

    /// Removes packages; those that are gone are no error.
    func remove(_ packages: [StoredPackage]) async throws(Diagnostic)

    /// Which packages the states of all who use the store refer to, by the name that each gave itself.
    func references() async throws(Diagnostic) -> [String: Set<SHA256Digest>]

    /// Notes which packages a state refers to; without any its note goes.
    func setReferences(of name: String, to digests: Set<SHA256Digest>) async throws(Diagnostic)
}

/// The packages of a store, and who refers to each.
package struct StoreReport: Sendable, Hashable {
    package struct Entry: Sendable, Hashable {
        package let package: StoredPackage
        /// `version/RUNTIME/NAME` of this engine's files and state, and `ENGINE (LINEAGE)` of others'; sorted. Empty when nobody does.
        package let users: [String]

        package init(package: StoredPackage, users: [String]) {
            self.package = package
            self.users = users
        }
    }

    /// `s3://bucket at ENDPOINT`.
    package let store: String
    /// Sorted by key.
    package let entries: [Entry]

    package init(store: String, entries: [Entry]) {
        self.store = store
        self.entries = entries
    }

    /// What nobody refers to.
    package var unused: [StoredPackage] { entries.filter(\.users.isEmpty).map(\.package) }
}

/// The text of a note in a store: a digest a line.
package enum PackageReferences {
    package static func text(_ digests: Set<SHA256Digest>) -> String { digests.sorted().map { "\($0)\n" }.joined() }

    /// Nil when it is no such note: then nothing is known, and nothing may be removed.
    package static func read(_ text: String) -> Set<SHA256Digest>? {
        var digests: Set<SHA256Digest> = []
        for line in text.split(separator: "\n") {
            guard let digest = SHA256Digest(String(line)) else { return nil }
            digests.insert(digest)
        }
        return digests
    }
}
