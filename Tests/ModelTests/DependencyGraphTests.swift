import Model
import Testing

@Suite struct DependencyGraphTests {
    @Test func orderPutsPredecessorsFirstAndSmallNodesEarly() throws {
        var graph = DependencyGraph(count: 5)
        graph.addPredecessors([3], to: 0)
        graph.addPredecessors([0, 4], to: 1)
        #expect(try graph.topologicalOrder() == [2, 3, 0, 4, 1])
    }

    @Test func cyclesAreNamedInTheirOrder() {
        var graph = DependencyGraph(count: 4)
        graph.addPredecessors([2], to: 1)
        graph.addPredecessors([3], to: 2)
        graph.addPredecessors([1], to: 3)
        let cycle = #expect(throws: DependencyGraph.Cycle.self) { try graph.topologicalOrder() }
        let nodes = cycle?.nodes ?? []
        #expect(nodes.sorted() == [1, 2, 3])
        for (node, next) in zip(nodes, nodes.dropFirst() + nodes.prefix(1)) {
            #expect(graph.predecessors[next].contains(node))
        }
    }

    @Test func randomGraphsAreOrdered() throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            let count = Int.random(in: 1...40, using: &generator)
            let labels = Array(0..<count).shuffled(using: &generator)
            var graph = DependencyGraph(count: count)
            for position in 1..<max(2, count) where position < count {
                let before = (0..<position).filter { _ in Int.random(in: 0..<4, using: &generator) == 0 }
                graph.addPredecessors(before.map { labels[$0] }, to: labels[position])
            }
            let order = try graph.topologicalOrder()
            #expect(order.sorted() == Array(0..<count))
            var done: Set<Int> = []
            for node in order {
                #expect(done.isSuperset(of: graph.predecessors[node]))
                done.insert(node)
            }
        }
    }
}
