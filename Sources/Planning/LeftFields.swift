import Fields
import JSON
import Model

/// The fields of one object that a plan leaves as they are: those that `--leave` or `ignore` name and that somebody else
/// changed. An apply leaves out what others own, which stays when we stop setting it
/// (https://kubernetes.io/docs/reference/using-api/server-side-apply/#apply-and-update), and sends the rest with the values that
/// the object has. Not all who change a field own it then: servers up to 1.21 name nobody for a scale.
struct LeftFields {
    /// Of which the command says so; they come first where both do.
    private var flagged: Set<FieldPath> = []
    private var ignored: Set<FieldPath> = []

    static let none = LeftFields()

    private init() {}

    init(_ manifest: Manifest, _ record: ObjectRecord?, _ live: LiveObject, rules: [IgnoreRule], leaves: [Leave]) {
        let judge = Judge(manifest, record, live)
        for path in toldFields(of: manifest.content, live: live.content, schema: judge.schema) {
            let isFlagged = leaves.contains { $0.matches(path) }
            let isIgnored = rules.contains { $0.fields.contains { $0.matches(path) } }
            guard isFlagged || isIgnored, !contains(inside: path) else { continue }
            if isFlagged, judge.isLeft(path, isFlagged: true) {
                flagged.insert(path)
            } else if isIgnored, judge.isLeft(path, isFlagged: false) {
                ignored.insert(path)
            }
        }
    }

    var isEmpty: Bool { flagged.isEmpty && ignored.isEmpty }

    /// Sorted.
    var paths: [FieldPath] { isEmpty ? [] : flagged.union(ignored).sorted() }

    private func contains(_ path: FieldPath) -> Bool { flagged.contains(path) || ignored.contains(path) }

    /// Whether what the field is in is left as a whole.
    private func contains(inside path: FieldPath) -> Bool { contains(FieldPath(path.elements.dropLast())) }

    /// What differs and stays, by who said so. `all` is what differs, left or not.
    func drift(_ all: [FieldDifference], _ fields: FieldComparison, _ entity: EntityAddress) -> [LeftDrift] {
        let differences = fields.differences(all.flatMap { part(of: $0, fields) }, predicted: nil).map { difference in
            // A member that somebody added to a map: the file wants none, and did not before.
            difference.new != .absent
                ? difference
                : Difference(
                    path: difference.path, old: difference.old, new: .absent, cause: fields.drift(at: difference.path))
        }
        return [(LeftDrift.Source.flag, flagged), (.file, ignored)].compactMap { source, paths in
            let found = differences.filter { paths.contains($0.path) }
            return found.isEmpty
                ? nil : LeftDrift(address: fields.manifest.address, entity: entity, source: source, differences: found)
        }
    }

    /// What of a difference is left: all of it, or members of a map that changes as one.
    private func part(of difference: FieldDifference, _ fields: FieldComparison) -> [FieldDifference] {
        if contains(difference.path) { return [difference] }
        let members = paths.filter { $0.elements.dropLast() == difference.path.elements[...] }
        return members.compactMap { path in
            let (old, new) = (value(at: path, in: fields.live.content), value(at: path, in: fields.manifest.content))
            return old == new ? nil : FieldDifference(path: path, old: old, new: new)
        }
    }
}

/// Says of fields that were named whether they are left.
private struct Judge {
    let schema: MergeSchema
    private let manifest: Manifest
    private let record: ObjectRecord?
    private let live: LiveObject
    private let owned: FieldSet
    private let content: JSONValue
    private let applied: JSONValue?

    init(_ manifest: Manifest, _ record: ObjectRecord?, _ live: LiveObject) {
        self.manifest = manifest
        self.record = record
        self.live = live
        content = manifest.content
        applied = record?.applied
        schema = MergeSchema(apiVersion: manifest.apiVersion, kind: manifest.address.kind)
        owned = ownedFields(of: content, schema: schema)
    }

    func isLeft(_ path: FieldPath, isFlagged: Bool) -> Bool {
        if Self.isOurIdentity(path) { return false }
        let was = applied.flatMap { value(at: path, in: $0) }
        // What somebody took away is drift as well: only a plan that is told so leaves it.
        guard let now = value(at: path, in: live.content) else { return isFlagged && was != nil }
        if manifest.generates(path) { return live.isOthers(path) && !live.owned.contains(path) }
        if Self.tellsItems(path) { return false }
        if owned.contains(path), live.isOthers(path) { return true }
        // Nobody owns it but we, as far as the server knows.
        let (rule, wanted) = (schema.rule(at: path), value(at: path, in: content))
        let isChanged = record == nil ? !rule.same(now, wanted) : !rule.same(now, was)
        if isFlagged { return isChanged && !rule.same(now, wanted) }
        // What the file changes is sent; else somebody may change it while the plan is being carried out.
        return isChanged || record == nil || rule.same(was, wanted)
    }

    /// Without these labels nobody would know that the object is ours.
    private static func isOurIdentity(_ path: FieldPath) -> Bool {
        path == FieldPath("metadata", "labels", ObjectLabels.managedBy)
            || path == FieldPath("metadata", "labels", ObjectLabels.engine)
    }

    /// An item of a list, or a key of one: what is in an item can be left to others, the item itself stays named.
    private static func tellsItems(_ path: FieldPath) -> Bool {
        switch path.elements.last {
        case .key: return true
        case .field(let name):
            guard case .key(let keys) = path.elements.dropLast().last else { return false }
            return keys[name] != nil
        default: return false
        }
    }
}
