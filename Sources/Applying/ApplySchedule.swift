import Model

/// Which nodes of a plan's graph may run, and what a failure holds up. A pure value: it knows nothing of time, network or disk.
/// A node may run as soon as its own predecessors are done, never later and never in layers.
package struct ApplySchedule: Sendable {
    package enum Outcome: Sendable, Hashable { case done, failed }

    private let successors: [[Int]]
    private var waiting: [Int]
    /// Rising, so that the plan's order decides among those that may run.
    private var ready: [Int]
    private var skippedBecause: [Int: Int] = [:]
    private var running: Set<Int> = []

    package init(_ graph: DependencyGraph) {
        successors = graph.successors
        waiting = graph.predecessors.map(\.count)
        ready = (0..<graph.count).filter { graph.predecessors[$0].isEmpty }
    }

    /// At most `limit` nodes that may run now, the plan's first first; they count as running from here on.
    package mutating func takeReady(_ limit: Int) -> [Int] {
        let taken = Array(ready.prefix(max(0, limit)))
        ready.removeFirst(taken.count)
        running.formUnion(taken)
        return taken
    }

    /// The plan's first node that may run now and that `isWanted`; it counts as running from here on.
    package mutating func takeReady(where isWanted: (Int) -> Bool) -> Int? {
        guard let index = ready.firstIndex(where: isWanted) else { return nil }
        let node = ready.remove(at: index)
        running.insert(node)
        return node
    }

    /// Ends a running node. Returns the nodes that a failure holds up and that no earlier failure did, rising.
    package mutating func settle(_ node: Int, _ outcome: Outcome) -> [Int] {
        guard running.remove(node) != nil else { return [] }
        guard outcome == .done else { return skip(after: node) }
        for successor in successors[node] {
            waiting[successor] -= 1
            if waiting[successor] == 0, skippedBecause[successor] == nil { insert(successor) }
        }
        return []
    }

    /// Nothing runs and nothing may run.
    package var isFinished: Bool { running.isEmpty && ready.isEmpty }

    /// The failed node that keeps `node` from running.
    package func cause(of node: Int) -> Int? { skippedBecause[node] }

    /// Whether all that waits for `node` is kept from running by failures.
    package func isInVain(_ node: Int) -> Bool {
        !successors[node].isEmpty && successors[node].allSatisfy { skippedBecause[$0] != nil }
    }

    private mutating func skip(after node: Int) -> [Int] {
        var found: [Int] = []
        var pending = successors[node]
        while let next = pending.popLast() {
            guard skippedBecause[next] == nil else { continue }
            skippedBecause[next] = node
            found.append(next)
            pending += successors[next]
        }
        return found.sorted()
    }

    private mutating func insert(_ node: Int) {
        var low = 0, high = ready.count
        while low < high {
            let middle = (low + high) / 2
            if ready[middle] < node { low = middle + 1 } else { high = middle }
        }
        ready.insert(node, at: low)
    }
}
