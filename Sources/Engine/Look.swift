import Configuration
import Digest
import Model
import Planning
import Rendering

/// Looks at a cluster for a plan.
struct Look: Sendable {
    let cluster: any Cluster
    let key: DigestKey
    let notice: RetryNotice?

    /// What the files want, what the state knows, with its journal settled, and what is live.
    struct View: Sendable {
        let rendered: RenderedState
        let settlement: JournalSettlement
        var live: LiveState
        let cluster: ClusterIdentity
        /// What of the files cannot be in this cluster.
        var faults: [Diagnostic] = []
        /// What could not be found out, and does not stand in the way.
        var warnings: [Diagnostic] = []
    }

    /// Reads the cluster, settles the journal's open entries by what was found, and asks about what would change.
    ///
    /// - Parameters:
    ///   - named: objects to read that the label selector may not find.
    ///   - whole: objects that are compared with something else than `rendered`, and so are needed whole.
    func view(
        _ mode: Plan.Mode, rendered: RenderedState, types: [ResourceType] = [],
        named: [ResourceAddress: ResourceType] = [:], whole: Set<ResourceAddress> = [], leaving: [Leave] = [],
        adoption: Adoption = .none, packages: PackageStores? = nil, state: State, open: [JournalEntry]
    ) async throws(EngineFailure) -> View {
        let stored = Task { () -> Result<Stored, EngineFailure> in
            guard mode == .apply, let packages else { return .success(Stored()) }
            do throws(EngineFailure) { return .success(try await self.stored(rendered, packages)) } catch { return .failure(error) }
        }
        defer { stored.cancel() }
        var view = try await clusterView(
            mode, rendered: rendered, types: types, named: named, whole: whole, leaving: leaving, adoption: adoption,
            state: state, open: open)
        let found = try await stored.value.get()
        view.live.storedPackages = found.places
        view.live.unknownPackages = found.unknown
        view.warnings = found.warnings
        return view
    }

    private func clusterView(
        _ mode: Plan.Mode, rendered: RenderedState, types: [ResourceType], named: [ResourceAddress: ResourceType],
        whole: Set<ResourceAddress>, leaving: [Leave], adoption: Adoption, state: State, open: [JournalEntry]
    ) async throws(EngineFailure) -> View {
        try await EngineFailure.reading {
            let refresh = Refresh(cluster: cluster, engine: rendered.engine, key: key, reads: Reads(notice: notice))
            let identity = try await refresh.reads.one { () throws(ClusterError) in try await cluster.identity() }
            let wanted = rendered.entities.flatMap(\.manifests).map(\.type)
            // Another cluster's objects say nothing about this state; the plan says that they do not belong together.
            let isForeign = state.cluster.map { $0.uid != identity.uid } ?? false
            let known = isForeign ? State() : state
            // What the journal is settled by, and what is taken over or let go of, is looked at whole.
            let sieve = mode == .adopt || mode == .forget
                ? nil : LiveSieve(desired: rendered, state: known, keeping: whole.union(open.map(\.address)).union(named.keys))
            var found = try await refresh.run(types: Set(wanted + types), state: known, open: open, sieve: sieve)
            try await refresh.add(named, to: &found)
            try found.missing.check()
            let (chosen, unservable) = Planning.choosing(rendered, unserved: found.unserved, state: known)
            let rendered = chosen.without(found.unserved.intersection(RuntimeKinds.optionalTypes))
            let settlement = JournalSettlement.settle(isForeign ? [] : open, state: state, live: found.live.objects)
            if mode == .apply || mode == .adopt || mode == .rotate, !isForeign {
                try await refresh.add(rendered.namespaces, to: &found)
                let asked = Planning.candidates(
                    desired: rendered, state: settlement.state, live: found.live, leaving: leaving, adoption: adoption)
                found.live.predictions = try await refresh.predictions(for: asked, secrets: found.secrets)
                for case .refused(let error) in found.live.predictions.values where error.kind == .forbidden { found.missing.add(error) }
                try found.missing.check()
                try await refresh.addUnknown(
                    to: &found, types: Dictionary(asked.map { ($0.address, $0.type) }, uniquingKeysWith: { first, _ in first }))
                try found.missing.check()
            }
            return View(
                rendered: rendered, settlement: settlement, live: found.live, cluster: identity,
                faults: mode == .apply || mode == .adopt ? unservable : [])
        }
    }
}

