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

    /// A store without keys is not there yet, and has nothing. One that does not answer within seconds is not asked again: all who look
    /// get the same fault.
    package func has(_ package: PackageUpload) async throws(Diagnostic) -> Bool {
        guard let bucket = try await connection.looked() else { return false }
        do throws(S3Error) { return try await bucket.has(package) } catch { throw error.diagnostic(.look, store) }
    }

    package func put(
        _ package: PackageUpload, _ report: @escaping @Sendable (UploadProgress) -> Void
    ) async throws(Diagnostic) {
        let purpose = Purpose.put(package.path)
        guard let bucket = try await connection.bucket(purpose) else {
            throw Diagnostic(
                code: Diagnostic.storeUnreachableCode, summary: "\(purpose.words(store)): its store has no keys",
                detail: "The Secret \(store.secret) in the namespace \(store.namespace) is missing, or has not the keys "
                    + "\(store.accessKey) and \(store.secretKey). The next apply makes it anew.")
        }
        do throws(S3Error) { try await bucket.put(package, report) } catch { throw error.diagnostic(purpose, store) }
    }

    package func list() async throws(Diagnostic) -> [StoredPackage] {
        guard let bucket = try await connection.bucket(.list) else { return [] }
        do throws(S3Error) { return try await bucket.list() } catch { throw error.diagnostic(.list, store) }
    }

    package func remove(_ packages: [StoredPackage]) async throws(Diagnostic) {
        guard let bucket = try await connection.bucket(.remove) else { return }
        do throws(S3Error) { try await bucket.remove(packages) } catch { throw error.diagnostic(.remove, store) }
    }

    /// Nobody but the state that the runtime belongs to refers to what is here.
    package func references() async throws(Diagnostic) -> [String: Set<SHA256Digest>] { [:] }
    package func setReferences(of name: String, to digests: Set<SHA256Digest>) async throws(Diagnostic) {}

    /// What a bucket is wanted for.
    fileprivate enum Purpose {
        /// To know what is there: asked once, and not waited for.
        case look
        /// To bring a file. The bucket is made when it is not there, and waited for when it does not answer.
        case put(String)
        case list
        case remove

        var isLook: Bool { if case .look = self { true } else { false } }
        var isPut: Bool { if case .put = self { true } else { false } }

        /// What cannot be done without it.
        func words(_ store: RuntimeStore) -> String {
            switch self {
            case .look: "The packages of runtime `\(store.runtime)` cannot be looked for"
            case .put(let path): "The package \(path) cannot be uploaded"
            case .list: "The packages of runtime `\(store.runtime)` cannot be listed"
            case .remove: "Packages of runtime `\(store.runtime)` cannot be removed"
            }
        }

        /// What follows from that.
        var consequence: String {
            switch self {
            case .look: "Uploads are planned for versions that are new, start or change; what is there by then is not sent again."
            case .put: "What has arrived is kept: the next run goes on from it."
            case .list, .remove: "Then run the command again."
            }
        }
    }

    /// Makes a bucket for what it is wanted for.
    private actor Connection {
        private let store: RuntimeStore
        private let carrier: S3Carrier
        private let patience: Duration
        private let keys: Keys
        /// For looks alone: whoever changes something reads the keys anew.
        private var looking: Task<Result<PackageBucket?, Diagnostic>, Never>?
        private var isThere = false

        init(_ store: RuntimeStore, _ carrier: S3Carrier, _ patience: Duration, _ keys: @escaping Keys) {
            self.store = store
            self.carrier = carrier
            self.patience = patience
            self.keys = keys
        }

        func looked() async throws(Diagnostic) -> PackageBucket? {
            let task = looking ?? Task {
                do throws(Diagnostic) { return .success(try await bucket(.look)) } catch { return .failure(error) }
            }
            looking = task
            return try await task.value.get()
        }

        /// Nil when the store has no keys, or has no bucket and none is to be made.
        func bucket(_ purpose: Purpose) async throws(Diagnostic) -> PackageBucket? {
            guard let keys = try await keys() else { return nil }
            func text(_ value: SensitiveValue) -> String { String(decoding: value.reveal(), as: UTF8.self) }
            let credentials = S3Credentials(accessKey: text(keys.access), secretKey: text(keys.secret))
            do throws(S3Error) {
                let bucket = try S3Bucket(settings(purpose), credentials, by: carrier)
                if !isThere { isThere = try await bucket.exists() }
                if !isThere {
                    guard purpose.isPut else { return nil }
                    try await bucket.create()
                    isThere = true
                    looking = nil
                }
                return PackageBucket(bucket: bucket, prefix: "")
            } catch {
                throw error.diagnostic(purpose, store)
            }
        }

        private func settings(_ purpose: Purpose) -> S3Settings {
            var settings = S3Settings(
                endpoint: "http://\(carrier.host)", bucket: store.bucket, region: "us-east-1", style: .path)
            guard !purpose.isPut else {
                settings.patience = patience
                return settings
            }
            // An API server that is not let through to the pod says so after half a minute.
            settings.idleDeadline = 10
            settings.patience = .zero
            if purpose.isLook { settings.attempts = 1 }
            return settings
        }
    }
}

