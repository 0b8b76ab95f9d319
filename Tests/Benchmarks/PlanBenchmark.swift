import Digest
import JSON
import Model
import Planning

/// Plans 1,000, 10,000 and 100,000 objects in memory.
enum PlanBenchmark {
    enum Case: String, CaseIterable {
        /// Nothing differs. Resource versions moved, as they do whenever a status is written.
        case unchanged
        /// Nothing differs, but every generation moved: all fields of all objects are compared.
        case compared
        /// Nothing exists.
        case new
        /// Every workload and every configuration differs, in several fields each.
        case changed
    }

    static let all = Case.allCases.flatMap { kind in
        [1_000, 10_000, 100_000].map { count in
            Benchmark(
                family: "plan-\(kind)", name: "plan-\(kind)-\(count / 1000)k", prepare: { _ in },
                measure: { _ in try measure(kind, objects: count) })
        }
    }

    private static func measure(_ kind: Case, objects: Int) throws -> Measurement {
        let applied = SampleState(.first).rendered(objects: objects)
        let world = kind == .new ? SampleWorld() : SampleWorld(applied, generationsMoved: kind == .compared)
        let desired = kind == .changed ? SampleState(.second).rendered(objects: objects) : applied
        let count = desired.entities.reduce(0) { $0 + $1.manifests.count }
        let floor = floor(desired, world.live)
        let before = Memory.now()
        var best: (wall: Double, cpu: Double)?
        for _ in 0..<runs {
            let watch = Stopwatch()
            let result = Planning.apply(
                desired: desired, state: world.state, live: world.live, now: .now, cluster: SampleWorld.cluster)
            let time = (watch.wall, watch.cpu)
            try check(result, kind, objects: count)
            if best.map({ time.1 < $0.cpu }) ?? true { best = time }
        }
        // Letting go of the inputs is not part of planning.
        return withExtendedLifetime((desired, world)) {
            Measurement(
                work: "\(count.grouped) objects", count: count, wall: best?.wall ?? 0, cpu: best?.cpu ?? 0,
                peak: Memory.peak(), before: before, floor: floor, floorWork: "to hash and compare their JSON")
        }
    }

    /// The quickest counts: planning is the same each time, what disturbs it is not.
    private static let runs = 3

    private static func check(_ result: PlanResult, _ kind: Case, objects: Int) throws {
        let changes = result.plan.changes.count
        let isRight =
            switch kind {
            case .unchanged, .compared: changes == 0
            case .new: changes == objects
            case .changed: changes > objects / 2
            }
        guard isRight, result.diagnostics.allSatisfy({ $0.severity != .error }) else {
            throw Failure("planned wrongly: \(changes) changes of \(objects), \(result.diagnostics.prefix(3))")
        }
    }

    /// CPU time to hash the JSON of all objects, wanted and live, and to compare each byte once. Making the JSON is not
    /// counted.
    private static func floor(_ desired: RenderedState, _ live: LiveState) -> Double {
        var total = 0.0
        for entity in desired.entities {
            let contents = entity.manifests.map(\.content)
                + entity.manifests.compactMap { live.objects[$0.address]?.content }
            let texts = contents.map { $0.encodedBytes() }
            let copies = texts.map { $0.map { $0 } }
            let watch = Stopwatch()
            for (text, copy) in zip(texts, copies) {
                var digest = RunningDigest()
                digest.update(text)
                _ = digest.finish()
                precondition(text == copy)
            }
            total += watch.cpu
        }
        return total
    }
}
