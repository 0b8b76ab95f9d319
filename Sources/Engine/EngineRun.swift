import Artifacts
import Applying
import Configuration
import Digest
import Model
import Planning
import Rendering
import StateStore

/// A plan that is about to be carried out. While it exists no other run can change the state.
package struct EngineRun: Sendable {
    package let planned: Planned
    private let store: StateStore
    private let cluster: any Cluster
    private let packages: PackageStores
    private let choice: ClusterChoice
    private let who: String
    private let stop = StopSignal()

    /// Asks the run to stop: nothing new starts, and what runs is finished. From any thread, at any time.
    package func requestStop() { stop.request() }

    /// Carries the plan out. `onEvent` gets each event once and in order. Throws only before the first request; what fails after
    /// that is in the report.
    package func carryOut(
        _ settings: RunSettings, onEvent: @escaping @Sendable (ApplyEvent) -> Void
    ) async throws(EngineFailure) -> ApplyReport {
        do {
            try await store.backup()
            try await store.bind(to: planned.plan.cluster, engine: planned.plan.engine)
            // Before anything is stored, so that nobody takes it for unused.
            do { try await note(planned.plan.uploads.map(\.digest)) } catch let error as Diagnostic {
                // Who stores nothing need not be allowed to write. And keys that only this run brings about are there when it ends.
                let isFine = planned.plan.uploads.isEmpty || error.code == Diagnostic.noStoreCredentialsCode
                guard isFine else { throw error }
            }
            let run = try await store.beginRun(
                command: planned.plan.mode.rawValue, who: who, comment: settings.comment,
                planDigest: "\(PlanDocument.digest(of: planned.plan))", at: .now)
            let report = try await Applier(
                cluster: cluster, store: store, packages: packages, settings: settings.applying(choice), clock: settings.clock(choice))
                .apply(planned.plan, run: run, stop: stop, onEvent: onEvent)
            // What is noted and not used any more is only kept longer.
            try? await note([])
            return report
        } catch let error as StateStoreError {
            throw EngineFailure(error, path: store.path)
        } catch let error as Diagnostic {
            throw EngineFailure([error])
        } catch {
            throw EngineFailure([Diagnostic(code: "run-failed", summary: "The run failed", detail: "\(error)")])
        }
    }

    /// Tells the store which packages the state refers to, and is about to.
    private func note(_ more: [SHA256Digest]) async throws {
        guard let shared = packages.shared, planned.plan.mode == .apply else { return }
        let state = try await store.snapshot().state
        guard let name = state.referenceName else { return }
        try await shared.setReferences(of: name, to: state.packages.union(more))
    }

    /// Lets others have the state.
    package func end() async { await store.close() }

    init(
        _ planned: Planned, store: StateStore, cluster: any Cluster, packages: PackageStores = PackageStores(),
        settings: EngineSettings
    ) {
        self.packages = packages
        self.planned = planned
        self.store = store
        self.cluster = cluster
        choice = settings.cluster
        who = Operator.name(settings.environment)
    }
}

extension Engine {
    /// Takes the state, writes down what became of requests that an earlier run was cut off in, and plans. `leaving` is as
    /// for `plan`.
    package func begin(_ mode: EngineMode, leaving: [String] = []) async throws(EngineFailure) -> EngineRun {
        let loaded = await load()
        let (desired, warnings) = try Self.sound(loaded, for: mode)
        let place = StatePlace(settings, folder: loaded.folder)
        let (reached, cautions) = try place.connect(loaded)
        return try await holding(place, mode.planMode.rawValue) { store, snapshot throws(EngineFailure) in
            let keys = snapshot.keys ?? StateKeys(own: store.key)
            let rendering = { Rendering.render(desired, keys: keys, generations: $0).sharing(snapshot.state) }
            let known = Generations(snapshot.state)
            let rendered = rendering(known)
            let cluster = NamespacedCluster(reached, rendered, state: snapshot.state, open: snapshot.openEntries)
            let leaves = try Self.leaves(leaving, of: rendered)
            let look = Look(cluster: cluster, key: store.key, notice: settings.notice)
            let packages = try place.packageStores(of: desired, cluster: reached)
            let view = try await look.view(
                mode.planMode, rendered: rendered, for: known, rendering, leaving: leaves, packages: packages, state: snapshot.state,
                open: snapshot.openEntries)
            var planned = try view.plan(
                mode, leaving: leaves, after: snapshot.runs, warnings: warnings + cautions, explained: loaded.explained)
            if let refusal = view.warnings.first(where: { $0.code == Diagnostic.rightsMissingCode }), !planned.plan.uploads.isEmpty {
                throw EngineFailure([refusal.with(.error)])
            }
            planned = planned.adding(
                try await look.bystanders(of: planned.plan, snapshot.state),
                mode == .apply ? await look.needs(of: view.rendered, loaded) : [])
            try await settle(view, in: store)
            return EngineRun(planned, store: store, cluster: cluster, packages: packages, settings: settings)
        }
    }

