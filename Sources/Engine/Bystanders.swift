import JSON
import Model
import Rendering

/// What is in the namespaces that a plan deletes, and goes with them: what others keep there, and data.
struct Bystanders: Sendable {
    let cluster: any Cluster
    let engine: String
    let state: State
    let reads: Reads

    /// Kinds that hold what people work with. What controllers make of these goes and comes with them.
    private static let types = [
        ResourceType(apiVersion: "apps/v1", kind: "DaemonSet"), ResourceType(apiVersion: "apps/v1", kind: "Deployment"),
        ResourceType(apiVersion: "apps/v1", kind: "StatefulSet"), ResourceType(apiVersion: "batch/v1", kind: "CronJob"),
        ResourceType(apiVersion: "batch/v1", kind: "Job"), ResourceType(apiVersion: "networking.k8s.io/v1", kind: "Ingress"),
        ResourceType(apiVersion: "v1", kind: "ConfigMap"), ResourceType(apiVersion: "v1", kind: "PersistentVolumeClaim"),
        ResourceType(apiVersion: "v1", kind: "Pod"), ResourceType(apiVersion: "v1", kind: "Secret"),
        ResourceType(apiVersion: "v1", kind: "Service"),
    ]

    struct Found: Sendable {
        /// For each namespace with something of others in it, and each version whose data goes when it stops.
        var warnings: [Diagnostic] = []
        /// The runtimes that go and have volumes, or may have, sorted.
        var destroyedData: [DestroyedData] = []
    }

    /// What goes with the namespaces that `plan` deletes: one list of metadata for each kind and namespace. Nothing is asked about
    /// other plans. And what goes with versions that stop.
    func found(about plan: Plan) async throws(EngineFailure) -> Found {
        let gone = plan.changes.filter { $0.action == .delete && $0.type == NamespacedCluster.namespaceType }
        let runtimes = Dictionary(gone.map { ($0.address.name, $0.entity.runtime) }, uniquingKeysWith: { first, _ in first })
        let namespaces = runtimes.keys
        let stopping = Diagnostic.destroysData(plan, state)
        guard !namespaces.isEmpty else {
            return Found(warnings: stopping, destroyedData: DestroyedData.all(of: plan, state, claims: [:]))
        }
        let queries = namespaces.sorted().flatMap { namespace in
            Self.types.map { ObjectQuery(type: $0, namespace: namespace, isMetadata: true) }
        }
        let found = try await EngineFailure.reading {
            try await reads.all(queries) { query async throws(ClusterError) -> [LiveObject]? in
                do throws(ClusterError) {
                    return try await cluster.list(query).objects
                } catch {
                    switch error.kind {
                    case .notServed: return []
                    case .forbidden: return nil
                    default: throw error
                    }
                }
            }
        }
        let answers = Dictionary(grouping: zip(queries, found)) { $0.0.namespace ?? "" }
        let warnings = namespaces.sorted().compactMap { namespace -> Diagnostic? in
            let kinds = answers[namespace] ?? []
            let objects = kinds.flatMap { $0.1 ?? [] }.filter { isOthers($0, runtimes[namespace] ?? "") }.map(\.address)
            let unseen = kinds.filter { $0.1 == nil }.map(\.0.type.kind)
            return objects.isEmpty && unseen.isEmpty ? nil : .deletesOthers(namespace, objects, unseen: unseen)
        }
        let claims = zip(queries, found).filter { $0.0.type.kind == "PersistentVolumeClaim" }.map { query, objects in
            (query.namespace ?? "", objects.map { $0.filter { !$0.isTerminating }.map(\.address.name) })
        }
        return Found(
            warnings: warnings + stopping,
            destroyedData: DestroyedData.all(of: plan, state, claims: Dictionary(claims, uniquingKeysWith: { $1 })))
    }

    /// - Parameter runtime: whose namespace the object is in.
    private func isOthers(_ object: LiveObject, _ runtime: String) -> Bool {
        let address = object.address
        if object.label(ObjectLabels.managedBy) == FieldManager.kreform, object.label(ObjectLabels.engine) == engine { return false }
        if state.objects[address]?.uid == object.uid || object.isTerminating { return false }
        if !(object.metadata["ownerReferences"]?.array ?? []).isEmpty { return false }
        switch address.kind {
        // Kubernetes puts these into every namespace.
        case "ConfigMap": return address.name != "kube-root-ca.crt" && address.name != "openshift-service-ca.crt"
        case "Secret": return object.metadata["annotations"]?["kubernetes.io/service-account.name"] == nil
        case "PersistentVolumeClaim": return !isClaimOfOurs(address) && !RuntimeKinds.all.contains { $0.hasClaimed(runtime, object) }
        default: return true
        }
    }

    /// Made for a StatefulSet of ours: `data-kre-nats-0`.
    private func isClaimOfOurs(_ claim: ResourceAddress) -> Bool {
        guard let number = claim.name.split(separator: "-").last, Int(number) != nil else { return false }
        let name = claim.name.dropLast(number.count + 1)
        return state.objects.keys.contains {
            $0.kind == "StatefulSet" && $0.namespace == claim.namespace && name.hasSuffix("-\($0.name)")
        }
    }
}

extension Diagnostic {
    /// Of the warnings that `Planned.deletesOthers` looks for.
    static let deletesOthersCode = "deletes-others"

    fileprivate static func deletesOthers(_ namespace: String, _ objects: [ResourceAddress], unseen: [String]) -> Diagnostic {
        let shown = 6
        let kinds = Dictionary(grouping: objects, by: \.kind).sorted { $0.key < $1.key }
        let lines = kinds.map { kind, objects in
            let names = objects.map(\.name).sorted()
            let more = names.count > shown ? " and \(names.count - shown) more" : ""
            return "  \(kind) \(names.prefix(shown).joined(separator: ", "))\(more)"
        }
        let hidden = unseen.isEmpty ? [] : ["What there is of these may not be listed: \(unseen.sorted().joined(separator: ", "))."]
        let count = objects.count == 1 ? "1 object that is not ours" : "\(objects.count) objects that are not ours"
        return Diagnostic(
            .warning, code: deletesOthersCode,
            summary: objects.isEmpty
                ? "Whether others keep something in namespace \(namespace), which is deleted, cannot be seen"
                : "With namespace \(namespace) \(count) will be deleted",
            detail: (lines + hidden + ["""
                A namespace takes with it everything in it. Move elsewhere what is still needed, or keep the namespace: \
                `kreform state forget Namespace/\(namespace)` lets go of it.
                """]).joined(separator: "\n"),
            address: "Namespace/\(namespace)")
    }
}
