import JSON
import Model

extension Planning {
    /// What `import` names: addresses of objects that the files want, or of entities, for all of theirs. The state in which
    /// only these are wanted.
    package static func selection(
        _ texts: [String], of desired: RenderedState
    ) -> (desired: RenderedState, explicit: Set<ResourceAddress>, diagnostics: [Diagnostic]) {
        let sharing = Dictionary(
            desired.entities.flatMap { entity in entity.canaryOnly.map { ($0.address, entity.address.runtime) } }) { first, _ in first }
        let known = KnownObjects(desired.entities.flatMap(\.manifests).map(\.address) + sharing.keys)
        var objects: Set<ResourceAddress> = []
        var entities: Set<EntityAddress> = []
        var diagnostics: [Diagnostic] = []
        for text in texts {
            if let entity = EntityAddress(text) {
                if desired.entities.contains(where: { $0.address == entity }) {
                    entities.insert(entity)
                } else {
                    diagnostics.append(.notInFiles(entity, known: desired.entities.map(\.address)))
                }
                continue
            }
            switch known.find(text, in: "the files") {
            case .success(let address):
                if let runtime = sharing[address] { diagnostics.append(.sharesCalls(address, runtime)) } else { objects.insert(address) }
            case .failure(let diagnostic): diagnostics.append(diagnostic)
            }
        }
        let selected = desired.entities.compactMap { entity -> RenderedEntity? in
            let manifests = entities.contains(entity.address)
                ? entity.manifests : entity.manifests.filter { objects.contains($0.address) }
            guard !manifests.isEmpty else { return nil }
            return entity.with(manifests, upload: nil)
        }
        return (RenderedState(engine: desired.engine, entities: selected), objects, diagnostics)
    }

    /// The plan that takes over those objects of `desired` that are there and not ours, and touches nothing else. Objects in
    /// `explicit` are expected to be there.
    package static func adopt(
        desired: RenderedState, explicit: Set<ResourceAddress>, takingOver: Bool, state: State, live: LiveState,
        cluster: ClusterIdentity
    ) -> PlanResult {
        let adoption = Adoption(objects: Set(desired.entities.flatMap { $0.manifests.map(\.address) }), takesOver: takingOver)
        let comparison = ObjectComparison(
            engine: desired.engine, state: state, live: live, interrupted: [], desired: desired.entities, adoption: adoption)
        let frame = PlanFrame(mode: .adopt, engine: desired.engine, state: state, cluster: cluster)
        var steps: [DraftStep] = []
        var left: [LeftDrift] = []
        var diagnostics: [Diagnostic] = []
        for entity in desired.entities {
            var step = DraftStep(.adopt, entity.address)
            for manifest in entity.manifests {
                guard let verdict = comparison.adopted(manifest, of: entity.address) else {
                    if explicit.contains(manifest.address) {
                        diagnostics.append(.nothingToImport(manifest.address, isOurs: live.objects[manifest.address] != nil))
                    }
                    continue
                }
                diagnostics += verdict.diagnostics
                left += verdict.left
                if let draft = verdict.draft { step.changes.append(draft) }
            }
            guard !step.changes.isEmpty else { continue }
            step.reasons = [.adopt]
            steps.append(step)
        }
        return frame.result(steps, left, diagnostics)
    }

    /// The plan that lets go of entities and objects: they stay in the cluster, without our labels, and the state forgets
    /// them. `wanted` are the objects that the files ask for, when those could be read.
    package static func forget(
        _ texts: [String], state: State, live: LiveState, wanted: Set<ResourceAddress>, cluster: ClusterIdentity
    ) -> PlanResult {
        let engine = state.engine ?? ""
        let comparison = ObjectComparison(engine: engine, state: state, live: live, interrupted: [], desired: [])
        let frame = PlanFrame(mode: .forget, engine: engine, state: state, cluster: cluster)
        var diagnostics: [Diagnostic] = []
        var entities: Set<EntityAddress> = []
        var objects: Set<ResourceAddress> = []
        let known = KnownObjects(state.objects.keys)
        let all = Set(state.entities.keys).union(state.objects.values.lazy.map(\.entity))
        for text in texts {
            if let entity = EntityAddress(text) {
                if all.contains(entity) {
                    entities.formUnion(all.filter { isPart($0, of: entity, state) })
                } else {
                    diagnostics.append(.unknownTarget(entity, known: all.sorted()))
                }
                continue
            }
            switch known.find(text, in: "the state") {
            case .success(let address): objects.insert(address)
            case .failure(let diagnostic): diagnostics.append(diagnostic)
            }
        }
        let records = state.objects.values.filter { entities.contains($0.entity) || objects.contains($0.address) }
        let byEntity = Dictionary(grouping: records, by: \.entity)
        let steps = entities.union(byEntity.keys).sorted().map { entity -> DraftStep in
            var step = DraftStep(.forget, entity)
            step.changes = (byEntity[entity] ?? []).sorted { $0.address < $1.address }.map { comparison.forgetting($0) }
            if entities.contains(entity), state.entities[entity] != nil {
                step.records = [RecordChange(address: entity, record: nil)]
            }
            step.reasons = [.forget]
            return step
        }
        let still = records.map(\.address).filter(wanted.contains).sorted()
        if !still.isEmpty { diagnostics.append(.stillWanted(still)) }
        return frame.result(steps, [], diagnostics)
    }

