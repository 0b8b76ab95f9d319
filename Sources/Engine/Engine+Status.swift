import Configuration
import Digest
import Model
import Readiness
import StateStore

extension Engine {
    /// What is live, runtime by runtime and version by version. Works with files that have errors too, as long as the state knows
    /// the engine.
    package func status() async throws(EngineFailure) -> StatusReport {
        let loaded = await load()
        let place = StatePlace(settings, folder: loaded.folder)
        let state = try read(place).state
        guard let engine = state.engine ?? loaded.desired?.engine else { throw EngineFailure(Self.problems(loaded)) }
        let (reached, warnings) = try place.connect(loaded)
        let cluster = NamespacedCluster(reached, nil, state: state, open: [])
        var generator = SystemRandomNumberGenerator()
        let refresh = Refresh(cluster: cluster, engine: engine, key: DigestKey(using: &generator),
            reads: Reads(notice: settings.notice))
        return try await EngineFailure.reading {
            let identity = try await refresh.reads.one { () throws(ClusterError) in try await cluster.identity() }
            // Of another cluster's state nothing is live here.
            let isForeign = state.cluster.map { $0.uid != identity.uid } ?? false
            let found = try await refresh.run(
                types: [RelatedObjects.podType, RelatedObjects.endpointsType], state: isForeign ? State() : state, open: [])
            try found.missing.check()
            let view = StatusView(state: state, desired: loaded.desired, live: found.live.objects)
            return StatusReport(engine: engine, cluster: identity, runtimes: view.runtimes, warnings: warnings)
        }
    }
}
