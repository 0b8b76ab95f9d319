import Model

/// Puts drafts of steps and changes into the order in which they can run, numbers them, and ties the knots between
/// objects: what an object needs comes before it, what nobody wants goes after everything that needed it.
struct PlanAssembly {
    private var drafts: [DraftStep]
    /// By step and change: the changes of the same step that come first.
    private var local: [[Set<Int>]]
    private var diagnostics: [Diagnostic] = []
    private var wanted: [ResourceAddress: Place] = [:]
    private var removed: [ResourceAddress: Place] = [:]
    /// By object, the change that was numbered last.
    private var latest: [ResourceAddress: Change.ID] = [:]

    private struct Place: Equatable {
        let step: Int
        let change: Int
    }

    /// Beyond so many pairs within one step, removals wait for the rest of it through the first of them.
    private static let pairLimit = 4096

    init(_ drafts: [DraftStep]) {
        // Positions in `after` follow the sorting.
        let places = drafts.map(\.place)
        let order = drafts.indices.sorted { places[$0] == places[$1] ? $0 < $1 : places[$0] < places[$1] }
        var position = Array(repeating: 0, count: drafts.count)
        for (new, old) in order.enumerated() { position[old] = new }
        self.drafts = order.map { old in
            var draft = drafts[old]
            draft.after = Set(draft.after.map { position[$0] })
            return draft
        }
        local = self.drafts.map { Array(repeating: [], count: $0.changes.count) }
    }

    func assemble() -> (steps: [Step], changes: [Change], diagnostics: [Diagnostic]) {
        var assembly = self
        assembly.findPlaces()
        for step in assembly.drafts.indices {
            for (index, change) in assembly.drafts[step].changes.enumerated() {
                assembly.tie(change, at: Place(step: step, change: index))
            }
            assembly.putRemovalsLast(in: step)
        }
        return assembly.numbered()
    }

    private mutating func findPlaces() {
        for (step, draft) in drafts.enumerated() {
            for (index, change) in draft.changes.enumerated() where !change.isRepeated {
                let place = Place(step: step, change: index)
                if change.isRemoval { removed[change.address] = place } else { wanted[change.address] = place }
            }
        }
    }

    // MARK: Edges

    private mutating func tie(_ change: DraftChange, at place: Place) {
        let namespace = change.address.namespace.map {
            ResourceAddress(group: "", kind: "Namespace", namespace: nil, name: $0)
        }
        if change.isRemoval {
            for needed in change.dependsOn { put(place, before: removed[needed]) }
            if let namespace { put(place, before: removed[namespace]) }
        } else {
            for needed in change.dependsOn { put(wanted[needed], before: place) }
            if let namespace { put(wanted[namespace], before: place) }
            for needed in change.neededBefore { put(place, before: removed[needed]) }
            for rival in change.rivals {
                put(removed[rival], before: place)
                // It stays until all is there that this change needs: what it serves is cut off for the change alone.
                for needed in change.dependsOn { put(wanted[needed], before: removed[rival]) }
            }
        }
    }

    private mutating func put(_ first: Place?, before second: Place?) {
        guard let first, let second, first != second else { return }
        if first.step == second.step {
            local[first.step][second.change].insert(first.change)
        } else if !drafts[first.step].changes[first.change].isIdle {
            // What is only looked at is there already.
            drafts[second.step].after.insert(first.step)
        }
    }

    private mutating func putRemovalsLast(in step: Int) {
        let changes = drafts[step].changes
        let others = changes.indices.filter { !changes[$0].isRemoval }
        let early = others.reduce(into: Set<Int>()) { $0.formUnion(local[step][$1]) }
        let removals = changes.indices.filter { changes[$0].isRemoval && !early.contains($0) }
        guard let first = removals.first, !others.isEmpty else { return }
        if removals.count * others.count <= Self.pairLimit {
            for removal in removals { local[step][removal].formUnion(others) }
        } else {
            let gate = removals.first { local[step][$0].isEmpty } ?? first
            local[step][gate].formUnion(others)
            for removal in removals where removal != gate { local[step][removal].insert(gate) }
        }
    }

    // MARK: Numbers

    private mutating func numbered() -> (steps: [Step], changes: [Change], diagnostics: [Diagnostic]) {
        let (order, cycle) = Self.order(of: drafts.map(\.after))
        if !cycle.isEmpty { diagnostics.append(.dependencyCycle(cycle.map { drafts[$0].entity.description })) }
        var number = Array(repeating: 0, count: drafts.count)
        for (id, draft) in order.enumerated() { number[draft] = id }
        var steps: [Step] = []
        var changes: [Change] = []
        latest = [:]
        for (id, draft) in order.enumerated() {
            let first = changes.count
            append(draft, to: &changes)
            let after = drafts[draft].after.map { number[$0] }
            steps.append(Self.step(drafts[draft], id: id, changes: Array(first..<changes.count), after: after))
        }
        return (steps, changes, diagnostics)
    }

    private mutating func append(_ draft: Int, to changes: inout [Change]) {
        let drafted = drafts[draft].changes
        let (order, cycle) = Self.order(of: local[draft])
        if !cycle.isEmpty { diagnostics.append(.dependencyCycle(cycle.map { drafted[$0].address.description })) }
        let first = changes.count
        var number = Array(repeating: 0, count: drafted.count)
        for (id, index) in order.enumerated() { number[index] = first + id }
        for index in order {
            let change = drafted[index]
            let before = local[draft][index].map { number[$0] }.filter { $0 < number[index] }.sorted()
            changes.append(
                Change(
                    id: number[index], action: change.action, address: change.address, apiVersion: change.apiVersion,
                    entity: change.entity, manifest: change.manifest, prior: change.prior,
                    left: change.left, differences: change.differences, reasons: change.reasons.sorted(), predecessors: before,
                    unchecked: change.unchecked, deletion: change.deletion, inPlaceOf: change.inPlaceOf,
                    follows: change.isFollowing ? latest[change.address] : nil))
            latest[change.address] = number[index]
        }
    }

    private static func step(_ draft: DraftStep, id: Int, changes: [Change.ID], after: [Int]) -> Step {
        Step(
            id: id, action: draft.action, entity: draft.entity, records: draft.records, reasons: draft.reasons.sorted(),
            from: draft.from, to: draft.to, replaces: draft.replaces, upload: draft.upload, drain: draft.drain, canary: draft.canary,
            component: draft.component, changes: changes, predecessors: after.filter { $0 < id }.sorted())
    }

    /// Each after those it waits for, else as they stand. When some wait for each other, they are named and all stay as
    /// they stand: the plan is not to be carried out then.
    private static func order(of waiting: [Set<Int>]) -> (order: [Int], cycle: [Int]) {
        var graph = DependencyGraph(count: waiting.count)
        for (node, before) in waiting.enumerated() where !before.isEmpty { graph.addPredecessors(before, to: node) }
        do {
            return (try graph.topologicalOrder(), [])
        } catch {
            return (Array(waiting.indices), error.nodes)
        }
    }
}
