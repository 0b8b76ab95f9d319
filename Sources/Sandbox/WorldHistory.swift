import Model

/// The latest changes, for watches; older ones are forgotten, as an API server forgets them.
struct WorldHistory: Sendable {
    /// How many changes are remembered at least.
    let limit: Int
    private var events: [WorldEvent] = []
    /// Changes up to this resourceVersion are not here; the file may have them.
    private(set) var forgotten: Int

    /// Begins after a resourceVersion.
    init(after version: Int, limit: Int) {
        self.limit = limit
        forgotten = version
    }

    mutating func add(_ new: [WorldEvent]) {
        events += new
        guard events.count > limit * 2 else { return }
        events.removeFirst(events.count - limit)
        forgotten = (events.first?.version ?? 1) - 1
    }

    /// The changes after a resourceVersion; nil when some of them are forgotten.
    func events(after version: Int) -> ArraySlice<WorldEvent>? {
        guard version >= forgotten else { return nil }
        var (low, high) = (0, events.count)
        while low < high {
            let middle = (low + high) / 2
            if events[middle].version <= version { low = middle + 1 } else { high = middle }
        }
        return events[low...]
    }
}
