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
    /// run of this engine begins to use one.
    package func prune(_ reports: [StoreReport]) async throws(EngineFailure) -> Pruned {
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

    /// What a prune has done: a store that fails does not keep the others.
    package struct Pruned: Sendable {
        package var removed: [StoredPackage] = []
        package var faults: [Diagnostic] = []
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
        return await withTaskGroup { group in
            for (index, own) in Rendering.stores(of: desired).enumerated() { group.addTask { (index, await report(own, state)) } }
            var reports: [(Int, StoreReport)] = []
            for await report in group { reports.append(report) }
            return reports.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    /// Removes what nobody refers to, then and now.
    func prune(_ shown: [StoreReport], _ state: State) async throws(EngineFailure) -> Engine.Pruned {
        let keys = Dictionary(shown.map { ($0.place, Set($0.unused.map(\.key))) }, uniquingKeysWith: { first, _ in first })
        let reports = try await reports(state)
        do throws(Diagnostic) {
            if let shared = stores.shared, let name = state.referenceName {
                try await shared.setReferences(of: name, to: state.packages)
            }
        } catch {
            throw EngineFailure([error])
        }
        var pruned = Engine.Pruned()
        for report in reports {
            if let fault = report.fault { pruned.faults.append(fault) }
            let unused = report.unused.filter { keys[report.place]?.contains($0.key) ?? false }
            guard !unused.isEmpty, let store = stores.store(of: report.place) else { continue }
            do throws(Diagnostic) {
                try await store.remove(unused)
                pruned.removed += unused
            } catch {
                pruned.faults.append(error)
            }
        }
        return pruned
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

    /// Versions of other runtimes fetch from stores of their own. A state that was lost, or is another's, says nothing of what runs.
    private func report(_ own: RuntimeStore, _ state: State) async -> StoreReport {
        var packages: [StoredPackage] = []
        var fault: Diagnostic?
        do throws(Diagnostic) { packages = try await stores.store(of: own.place)?.list() ?? [] } catch { fault = error }
        return StoreReport(
            store: "the store of runtime \(own.runtime)", place: own.place, runtime: own.runtime,
            isComplete: state.entities[.runtime(own.runtime)] != nil,
            entries: entries(packages, users(state) { $0.runtime == own.runtime }), fault: fault)
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
