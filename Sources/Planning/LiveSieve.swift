import Model

/// Reduces what is read of a cluster to what a plan needs: of an object in which everything of ours is as wanted that it is there,
/// and no more. In a large engine nearly all objects are such, and a list is worked off page by page.
package struct LiveSieve: Sendable {
    private let manifests: [ResourceAddress: Manifest]
    private let records: [ResourceAddress: ObjectRecord]
    private let kept: Set<ResourceAddress>

    /// - Parameter keeping: objects that are needed whole, whatever they are like.
    package init(desired: RenderedState, state: State, keeping kept: Set<ResourceAddress> = []) {
        manifests = Dictionary(desired.entities.lazy.flatMap(\.manifests).map { ($0.address, $0) }) { first, _ in first }
        records = state.objects
        // They are compared with more than they are to be in the end.
        let shared = desired.entities.flatMap { $0.canary?.routes ?? [] }
        self.kept = kept.union(Self.readers(in: state, of: manifests)).union(shared)
    }

    /// What may still read a ConfigMap or a Secret that is no longer wanted.
    private static func readers(in state: State, of manifests: [ResourceAddress: Manifest]) -> [ResourceAddress] {
        let entities = Set(state.objects.values.lazy.filter { record in
            record.address.group.isEmpty && ["ConfigMap", "Secret"].contains(record.address.kind) && manifests[record.address] == nil
        }.map(\.entity))
        guard !entities.isEmpty else { return [] }
        return state.objects.values.filter { entities.contains($0.entity) }.map(\.address)
    }

    /// The object, or its outline. It must be sealed.
    package func sifted(_ object: LiveObject) -> LiveObject {
        let record = records[object.address]
        guard let record, record.uid == object.uid, !object.isTerminating, !kept.contains(object.address) else { return object }
        guard let manifest = manifests[object.address] else { return object.outline }
        // Whether a Job is over stands in its status.
        guard !object.isJob else { return object }
        return FieldComparison(manifest: manifest, record: record, live: object).found().isEmpty ? object.outline : object
    }
}
