import Model

/// Plans every runtime of an engine and puts the steps of all into one order.
struct EnginePlan {
    let mode: Plan.Mode
    let scope: DestroyScope
    let desired: [RenderedEntity]
    /// What the file protects, when the plan destroys.
    let protectedByFile: Set<EntityAddress>
    let leaving: [Leave]
    /// When the plan is made; nil when it is to take everything away.
    var now: Timestamp?
    let cluster: ClusterIdentity
    let comparison: ObjectComparison

    private var state: State { comparison.state }

    func result() -> PlanResult {
        if let recorded = state.cluster, recorded.uid != cluster.uid {
            return PlanResult(plan: plan(of: [], []), diagnostics: [.otherCluster(recorded, cluster)])
        }
        if let recorded = state.engine, recorded != comparison.engine {
            return PlanResult(plan: plan(of: [], []), diagnostics: [.otherEngine(recorded, comparison.engine)])
        }
        var steps: [DraftStep] = []
        var left: [LeftDrift] = []
        var diagnostics = unknownTargets() + objectsWantedTwice() + unknownObjects()
        let views = RuntimeView.all(desired: desired, state: state, wantedBy: comparison.wantedBy)
        for name in views.keys.sorted() {
            guard let view = views[name] else { continue }
            var planner = RuntimePlanner(
                view: view, comparison: comparison, destroying: mode == .destroy, scope: scope,
                protectedByFile: protectedByFile.contains(.runtime(name)), now: now, firstStep: steps.count)
            planner.plan()
            steps += planner.steps
            left += planner.left
            diagnostics += planner.diagnostics
        }
        let assembled = PlanAssembly(steps).assemble()
        diagnostics += nothingToLeave(left, steps)
        return PlanResult(
            plan: plan(of: assembled.steps, assembled.changes, left),
            diagnostics: (diagnostics + assembled.diagnostics).sorted().tellingRefusalsOnce)
    }

    private func plan(of steps: [Step], _ changes: [Change], _ left: [LeftDrift] = []) -> Plan {
        Plan(
            mode: mode, engine: comparison.engine, cluster: cluster, lineage: state.lineage, serial: state.serial,
            steps: steps, changes: changes,
            left: Self.once(left.sorted { ($0.address, $0.source.rawValue) < ($1.address, $1.source.rawValue) }))
    }

    /// What is left of an object that the plan looks at more than once is told once.
    private static func once(_ left: [LeftDrift]) -> [LeftDrift] {
        left.reduce(into: []) { told, next in
            if let last = told.last, last.address == next.address, last.source == next.source { return }
            told.append(next)
        }
    }

    /// What was to be left and has not drifted.
    private func nothingToLeave(_ left: [LeftDrift], _ steps: [DraftStep]) -> [Diagnostic] {
        guard !leaving.isEmpty else { return [] }
        let flagged = left.filter { $0.source == .flag }
        return leaving.compactMap { leave in
            let here = flagged.first { $0.address == leave.address }
            if let here, here.differences.contains(where: { leave.matches($0.path) }) { return nil }
            let changes = steps.flatMap(\.changes)
            let drift = changes.first { $0.address == leave.address }.map { change in
                LeftDrift(
                    address: change.address, entity: change.entity, source: .flag,
                    differences: change.differences.filter(\.isDrift))
            }
            let drifted = changes.filter { $0.differences.contains(where: \.isDrift) }.map(\.address)
            return .nothingToLeave(
                leave, drift.flatMap { $0.differences.isEmpty ? nil : $0 }, drifted: (drifted + flagged.map(\.address)).sorted())
        }
    }

    private func unknownTargets() -> [Diagnostic] {
        guard case .only(let targets) = scope else { return [] }
        let recorded = Set(state.entities.keys).union(state.objects.values.lazy.map(\.entity))
        let known = recorded.filter { if case .publication = $0 { false } else { true } }.sorted()
        return targets.subtracting(recorded).sorted().map { .unknownTarget($0, known: known) }
    }

