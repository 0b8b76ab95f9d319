import Digest
import HTTP
import Model
import S3

/// Packages in an S3 bucket.
package struct S3PackageStore: PackageStore {
    /// Gives the keys to the bucket when they are first needed; nil for none: requests are not signed then.
    package typealias Keys = @Sendable () async throws(Diagnostic) -> StoreKeys?

    private let store: ArtifactStore
    private let settings: S3Settings
    private let connection: Connection

    /// Nothing is asked of the store yet.
    /// - Parameters:
    ///   - proxy: as libcurl reads it; nil for none.
    ///   - certificateAuthority: PEM; nil for the certificates that the system trusts.
    ///   - patience: how long a request that fails in a way that may pass is tried again.
    package init(
        _ store: ArtifactStore, proxy: String? = nil, certificateAuthority: [UInt8]? = nil,
        patience: Duration = .seconds(60), keys: @escaping Keys
    ) {
        self.store = store
        var settings = S3Settings(
            endpoint: store.endpoint, bucket: store.bucket, region: store.signingRegion,
            style: store.pathStyle ? .path : .virtualHost)
        settings.proxy = proxy
        settings.certificateAuthority = certificateAuthority
        settings.patience = patience
        self.settings = settings
        connection = Connection(settings, prefix: store.prefix, keys)
    }

    package func has(_ package: PackageUpload) async throws(Diagnostic) -> Bool {
        let bucket = try await connection.bucket()
        do throws(S3Error) {
            return try await bucket.has(package)
        } catch {
            throw error.diagnostic(store, doing: "The package store cannot be read")
        }
    }

    package func put(
        _ package: PackageUpload, _ report: @escaping @Sendable (UploadProgress) -> Void
    ) async throws(Diagnostic) {
        let bucket = try await connection.bucket()
        do throws(S3Error) {
            try await bucket.put(package, report)
        } catch {
            throw error.diagnostic(store, doing: "The package \(package.path) cannot be uploaded")
        }
    }

    package func list() async throws(Diagnostic) -> [StoredPackage] {
        let bucket = try await connection.bucket()
        do throws(S3Error) {
            return try await bucket.list()
        } catch {
            throw error.diagnostic(store, doing: "The package store cannot be read")
        }
    }

    package func remove(_ packages: [StoredPackage]) async throws(Diagnostic) {
        let bucket = try await connection.bucket()
        do throws(S3Error) {
            try await bucket.remove(packages)
        } catch {
            throw error.diagnostic(store, doing: "Packages cannot be removed from the store")
        }
    }

    package func references() async throws(Diagnostic) -> [String: Set<SHA256Digest>] {
        let bucket = try await connection.bucket().bucket
        let folder = ArtifactStore.notes(prefix: store.prefix)
        var found: [String: Set<SHA256Digest>] = [:]
        do throws(S3Error) {
            for object in try await bucket.list(prefix: folder) {
                let name = String(object.key.dropFirst(folder.count))
                let text = String(decoding: try await bucket.get(object.key), as: UTF8.self)
                found[name] = PackageReferences.read(text)
                guard found[name] == nil else { continue }
                throw bucket.failure(object.key, "\(object.key) is no list of packages that a state refers to")
            }
        } catch {
            throw error.diagnostic(store, doing: "The package store cannot be read")
        }
        return found
    }

    package func setReferences(of name: String, to digests: Set<SHA256Digest>) async throws(Diagnostic) {
        let bucket = try await connection.bucket().bucket
        let key = ArtifactStore.notes(prefix: store.prefix) + name
        do throws(S3Error) {
            if digests.isEmpty { return try await bucket.delete(key) }
            try await bucket.put(key, Array(PackageReferences.text(digests).utf8), contentType: "text/plain")
        } catch {
            throw error.diagnostic(store, doing: "The package store cannot be told which packages are in use")
        }
    }

    /// One connection for all that is asked, made with the first.
    private actor Connection {
        private let settings: S3Settings
        private let prefix: String
        private let keys: Keys
        private var made: PackageBucket?

        init(_ settings: S3Settings, prefix: String, _ keys: @escaping Keys) {
            self.settings = settings
            self.prefix = prefix
            self.keys = keys
        }

        func bucket() async throws(Diagnostic) -> PackageBucket {
            if let made { return made }
            let credentials = try await keys().map { keys in
                S3Credentials(
                    accessKey: Self.text(keys.access), secretKey: Self.text(keys.secret), sessionToken: keys.session.map(Self.text))
            }
            do throws(S3Error) {
                let bucket = PackageBucket(bucket: try S3Bucket(settings, credentials), prefix: prefix)
                made = bucket
                return bucket
            } catch {
                throw Diagnostic(code: "store-unreachable", summary: "The package store cannot be reached", detail: "\(error).")
            }
        }

        private static func text(_ value: SensitiveValue) -> String { String(decoding: value.reveal(), as: UTF8.self) }
    }
}

extension S3Error {
    /// What happened, where, and what to do.
    fileprivate func diagnostic(_ store: ArtifactStore, doing summary: String) -> Diagnostic {
        let place = "s3://\(store.bucket) at \(store.endpoint)"
        if case .file(let reason) = cause {
            return Diagnostic(
                code: "package-changed", summary: summary, detail: "\(reason). Versions are immutable: put the file back, or pack a new "
                    + "version. Then plan again.")
        }
        let code = switch cause {
        case .transport(let error) where error.kind != .cancelled: "store-unreachable"
        case .carrier: "store-unreachable"
        default: "store-refused"
        }
        return Diagnostic(code: code, summary: "\(summary): \(reason)", detail: "\(self).\nThe store is \(place). \(advice(store))")
    }

    private var reason: String {
        switch cause {
        case .transport(let error): error.kind == .cancelled ? "it was stopped" : "the store does not answer"
        case .carrier: "the store does not answer"
        case .refused(_, let code, _): code
        case .notS3, .file, .settings: "it does not answer as an S3 store"
        }
    }

    private func advice(_ store: ArtifactStore) -> String {
        if let region, region != store.signingRegion {
            return "The bucket is in the region \(region): write `region: \(region)` under `artifacts.s3`."
        }
        switch code {
        case "NoSuchBucket": return "Make the bucket, or correct `bucket` under `artifacts.s3`."
        case "SignatureDoesNotMatch", "InvalidAccessKeyId", "AuthorizationHeaderMalformed":
            return "Check the keys, and `region` under `artifacts.s3`, which is \(store.signingRegion) now."
        case "AccessDenied":
            return store.keys == nil && store.access == .anonymous
                ? "There are no keys: name them with `credentials` under `artifacts.s3`, or set AWS_ACCESS_KEY_ID and "
                    + "AWS_SECRET_ACCESS_KEY."
                : "The keys need the rights to get, put and list objects of the bucket, and to list and abort uploads in parts."
        case "ExpiredToken", "InvalidToken", "TokenRefreshRequired": return "Get new temporary keys, and run the command again."
        case "RequestTimeTooSkewed": return "Set this machine's clock: it differs from the store's by more than a quarter of an hour."
        case "NotFound", "PermanentRedirect": return "Check `endpoint`, `bucket` and `pathStyle` under `artifacts.s3`."
        default: break
        }
        switch cause {
        case .transport: return "Check `endpoint` under `artifacts.s3`, and the way there. What has arrived is kept: the next run goes on from it."
        case .refused(let status, _, _) where status >= 500: return "What has arrived is kept: the next run goes on from it."
        default: return "Check `endpoint` and `pathStyle` under `artifacts.s3`."
        }
    }
}
