import Digest
import Fields
import JSON
import Model
import Planning
import TestSupport
import Testing

/// Random files, runs that stop anywhere, and people who edit and delete in the cluster meanwhile.
@Suite struct PropertyTests {
    @Test(arguments: 1...60)
    func everyPlanIsSoundAndLeadsToAWorldThatNeedsNone(_ seed: Int) throws {
        var story = Story(seed: UInt64(seed))
        for _ in 0..<6 { try story.round() }
        try story.end()
    }
}

private struct Story {
    var random: SeededGenerator
    var world = World()
    let name: String

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        name = "seed \(seed)"
    }

    private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

    // MARK: Files

    private mutating func files() -> [R] {
        ["a", "b", "c"].filter { _ in chance(65) }.map { name in
            var versions: [V] = []
            var isPublished = false
            for version in ["v1", "v2", "v3"] where chance(60) {
                var status = VersionStatus.allCases.randomElement(using: &random) ?? .stopped
                if status == .published, isPublished { status = .started }
                isPublished = isPublished || status == .published
                versions.append(
                    V(
                        version, status, image: "etl:\(Int.random(in: 1...2, using: &random))",
                        secret: "canary-\(Int.random(in: 1...2, using: &random))",
                        description: chance(20) ? "described" : ""))
            }
            return R(
                name, versions, protected: chance(10), replicas: Int.random(in: 1...2, using: &random),
                extras: ["x", "y"].filter { _ in chance(40) })
        }
    }

    // MARK: Rounds

    mutating func round() throws {
        let files = desired(files())
        world.isAsked = chance(80)
        let result = world.plan(files)
        try check(result, files)
        // Only protection can stand in the way here.
        let errors = result.diagnostics.filter { $0.severity == .error && $0.code != "runtime-protected" }
        #expect(errors == [], "\(name)")
        world.interrupted = []
        if !result.diagnostics.hasErrors { try run(result.plan, stopping: chance(60)) }
        if chance(50) { disturb() }
        if chance(10) { try loseState(files) }
    }

    /// Everything in the cluster is of these files: the state can be made again from them.
    private mutating func loseState(_ files: RenderedState) throws {
        let wanted = Set(files.entities.flatMap(\.manifests).map(\.address))
        guard world.live.keys.allSatisfy(wanted.contains) else { return }
        world.state = State()
        try run(world.plan(files).plan, stopping: false)
    }

    mutating func end() throws {
        var files = files()
        // What is protected must stay, unprotected.
        for (address, record) in world.state.entities
        where record.protected && !files.contains(where: { $0.name == address.runtime }) {
            files.append(R(address.runtime))
        }
        for index in files.indices { files[index].protected = false }
        files.sort { $0.name < $1.name }
        world.isAsked = true
        let last = desired(files)
        try run(world.plan(last).plan, stopping: false)
        #expect(lines(world.plan(last)) == "", "\(name)")

        let destruction = world.destroy()
        try check(destruction, RenderedState(engine: "e", entities: []))
        try run(destruction.plan, stopping: false)
        #expect(world.state.objects.isEmpty && world.state.entities.isEmpty && world.live.isEmpty, "\(name)")
        #expect(lines(world.destroy()) == "", "\(name)")
    }

    /// Carries the plan out in a random order that its edges allow, all of it or until somewhere.
    private mutating func run(_ plan: Plan, stopping: Bool) throws {
        let graph = plan.graph
        let successors = graph.successors
        var waiting = graph.predecessors.map(\.count)
        var ready = waiting.indices.filter { waiting[$0] == 0 }
        var budget = stopping ? Int.random(in: 0...graph.count, using: &random) : graph.count
        let unready = unreadyPublications()
        world.begin()
        while budget > 0, !ready.isEmpty {
            budget -= 1
            let node = ready.remove(at: Int.random(in: ready.indices, using: &random))
            if node < plan.changes.count {
                try checkBefore(plan.changes[node])
                world.carryOut(plan.changes[node])
            } else {
                world.finish(plan.steps[node - plan.changes.count])
            }
            let lost = unreadyPublications().subtracting(unready)
            if !lost.isEmpty {
                let text = lines(PlanResult(plan: plan, diagnostics: []))
                Issue.record("\(name): \(lost) lost its endpoints at node \(node)\n\(text)")
                return
            }
            for successor in successors[node] {
                waiting[successor] -= 1
                if waiting[successor] == 0 { ready.append(successor) }
            }
        }
    }

    /// Runtimes whose active Service leads to a version without pods.
    private func unreadyPublications() -> Set<String> {
        Set(
            world.live.values.compactMap { object in
                guard object.address.name == "active-entrypoint", let namespace = object.address.namespace else {
                    return nil
                }
                let version = object.content["spec"]?["selector"]?["version-name"]?.string ?? ""
                let pods = ResourceAddress(
                    group: "apps", kind: "Deployment", namespace: namespace, name: "\(version)-etl")
                return world.live[pods] == nil ? namespace : nil
            })
    }

    /// The cluster and the plan agree on what is there, and what the object needs is.
    private func checkBefore(_ change: Change) throws {
        let live = world.live[change.address]
        #expect(change.prior?.uid == live?.uid, "\(name): \(change.address)")
        switch change.action {
        case .create, .update, .replace, .noOp:
            if let namespace = change.address.namespace {
                #expect(
                    world.live[ResourceAddress(group: "", kind: "Namespace", namespace: nil, name: namespace)] != nil)
            }
            for needed in change.manifest?.dependsOn ?? [] {
                #expect(world.live[needed] != nil, "\(name): \(change.address) needs \(needed)")
            }
        case .delete:
            for (address, record) in world.state.objects where record.dependsOn.contains(change.address) {
                #expect(world.live[address] == nil, "\(name): \(address) still needs \(change.address)")
            }
        case .forget:
            #expect(live == nil)
        }
    }

    private mutating func disturb() {
        for address in world.live.keys.sorted() {
            guard !chance(85) else { continue }
            switch (address.kind, Int.random(in: 0..<3, using: &random)) {
            case ("Namespace", 0):
                world.live = world.live.filter { $0.key.namespace != address.name && $0.key != address }
            case ("Deployment", 0), ("StatefulSet", 0):
                world.edit(address, FieldPath("spec", "replicas"), "/spec/replicas", 9)
            case ("ConfigMap", 0):
                world.edit(address, FieldPath("data", "a"), "/data/a", nil)
            case (let kind, 1) where kind != "Namespace":
                world.lose(address)
            default:
                world.edit(address, FieldPath("metadata", "annotations", "n"), "/metadata/annotations", ["n": "1"])
            }
        }
    }

    // MARK: Plans

    private func check(_ result: PlanResult, _ files: RenderedState) throws {
        let plan = result.plan
        try checkOrder(plan)
        checkSteps(plan)
        checkLife(plan)

        let document = PlanDocument.value(of: plan)
        #expect(!document.encoded().contains("canary"), "\(name)")
        let read = try PlanDocument.read(document.encodedBytes(), file: "plan")
        #expect(read.fillingSecrets(from: files, key: key) == PlanResult(plan: plan, diagnostics: []), "\(name)")
        #expect(Staleness.check(plan, state: world.state, live: LiveState(objects: world.live)) == [], "\(name)")

        guard plan.mode == .apply else { return }
        var shuffled = world
        shuffled.state.objects = reordered(world.state.objects)
        shuffled.state.entities = reordered(world.state.entities)
        shuffled.live = reordered(world.live)
        #expect(PlanDocument.value(of: shuffled.plan(files).plan).encoded() == document.encoded(), "\(name)")
    }

    private func reordered<Key: Comparable & Hashable, Value>(_ values: [Key: Value]) -> [Key: Value] {
        var result: [Key: Value] = Dictionary(minimumCapacity: values.count * 5 + 3)
        for (key, value) in values.sorted(by: { $0.key > $1.key }) { result[key] = value }
        return result
    }

    private func checkOrder(_ plan: Plan) throws {
        let graph = plan.graph
        _ = try graph.topologicalOrder()
        for (index, step) in plan.steps.enumerated() {
            #expect(step.id == index && step.predecessors.allSatisfy { $0 < index }, "\(name)")
        }
        for (index, change) in plan.changes.enumerated() {
            #expect(change.id == index && change.predecessors.allSatisfy { $0 < index }, "\(name)")
        }
        #expect(plan.steps.flatMap(\.changes) == Array(plan.changes.indices), "\(name)")
    }

    /// No two steps say the same, and no object is changed twice.
    private func checkSteps(_ plan: Plan) {
        let moves = plan.steps.map { "\($0.action) \($0.entity) \($0.records.isEmpty)" }
        #expect(Set(moves).count == moves.count, "\(name): \(moves)")
        let touched = plan.changes.filter { $0.action != .noOp }.map(\.address)
        #expect(Set(touched).count == touched.count, "\(name)")
        #expect(plan.steps.allSatisfy { !$0.reasons.isEmpty }, "\(name)")
        for step in plan.steps where step.action == .deleteRuntime {
            #expect(world.state.entities[step.entity]?.protected != true, "\(name)")
        }
    }

    /// Versions move one legal move at a time, and are published running and unpublished replaced.
    private func checkLife(_ plan: Plan) {
        var status = world.state.entities.compactMapValues(\.status)
        for step in plan.steps {
            switch step.action {
            case .start, .publish, .unpublish, .stop, .deleteVersion:
                if let before = status[step.entity] { #expect(step.from == before, "\(name): \(step.entity)") }
            default: break
            }
            if step.action == .publish, let old = step.replaces {
                let loser = EntityAddress.version(runtime: step.entity.runtime, name: old)
                let unpublish = plan.steps.first { $0.action == .unpublish && $0.entity == loser }
                #expect(unpublish.map { $0.predecessors.contains(step.id) } ?? true, "\(name)")
                #expect(
                    plan.steps.allSatisfy { $0.action != .stop || $0.entity != loser || $0.id > step.id }, "\(name)")
            }
            for record in step.records {
                if case .version = record.address { status[record.address] = record.record?.status }
            }
        }
        let published = status.filter { $0.value == .published }.map(\.key.runtime)
        #expect(Set(published).count == published.count, "\(name)")
    }
}
