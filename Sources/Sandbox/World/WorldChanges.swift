import JSON
import Model

/// One change of one object, as watches hear of it.
struct WorldEvent: Sendable {
    enum Kind: String, Sendable {
        case added = "ADDED"
        case modified = "MODIFIED"
        case deleted = "DELETED"
    }

    let version: Int
    let kind: Kind
    let object: LiveObject
    /// The labels it had before, by which a watch with a selector knows that it came in or went out.
    let oldLabels: JSONValue?
}

/// What happened to a world since it was last saved.
struct WorldChanges: Sendable {
    var events: [WorldEvent] = []
    /// Timers set and, when they went off or were cancelled, taken away, in order.
    var timers: [(timer: WorldTimer, isSet: Bool)] = []
}

/// What controllers have to look at, each once, in the order it came up.
struct WorkQueue: Sendable {
    enum Item: Sendable, Hashable {
        /// The object that makes pods.
        case workload(ResourceAddress)
        /// The Service whose Endpoints may have changed.
        case endpoints(ResourceAddress)
        /// Pods of a namespace that wait for a ConfigMap, a Secret or a claim.
        case waitingPods(String)
        /// A namespace that is being deleted.
        case namespace(String)
        /// A new object that a controller completes: a claim, a load balancer, an ingress.
        case complete(ResourceAddress)
    }

    private var items: [Item] = []
    private var next = 0
    private var known: Set<Item> = []

    mutating func add(_ item: Item) {
        if known.insert(item).inserted { items.append(item) }
    }

    mutating func take() -> Item? {
        guard next < items.count else {
            items.removeAll(keepingCapacity: true)
            next = 0
            return nil
        }
        defer { next += 1 }
        known.remove(items[next])
        return items[next]
    }
}
