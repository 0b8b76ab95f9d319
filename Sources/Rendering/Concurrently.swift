import Dispatch

/// What `transform` makes of each item, in the items' order, on as many cores as there are.
func concurrently<Item: Sendable, Result>(_ items: [Item], _ transform: @Sendable (Item) -> Result) -> [Result] {
    guard items.count > 1 else { return items.map(transform) }
    return Array(unsafeUninitializedCapacity: items.count) { buffer, count in
        // Each writes to a place of its own.
        nonisolated(unsafe) let places = buffer
        DispatchQueue.concurrentPerform(iterations: items.count) { index in
            places.initializeElement(at: index, to: transform(items[index]))
        }
        count = items.count
    }
}
