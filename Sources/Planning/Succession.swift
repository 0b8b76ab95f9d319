import Fields
import JSON
import Model

/// Finds what an object takes the place of. Where a name follows from what is in the object, a change of that makes another
/// object, and the old one goes when nothing needs it any more: in a plan the two are shown as the one change that they are.
struct Succession {
    /// Of the objects that go.
    private let records: [ObjectRecord]

    /// What is built up of an entity and what goes, in one step: each knows whose place it takes. So does what is there already,
    /// when an apply that failed is taken back, or goes on.
    static func pairing(
        _ drafts: [DraftChange], _ removals: [DraftChange], of entity: RenderedEntity, _ comparison: ObjectComparison
    ) -> [DraftChange] {
        guard !removals.isEmpty else { return drafts }
        let succession = Succession(records: removals.compactMap { comparison.state.objects[$0.address] })
        let drafted = Set(drafts.map(\.address))
        let there = entity.manifests.filter { !drafted.contains($0.address) && succession.predecessor(of: $0) != nil }
            .compactMap { comparison.wanted($0, of: entity.address, newObject: .changedInFile, checking: true).draft }
        return succession.pairing(drafts + there) + removals
    }

    private func pairing(_ drafts: [DraftChange]) -> [DraftChange] {
        drafts.map { draft in
            guard draft.action == .create || draft.action == .noOp, let manifest = draft.manifest,
                let old = predecessor(of: manifest)
            else { return draft }
            var draft = draft
            draft.inPlaceOf = old.address
            draft.differences = Self.differences(from: old.applied, to: manifest)
            return draft
        }
    }

    /// Of several the one that was applied last. One that bears the bare name is of a time when names did not follow from content.
    private func predecessor(of manifest: Manifest) -> ObjectRecord? {
        guard let base = manifest.baseName else { return nil }
        return records.filter { $0.address.isBeside(manifest.address) && ($0.baseName ?? $0.address.name) == base }
            .max { ($0.appliedAt, $0.address) < ($1.appliedAt, $1.address) }
    }

    /// What differs between an object as it was applied and the one that takes its place, but for the name.
    static func differences(from before: JSONValue, to manifest: Manifest) -> [Difference] {
        let schema = MergeSchema(apiVersion: manifest.apiVersion, kind: manifest.address.kind)
        let after = manifest.content
        let set = Fields.differences(desired: after, live: before, schema: schema)
        let gone = Fields.differences(desired: before, live: after, schema: schema).filter { $0.old == nil }
            .map { FieldDifference(path: $0.path, old: $0.new, new: nil) }
        func shown(_ value: JSONValue?, _ path: FieldPath) -> Difference.Shown { .of(value, at: path, in: manifest.address) }
        return (set + gone).filter { $0.path != FieldPath("metadata", "name") }.sorted { $0.path < $1.path }.map {
            Difference(path: $0.path, old: shown($0.old, $0.path), new: shown($0.new, $0.path), cause: .file)
        }
    }
}
