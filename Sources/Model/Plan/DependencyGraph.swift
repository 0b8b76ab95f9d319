/// A directed graph over `0..<count` in which an edge means "must have settled before".
package struct DependencyGraph: Sendable, Hashable {
    package let count: Int
    /// By node, sorted, without repetition.
    package private(set) var predecessors: [[Int]]

    package init(count: Int) {
        self.count = count
        predecessors = Array(repeating: [], count: count)
    }

    /// `nodes` must be in `0..<count`.
    package mutating func addPredecessors(_ nodes: some Sequence<Int>, to node: Int) {
        predecessors[node] = Array(Set(predecessors[node]).union(nodes)).sorted()
    }

    /// The edges the other way, sorted.
    package var successors: [[Int]] {
        var successors: [[Int]] = Array(repeating: [], count: count)
        for node in 0..<count {
            for predecessor in predecessors[node] { successors[predecessor].append(node) }
        }
        return successors
    }

    /// All nodes, each after its predecessors; among those that may come next, the smallest first. Throws the nodes of a
    /// cycle, in its order, when there is one.
    package func topologicalOrder() throws(Cycle) -> [Int] {
        var waiting = predecessors.map(\.count)
        let successors = successors
        var ready = Heap((0..<count).filter { waiting[$0] == 0 })
        var order: [Int] = []
        order.reserveCapacity(count)
        while let node = ready.popSmallest() {
            order.append(node)
            for successor in successors[node] {
                waiting[successor] -= 1
                if waiting[successor] == 0 { ready.insert(successor) }
            }
        }
        guard order.count == count else { throw cycle(among: waiting) }
        return order
    }

    package struct Cycle: Error, Sendable, Hashable {
        package let nodes: [Int]
    }

    private func cycle(among waiting: [Int]) -> Cycle {
        // Every node left has a predecessor that is left: walking backwards must meet a node twice.
        guard var node = waiting.firstIndex(where: { $0 > 0 }) else { return Cycle(nodes: []) }
        var path: [Int] = []
        while !path.contains(node) {
            path.append(node)
            guard let next = predecessors[node].first(where: { waiting[$0] > 0 }) else { break }
            node = next
        }
        let start = path.firstIndex(of: node) ?? 0
        return Cycle(nodes: Array(path[start...].reversed()))
    }
}

/// A binary heap of integers, smallest first.
private struct Heap {
    private var items: [Int]

    /// `sorted` in rising order, which is a heap already.
    init(_ sorted: [Int]) { items = sorted }

    mutating func insert(_ item: Int) {
        items.append(item)
        var child = items.count - 1
        while child > 0, items[child] < items[(child - 1) / 2] {
            items.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func popSmallest() -> Int? {
        guard let smallest = items.first, let last = items.popLast() else { return nil }
        guard !items.isEmpty else { return smallest }
        items[0] = last
        var parent = 0
        while true {
            let left = 2 * parent + 1
            guard left < items.count else { break }
            let right = left + 1
            let child = right < items.count && items[right] < items[left] ? right : left
            guard items[child] < items[parent] else { break }
            items.swapAt(child, parent)
            parent = child
        }
        return smallest
    }
}
