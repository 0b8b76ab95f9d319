import Fields
import JSON
import Model

/// The fields of one object that a plan leaves to others: those that `--leave` or `ignore` name and that another manager
/// owns. An apply without them does not touch them: what somebody else owns stays when we stop setting it
/// (https://kubernetes.io/docs/reference/using-api/server-side-apply/#apply-and-update).
struct LeftFields {
    /// Of which the command says so; they come first where both do.
    private var flagged: Set<FieldPath> = []
    private var ignored: Set<FieldPath> = []

    static let none = LeftFields()

    private init() {}

    init(_ manifest: Manifest, _ record: ObjectRecord?, _ live: LiveObject, rules: [IgnoreRule], leaves: [Leave]) {
        let schema = MergeSchema(apiVersion: manifest.apiVersion, kind: manifest.address.kind)
        let others = live.managers.filter { $0.manager != FieldManager.kreform }
            .reduce(FieldSet()) { $0.union($1.fields) }
        for path in ownedFields(of: manifest.content, schema: schema).paths {
            let isFlagged = leaves.contains { $0.matches(path) }
            guard isFlagged || rules.contains(where: { $0.fields.contains { $0.matches(path) } }),
                !Self.isOurIdentity(path), !manifest.generates(path)
            else { continue }
            // What somebody took away is drift as well, but nobody's: only a plan that is told so leaves it.
            let isTakenAway = isFlagged && value(at: path, in: live.content) == nil
                && record.map { value(at: path, in: $0.applied) != nil } ?? false
            guard isTakenAway || others.contains(path) && !Self.tellsItems(path) else { continue }
            if isFlagged { flagged.insert(path) } else { ignored.insert(path) }
        }
    }

    var isEmpty: Bool { flagged.isEmpty && ignored.isEmpty }

    /// Sorted.
    var paths: [FieldPath] { isEmpty ? [] : flagged.union(ignored).sorted() }

    func contains(_ path: FieldPath) -> Bool { flagged.contains(path) || ignored.contains(path) }

    /// What differs and stays, by who said so.
    func drift(_ differences: [Difference], of manifest: Manifest, _ entity: EntityAddress) -> [LeftDrift] {
        [(LeftDrift.Source.flag, flagged), (.file, ignored)].compactMap { source, paths in
            let found = differences.filter { paths.contains($0.path) }
            return found.isEmpty
                ? nil : LeftDrift(address: manifest.address, entity: entity, source: source, differences: found)
        }
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
