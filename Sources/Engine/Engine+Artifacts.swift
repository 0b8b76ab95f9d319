import Configuration
import Digest
import Model
import StateStore

extension Engine {
    /// What the store of the files has, and who refers to each package.
    package func artifacts() async throws(EngineFailure) -> StoreReport {
        let (desired, place, store) = try await packageStore()
        return try await report(desired, try read(place).state, store)
    }

    /// Removes packages that nobody refers to: those of `report` for which that is still so. The state is held meanwhile, so that no run
    /// of this engine begins to use one. Gives those that were removed.
    package func prune(_ report: StoreReport) async throws(EngineFailure) -> [StoredPackage] {
        let (desired, place, store) = try await packageStore()
        let held = try open(place, command: "artifacts prune")
        do throws(EngineFailure) {
            let snapshot: StateSnapshot
            do throws(StateStoreError) { snapshot = try await held.snapshot() } catch {
                throw EngineFailure(error, path: place.path)
            }
            let shown = Set(report.unused.map(\.key))
            let unused = try await self.report(desired, snapshot.state, store).unused.filter { shown.contains($0.key) }
            do throws(Diagnostic) {
                if let name = snapshot.state.referenceName {
                    try await store.setReferences(of: name, to: snapshot.state.packages)
                }
                try await store.remove(unused)
            } catch {
                throw EngineFailure([error])
            }
            await held.close()
            return unused
        } catch {
            await held.close()
            throw error
        }
    }

    private func packageStore() async throws(EngineFailure) -> (DesiredState, StatePlace, any PackageStore) {
        let loaded = await load()
        let (desired, _) = try Self.sound(loaded)
        let place = StatePlace(settings, folder: loaded.folder)
        let (cluster, _) = try place.connect(loaded)
        guard let store = try place.packageStore(of: desired, cluster: cluster) else {
            throw EngineFailure([Diagnostic(
                code: "no-store", summary: "The files name no store for packages",
                detail: "Name one with `artifacts.s3`. Without it pods fetch from their runtime's own.")])
        }
        return (desired, place, store)
    }

    private func report(
        _ desired: DesiredState, _ state: State, _ store: any PackageStore
    ) async throws(EngineFailure) -> StoreReport {
        var users: [SHA256Digest: Set<String>] = [:]
        for runtime in desired.runtimes {
            for version in runtime.versions {
                let address = EntityAddress.version(runtime: runtime.name, name: version.name)
                users[version.solution.digest, default: []].insert("\(address)")
            }
        }
        for record in state.entities.values {
            if let digest = record.packageDigest { users[digest, default: []].insert("\(record.address)") }
        }
        do throws(Diagnostic) {
            for (name, digests) in try await store.references() where name != state.referenceName {
                for digest in digests { users[digest, default: []].insert("state \(name)") }
            }
            let packages = try await store.list()
            let place = desired.artifacts.map { "s3://\($0.bucket) at \($0.endpoint)" } ?? ""
            return StoreReport(
                store: settings.cluster.isSandbox ? "the sandbox's store" : place,
                entries: packages.map { StoreReport.Entry(package: $0, users: (users[$0.digest] ?? []).sorted()) })
        } catch {
            throw EngineFailure([error])
        }
    }
}

extension State {
    /// What the state is called among those that use a store; nil before the first apply.
    var referenceName: String? { lineage.map { "\(engine ?? "engine")-\($0)" } }

    /// The packages of all versions that are known.
    var packages: Set<SHA256Digest> { Set(entities.values.compactMap(\.packageDigest)) }
}
