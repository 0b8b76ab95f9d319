import Fields
import JSON
import Model

/// Compares the fields of one object that are ours: as wanted, as applied, as live.
struct FieldComparison {
    let manifest: Manifest
    let record: ObjectRecord?
    let live: LiveObject
    /// Others made the object: what they set did not drift.
    private let isAdoption: Bool
    private let schema: MergeSchema

    init(manifest: Manifest, record: ObjectRecord?, live: LiveObject, isAdoption: Bool = false) {
        self.manifest = manifest
        self.record = record
        self.live = live
        self.isAdoption = isAdoption
        schema = MergeSchema(apiVersion: manifest.apiVersion, kind: manifest.address.kind)
    }

    /// How much of the object may have moved since our last apply.
    enum Scope {
        /// It is the very answer to that apply, of this very manifest.
        case nothing
        /// Its generation is that of the answer: only metadata can have moved.
        case metadata
        case everything
    }

    func scope() -> Scope {
        guard let record, record.uid == live.uid, !record.resourceVersion.isEmpty, record.left.isEmpty else {
            return .everything
        }
        let isUntouched = record.resourceVersion == live.resourceVersion
        guard isUntouched || record.generation != nil && record.generation == live.generation,
            record.appliedText == manifest.text
        else { return .everything }
        return isUntouched ? .nothing : .metadata
    }

    /// The fields that an apply of the manifest would set to another value, or remove; in order of their paths.
    func found() -> [FieldDifference] {
        if live.isOutline { return [] }
        return switch scope() {
        case .nothing: []
        case .metadata:
            found(
                Self.metadata(of: manifest.text.value(keepingText: ["spec"])), Self.metadata(of: live.content),
                ownedAsApplied: hasItsFields)
        case .everything: found(manifest.content, live.content)
        }
    }

    private static func metadata(of object: JSONValue) -> JSONValue {
        .object(["metadata": object["metadata"] ?? .object([:])])
    }

    /// Nobody took a field from us since our last apply.
    private var hasItsFields: Bool { record.map { live.visiblyOwns($0.ownedText) } ?? false }

    /// - Parameter ownedAsApplied: what is ours is what `desired` has: an apply of it would remove nothing.
    private func found(_ desired: JSONValue, _ live: JSONValue, ownedAsApplied: Bool = false) -> [FieldDifference] {
        let wanted = Fields.differences(desired: desired, live: live, schema: schema).filter { !isKept($0) || isTaken($0.path) }
        let removed = ownedAsApplied ? [] : removed(desired, live)
        return removed.isEmpty ? wanted : (wanted + removed).sorted { $0.path < $1.path }
    }

    /// A value that was made once and that the object has.
    private func isKept(_ difference: FieldDifference) -> Bool {
        difference.old != nil && manifest.generates(difference.path)
    }

    /// Of a value that was made once: somebody set another one since our last apply.
    private func isTaken(_ path: FieldPath) -> Bool {
        guard !isAdoption, let record, record.uid == live.uid else { return false }
        return !live.owned.contains(path)
    }

    private func removed(_ desired: JSONValue, _ object: JSONValue) -> [FieldDifference] {
        let owned = live.owned
        guard !removals(owned: owned, desired: desired, live: object).isEmpty else { return [] }
        let others = live.managers.filter { $0.manager != FieldManager.kreform }
            .reduce(FieldSet()) { $0.union($1.fields) }
        return removals(owned: owned, desired: desired, live: object, ownedByOthers: others)
    }

    /// The differences as they may be shown. What the server would make of the object, where it was asked, says which
    /// of them are real: a value that it stores as the one it has is none.
    func differences(_ found: [FieldDifference], predicted: LiveObject?) -> [Difference] {
        let (applied, content) = (record?.applied, manifest.content)
        return found.compactMap { difference in
            var new = difference.new
            let isKept = isKept(difference)
            if let predicted, !isKept {
                new = value(at: difference.path, in: predicted.content)
                if schema.rule(at: difference.path).same(difference.old, new) { return nil }
            }
            return Difference(
                path: difference.path, old: shown(difference.old, at: difference.path),
                new: isKept
                    ? .kept
                    : new != nil && manifest.generates(difference.path)
                        ? .knownAfterApply : shown(new, at: difference.path),
                cause: cause(of: difference, applied, content))
        }
    }

    private func shown(_ value: JSONValue?, at path: FieldPath) -> Difference.Shown { .of(value, at: path, in: manifest.address) }

    // MARK: Causes

    /// A field whose wanted value is not the one that was applied changed in the file, whatever happened to it in the
    /// cluster; one that is still wanted as it was applied drifted.
    private func cause(of difference: FieldDifference, _ applied: JSONValue?, _ content: JSONValue) -> Difference.Cause {
        guard let new = difference.new else { return .file }
        // What is left of a map that changes as one is in `new` as it is; the file says what it wants.
        let wanted = value(at: difference.path, in: content) ?? new
        if isAdoption {
            let other = otherManager(of: difference.path)
            return .adoption(manager: other?.manager, time: other?.time)
        }
        guard let applied else {
            let other = otherManager(of: difference.path)
            return other == nil || live.owned.contains(difference.path) ? .file : drift(other)
        }
        guard schema.rule(at: difference.path).same(value(at: difference.path, in: applied), wanted) else { return .file }
        return drift(otherManager(of: difference.path))
    }

    /// That somebody set the field, who and when as far as it is known.
    func drift(at path: FieldPath) -> Difference.Cause { drift(otherManager(of: path)) }

    private func drift(_ manager: ManagedFields?) -> Difference.Cause {
        .drift(manager: manager?.manager, time: manager?.time)
    }

    /// Who set the field, or what it is part of or has in it; the last one when there are several.
    private func otherManager(of path: FieldPath) -> ManagedFields? {
        if let manager = live.otherManagers(of: path).first { return manager }
        return live.managers
            .filter { $0.manager != FieldManager.kreform && $0.subresource.isEmpty && $0.fields.touches(path) }
            .max { ($0.time ?? "", $0.manager) < ($1.time ?? "", $1.manager) }
    }
}

extension Difference.Shown {
    /// The value of a field, as far as it may be seen.
    static func of(_ value: JSONValue?, at path: FieldPath, in address: ResourceAddress) -> Self {
        guard let value else { return .absent }
        return Masking.isSensitive(path, of: address) ? .sensitive : .value(value)
    }
}
