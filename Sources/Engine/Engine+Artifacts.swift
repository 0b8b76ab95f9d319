import Configuration
import Digest
import Model
import Rendering
import StateStore

extension Engine {
    /// What the store of the files has, or each runtime's own, and who refers to each package.
    package func artifacts() async throws(EngineFailure) -> [StoreReport] {
        let stored = try await stored()
        return try await stored.reports(try read(stored.place).state)
    }

    /// Removes packages that nobody refers to: those of `reports` for which that is still so. The state is held meanwhile, so that no
    /// run of this engine begins to use one. Gives those that were removed.
    package func prune(_ reports: [StoreReport]) async throws(EngineFailure) -> [StoredPackage] {
        let stored = try await stored()
        let held = try open(stored.place, command: "artifacts prune")
        do throws(EngineFailure) {
            let snapshot: StateSnapshot
            do throws(StateStoreError) { snapshot = try await held.snapshot() } catch {
                throw EngineFailure(error, path: stored.place.path)
            }
            let removed = try await stored.prune(reports, snapshot.state)
            await held.close()
            return removed
        } catch {
            await held.close()
            throw error
        }
    }

    private func stored() async throws(EngineFailure) -> StoredPackages {
        let loaded = await load()
        let (desired, _) = try Self.sound(loaded)
        let place = StatePlace(settings, folder: loaded.folder)
        let (cluster, _) = try place.connect(loaded)
        return StoredPackages(
            desired: desired, place: place, stores: try place.packageStores(of: desired, cluster: cluster),
            isSandbox: settings.cluster.isSandbox)
    }
}

/// The stores of a desired state, and what is in them.
private struct StoredPackages {
    let desired: DesiredState
    let place: StatePlace
    let stores: PackageStores
    let isSandbox: Bool

    func reports(_ state: State) async throws(EngineFailure) -> [StoreReport] {
        if let shared = stores.shared, let artifacts = desired.artifacts { return [try await report(shared, artifacts, state)] }
        var reports: [StoreReport] = []
        for own in Rendering.stores(of: desired) { reports.append(try await report(own, state)) }
        return reports
    }

    /// Removes what nobody refers to, then and now.
    func prune(_ shown: [StoreReport], _ state: State) async throws(EngineFailure) -> [StoredPackage] {
        let keys = Dictionary(shown.map { ($0.place, Set($0.unused.map(\.key))) }, uniquingKeysWith: { first, _ in first })
        let reports = try await reports(state)
        do throws(Diagnostic) {
            if let shared = stores.shared, let name = state.referenceName {
                try await shared.setReferences(of: name, to: state.packages)
            }
            var removed: [StoredPackage] = []
            for report in reports {
                guard let store = stores.store(of: report.place) else { continue }
                let unused = report.unused.filter { keys[report.place]?.contains($0.key) ?? false }
                if !unused.isEmpty { try await store.remove(unused) }
                removed += unused
            }
            return removed
        } catch {
            throw EngineFailure([error])
        }
    }

    private func report(
        _ store: any PackageStore, _ artifacts: ArtifactStore, _ state: State
    ) async throws(EngineFailure) -> StoreReport {
        var users = users(state) { _ in true }
        do throws(Diagnostic) {
            for (name, digests) in try await store.references() where name != state.referenceName {
                for digest in digests { users[digest, default: []].insert("state \(name)") }
            }
            return StoreReport(
                store: isSandbox ? "the sandbox's store" : "s3://\(artifacts.bucket) at \(artifacts.endpoint)",
                place: artifacts.place, entries: entries(try await store.list(), users))
        } catch {
            throw EngineFailure([error])
        }
    }

    /// Versions of other runtimes fetch from stores of their own.
    private func report(_ own: RuntimeStore, _ state: State) async throws(EngineFailure) -> StoreReport {
        do throws(Diagnostic) {
            return StoreReport(
                store: "the store of runtime \(own.runtime)", place: own.place, runtime: own.runtime,
                entries: entries(try await stores.store(of: own.place)?.list() ?? [], users(state) { $0.runtime == own.runtime }))
        } catch {
            throw EngineFailure([error])
        }
    }

    private func entries(_ packages: [StoredPackage], _ users: [SHA256Digest: Set<String>]) -> [StoreReport.Entry] {
        packages.map { StoreReport.Entry(package: $0, users: (users[$0.digest] ?? []).sorted()) }
    }

    /// The versions of the files and of the state that count.
    private func users(_ state: State, _ counts: (EntityAddress) -> Bool) -> [SHA256Digest: Set<String>] {
        var users: [SHA256Digest: Set<String>] = [:]
        func add(_ address: EntityAddress, _ digest: SHA256Digest?) {
            if let digest, counts(address) { users[digest, default: []].insert("\(address)") }
        }
        for runtime in desired.runtimes {
            for version in runtime.versions { add(.version(runtime: runtime.name, name: version.name), version.solution.digest) }
        }
        for record in state.entities.values { add(record.address, record.packageDigest) }
        return users
    }
}

extension State {
    /// What the state is called among those that use a store; nil before the first apply.
    var referenceName: String? { lineage.map { "\(engine ?? "engine")-\($0)" } }

    /// The packages of all versions that are known.
    var packages: Set<SHA256Digest> { Set(entities.values.compactMap(\.packageDigest)) }
}
