import Digest
import HTTP
import Model
import S3

/// Packages in a runtime's own store, which is reached through something else.
package struct RuntimePackageStore: PackageStore {
    /// Gives the keys to the store; nil as long as it has none, for it is not there then.
    package typealias Keys = @Sendable () async throws(Diagnostic) -> StoreKeys?

    private let store: RuntimeStore
    private let connection: Connection

    /// Nothing is asked yet.
    /// - Parameter patience: how long a request that brings something is tried again when it fails in a way that may pass.
    package init(_ store: RuntimeStore, by carrier: S3Carrier, patience: Duration = .seconds(60), keys: @escaping Keys) {
        self.store = store
        connection = Connection(store, carrier, patience, keys)
    }

    /// A store without keys is not there yet, and has nothing.
    package func has(_ package: PackageUpload) async throws(Diagnostic) -> Bool {
        let doing = "The packages of runtime `\(store.runtime)` cannot be looked for"
        guard let bucket = try await connection.bucket(.look(doing)) else { return false }
        do throws(S3Error) {
            return try await upload(package, bucket).present() != nil
        } catch {
            throw error.diagnostic(store, doing: doing)
        }
    }

    package func put(
        _ package: PackageUpload, _ report: @escaping @Sendable (UploadProgress) -> Void
    ) async throws(Diagnostic) {
        let doing = "The package \(package.path) cannot be uploaded"
        guard let bucket = try await connection.bucket(.put(doing)) else {
            throw Diagnostic(
                code: Diagnostic.storeUnreachableCode, summary: "\(doing): its store has no keys",
                detail: "The Secret \(store.secret) in the namespace \(store.namespace) is missing, or has not the keys "
                    + "\(store.accessKey) and \(store.secretKey). The next apply makes it anew.")
        }
        do throws(S3Error) {
            _ = try await upload(package, bucket).run { progress in
                report(UploadProgress(done: progress.done, resumed: progress.resumed, total: progress.total))
            }
        } catch {
            throw error.diagnostic(store, doing: doing)
        }
    }

    package func list() async throws(Diagnostic) -> [StoredPackage] {
        let doing = "The packages of runtime `\(store.runtime)` cannot be listed"
        guard let bucket = try await connection.bucket(.list(doing)) else { return [] }
        do throws(S3Error) {
            return try await bucket.list(prefix: ArtifactStore.folder(prefix: "")).compactMap { object in
                ArtifactStore.digest(ofKey: object.key, prefix: "").map {
                    StoredPackage(digest: $0, key: object.key, size: object.size, modified: object.modified)
                }
            }
        } catch {
            throw error.diagnostic(store, doing: doing)
        }
    }

    package func remove(_ packages: [StoredPackage]) async throws(Diagnostic) {
        let doing = "Packages of runtime `\(store.runtime)` cannot be removed"
        guard let bucket = try await connection.bucket(.list(doing)) else { return }
        do throws(S3Error) {
            if let kept = try await bucket.delete(packages.map(\.key)).first { throw kept }
        } catch {
            throw error.diagnostic(store, doing: doing)
        }
    }

    /// Nobody but the runtime's own state refers to what is here.
    package func references() async throws(Diagnostic) -> [String: Set<SHA256Digest>] { [:] }
    package func setReferences(of name: String, to digests: Set<SHA256Digest>) async throws(Diagnostic) {}

    private func upload(_ package: PackageUpload, _ bucket: S3Bucket) -> S3Upload {
        S3Upload(bucket, key: package.place.key, path: package.path, size: package.size, digest: package.digest)
    }

    /// What a bucket is wanted for, and what cannot be done without it.
    private enum Purpose {
        /// To know what is there: asked once.
        case look(String)
        /// It is made when it is not there, and waited for when it does not answer.
        case put(String)
        case list(String)

        var isLook: Bool { if case .look = self { true } else { false } }
        var isPut: Bool { if case .put = self { true } else { false } }

        var words: String {
            switch self {
            case .look(let words), .put(let words), .list(let words): words
            }
        }
    }

    /// Makes a bucket for what it is wanted for.
    private actor Connection {
        private let store: RuntimeStore
        private let carrier: S3Carrier
        private let patience: Duration
        private let keys: Keys
        /// For looks alone: whoever changes something reads them anew.
        private var known: S3Credentials?
        private var isThere = false
        /// Why the store cannot be asked: whoever looks next need not wait for that again.
        private var fault: Diagnostic?

        init(_ store: RuntimeStore, _ carrier: S3Carrier, _ patience: Duration, _ keys: @escaping Keys) {
            self.store = store
            self.carrier = carrier
            self.patience = patience
            self.keys = keys
        }

        /// Nil when the store has no keys, or has no bucket and none is to be made.
        func bucket(_ purpose: Purpose) async throws(Diagnostic) -> S3Bucket? {
            if purpose.isLook, let fault { throw fault }
            guard let credentials = try await credentials(purpose) else { return nil }
            do throws(S3Error) {
                var settings = S3Settings(
                    endpoint: "http://\(carrier.host)", bucket: store.bucket, region: "us-east-1", style: .path)
                settings.patience = purpose.isPut ? patience : .zero
                if purpose.isLook { settings.attempts = 1 }
                let bucket = try S3Bucket(settings, credentials, by: carrier)
                if !isThere { isThere = try await bucket.exists() }
                if !isThere {
                    guard purpose.isPut else { return nil }
                    try await bucket.create()
                    isThere = true
                }
                return bucket
            } catch {
                let diagnostic = error.diagnostic(store, doing: purpose.words)
                if purpose.isLook { fault = diagnostic }
                throw diagnostic
            }
        }

        private func credentials(_ purpose: Purpose) async throws(Diagnostic) -> S3Credentials? {
            if purpose.isLook, let known { return known }
            known = try await keys().map { keys in
                func text(_ value: SensitiveValue) -> String { String(decoding: value.reveal(), as: UTF8.self) }
                return S3Credentials(accessKey: text(keys.access), secretKey: text(keys.secret))
            }
            return known
        }
    }
}

