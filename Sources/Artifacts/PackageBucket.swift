import Model
import S3

/// Packages in an S3 bucket, under a prefix.
struct PackageBucket: Sendable {
    let bucket: S3Bucket
    let prefix: String

    func has(_ package: PackageUpload) async throws(S3Error) -> Bool { try await upload(package).present() != nil }

    func put(_ package: PackageUpload, _ report: @escaping @Sendable (UploadProgress) -> Void) async throws(S3Error) {
        _ = try await upload(package).run { progress in
            report(UploadProgress(done: progress.done, resumed: progress.resumed, total: progress.total))
        }
    }

    func list() async throws(S3Error) -> [StoredPackage] {
        try await bucket.list(prefix: ArtifactStore.folder(prefix: prefix)).compactMap { object in
            ArtifactStore.digest(ofKey: object.key, prefix: prefix).map {
                StoredPackage(digest: $0, key: object.key, size: object.size, modified: object.modified)
            }
        }
    }

    func remove(_ packages: [StoredPackage]) async throws(S3Error) {
        if let kept = try await bucket.delete(packages.map(\.key)).first { throw kept }
    }

    private func upload(_ package: PackageUpload) -> S3Upload {
        S3Upload(bucket, key: package.place.key, path: package.path, size: package.size, digest: package.digest)
    }
}