    /// With an empty state, objects that bear our labels and that nobody wants: they are not ours to delete, but worth a word.
    private func unknownObjects() -> [Diagnostic] {
        guard state.objects.isEmpty, state.entities.isEmpty else { return [] }
        let left = comparison.live.objects.values.filter { object in
            object.label(ObjectLabels.managedBy) == FieldManager.kreform
                && object.label(ObjectLabels.engine) == comparison.engine && comparison.wantedBy[object.address] == nil
        }
        return left.isEmpty ? [] : [.stateLost(left.count, engine: comparison.engine, isDestruction: mode == .destroy)]
    }

    private func objectsWantedTwice() -> [Diagnostic] {
        comparison.contested.compactMap { address, entity in
            comparison.wantedBy[address].map { .objectTwice(address, $0, entity) }
        }
    }
}

/// All that is wanted and known of one runtime.
struct RuntimeView {
    let name: String
    var wantedRuntime: RenderedEntity?
    var wantedVersions: [String: RenderedEntity] = [:]
    var wantedPublication: RenderedEntity?
    var runtime: EntityRecord?
    var versions: [String: EntityRecord] = [:]
    var publication: EntityRecord?
    /// Entities that have recorded objects.
    var withObjects: Set<EntityAddress> = []
    /// By entity, the recorded objects that nobody wants, sorted by address.
    var unwanted: [EntityAddress: [ObjectRecord]] = [:]

    init(name: String) { self.name = name }

    /// Every runtime that is wanted or known, in one pass over the desired state and one over the state.
    static func all(
        desired: [RenderedEntity], state: State, wantedBy: [ResourceAddress: EntityAddress]
    ) -> [String: RuntimeView] {
        var views: [String: RuntimeView] = [:]
        for entity in desired {
            let runtime = entity.address.runtime
            switch entity.address {
            case .runtime: views[runtime, default: RuntimeView(name: runtime)].wantedRuntime = entity
            case .version(_, let name):
                views[runtime, default: RuntimeView(name: runtime)].wantedVersions[name] = entity
            case .publication: views[runtime, default: RuntimeView(name: runtime)].wantedPublication = entity
            }
        }
        for (address, record) in state.entities {
            let runtime = address.runtime
            switch address {
            case .runtime: views[runtime, default: RuntimeView(name: runtime)].runtime = record
            case .version(_, let name): views[runtime, default: RuntimeView(name: runtime)].versions[name] = record
            case .publication: views[runtime, default: RuntimeView(name: runtime)].publication = record
            }
        }
        var withObjects: Set<EntityAddress> = []
        var unwanted: [EntityAddress: [ObjectRecord]] = [:]
        for (address, record) in state.objects {
            withObjects.insert(record.entity)
            if wantedBy[address] == nil { unwanted[record.entity, default: []].append(record) }
        }
        for entity in withObjects {
            views[entity.runtime, default: RuntimeView(name: entity.runtime)].withObjects.insert(entity)
        }
        for (entity, records) in unwanted {
            views[entity.runtime]?.unwanted[entity] = records.sorted { $0.address < $1.address }
        }
        return views
    }

    /// The version that is to be published.
    var wantedPublished: String? {
        wantedPublication?.record.published
            ?? wantedVersions.values.first { $0.record.status == .published }.flatMap(\.versionName)
    }

    /// Every version that is wanted, known, or has objects.
    var versionNames: [String] {
        let withObjects = withObjects.compactMap { if case .version(_, let name) = $0 { name } else { nil } }
        return Set(wantedVersions.keys).union(versions.keys).union(withObjects).sorted()
    }

    func hasObjects(_ entity: EntityAddress) -> Bool { withObjects.contains(entity) }
}

extension Difference {
    fileprivate var isDrift: Bool { if case .drift = cause { true } else { false } }
}

extension RenderedEntity {
    var versionName: String? {
        if case .version(_, let name) = address { name } else { nil }
    }
}
