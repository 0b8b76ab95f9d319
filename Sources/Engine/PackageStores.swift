import Artifacts
import Digest
import FoundationEssentials
import JSON
import Kubernetes
import Model

extension StatePlace {
    /// Where packages are stored: where the file says, or in the runtimes' own stores. The sandbox has a folder for each.
    /// - Parameter cluster: as it was connected to.
    func packageStores(of desired: DesiredState, cluster: any Cluster) throws(EngineFailure) -> PackageStores {
        guard let store = desired.artifacts else { return PackageStores(own: runtimeStores(of: desired, cluster: cluster)) }
        return PackageStores(shared: (store.place, try self.store(store, of: desired, cluster)))
    }

    private func store(
        _ store: ArtifactStore, of desired: DesiredState, _ cluster: any Cluster
    ) throws(EngineFailure) -> any PackageStore {
        if isSandbox { return FolderPackageStore(folder: "\(folder)/packages/\(store.bucket)", prefix: store.prefix) }
        let proxy: String?
        do throws(Diagnostic) { proxy = try ProxyForURL.find(store.endpoint, environment: environment) } catch {
            throw EngineFailure([error])
        }
        let namespaces = desired.runtimes.map(\.namespace)
        return S3PackageStore(store, proxy: proxy, certificateAuthority: try authority()) { () async throws(Diagnostic) -> StoreKeys? in
            try await Self.keys(to: store, namespaces: namespaces, cluster: cluster)
        }
    }

    /// The certificates that vouch for the store's, where AWS's own programs take them from.
    private func authority() throws(EngineFailure) -> [UInt8]? {
        guard let path = environment["AWS_CA_BUNDLE"], !path.isEmpty else { return nil }
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw EngineFailure([Diagnostic(
                code: "unreadable-file", summary: "The certificates \(path) cannot be read",
                detail: "AWS_CA_BUNDLE names them: PEM, for the package store.")])
        }
        return Array(bytes)
    }

    /// Those of the environment or a profile; else those of the Secret that pods read, in the first runtime that has it.
    private static func keys(
        to store: ArtifactStore, namespaces: [String], cluster: any Cluster
    ) async throws(Diagnostic) -> StoreKeys? {
        if let keys = store.keys { return keys }
        guard case .secret(let name) = store.access else { return nil }
        let type = ResourceType(apiVersion: "v1", kind: "Secret")
        for namespace in namespaces {
            let object: LiveObject?
            do throws(ClusterError) {
                object = try await cluster.get(type, namespace: namespace, name: name)
            } catch {
                throw .noStoreCredentials(name, "The Secret in the namespace \(namespace) cannot be read: \(error.advice)")
            }
            guard let data = object?.content["data"] else { continue }
            guard let access = data.decoded(StoreKeys.accessName), let secret = data.decoded(StoreKeys.secretName) else {
                throw .noStoreCredentials(
                    name, "The Secret in the namespace \(namespace) needs the keys \(StoreKeys.accessName) and \(StoreKeys.secretName).")
            }
            return StoreKeys(access: access, secret: secret, session: data.decoded(StoreKeys.sessionName))
        }
        throw .noStoreCredentials(
            name, "There is no such Secret in \(namespaces.count == 1 ? "the namespace" : "any of the namespaces") "
                + "\(namespaces.joined(separator: ", ")).")
    }
}

extension Look {
    /// What the stores have of the packages that are wanted.
    struct Stored: Sendable {
        var places: Set<PackagePlace> = []
        /// Those of which the store did not say.
        var unknown: Set<PackagePlace> = []
        var warnings: [Diagnostic] = []
    }

    /// Keys that are in the cluster may be there only after the first apply: then nothing is known, and all is planned for. A runtime's
    /// own store that does not answer stands in nobody's way: an apply may be what mends it.
    func stored(_ rendered: RenderedState, _ stores: PackageStores) async throws(EngineFailure) -> Stored {
        let wanted = Dictionary(rendered.entities.compactMap(\.upload).map { ($0.place, $0) }) { first, _ in first }
            .values.sorted { ($0.digest, $0.place.endpoint) < ($1.digest, $1.place.endpoint) }
        // One store is not asked much at a time; where each runtime has its own, those that keep silent must not hold up the others.
        let width = stores.shared == nil ? 64 : 8
        let results = await withTaskGroup(of: (PackagePlace, Result<Bool, Diagnostic>).self) { group in
            var results: [(PackagePlace, Result<Bool, Diagnostic>)] = []
            for (index, package) in wanted.enumerated() {
                if index >= width, let result = await group.next() { results.append(result) }
                guard let store = stores.store(of: package.place) else { continue }
                group.addTask {
                    do throws(Diagnostic) { return (package.place, .success(try await store.has(package))) } catch {
                        return (package.place, .failure(error))
                    }
                }
            }
            for await result in group { results.append(result) }
            return results
        }
        var stored = Stored()
        var faults: Set<Diagnostic> = []
        for (place, result) in results {
            switch result {
            case .success(let isThere): if isThere { stored.places.insert(place) }
            case .failure(let fault):
                faults.insert(fault)
                if stores.shared == nil { stored.unknown.insert(place) }
            }
        }
        if stores.shared != nil {
            let lasting = faults.filter { $0.code != Diagnostic.noStoreCredentialsCode }
            guard lasting.isEmpty else { throw EngineFailure(lasting.sorted()) }
        }
        stored.warnings = faults.sorted().map { $0.with(.warning) }
        return stored
    }
}

extension Diagnostic {
    static let noStoreCredentialsCode = "no-store-credentials"

    fileprivate static func noStoreCredentials(_ secret: String, _ reason: String) -> Diagnostic {
        Diagnostic(
            code: noStoreCredentialsCode, summary: "There are no keys to upload packages with",
            detail: "`artifacts.s3.credentials` names the Secret \(secret). \(reason) Make it, or give kreform keys of its own: "
                + "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or add `profile: NAME`.")
    }
}
