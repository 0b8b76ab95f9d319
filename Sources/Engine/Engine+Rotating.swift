import Configuration
import Model
import Planning
import Rendering
import StateStore

extension Engine {
    /// Takes the state and plans to make generated credentials of a runtime anew: those of `components`, as the file calls them, or all. One
    /// that an earlier run began goes on.
    package func begin(rotating runtime: String, _ components: [String]) async throws(EngineFailure) -> EngineRun {
        let loaded = await load()
        let (desired, warnings) = try Self.sound(loaded)
        let place = StatePlace(settings, folder: loaded.folder)
        let (reached, cautions) = try place.connect(loaded)
        return try await holding(place, Plan.Mode.rotate.rawValue) { store, snapshot throws(EngineFailure) in
            let keys = snapshot.keys ?? StateKeys(own: store.key)
            func rotation(_ generations: Generations) -> (rotation: Rotation?, diagnostics: [Diagnostic]) {
                Rendering.rotation(of: runtime, components, in: desired, keys: keys, generations: generations)
            }
            // One that is written and not read everywhere goes on, as one that was begun.
            func withUnread(
                _ generations: Generations, _ state: State, _ look: (live: LiveState, desired: RenderedState)? = nil
            ) -> Generations {
                let rendered = Rendering.render(desired, keys: keys, generations: generations)
                return Planning.withUnread(generations, of: runtime, in: rendered, state: state, look: look)
            }
            func reading(_ view: Look.View) -> Generations {
                withUnread(view.generations, view.settlement.state, (view.live, view.rendered))
            }
            let known = withUnread(Generations(snapshot.state), snapshot.state)
            let (first, diagnostics) = rotation(known)
            guard let first else { throw EngineFailure(loaded.explained(diagnostics)) }
            let cluster = NamespacedCluster(reached, first.rendered, state: snapshot.state, open: snapshot.openEntries)
            let view = try await Look(cluster: cluster, key: store.key, notice: settings.notice).view(
                .rotate, rendered: first.rendered, for: known, { rotation($0).rotation?.rendered ?? first.rendered }, reading: reading,
                state: snapshot.state, open: snapshot.openEntries)
            let chosen = rotation(reading(view)).rotation ?? first
            let result = Planning.rotate(
                Rotation(runtime: runtime, parts: chosen.parts, rendered: view.rendered), state: view.settlement.state,
                live: view.live, interrupted: view.settlement.interrupted, cluster: view.cluster)
            let planned = try Look.View.sound(result, warnings: warnings + cautions, explained: loaded.explained)
            try await settle(view, in: store)
            return EngineRun(planned, store: store, cluster: cluster, settings: settings)
        }
    }
}