    /// A runtime goes with all that is in it, a published version with its publication.
    private static func isPart(_ part: EntityAddress, of entity: EntityAddress, _ state: State) -> Bool {
        switch (entity, part) {
        case (.runtime(let name), _): part.runtime == name
        case (.version(_, let name), .publication):
            part.runtime == entity.runtime && state.entities[part]?.published == name
        default: part == entity
        }
    }
}

extension ObjectComparison {
    /// What takes the object over; nil when it is not there, or ours.
    fileprivate func adopted(_ manifest: Manifest, of entity: EntityAddress) -> Verdict? {
        guard let object = live.objects[manifest.address] else { return refusedUnseen(manifest) }
        let record = state.objects[manifest.address]
        return isOurs(object, record) ? nil : foreign(manifest, of: entity, record, object)
    }

    /// What the server says of an object that could not be read.
    private func refusedUnseen(_ manifest: Manifest) -> Verdict? {
        guard case .refused(let error) = live.predictions[manifest.address] else { return nil }
        return Verdict(diagnostics: [.refused(manifest.address, error)])
    }

    fileprivate func forgetting(_ record: ObjectRecord) -> DraftChange {
        var draft = DraftChange(.forget, record)
        draft.reasons = [.forget]
        if let object = live.objects[record.address], object.uid == record.uid {
            draft.prior = Change.Prior(uid: object.uid, fields: [:])
        }
        return draft
    }
}

/// What plans have in common that look at some objects only.
struct PlanFrame {
    let mode: Plan.Mode
    let engine: String
    let state: State
    let cluster: ClusterIdentity

    func result(_ steps: [DraftStep], _ left: [LeftDrift], _ diagnostics: [Diagnostic]) -> PlanResult {
        if let recorded = state.cluster, recorded.uid != cluster.uid {
            return PlanResult(plan: plan([], [], []), diagnostics: [.otherCluster(recorded, cluster)])
        }
        if let recorded = state.engine, recorded != engine {
            return PlanResult(plan: plan([], [], []), diagnostics: [.otherEngine(recorded, engine)])
        }
        let assembled = PlanAssembly(steps).assemble()
        return PlanResult(
            plan: plan(assembled.steps, assembled.changes, left.sorted { $0.address < $1.address }),
            diagnostics: (diagnostics + assembled.diagnostics).sorted())
    }

    private func plan(_ steps: [Step], _ changes: [Change], _ left: [LeftDrift]) -> Plan {
        Plan(
            mode: mode, engine: engine, cluster: cluster, lineage: state.lineage, serial: state.serial, steps: steps,
            changes: changes, left: left)
    }
}

extension Diagnostic {
    fileprivate static func notInFiles(_ entity: EntityAddress, known: [EntityAddress]) -> Diagnostic {
        let near = nearest(to: "\(entity)", among: known.map(\.description)).map { "Did you mean `\($0)`?" }
        return Diagnostic(
            code: "unknown-address", summary: "There is no \(entity) in the files",
            detail: near ?? (known.isEmpty
                ? "They list nothing." : "They have \(known.map(\.description).joined(separator: ", "))."),
            address: "\(entity)")
    }

    fileprivate static func sharesCalls(_ address: ResourceAddress, _ runtime: String) -> Diagnostic {
        Diagnostic(
            code: "shares-calls", summary: "\(address) cannot be imported: it gives a version a share of the calls",
            detail: """
                That is done when the version is ready, by the plan that publishes it. With `adopt: true` beside runtime \(runtime) in the \
                file that plan takes over the one that is there. Otherwise remove it.
                """,
            address: "\(address)")
    }

    fileprivate static func nothingToImport(_ address: ResourceAddress, isOurs: Bool) -> Diagnostic {
        Diagnostic(
            isOurs ? .warning : .error, code: "nothing-to-import",
            summary: isOurs ? "\(address) is ours already" : "\(address) is not in the cluster",
            detail: isOurs ? "" : "There is nothing to take over: `kreform apply` makes it.", address: "\(address)")
    }

    fileprivate static func stillWanted(_ objects: [ResourceAddress]) -> Diagnostic {
        Diagnostic(
            .warning, code: "still-wanted",
            summary: "The files still ask for \(objects.count == 1 ? "1 object" : "\(objects.count) objects") of these",
            detail: """
                Take what they belong to out of the files as well, or the next plan stops with `object-exists`: \
                \(KnownObjects.listed(objects)).
                """)
    }
}
