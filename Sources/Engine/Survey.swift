import Digest
import FoundationEssentials
import JSON
import Model
import Readiness

/// Everything in a cluster that bears an engine's labels: one list for each type, all at once.
struct Survey: Sendable {
    let cluster: any Cluster
    let engine: String
    var reads = Reads()

    struct Found: Sendable {
        /// As they are: Secrets with their values.
        var objects: [LiveObject] = []
        /// The types that may not be listed.
        var unreadable: [ResourceType: ClusterError] = [:]
        fileprivate var related: [LiveObject] = []
    }

    /// The objects of `types`. A type that may not be listed is told; without namespaces nothing can be told.
    func run(_ types: Set<ResourceType>) async throws(ClusterError) -> Found {
        let namespaces = ResourceType(apiVersion: "v1", kind: "Namespace")
        let related: Set = [RelatedObjects.podType, RelatedObjects.endpointsType]
        let all = types.union(related).union([namespaces]).sorted()
        let answers = try await reads.all(all) { type async throws(ClusterError) -> Result<[LiveObject], ClusterError> in
            do throws(ClusterError) {
                let query = ObjectQuery(type: type, labels: ObjectLabels.selector(engine: engine))
                return .success(try await cluster.list(query).objects)
            } catch {
                switch error.kind {
                case .notServed: return .success([])
                case .forbidden where type != namespaces: return .failure(error)
                default: throw error
                }
            }
        }
        var found = Found()
        for (type, answer) in zip(all, answers) {
            switch answer {
            case .failure(let error): found.unreadable[type] = error
            case .success(let objects) where related.contains(type) && !types.contains(type): found.related += objects
            case .success(let objects): found.objects += objects
            }
        }
        return found
    }
}

extension Survey.Found {
    /// The objects that do their work.
    var ready: Set<ResourceAddress> {
        var pods: [String: [LiveObject]] = [:]
        var endpoints: [ResourceAddress: LiveObject] = [:]
        for object in related where object.address.kind == "Pod" { pods[object.address.namespace ?? "", default: []].append(object) }
        for object in related where object.address.kind == "Endpoints" { endpoints[object.address] = object }
        return Set(objects.filter { object in
            let namespace = object.address.namespace
            let related = RelatedObjects(of: object, pods: pods[namespace ?? ""] ?? []) { name in
                endpoints[ResourceAddress(group: "", kind: "Endpoints", namespace: namespace, name: name)]
            }
            return ReadinessRules.judge(object, related: related).isReady
        }.map(\.address))
    }

    /// By runtime, the keys of their digests: those that we made and that stand where we put them. Others may have been changed, or
    /// copied from elsewhere.
    func keys() -> (keys: [String: DigestKey], unusable: [ResourceAddress]) {
        let homes = objects.filter { $0.address.kind == "Namespace" }.map { ($0.address.name, $0.label(ObjectLabels.runtime)) }
        let runtimes = Dictionary(homes) { first, _ in first }
        var keys: [String: DigestKey] = [:]
        var unusable: [ResourceAddress] = []
        for object in objects where object.address.kind == "Secret" && object.address.name == ObjectNames.digestKey {
            guard let runtime = object.address.namespace.flatMap({ runtimes[$0] ?? nil }) else { continue }
            if object.label(ObjectLabels.runtime) == runtime, object.owns(data: ObjectNames.digestKeyField),
                let text = object.content["data"]?[ObjectNames.digestKeyField]?.string,
                let bytes = Data(base64Encoded: text), let key = DigestKey(bytes: Array(bytes))
            {
                keys[runtime] = key
            } else {
                unusable.append(object.address)
            }
        }
        return (keys, unusable)
    }
}
