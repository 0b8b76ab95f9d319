import Applying
import Model
import Testing

@Suite struct ApplyScheduleTests {
    @Test func nodesStartAsSoonAsTheirOwnPredecessorsAreDone() {
        var graph = DependencyGraph(count: 4)
        graph.addPredecessors([0], to: 2)
        graph.addPredecessors([1], to: 3)
        var schedule = ApplySchedule(graph)
        #expect(schedule.takeReady(10) == [0, 1])
        #expect(schedule.settle(1, .done) == [])
        #expect(schedule.takeReady(10) == [3])  // although 0 still runs
        #expect(!schedule.isFinished)
    }

    @Test func theLimitHoldsAndThePlansOrderDecides() {
        var schedule = ApplySchedule(DependencyGraph(count: 3))
        #expect(schedule.takeReady(2) == [0, 1])
        #expect(schedule.takeReady(0) == [])
        #expect(schedule.takeReady(2) == [2])
    }

    @Test func aFailureSkipsItsDependantsOnceAndNamesTheCause() {
        var graph = DependencyGraph(count: 5)
        graph.addPredecessors([0], to: 2)
        graph.addPredecessors([1, 2], to: 3)
        var schedule = ApplySchedule(graph)
        #expect(schedule.takeReady(9) == [0, 1, 4])
        #expect(schedule.settle(0, .failed) == [2, 3])
        #expect(schedule.settle(1, .failed) == [])
        #expect(schedule.cause(of: 3) == 0)
        #expect(schedule.settle(4, .done) == [] && schedule.isFinished)
    }

    /// On random graphs with random failures: exactly the nodes without a failed ancestor run, each after its predecessors.
    @Test func randomRunsCarryOutAllThatNoFailureHoldsUp() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<300 {
            let count = Int.random(in: 1...30, using: &generator)
            var graph = DependencyGraph(count: count)
            for node in 0..<count {
                graph.addPredecessors((0..<node).filter { _ in Int.random(in: 0..<6, using: &generator) == 0 }, to: node)
            }
            let failing = Set((0..<count).filter { _ in Int.random(in: 0..<8, using: &generator) == 0 })
            var blocked: Set<Int> = []
            for node in 0..<count where graph.predecessors[node].contains(where: { failing.contains($0) || blocked.contains($0) }) {
                blocked.insert(node)
            }
            var schedule = ApplySchedule(graph)
            var running: [Int] = [], done: Set<Int> = [], ran: Set<Int> = [], skipped: [Int] = []
            while true {
                for node in schedule.takeReady(3 - running.count) {
                    #expect(done.isSuperset(of: graph.predecessors[node]))
                    running.append(node)
                    ran.insert(node)
                }
                guard !running.isEmpty else { break }
                let node = running.remove(at: Int.random(in: 0..<running.count, using: &generator))
                if !failing.contains(node) { done.insert(node) }
                skipped += schedule.settle(node, failing.contains(node) ? .failed : .done)
            }
            #expect(schedule.isFinished)
            #expect(ran == Set(0..<count).subtracting(blocked))
            #expect(skipped.sorted() == blocked.sorted())
        }
    }
}
