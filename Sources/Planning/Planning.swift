import Model

/// From what is wanted, what was applied and what is live to the plan that makes them one.
///
/// Pure: no file, clock, network or randomness. The same inputs give the same plan, byte for byte, and the work grows
/// with the number of objects.
package enum Planning {
    /// The objects, with what is left of them as it is, that would change and that a server can be asked about in a dry run, in
    /// the order of their entities and addresses: their namespace exists and is not going away, and their kind is not itself defined by this plan.
    /// The answers belong in `live.predictions` before `apply` is called; those that are there already are not looked
    /// at.
    ///
    /// `live` must hold what the label selector of the engine finds, and beyond that every recorded object that it does
    /// not find, got by its name: somebody may have taken the labels off.
    package static func candidates(
        desired: RenderedState, state: State, live: LiveState, leaving: [Leave] = [], adoption: Adoption = .none
    ) -> [Manifest] {
        let unasked = LiveState(objects: live.objects)
        let comparison = ObjectComparison(
            engine: desired.engine, state: state, live: unasked, interrupted: [], desired: desired.entities,
            leaving: leaving, adoption: adoption, isAsking: true)
        return desired.entities.flatMap { entity in
            let manifests = CanaryCourse(of: entity, comparison)?.asked(of: entity, comparison) ?? entity.manifests
            return manifests.compactMap { manifest -> Manifest? in
                guard comparison.canBeAsked(manifest) else { return nil }
                let draft = comparison.wanted(manifest, of: entity.address, newObject: .newInFile).draft
                return draft?.action == .create || draft?.action == .update 
                    ? draft?.sent(over: live.objects[manifest.address]) : nil
            }
        }
    }

    /// The plan that brings the cluster to `desired`, with everything that is wrong. `interrupted` are the objects
    /// whose last change was cut off and came to nothing (`JournalSettlement.interrupted`); `isAfterImport`, that the last run took
    /// over what others made, and did all of it; `now`, when that is: versions that have been drained by then are stopped at once. All
    /// of `live` is sealed.
    ///
    /// A plan with errors must not be carried out; it is made all the same, so that it can be shown.
    package static func apply(
        desired: RenderedState, state: State, live: LiveState, leaving: [Leave] = [],
        interrupted: Set<ResourceAddress> = [], isAfterImport: Bool = false, now: Timestamp, cluster: ClusterIdentity
    ) -> PlanResult {
        let comparison = ObjectComparison(
            engine: desired.engine, state: state, live: live, interrupted: interrupted, desired: desired.entities,
            leaving: leaving, isAfterImport: isAfterImport)
        return EnginePlan(
            mode: .apply, scope: .everything, desired: desired.entities, protectedByFile: [], leaving: leaving,
            now: now, cluster: cluster, comparison: comparison
        ).result()
    }

    /// The plan that removes what Kreform made for `engine`: everything, or the runtimes and versions of `scope` (a
    /// version's publication goes with it). Runtimes that the state or `declared`, the file, protects are refused.
    package static func destroy(
        engine: String, scope: DestroyScope = .everything, declared: RenderedState? = nil, state: State,
        live: LiveState,
        interrupted: Set<ResourceAddress> = [], cluster: ClusterIdentity
    ) -> PlanResult {
        let comparison = ObjectComparison(
            engine: engine, state: state, live: live, interrupted: interrupted, desired: [])
        let protected = (declared?.entities ?? []).filter(\.record.protected).map(\.address)
        return EnginePlan(
            mode: .destroy, scope: scope, desired: [], protectedByFile: Set(protected), leaving: [],
            cluster: cluster, comparison: comparison
        ).result()
    }
}

/// A plan, and what is wrong with it or worth knowing, sorted.
package struct PlanResult: Sendable, Hashable {
    package let plan: Plan
    package let diagnostics: [Diagnostic]

    package init(plan: Plan, diagnostics: [Diagnostic]) {
        self.plan = plan
        self.diagnostics = diagnostics
    }
}

/// What a destroy takes away.
package enum DestroyScope: Sendable, Hashable {
    case everything
    /// These runtimes with all that is in them, and these versions. Publications need no mention.
    case only(Set<EntityAddress>)

    func covers(_ entity: EntityAddress) -> Bool {
        switch self {
        case .everything: true
        case .only(let entities): entities.contains(entity) || entities.contains(.runtime(entity.runtime))
        }
    }
}
