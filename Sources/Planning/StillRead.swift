import JSON
import Model

extension ObjectComparison {
    /// Of ConfigMaps and Secrets that are to go: those that workloads of the entity go on reading, because what refers to them there
    /// is left as it is, or because others set it. Each with its readers, sorted.
    func stillRead(_ unwanted: [ObjectRecord], by entity: RenderedEntity) -> [ResourceAddress: [ResourceAddress]] {
        let addresses = unwanted.map(\.address).filter { $0.group.isEmpty && ($0.kind == "ConfigMap" || $0.kind == "Secret") }
        guard !addresses.isEmpty else { return [:] }
        var readers: [ResourceAddress: [ResourceAddress]] = [:]
        for manifest in entity.manifests {
            let template = afterwards(manifest, of: entity.address)?.content["spec"]?["template"]
            for address in addresses where template?.refers(to: address) ?? false {
                readers[address, default: []].append(manifest.address)
            }
        }
        return readers.mapValues { $0.sorted() }
    }

    /// What an apply will make of an object that is there; nil when that cannot be told.
    private func afterwards(_ manifest: Manifest, of entity: EntityAddress) -> LiveObject? {
        guard let object = live.objects[manifest.address], !object.isOutline else { return nil }
        switch live.predictions[manifest.address] {
        case .accepted(let predicted, created: false): return predicted
        case .accepted, .refused: return nil
        case nil: break
        }
        let record = state.objects[manifest.address]
        guard leftFields(manifest, of: entity, record, object).isEmpty else { return object }
        return FieldComparison(manifest: manifest, record: record, live: object).found().isEmpty ? object : nil
    }
}

extension Diagnostic {
    static func configurationKept(_ address: ResourceAddress, readers: [ResourceAddress]) -> Diagnostic {
        let names = readers.map(\.short).joined(separator: ", ")
        return Diagnostic(
            .warning, code: "configuration-kept",
            summary: "\(address.short) is kept: \(names) \(readers.count == 1 ? "goes" : "go") on reading it",
            detail: """
                What refers to it there was set in the cluster, by others beside what is ours, or is left as it is, as `ignore` in the \
                file or --leave says. So these pods go on reading what the file no longer says. It goes when nothing reads it any more.
                """,
            address: "\(address)")
    }
}
