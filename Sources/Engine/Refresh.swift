import Applying
import Digest
import Model
import Planning
import Synchronization

/// The live state of an engine, read in a number of requests that grows with the kinds of objects, not with the objects.
struct Refresh: Sendable {
    let cluster: any Cluster
    let engine: String
    let key: DigestKey
    var reads = Reads()

    /// What was read: sealed for the planner, and as it is for those who send.
    struct Result: Sendable {
        var live = LiveState()
        /// What may not be read. Nothing can be said as long as there is any.
        var missing = MissingRights()
        /// Secrets, with their values.
        var secrets: [ResourceAddress: LiveObject] = [:]
        /// Of those that were listed, the types that the cluster does not serve.
        var unserved: Set<ResourceType> = []
    }

    /// One label-selected list for each type, all at once; then, by name, what the lists lack: recorded objects whose labels
    /// somebody may have taken off, and those of requests that a run was cut off in. What may not be read is in the result's
    /// `missing`, all of it.
    ///
    /// - Parameter sieve: what is kept of objects; nil for all of them.
    func run(
        types: Set<ResourceType>, state: State, open: [JournalEntry], sieve: LiveSieve? = nil
    ) async throws(ClusterError) -> Result {
        var result = Result()
        let namespaces = ResourceType(apiVersion: "v1", kind: "Namespace")
        let types = types.union(state.objects.values.map(\.type)).union(open.map(\.type)).union([namespaces])
        let sorted = types.sorted()
        let lists = try await reads.all(sorted) { type throws(ClusterError) in try await list(type, sieve) }
        result.add(lists, key)
        for case (let type, .unserved) in zip(sorted, lists) { result.unserved.insert(type) }
        guard result.missing.isEmpty else { return result }

        var named: [ResourceAddress: ResourceType] = [:]
        for record in state.objects.values where result.live.objects[record.address] == nil { named[record.address] = record.type }
        for entry in open where result.live.objects[entry.address] == nil { named[entry.address] = entry.type }
        for name in Set(named.keys.compactMap(\.namespace)) {
            let address = ResourceAddress(group: "", kind: "Namespace", namespace: nil, name: name)
            if result.live.objects[address] == nil { named[address] = namespaces }
        }
        // Where a namespace is gone, so is everything in it.
        let wide = named.filter { $0.key.namespace == nil }
        result.add(try await get(wide), key)
        let inside = named.filter { address, _ in
            guard let name = address.namespace else { return false }
            return result.live.objects[ResourceAddress(group: "", kind: "Namespace", namespace: nil, name: name)] != nil
        }
        result.add(try await get(inside), key)
        // A namespace that is not ours was only looked at.
        for address in wide.keys where state.objects[address] == nil && !open.contains(where: { $0.address == address }) {
            result.live.objects[address] = nil
        }
        return result
    }

    static func query(_ type: ResourceType, engine: String) -> ObjectQuery {
        ObjectQuery(type: type, labels: ObjectLabels.selector(engine: engine))
    }

    /// Secrets are kept whole: those who send need their values.
    private func list(_ type: ResourceType, _ sieve: LiveSieve?) async throws(ClusterError) -> Read {
        let isSecret = type == ResourceType(apiVersion: "v1", kind: "Secret")
        return try await Read.of { () throws(ClusterError) in
            try await cluster.list(Self.query(type, engine: engine)) { object in
                isSecret ? object : sieve?.sifted(object) ?? object
            }.objects
        }
    }

    /// What a request brought: objects, or a refusal for want of rights.
    fileprivate enum Read: Sendable {
        case objects([LiveObject])
        /// Of a kind that is not served there are no objects.
        case unserved
        case forbidden(ClusterError)

        static func of(_ request: () async throws(ClusterError) -> [LiveObject]) async throws(ClusterError) -> Read {
            do throws(ClusterError) { return .objects(try await request()) } catch {
                switch error.kind {
                case .notServed: return .unserved
                case .forbidden: return .forbidden(error)
                default: throw error
                }
            }
        }
    }

    private func get(_ objects: [ResourceAddress: ResourceType]) async throws(ClusterError) -> [Read] {
        let wanted = objects.sorted { $0.key < $1.key }
        return try await reads.all(wanted) { item async throws(ClusterError) -> Read in
            try await Read.of { () throws(ClusterError) in
                let object = try await cluster.get(item.value, namespace: item.key.namespace, name: item.key.name)
                return object.map { [$0] } ?? []
            }
        }
    }
}

extension Refresh.Result {
    fileprivate mutating func add(_ reads: [Refresh.Read], _ key: DigestKey) {
        for read in reads {
            switch read {
            case .objects(let objects): for object in objects { add(object, key) }
            case .unserved: break
            case .forbidden(let error): missing.add(error)
            }
        }
    }

    private mutating func add(_ object: LiveObject, _ key: DigestKey) {
        live.objects[object.address] = object.sealed(with: key)
        if object.address.group.isEmpty, object.address.kind == "Secret" { secrets[object.address] = object }
    }
}

extension Refresh {
    /// Asks the server what it would make of each of `manifests`: at most so many dry runs at once.
    func predictions(
        for manifests: [Manifest], secrets: [ResourceAddress: LiveObject]
    ) async throws(ClusterError) -> [ResourceAddress: Prediction] {
        // A webhook that was waited for once is not waited for again.
        let silent = Mutex<Set<String>>([])
        let answers = try await reads.all(manifests) { manifest throws(ClusterError) in
            let answer = await predict(manifest, secrets[manifest.address])
            guard case .failure(let error) = answer, case .webhookFailed(let name) = error.kind,
                silent.withLock({ $0.contains(name) })
            else { return try answer.get() }
            return .refused(error)
        } instead: { error in
            guard case .webhookFailed(let name) = error.kind else { return nil }
            silent.withLock { _ = $0.insert(name) }
            return .refused(error)
        }
        return Dictionary(zip(manifests.map(\.address), answers)) { first, _ in first }
    }

    /// Reads objects by name that no list has.
    func add(_ named: [ResourceAddress: ResourceType], to result: inout Result) async throws(ClusterError) {
        result.add(try await get(named.filter { result.live.objects[$0.key] == nil }), key)
    }

    /// Reads the objects that dry runs would change, or be refused to, although no list has them: others made them, and a
    /// plan says who. `types` are those of what was asked.
    func addUnknown(to result: inout Result, types: [ResourceAddress: ResourceType]) async throws(ClusterError) {
        var unknown: [ResourceAddress: ResourceType] = [:]
        for (address, prediction) in result.live.predictions where result.live.objects[address] == nil {
            switch prediction {
            case .accepted(let object, created: false): unknown[address] = object.type
            case .accepted: break
            // Of an object that cannot be changed so; the type is that of the manifest.
            case .refused: unknown[address] = types[address]
            }
        }
        result.add(try await get(unknown), key)
    }

    private func predict(_ manifest: Manifest, _ live: LiveObject?) async -> Swift.Result<Prediction, ClusterError> {
        var generator = SystemRandomNumberGenerator()
        let object = manifest.resolved(live: live, using: &generator)
        do throws(ClusterError) {
            let answer = try await cluster.apply(ApplyRequest(object: object, dryRun: true))
            return .success(.accepted(answer.object.sealed(with: key), created: answer.created))
        } catch {
            return error.isTransient || error.kind == .unauthorized ? .failure(error) : .success(.refused(error))
        }
    }
}