extension Look {
    /// The same, with the objects rendered for the credentials that there are: `rendered` is for those that are `known` from the state.
    /// How far a run that was cut off had come with them is known when its journal is settled.
    ///
    /// - Parameter reading: the generations that a look tells.
    func view(
        _ mode: Plan.Mode, rendered: RenderedState, for known: Generations, _ rendering: (Generations) -> RenderedState,
        reading: (View) -> Generations = { $0.generations }, leaving: [Leave] = [], adoption: Adoption = .none,
        packages: PackageStores? = nil, state: State, open: [JournalEntry]
    ) async throws(EngineFailure) -> View {
        let view = try await view(
            mode, rendered: rendered, leaving: leaving, adoption: adoption, packages: packages, state: state, open: open)
        let found = reading(view)
        guard found != known else { return view }
        return try await self.view(
            mode, rendered: rendering(found), leaving: leaving, adoption: adoption, packages: packages, state: state, open: open)
    }

    /// What pods are to read and the files' author has not made yet.
    func needs(of rendered: RenderedState, _ loaded: LoadedState) async -> [Diagnostic] {
        let found = await NeededObjects(rendered).missing(in: cluster, Reads(notice: notice)) { loaded.place(ofObject: $0, in: $1) }
        return loaded.explained(found)
    }

    /// What of others, and what data, a plan takes away with a namespace.
    func bystanders(of plan: Plan, _ state: State) async throws(EngineFailure) -> Bystanders.Found {
        try await Bystanders(cluster: cluster, engine: plan.engine, state: state, reads: Reads(notice: notice)).found(about: plan)
    }
}

extension Look.View {
    /// Of which generation the credentials are.
    var generations: Generations { Generations(settlement.state, live: live, desired: rendered) }

    /// The plan, when nothing stands against it. `runs` are those so far; `explained` gives diagnostics their source lines.
    func plan(
        _ mode: EngineMode, leaving: [Leave] = [], after runs: [Run], warnings: [Diagnostic],
        explained: ([Diagnostic]) -> [Diagnostic]
    ) throws(EngineFailure) -> Planned {
        let isAfterImport = runs.last.map { $0.command == Plan.Mode.adopt.rawValue && $0.outcome == .succeeded } ?? false
        let result = switch mode {
        case .apply:
            Planning.apply(
                desired: rendered, state: settlement.state, live: live, leaving: leaving,
                interrupted: settlement.interrupted, isAfterImport: isAfterImport, now: .now, cluster: cluster)
        case .destroy:
            Planning.destroy(
                engine: rendered.engine, declared: rendered, state: settlement.state, live: live,
                interrupted: settlement.interrupted, cluster: cluster)
        }
        return try Self.sound(result, warnings: warnings + explained(faults) + self.warnings, explained: explained)
    }

    static func sound(
        _ result: PlanResult, warnings: [Diagnostic], explained: ([Diagnostic]) -> [Diagnostic]
    ) throws(EngineFailure) -> Planned {
        let diagnostics = (warnings + explained(result.diagnostics)).sorted()
        guard !diagnostics.hasErrors else { throw EngineFailure(diagnostics) }
        return Planned(result.plan, warnings: diagnostics)
    }
}

extension RenderedState {
    /// The namespaces that its objects are in, one of which may be there already and somebody else's.
    fileprivate var namespaces: [ResourceAddress: ResourceType] {
        let type = ResourceType(apiVersion: "v1", kind: "Namespace")
        let names = Set(entities.lazy.flatMap(\.manifests).compactMap(\.address.namespace))
        return Dictionary(
            names.map { (ResourceAddress(group: "", kind: "Namespace", namespace: nil, name: $0), type) },
            uniquingKeysWith: { first, _ in first })
    }
}
