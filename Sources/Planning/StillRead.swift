import JSON
import Model

extension ObjectComparison {
    /// Of ConfigMaps and Secrets that are to go: those that workloads of the entity go on reading, because what refers to them there
    /// is left as it is. Each with its readers, sorted.
    func stillRead(_ unwanted: [ObjectRecord], by entity: RenderedEntity) -> [ResourceAddress: [ResourceAddress]] {
        let addresses = unwanted.map(\.address).filter { $0.group.isEmpty && ($0.kind == "ConfigMap" || $0.kind == "Secret") }
        guard !addresses.isEmpty else { return [:] }
        var readers: [ResourceAddress: [ResourceAddress]] = [:]
        for manifest in entity.manifests {
            guard let object = live.objects[manifest.address], !object.isOutline,
                !leftFields(manifest, of: entity.address, state.objects[manifest.address], object).isEmpty
            else { continue }
            var after = object
            if case .accepted(let predicted, created: false) = live.predictions[manifest.address] { after = predicted }
            let template = after.content["spec"]?["template"]
            for address in addresses where template?.refers(to: address) ?? false {
                readers[address, default: []].append(manifest.address)
            }
        }
        return readers.mapValues { $0.sorted() }
    }
}

extension Diagnostic {
    static func configurationKept(_ address: ResourceAddress, readers: [ResourceAddress]) -> Diagnostic {
        let names = readers.map(\.short).joined(separator: ", ")
        return Diagnostic(
            .warning, code: "configuration-kept",
            summary: "\(address.short) is kept: \(names) \(readers.count == 1 ? "goes" : "go") on reading it",
            detail: """
                What refers to it there was changed in the cluster and is left as it is, as `ignore` in the file or --leave says, so \
                these pods do not get the configuration that the file has now. It goes when nothing reads it any more.
                """,
            address: "\(address)")
    }
}