extension Diagnostic {
    /// Of a store that is not there, or not ready.
    package static let storeUnreachableCode = "store-unreachable"
    /// Of a request that the cluster's access rules forbid.
    package static let rightsMissingCode = "rights-missing"
}

extension S3Error {
    /// What happened, where, and what to do.
    fileprivate func diagnostic(_ purpose: RuntimePackageStore.Purpose, _ store: RuntimeStore) -> Diagnostic {
        let summary = purpose.words(store)
        let place = "The store is \(store.service) in the namespace \(store.namespace), reached through the API server."
        switch cause {
        case .file(let reason):
            return Diagnostic(
                code: "package-changed", summary: summary, detail: "\(reason). Versions are immutable: put the file back, or pack a new "
                    + "version. Then plan again.")
        case .carrier(let refusal) where refusal.isForbidden:
            return Diagnostic(
                code: Diagnostic.rightsMissingCode, summary: "\(summary): the cluster forbids the way to the runtime's own store",
                detail: """
                    \(refusal.message)
                    \(place) A Role with this rule would be enough:
                      - apiGroups: [""]
                        resources: [services/proxy]
                        resourceNames: ["http:\(store.service):\(store.port)"]
                        verbs: [create, delete, get, update]
                    Or name a store that is reached another way, with `artifacts.s3`. \(purpose.consequence)
                    """)
        case .carrier, .transport, .refused(500..., _, _):
            return Diagnostic(
                code: Diagnostic.storeUnreachableCode, summary: "\(summary): \(isCancelled ? "it was stopped" : "its store cannot be reached")",
                detail: "\(self).\n\(place) Its pod must be ready, and the API server must be let through to it. \(purpose.consequence)")
        case .refused, .notS3, .settings:
            return Diagnostic(
                code: "store-refused", summary: "\(summary): \(code ?? "it does not answer as an S3 store")",
                detail: "\(self).\n\(place) \(advice(store).map { "\($0) " } ?? "")\(purpose.consequence)")
        }
    }

    private func advice(_ store: RuntimeStore) -> String? {
        guard case .refused(let status, let code, let words) = cause else { return nil }
        if ["has expired", "not valid yet"].contains(where: words.contains) {
            return "Set this machine's clock: it differs from the store's by more than a quarter of an hour."
        }
        // S3's own refusals have words.
        if words.isEmpty, requestID == nil {
            return "What stands before the API server may have answered \(status) in its place: use a kubeconfig that leads to the API server "
                + "itself, or name another store with `artifacts.s3`."
        }
        return switch code {
        case "SignatureDoesNotMatch", "InvalidAccessKeyId", "AccessDenied":
            "Either it was started with other keys than the Secret \(store.secret) has now, and must be restarted: the next apply does that "
                + "after a rotation that was cut off. Or what stands before the API server "
                + "changes the host that requests are for, which signatures cover: use a kubeconfig that leads to the API server "
                + "itself, or name another store with `artifacts.s3`."
        case "XMinioStorageFull", "StorageFull": "Its volume is full: `kreform artifacts prune` removes what nobody needs."
        default: nil
        }
    }
}