extension Diagnostic {
    /// Of a store that is not there, or not ready.
    package static let storeUnreachableCode = "store-unreachable"
}

extension S3Error {
    /// What happened, where, and what to do.
    fileprivate func diagnostic(_ store: RuntimeStore, doing summary: String) -> Diagnostic {
        let place = "The store is \(store.service) in the namespace \(store.namespace), reached through the API server."
        switch cause {
        case .file(let reason):
            return Diagnostic(
                code: "package-changed", summary: summary, detail: "\(reason). Versions are immutable: put the file back, or pack a new "
                    + "version. Then plan again.")
        case .carrier(let refusal) where refusal.isForbidden:
            return Diagnostic(
                code: "rights-missing", summary: "\(summary): the cluster forbids the way to the runtime's own store",
                detail: """
                    \(refusal.message)
                    \(place) A Role with this rule would be enough:
                      - {apiGroups: [""], resources: [services/proxy], verbs: [create, delete, get, update]}
                    Or name a store that is reached another way, with `artifacts.s3`.
                    """)
        case .carrier, .transport, .refused(500..., _, _):
            return Diagnostic(
                code: Diagnostic.storeUnreachableCode, summary: "\(summary): \(isCancelled ? "it was stopped" : "its store cannot be reached")",
                detail: "\(self).\n\(place) Its pod must be ready, and the API server must be let through to it. What has arrived is "
                    + "kept: the next run goes on from it.")
        case .refused, .notS3, .settings:
            return Diagnostic(
                code: "store-refused", summary: "\(summary): \(code ?? "it does not answer as an S3 store")",
                detail: "\(self).\n\(place) \(advice(store))")
        }
    }

    private func advice(_ store: RuntimeStore) -> String {
        if case .refused(_, _, let words) = cause, ["has expired", "not valid yet"].contains(where: words.contains) {
            return "Set this machine's clock: it differs from the store's by more than a quarter of an hour."
        }
        return switch code {
        case "SignatureDoesNotMatch", "InvalidAccessKeyId", "AccessDenied":
            "Either it was started with other keys than the Secret \(store.secret) has: restart it. Or what stands before the API server "
                + "changes the host that requests are for, which signatures cover: use a kubeconfig that leads to the API server "
                + "itself, or name another store with `artifacts.s3`."
        case "XMinioStorageFull", "StorageFull": "Its volume is full: `kreform artifacts prune` removes what nobody needs."
        default: "What has arrived is kept: the next run goes on from it."
        }
    }
}
