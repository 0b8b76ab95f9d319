import Model
import Synchronization

/// A cluster of which perhaps only some namespaces may be looked at. Lists and watches ask about all namespaces at once as long as
/// that is allowed; a type for which it is not is asked about in those of the runtimes at hand, in one request for each and page.
struct NamespacedCluster: Cluster {
    private let base: any Cluster
    private let namespaces: [String]
    /// By type without namespaces, the names of those at hand.
    private let named: [ResourceType: Set<String>]
    private let state: State
    private let narrow = Narrow()

    /// What may not be looked at everywhere, and what the server said to that.
    private final class Narrow: Sendable {
        let types = Mutex<[ResourceType: ClusterError]>([:])
    }

    static let namespaceType = ResourceType(apiVersion: "v1", kind: "Namespace")

    /// - Parameters:
    ///   - addresses: the objects that are wanted, or were to be changed.
    ///   - state: those that are recorded.
    init(_ base: any Cluster, addresses: some Sequence<(ResourceAddress, ResourceType)>, state: State) {
        self.base = base
        self.state = state
        var namespaces = Set(state.entities.values.compactMap(\.namespace))
        var named: [ResourceType: Set<String>] = [:]
        for (address, type) in Array(addresses) + state.objects.values.map({ ($0.address, $0.type) }) {
            if let namespace = address.namespace { namespaces.insert(namespace) } else { named[type, default: []].insert(address.name) }
        }
        named[Self.namespaceType, default: []].formUnion(namespaces)
        self.namespaces = namespaces.sorted()
        self.named = named
    }

    init(_ base: any Cluster, _ rendered: RenderedState?, state: State, open: [JournalEntry], plan: Plan? = nil) {
        let manifests = (rendered?.entities ?? []).lazy.flatMap(\.manifests).map { ($0.address, $0.type) }
        let changes = (plan?.changes ?? []).map { ($0.address, $0.type) }
        self.init(base, addresses: manifests + open.map { ($0.address, $0.type) } + changes, state: state)
    }

    // MARK: Which cluster

    /// Who may not read what stands for the cluster knows it by its address. It is the state's cluster all the same when an
    /// object is in it with the uid that the state has: no two clusters give out the same.
    func identity() async throws(ClusterError) -> ClusterIdentity {
        let found = try await base.identity()
        guard let recorded = state.cluster, recorded.uid != found.uid, found.isAddress || recorded.isAddress else { return found }
        let same = ClusterIdentity(name: found.name, uid: recorded.uid)
        if state.objects.isEmpty { return same }
        // The oldest are the least likely to have been made anew.
        let records = state.objects.values.sorted { ($0.appliedAt, $0.address) < ($1.appliedAt, $1.address) }
        for record in records.prefix(3) + records.suffix(2) {
            do throws(ClusterError) {
                let live = try await base.get(record.type, namespace: record.address.namespace, name: record.address.name)
                if live?.uid == record.uid { return same }
            } catch {
                guard error.kind == .forbidden || error.kind == .notServed else { throw error }
            }
        }
        return found
    }

    // MARK: Lists

    func list(_ query: ObjectQuery, keep: @Sendable (LiveObject) -> LiveObject) async throws(ClusterError) -> ObjectList {
        guard query.namespace == nil else { return try await base.list(query, keep: keep) }
        let refusal: ClusterError
        if let known = known(query.type) { refusal = known } else {
            do throws(ClusterError) { return try await base.list(query, keep: keep) } catch {
                guard error.kind == .forbidden else { throw error }
                narrow.types.withLock { $0[query.type] = error }
                refusal = error
            }
        }
        if let names = named[query.type] { return try await gets(names.sorted(), query, keep) }
        return try await lists(query, refusal, keep)
    }

    private func known(_ type: ResourceType) -> ClusterError? { narrow.types.withLock { $0[type] } }

    private func lists(
        _ query: ObjectQuery, _ refusal: ClusterError, _ keep: @Sendable (LiveObject) -> LiveObject
    ) async throws(ClusterError) -> ObjectList {
        var objects: [LiveObject] = []
        var versions: [String] = []
        var refusals: [ClusterError] = []
        for namespace in namespaces {
            do throws(ClusterError) {
                let list = try await base.list(query.within(namespace), keep: keep)
                objects += list.objects
                versions.append("\(namespace)=\(list.resourceVersion)")
            } catch {
                guard error.kind == .forbidden else { throw error }
                // There is nothing to see where nothing is, but rights come with the namespace.
                if try await isAbsent(namespace) { versions.append("\(namespace)=") } else { refusals.append(error) }
            }
        }
        guard refusals.isEmpty else { throw ClusterError(joining: [refusal] + refusals) }
        return ObjectList(objects: objects, resourceVersion: versions.joined(separator: ","))
    }

    private func isAbsent(_ namespace: String) async throws(ClusterError) -> Bool {
        do throws(ClusterError) { return try await base.get(Self.namespaceType, namespace: nil, name: namespace) == nil } catch {
            guard error.kind == .forbidden else { throw error }
            return false
        }
    }

