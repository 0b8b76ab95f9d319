import Artifacts
import Digest
import FoundationEssentials
import JSON
import Kubernetes
import Model
import Rendering
import S3

extension StatePlace {
    /// The runtimes' own stores, where the file names no other.
    func runtimeStores(of desired: DesiredState, cluster: any Cluster) -> [(PackagePlace, any PackageStore)] {
        Rendering.stores(of: desired).map { store in (store.place, self.store(store, cluster)) }
    }

    private func store(_ store: RuntimeStore, _ cluster: any Cluster) -> any PackageStore {
        if isSandbox { return SandboxPackageStore(store, folder: "\(folder)/packages", cluster: cluster) }
        let carrier = (cluster as? KubernetesCluster).map { S3Carrier($0, store) } ?? .none
        return RuntimePackageStore(store, by: carrier) { () async throws(Diagnostic) -> StoreKeys? in
            try await Self.keys(to: store, cluster)
        }
    }

    /// Made with the stack, and only in the cluster.
    private static func keys(to store: RuntimeStore, _ cluster: any Cluster) async throws(Diagnostic) -> StoreKeys? {
        let type = ResourceType(apiVersion: "v1", kind: "Secret")
        do throws(ClusterError) {
            let object = try await cluster.get(type, namespace: store.namespace, name: store.secret)
            guard let data = object?.content["data"], let access = data.decoded(store.accessKey),
                let secret = data.decoded(store.secretKey)
            else { return nil }
            return StoreKeys(access: access, secret: secret)
        } catch {
            throw Diagnostic(
                code: "cluster-unreadable", summary: "The keys to the package store of runtime `\(store.runtime)` cannot be read",
                detail: "They are in the Secret \(store.secret) in the namespace \(store.namespace). \(error.advice)")
        }
    }
}

extension JSONValue {
    /// A value of a Secret's `data`.
    func decoded(_ key: String) -> SensitiveValue? {
        self[key]?.string.flatMap { Data(base64Encoded: $0) }.map { SensitiveValue(bytes: Array($0)) }
    }
}

extension S3Carrier {
    /// Of a cluster without a way to its pods.
    fileprivate static let none = S3Carrier(host: "none") { _ in .failure(Refusal("this cluster hands nothing on to pods", mayPass: false)) }

    /// By the API server, which hands requests on to the store.
    fileprivate init(_ cluster: KubernetesCluster, _ store: RuntimeStore) {
        let proxy = cluster.proxy(namespace: store.namespace, service: store.service, port: store.port)
        self.init(host: proxy.host) { request in
            do throws(ClusterError) { return .success(try await proxy.send(request)) } catch {
                return .failure(Refusal(error.message, mayPass: error.isTransient, isForbidden: error.kind == .forbidden))
            }
        }
    }
}

/// What stands for a runtime's own store in the sandbox: a folder, for as long as the namespace is the same one.
struct SandboxPackageStore: PackageStore {
    private let store: RuntimeStore
    private let folder: String
    private let cluster: any Cluster

    init(_ store: RuntimeStore, folder: String, cluster: any Cluster) {
        self.store = store
        self.folder = folder
        self.cluster = cluster
    }

    func has(_ package: PackageUpload) async throws(Diagnostic) -> Bool { try await found()?.store.has(package) ?? false }
    func list() async throws(Diagnostic) -> [StoredPackage] { try await found()?.store.list() ?? [] }
    func remove(_ packages: [StoredPackage]) async throws(Diagnostic) { try await found()?.store.remove(packages) }
    func references() async throws(Diagnostic) -> [String: Set<SHA256Digest>] { [:] }
    func setReferences(of name: String, to digests: Set<SHA256Digest>) async throws(Diagnostic) {}

    func put(_ package: PackageUpload, _ report: @escaping @Sendable (UploadProgress) -> Void) async throws(Diagnostic) {
        let type = ResourceType(apiVersion: "apps/v1", kind: "StatefulSet")
        let object = try await asked { () throws(ClusterError) in
            try await cluster.get(type, namespace: store.namespace, name: store.service)
        }
        guard (object?.content["status"]?["readyReplicas"]?.integer ?? 0) > 0, let found = try await found() else {
            throw Diagnostic(
                code: Diagnostic.storeUnreachableCode, summary: "The package \(package.path) cannot be uploaded: its store cannot be reached",
                detail: "The store is \(store.service) in the namespace \(store.namespace), and none of its pods is ready. The next run "
                    + "tries again.")
        }
        try await found.store.put(package, report)
        removeOthers(than: found.folder)
    }

    /// What namespaces of the same name had that are gone.
    private func removeOthers(than kept: String) {
        let files = FileManager.default
        for name in (try? files.contentsOfDirectory(atPath: folder)) ?? []
        where name != kept && name.hasPrefix("\(store.namespace)-") && name.utf8.count == kept.utf8.count {
            try? files.removeItem(atPath: "\(folder)/\(name)")
        }
    }

    /// Nil as long as there is no namespace: another one of its name has nothing of this one's.
    private func found() async throws(Diagnostic) -> (folder: String, store: FolderPackageStore)? {
        let object = try await asked { () throws(ClusterError) in
            try await cluster.get(NamespacedCluster.namespaceType, namespace: nil, name: store.namespace)
        }
        return object.map { object in
            let name = "\(store.namespace)-\(object.uid)"
            return (name, FolderPackageStore(folder: "\(folder)/\(name)", prefix: ""))
        }
    }

    private func asked(_ get: () async throws(ClusterError) -> LiveObject?) async throws(Diagnostic) -> LiveObject? {
        do throws(ClusterError) { return try await get() } catch {
            throw Diagnostic(
                code: "cluster-unreadable", summary: "The package store of runtime `\(store.runtime)` cannot be reached",
                detail: error.advice)
        }
    }
}
