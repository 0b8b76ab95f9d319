import Applying
import Digest
import Model
import Planning

/// The live state of an engine, read in a number of requests that grows with the kinds of objects, not with the objects.
struct Refresh: Sendable {
    let cluster: any Cluster
    let engine: String
    let key: DigestKey
    var reads = Reads()

    /// What was read: sealed for the planner, and as it is for those who send.
    struct Result: Sendable {
        var live = LiveState()
        /// Secrets, with their values.
        var secrets: [ResourceAddress: LiveObject] = [:]
    }

    /// One label-selected list for each type, all at once; then, by name, what the lists lack: recorded objects whose labels
    /// somebody may have taken off, and those of requests that a run was cut off in.
    ///
    /// - Parameter sieve: what is kept of objects; nil for all of them.
    func run(
        types: Set<ResourceType>, state: State, open: [JournalEntry], sieve: LiveSieve? = nil
    ) async throws(ClusterError) -> Result {
        var result = Result()
        let namespaces = ResourceType(apiVersion: "v1", kind: "Namespace")
        let types = types.union(state.objects.values.map(\.type)).union(open.map(\.type)).union([namespaces])
        let lists = try await reads.all(types.sorted()) { type throws(ClusterError) in try await list(type, sieve) }
        for object in lists.joined() { result.add(object, key) }

        var named: [ResourceAddress: ResourceType] = [:]
        for record in state.objects.values where result.live.objects[record.address] == nil { named[record.address] = record.type }
        for entry in open where result.live.objects[entry.address] == nil { named[entry.address] = entry.type }
        for name in Set(named.keys.compactMap(\.namespace)) {
            let address = ResourceAddress(group: "", kind: "Namespace", namespace: nil, name: name)
            if result.live.objects[address] == nil { named[address] = namespaces }
        }
        // Where a namespace is gone, so is everything in it.
        let wide = named.filter { $0.key.namespace == nil }
        for object in try await get(wide) { result.add(object, key) }
        let inside = named.filter { address, _ in
            guard let name = address.namespace else { return false }
            return result.live.objects[ResourceAddress(group: "", kind: "Namespace", namespace: nil, name: name)] != nil
        }
        for object in try await get(inside) { result.add(object, key) }
        // A namespace that is not ours was only looked at.
        for address in wide.keys where state.objects[address] == nil && !open.contains(where: { $0.address == address }) {
            result.live.objects[address] = nil
        }
        return result
    }

    /// Secrets are kept whole: those who send need their values.
    private func list(_ type: ResourceType, _ sieve: LiveSieve?) async throws(ClusterError) -> [LiveObject] {
        let isSecret = type == ResourceType(apiVersion: "v1", kind: "Secret")
        do {
            return try await cluster.list(ObjectQuery(type: type, labels: ObjectLabels.selector(engine: engine))) { object in
                isSecret ? object : sieve?.sifted(object) ?? object
            }.objects
        } catch {
            // Of a kind that is not served there are no objects.
            guard error.kind == .notServed else { throw error }
            return []
        }
    }

    private func get(_ objects: [ResourceAddress: ResourceType]) async throws(ClusterError) -> [LiveObject] {
        let wanted = objects.sorted { $0.key < $1.key }
        let found = try await reads.all(wanted) { item async throws(ClusterError) -> LiveObject? in
            do throws(ClusterError) {
                return try await cluster.get(item.value, namespace: item.key.namespace, name: item.key.name)
            } catch {
                guard error.kind == .notServed else { throw error }
                return nil
            }
        }
        return found.compactMap(\.self)
    }
}

extension Refresh.Result {
    fileprivate mutating func add(_ object: LiveObject, _ key: DigestKey) {
        live.objects[object.address] = object.sealed(with: key)
        if object.address.group.isEmpty, object.address.kind == "Secret" { secrets[object.address] = object }
    }
}

extension Refresh {
    /// Asks the server what it would make of each of `manifests`: at most so many dry runs at once.
    func predictions(
        for manifests: [Manifest], secrets: [ResourceAddress: LiveObject]
    ) async throws(ClusterError) -> [ResourceAddress: Prediction] {
        let answers = try await reads.all(manifests) { manifest throws(ClusterError) in
            try await predict(manifest, secrets[manifest.address])
        }
        return Dictionary(zip(manifests.map(\.address), answers)) { first, _ in first }
    }

    /// Reads objects by name that no list has.
    func add(_ named: [ResourceAddress: ResourceType], to result: inout Result) async throws(ClusterError) {
        for object in try await get(named.filter { result.live.objects[$0.key] == nil }) { result.add(object, key) }
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
        for object in try await get(unknown) { result.add(object, key) }
    }

    private func predict(_ manifest: Manifest, _ live: LiveObject?) async throws(ClusterError) -> Prediction {
        var generator = SystemRandomNumberGenerator()
        let object = manifest.resolved(live: live, using: &generator)
        do {
            let answer = try await cluster.apply(ApplyRequest(object: object, dryRun: true))
            return .accepted(answer.object.sealed(with: key), created: answer.created)
        } catch {
            guard !error.isTransient, error.kind != .unauthorized else { throw error }
            return .refused(error)
        }
    }
}