    /// Of a kind without namespaces: those at hand, one by one. That they may not be read is told, which is the least to ask for.
    private func gets(
        _ names: [String], _ query: ObjectQuery, _ keep: (LiveObject) -> LiveObject
    ) async throws(ClusterError) -> ObjectList {
        var objects: [LiveObject] = []
        var refusals: [ClusterError] = []
        for name in names {
            do throws(ClusterError) {
                guard let object = try await base.get(query.type, namespace: nil, name: name) else { continue }
                if query.labels.allSatisfy({ object.label($0.key) == $0.value }) { objects.append(object) }
            } catch {
                guard error.kind == .forbidden else { throw error }
                refusals.append(error)
            }
        }
        guard refusals.isEmpty else { throw ClusterError(joining: refusals) }
        let versions = objects.map { "\($0.address.name)=\($0.resourceVersion)" }
        return ObjectList(objects: objects.map { keep($0) }, resourceVersion: versions.joined(separator: ","))
    }

    // MARK: Watches

    func watch(_ query: ObjectQuery, after version: String) -> AsyncThrowingStream<WatchEvent, any Error> {
        guard query.namespace == nil, known(query.type) != nil else { return base.watch(query, after: version) }
        let (stream, events) = AsyncThrowingStream<WatchEvent, any Error>.makeStream()
        let after = version.split(separator: ",").compactMap { part -> (String, String)? in
            let words = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            return words.count == 2 ? (words[0], words[1]) : nil
        }
        let isNamed = named[query.type] != nil
        let task = Task {
            do {
                try await isNamed ? look(query, Dictionary(after) { first, _ in first }, events) : follow(query, after, events)
                events.finish()
            } catch {
                events.finish(throwing: error)
            }
        }
        events.onTermination = { _ in task.cancel() }
        return stream
    }

    /// One watch for each namespace; the first that ends, ends all.
    private func follow(
        _ query: ObjectQuery, _ after: [(String, String)], _ events: AsyncThrowingStream<WatchEvent, any Error>.Continuation
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (namespace, version) in after {
                group.addTask {
                    if version.isEmpty {
                        // Not there when it was listed: once it is, all is listed anew.
                        while try await base.get(Self.namespaceType, namespace: nil, name: namespace) == nil {
                            try await Task.sleep(for: Self.pause)
                        }
                        throw ClusterError(.gone, "namespace \(namespace) has come")
                    }
                    for try await event in base.watch(query.within(namespace), after: version) { events.yield(event) }
                }
            }
            try await group.next()
            group.cancelAll()
        }
    }

    /// Objects without a namespace cannot be watched without the right to see all: they are looked at again and again.
    private func look(
        _ query: ObjectQuery, _ after: [String: String], _ events: AsyncThrowingStream<WatchEvent, any Error>.Continuation
    ) async throws {
        var versions = after
        var last: [String: LiveObject] = [:]
        while !Task.isCancelled {
            for name in (named[query.type] ?? []).sorted() {
                let object = try await base.get(query.type, namespace: nil, name: name)
                let isWanted = object.map { object in query.labels.allSatisfy { object.label($0.key) == $0.value } } ?? false
                if let object, isWanted {
                    if versions[name] != object.resourceVersion { events.yield(.modified(object)) }
                    versions[name] = object.resourceVersion
                    last[name] = object
                } else if versions.removeValue(forKey: name) != nil {
                    guard let gone = last.removeValue(forKey: name) else { throw ClusterError(.gone, "\(name) is gone") }
                    events.yield(.deleted(gone))
                }
            }
            try await Task.sleep(for: Self.pause)
        }
    }

    private static let pause = Duration.milliseconds(500)

    // MARK: The rest as it is

    func get(_ type: ResourceType, namespace: String?, name: String) async throws(ClusterError) -> LiveObject? {
        try await base.get(type, namespace: namespace, name: name)
    }

    func apply(_ request: ApplyRequest) async throws(ClusterError) -> ApplyResult { try await base.apply(request) }
    func delete(_ request: DeleteRequest) async throws(ClusterError) { try await base.delete(request) }
    func log(_ request: LogRequest) async throws(ClusterError) -> [String] { try await base.log(request) }
}

extension ObjectQuery {
    fileprivate func within(_ namespace: String) -> ObjectQuery {
        ObjectQuery(
            type: type, namespace: namespace, labels: labels, fields: fields, isMetadata: isMetadata, needsManagers: needsManagers)
    }
}

extension ClusterIdentity {
    /// Known by its server's address, for want of the right to read more.
    fileprivate var isAddress: Bool { uid.contains("://") }
}

extension ClusterError {
    /// Refusals of one thing, asked for in several places: the words of each on a line.
    fileprivate init(joining refusals: [ClusterError]) {
        self.init(.forbidden, refusals.map(\.message).joined(separator: "\n"))
    }
}