    /// Takes the state for a saved plan: exactly that plan, or, when something in it moved since, a failure `stalePlan`. The
    /// files are read only for the sensitive values, which a saved plan does not hold.
    package func begin(savedPlan path: String) async throws(EngineFailure) -> EngineRun {
        let saved = try Self.readPlan(at: path).plan
        let loaded = await load()
        let place = StatePlace(settings, folder: loaded.folder)
        if try read(place).key == nil {
            throw EngineFailure([Diagnostic(
                code: "stale-plan", summary: "The plan is stale: there is no state at \(place.path)",
                detail: "It was made for another state, or that one was lost. Plan again.")], kind: .stalePlan)
        }
        let (reached, cautions) = try place.connect(loaded)
        return try await holding(place, saved.mode.rawValue) { store, snapshot throws(EngineFailure) in
            let cluster = NamespacedCluster(reached, nil, state: snapshot.state, open: snapshot.openEntries, plan: saved)
            let plan = try filled(saved, from: loaded, keys: snapshot.keys ?? StateKeys(own: store.key))
            let look = Look(cluster: cluster, key: store.key, notice: settings.notice)
            let view = try await look.view(
                plan.mode, rendered: RenderedState(engine: plan.engine, entities: []), types: plan.changes.map(\.type),
                named: plan.adopted, whole: Set(plan.changes.map(\.address)), state: snapshot.state, open: snapshot.openEntries)
            let stale = Staleness.check(plan, state: view.settlement.state, live: view.live)
            guard stale.isEmpty else { throw EngineFailure(Self.shortened(stale), kind: .stalePlan) }
            let others = try await look.bystanders(of: plan, snapshot.state)
            try await settle(view, in: store)
            let packages = try packageStores(for: plan, from: loaded, place, reached)
            return EngineRun(
                Planned(plan, warnings: cautions).adding(others), store: store, cluster: cluster, packages: packages,
                settings: settings)
        }
    }

    /// Many things that moved since a plan was made, as one error.
    private static func shortened(_ stale: [Diagnostic], to limit: Int = 8) -> [Diagnostic] {
        guard stale.count > 3 else { return stale }
        let lines = stale.prefix(limit).map { "  \($0.summary.split(separator: ": ", maxSplits: 1).last ?? "")" }
        let more = stale.count > limit ? ["  and \(stale.count - limit) more"] : []
        return [Diagnostic(
            code: "stale-plan", summary: "The plan is stale: \(stale.count) things in it have changed since it was made",
            detail: (lines + more + ["Plan again to see what is left to do."]).joined(separator: "\n"))]
    }

    private func filled(_ plan: Plan, from loaded: LoadedState, keys: StateKeys) throws(EngineFailure) -> Plan {
        guard plan.changes.contains(where: { !($0.manifest?.missingSecrets.isEmpty ?? true) }) else { return plan }
        let (desired, _) = try Self.sound(loaded)
        let result = plan.fillingSecrets(from: Rendering.render(desired, keys: keys), key: keys.own)
        guard !result.diagnostics.hasErrors else { throw EngineFailure(result.diagnostics, kind: .stalePlan) }
        return result.plan
    }

    /// The stores that the plan's uploads go to, to which the files must still lead.
    private func packageStores(
        for plan: Plan, from loaded: LoadedState, _ place: StatePlace, _ cluster: any Cluster
    ) throws(EngineFailure) -> PackageStores {
        guard !plan.uploads.isEmpty else {
            guard let desired = loaded.desired, plan.mode == .apply else { return PackageStores() }
            return try place.packageStores(of: desired, cluster: cluster)
        }
        let (desired, _) = try Self.sound(loaded)
        let own = Rendering.stores(of: desired)
        func isWanted(_ upload: PackageUpload) -> Bool {
            if let shared = desired.artifacts { return shared.place(of: upload.digest) == upload.place }
            return own.contains { $0.place(of: upload.digest) == upload.place }
        }
        if let upload = plan.uploads.first(where: { !isWanted($0) }) {
            throw EngineFailure([Diagnostic(
                code: "stale-plan", summary: "The plan is stale: packages are stored elsewhere now",
                detail: "The plan brings \(upload.path) to \(upload.place) at \(upload.place.endpoint), and the files lead to "
                    + "another store. Plan again.")], kind: .stalePlan)
        }
        return try place.packageStores(of: desired, cluster: cluster)
    }

    func settle(_ view: Look.View, in store: StateStore) async throws(EngineFailure) {
        do throws(StateStoreError) { try await store.settle(view.settlement.resolutions, at: .now) } catch {
            throw EngineFailure(error, path: store.path)
        }
    }

    /// With the state's lock; lets go of it when `body` throws.
    func holding(
        _ place: StatePlace, _ command: String,
        _ body: (StateStore, StateSnapshot) async throws(EngineFailure) -> EngineRun
    ) async throws(EngineFailure) -> EngineRun {
        let store = try open(place, command: command)
        let snapshot: StateSnapshot
        do throws(StateStoreError) { snapshot = try await store.snapshot() } catch {
            throw EngineFailure(error, path: place.path)
        }
        do throws(EngineFailure) {
            return try await body(store, snapshot)
        } catch {
            await store.close()
            throw error
        }
    }
}

extension Plan {
    /// The objects that are taken over: as long as they are not, our label selector does not find them.
    fileprivate var adopted: [ResourceAddress: ResourceType] {
        Dictionary(
            changes.lazy.filter { $0.reasons.contains(.adopt) }.map { ($0.address, $0.type) },
            uniquingKeysWith: { first, _ in first })
    }
}
