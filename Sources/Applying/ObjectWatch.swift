import Model
import Readiness

/// The objects of an engine as a run sees them change: one list and one watch for each type that somebody asks about, however
/// many objects are waited for (https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes).
actor ObjectWatch {
    private let cluster: any Cluster
    private let labels: [String: String]
    private let retry: RetryPolicy
    private var kinds: [ResourceType: Kind] = [:]
    private var listeners: [String: [Int: (interest: Interest, wake: AsyncStream<Void>.Continuation)]] = [:]
    private var nextListener = 0

    private struct Kind {
        var task: Task<Void, Never>?
        var objects: [ResourceAddress: LiveObject] = [:]
        var byNamespace: [String: Set<ResourceAddress>] = [:]
        var deleted: Set<String> = []
        /// Lists that were begun, and the last one that came back.
        var begun = 0
        var listed = 0
        /// The server will not let us look.
        var failure: ClusterError?
    }

    /// Watches what bears `labels`.
    init(_ cluster: any Cluster, labels: [String: String], retry: RetryPolicy) {
        self.cluster = cluster
        self.labels = labels
        self.retry = retry
    }

    /// Ends all watches.
    func stop() {
        for kind in kinds.values { kind.task?.cancel() }
        kinds = [:]
    }

    // MARK: Asking

    /// What is known of an object.
    enum Sight: Sendable {
        /// No list that would have it has come back yet.
        case unknown
        case there(LiveObject)
        /// A list lacks it: it is gone, or has lost the labels.
        case absent
        /// Its deletion was seen.
        case deleted
        case hidden(ClusterError)
    }

    /// Starts watching a type. A list with a number above the one returned has everything that was there before this call.
    func follow(_ type: ResourceType) -> Int {
        if kinds[type] == nil {
            kinds[type] = Kind()
            kinds[type]?.task = Task { await self.run(type) }
            return 0
        }
        return kinds[type]?.begun ?? 0
    }

    /// The object of this address and uid. `mark` is from `follow`, called when it was there: an object that a later list lacks,
    /// or whose deletion was seen, is absent.
    func sight(of address: ResourceAddress, _ type: ResourceType, uid: String, mark: Int) -> Sight {
        guard let kind = kinds[type] else { return .unknown }
        if kind.deleted.contains(uid) { return .deleted }
        // What was seen before stays as it was then: nothing can be waited for.
        if let failure = kind.failure { return .hidden(failure) }
        if let object = kind.objects[address], object.uid == uid { return .there(object) }
        if kind.listed > mark { return .absent }
        return .unknown
    }

    /// The object of this name, once its type has been listed. When the run is asked to stop, that is given so many seconds more.
    func current(
        _ address: ResourceAddress, _ type: ResourceType, stop: StopSignal, grace: Double
    ) async throws(ClusterError) -> LiveObject? {
        _ = follow(type)
        let changes = listen(Interest(address))
        let stopper = Task {
            await stop.requested()
            try? await Task.sleep(for: .seconds(grace))
            if !Task.isCancelled { giveUp(type) }
        }
        defer {
            stopper.cancel()
            ignore(changes)
        }
        var iterator = changes.stream.makeAsyncIterator()
        while let kind = kinds[type] {
            if let failure = kind.failure { throw failure }
            if kind.listed > 0 { return kind.objects[address] }
            if await iterator.next() == nil { break }
        }
        throw ClusterError(.connection, "the run has ended")
    }

    /// What the readiness of `object` depends on besides itself; nil until all of it has been listed. Throws when the server
    /// will not let us look.
    func related(to object: LiveObject) throws(ClusterError) -> RelatedObjects? {
        let address = object.address
        var pods: [LiveObject] = []
        var endpoints: LiveObject?
        if RelatedObjects.hasPods(address) {
            guard let kind = try listed(RelatedObjects.podType) else { return nil }
            pods = (kind.byNamespace[address.namespace ?? ""] ?? []).compactMap { kind.objects[$0] }
        }
        if RelatedObjects.hasEndpoints(address) {
            guard let kind = try listed(RelatedObjects.endpointsType) else { return nil }
            endpoints = kind.objects[
                ResourceAddress(group: "", kind: "Endpoints", namespace: address.namespace, name: address.name)]
        }
        return RelatedObjects(of: object, pods: pods) { _ in endpoints }
    }

    private func listed(_ type: ResourceType) throws(ClusterError) -> Kind? {
        _ = follow(type)
        if let failure = kinds[type]?.failure { throw failure }
        return kinds[type].flatMap { $0.listed > 0 ? $0 : nil }
    }

    // MARK: Listening

    /// What wakes a listener: that the object changes, or what its readiness depends on.
    struct Interest: Sendable {
        let address: ResourceAddress
        let pods: PodSelector?

        init(_ address: ResourceAddress) {
            self.address = address
            pods = nil
        }

        init(_ object: LiveObject) {
            address = object.address
            pods = PodSelector(of: object)
        }

        fileprivate func includes(_ object: LiveObject) -> Bool {
            if object.address == address { return true }
            guard let pods else { return false }
            switch object.type {
            case RelatedObjects.podType: return pods.selects(object)
            case RelatedObjects.endpointsType:
                return object.address.name == address.name && RelatedObjects.hasEndpoints(address)
            default: return false
            }
        }
    }

    struct Listener {
        let id: Int
        let namespace: String
        let stream: AsyncStream<Void>
        /// Wakes the listener for reasons of its own.
        let wake: @Sendable () -> Void
    }

    /// Wakes whenever something of interest changes. Wakes once at the start.
    func listen(_ interest: Interest) -> Listener {
        let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let namespace = interest.address.namespace ?? ""
        nextListener += 1
        listeners[namespace, default: [:]][nextListener] = (interest, continuation)
        continuation.yield()
        return Listener(id: nextListener, namespace: namespace, stream: stream, wake: { continuation.yield() })
    }

    func ignore(_ listener: Listener) {
        listeners[listener.namespace]?.removeValue(forKey: listener.id)?.wake.finish()
    }

    private func wake(_ object: LiveObject) {
        for listener in (listeners[object.address.namespace ?? ""] ?? [:]).values where listener.interest.includes(object) {
            listener.wake.yield()
        }
    }

    private func wakeAll() {
        for listeners in listeners.values {
            for listener in listeners.values { listener.wake.yield() }
        }
    }

    // MARK: Following

    /// Lists and watches until it is cancelled; lists anew whenever the watch ends, more and more slowly when it ends at once.
    /// Gives up when nothing could be listed before the deadline of the retries.
    private func run(_ type: ResourceType) async {
        let query = ObjectQuery(type: type, labels: labels, needsManagers: false)
        let began = ContinuousClock.now
        var failures = 0
        var generator = SystemRandomNumberGenerator()
        while !Task.isCancelled {
            var end = ClusterError(.connection, "the watch ended")
            var listed: ContinuousClock.Instant?
            do {
                kinds[type]?.begun += 1
                let list = try await cluster.list(query) { $0.watched }
                replace(type, by: list.objects)
                listed = .now
                for try await event in cluster.watch(query, after: list.resourceVersion) { take(event, of: type) }
            } catch {
                guard let error = error as? ClusterError else { return }
                if error.kind != .gone { end = error }
            }
            guard end.isTransient else { return fail(type, end) }
            let hasLasted = listed.map { seconds(since: $0) > retry.longest } ?? false
            failures = hasLasted ? 1 : failures + 1
            let isKnown = (kinds[type]?.listed ?? 0) > 0
            let pause = retry.delay(
                after: end, tries: failures, elapsed: isKnown ? 0 : seconds(since: began), using: &generator)
            guard let pause = pause ?? (isKnown ? retry.longest : nil) else { return fail(type, end) }
            try? await Task.sleep(for: .seconds(pause))
        }
    }

    private func seconds(since time: ContinuousClock.Instant) -> Double { (ContinuousClock.now - time) / .seconds(1) }

    private func replace(_ type: ResourceType, by objects: [LiveObject]) {
        guard var kind = kinds[type] else { return }
        kind.objects = Dictionary(objects.map { ($0.address, $0) }) { first, _ in first }
        kind.byNamespace = [:]
        for address in kind.objects.keys { kind.byNamespace[address.namespace ?? "", default: []].insert(address) }
        kind.listed = kind.begun
        kinds[type] = kind
        wakeAll()
    }

    private func take(_ event: WatchEvent, of type: ResourceType) {
        let object = event.object.watched
        switch event {
        case .added, .modified:
            kinds[type]?.objects[object.address] = object
            kinds[type]?.byNamespace[object.address.namespace ?? "", default: []].insert(object.address)
        case .deleted:
            kinds[type]?.deleted.insert(object.uid)
            if kinds[type]?.objects[object.address]?.uid == object.uid {
                kinds[type]?.objects[object.address] = nil
                kinds[type]?.byNamespace[object.address.namespace ?? ""]?.remove(object.address)
            }
        }
        wake(object)
    }

    private func giveUp(_ type: ResourceType) {
        if kinds[type]?.listed == 0 { fail(type, ClusterError(.connection, "the run was stopped before the server answered")) }
    }

    private func fail(_ type: ResourceType, _ error: ClusterError) {
        kinds[type]?.failure = error
        wakeAll()
    }
}
