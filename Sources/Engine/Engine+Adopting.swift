import Configuration
import Model
import Planning
import Rendering
import StateStore

/// Taking over what others made, and letting go of what is ours.
extension Engine {
    /// Takes the state and plans to take over those objects of `addresses` (of objects, or of entities for all of theirs) that
    /// are in the cluster and not ours. With `takingOver` also those of another Kreform's engine.
    package func begin(importing addresses: [String], takingOver: Bool) async throws(EngineFailure) -> EngineRun {
        let loaded = await load()
        let (desired, warnings) = try Self.sound(loaded)
        let place = StatePlace(settings, folder: loaded.folder)
        let (reached, cautions) = try place.connect(loaded)
        return try await holding(place, Plan.Mode.adopt.rawValue) { store, snapshot throws(EngineFailure) in
            let keys = snapshot.keys ?? StateKeys(own: store.key)
            func selection(
                _ generations: Generations
            ) -> (desired: RenderedState, explicit: Set<ResourceAddress>, diagnostics: [Diagnostic]) {
                Planning.selection(addresses, of: Rendering.render(desired, keys: keys, generations: generations))
            }
            let known = Generations(snapshot.state)
            let (selected, explicit, diagnostics) = selection(known)
            guard diagnostics.isEmpty else { throw EngineFailure(diagnostics) }
            let cluster = NamespacedCluster(reached, selected, state: snapshot.state, open: snapshot.openEntries)
            let adoption = Adoption(
                objects: Set(selected.entities.flatMap { $0.manifests.map(\.address) }), takesOver: takingOver)
            let view = try await Look(cluster: cluster, key: store.key, notice: settings.notice).view(
                .adopt, rendered: selected, for: known, { selection($0).desired }, adoption: adoption, state: snapshot.state, open: snapshot.openEntries)
            let result = Planning.adopt(
                desired: view.rendered, explicit: explicit, takingOver: takingOver, state: view.settlement.state, live: view.live,
                cluster: view.cluster)
            let planned = try Look.View.sound(result, warnings: warnings + cautions + loaded.explained(view.faults), explained: loaded.explained)
            try await settle(view, in: store)
            return EngineRun(planned, store: store, cluster: cluster, settings: settings)
        }
    }

    /// Takes the state and plans to let go of entities and objects: they stay in the cluster without our labels. The files need
    /// not be sound; when they are, what they still ask for is warned of.
    package func begin(forgetting addresses: [String]) async throws(EngineFailure) -> EngineRun {
        let loaded = await load()
        let place = StatePlace(settings, folder: loaded.folder)
        guard let engine = try state().engine else {
            throw EngineFailure([Diagnostic(
                code: "no-state", summary: "The state at \(place.path) is empty", detail: "There is nothing to forget.")])
        }
        let (reached, cautions) = try place.connect(loaded)
        return try await holding(place, Plan.Mode.forget.rawValue) { store, snapshot throws(EngineFailure) in
            let rendered = loaded.desired.map { Rendering.render($0, keys: snapshot.keys ?? StateKeys(own: store.key)) }
            let cluster = NamespacedCluster(reached, rendered, state: snapshot.state, open: snapshot.openEntries)
            let view = try await Look(cluster: cluster, key: store.key, notice: settings.notice).view(
                .forget, rendered: RenderedState(engine: engine, entities: []), state: snapshot.state,
                open: snapshot.openEntries)
            let result = Planning.forget(
                addresses, state: view.settlement.state, live: view.live,
                wanted: Set((rendered?.entities ?? []).flatMap { $0.manifests.map(\.address) }), cluster: view.cluster)
            let planned = try Look.View.sound(result, warnings: cautions, explained: loaded.explained)
            try await settle(view, in: store)
            return EngineRun(planned, store: store, cluster: cluster, settings: settings)
        }
    }
}
