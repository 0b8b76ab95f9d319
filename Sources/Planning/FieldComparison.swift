import Fields
import JSON
import Model

/// Compares the fields of one object that are ours: as wanted, as applied, as live.
struct FieldComparison {
    let manifest: Manifest
    let record: ObjectRecord?
    let live: LiveObject
    private let schema: MergeSchema

    init(manifest: Manifest, record: ObjectRecord?, live: LiveObject) {
        self.manifest = manifest
        self.record = record
        self.live = live
        schema = MergeSchema(apiVersion: manifest.apiVersion, kind: manifest.address.kind)
    }

    /// The object is the very answer to our last apply, of this very manifest: nothing moved since.
    var isKnownUnchanged: Bool {
        guard let record, record.uid == live.uid, !record.resourceVersion.isEmpty else { return false }
        return record.resourceVersion == live.resourceVersion && record.applied == manifest.content
    }

    /// The fields that an apply of the manifest would set to another value, or remove; in order of their paths.
    func found() -> [FieldDifference] {
        let wanted = Fields.differences(desired: manifest.content, live: live.content, schema: schema)
            .filter { !isKept($0) }
        let removed = removed()
        return removed.isEmpty ? wanted : (wanted + removed).sorted { $0.path < $1.path }
    }

    /// A value that was made once and that the object has.
    private func isKept(_ difference: FieldDifference) -> Bool {
        guard difference.old != nil, difference.path.elements.count == 2,
            case .field("data") = difference.path.elements[0], case .field(let name) = difference.path.elements[1]
        else { return false }
        return manifest.generated[name] != nil
    }

    private func removed() -> [FieldDifference] {
        let owned = live.owned
        guard !removals(owned: owned, desired: manifest.content, live: live.content).isEmpty else { return [] }
        let others = live.managers.filter { $0.manager != FieldManager.kreform }
            .reduce(FieldSet()) { $0.union($1.fields) }
        return removals(owned: owned, desired: manifest.content, live: live.content, ownedByOthers: others)
    }

    /// The differences as they may be shown. What the server would make of the object, where it was asked, says which of
    /// them are real: a value that it stores as the one it has is none.
    func differences(_ found: [FieldDifference], predicted: LiveObject?) -> [Difference] {
        found.compactMap { difference in
            var new = difference.new
            if let predicted {
                new = value(at: difference.path, in: predicted.content)
                if schema.rule(at: difference.path).same(difference.old, new) { return nil }
            }
            return Difference(
                path: difference.path, old: shown(difference.old, at: difference.path),
                new: isGenerated(difference) ? .knownAfterApply : shown(new, at: difference.path),
                cause: cause(of: difference))
        }
    }

    private func isGenerated(_ difference: FieldDifference) -> Bool {
        guard difference.path.elements.count == 2, case .field("data") = difference.path.elements[0],
            case .field(let name) = difference.path.elements[1]
        else { return false }
        return difference.new != nil && manifest.generated[name] != nil
    }

    private func shown(_ value: JSONValue?, at path: FieldPath) -> Difference.Shown {
        guard let value else { return .absent }
        return Masking.isSensitive(path, of: manifest.address) ? .sensitive : .value(value)
    }

    // MARK: Causes

    /// A field whose wanted value is not the one that was applied changed in the file, whatever happened to it in the
    /// cluster; one that is still wanted as it was applied drifted.
    private func cause(of difference: FieldDifference) -> Difference.Cause {
        guard let wanted = difference.new else { return .file }
        guard let record else {
            let other = otherManager(of: difference.path)
            return other == nil || live.owned.contains(difference.path) ? .file : drift(other)
        }
        let applied = value(at: difference.path, in: record.applied)
        guard schema.rule(at: difference.path).same(applied, wanted) else { return .file }
        return drift(otherManager(of: difference.path))
    }

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

/// Which fields may not be shown.
enum Masking {
    /// The values of every Secret, whoever made them, and the annotation in which kubectl keeps a copy of them.
    static func isSensitive(_ path: FieldPath, of address: ResourceAddress) -> Bool {
        guard address.kind == "Secret", address.group.isEmpty else { return false }
        switch path.elements.first {
        case .field("data"), .field("stringData"): return true
        case .field("metadata"): return path.elements.last == .field("kubectl.kubernetes.io/last-applied-configuration")
        default: return false
        }
    }
}

/// The fields that the creation of an object sets.
enum CreatedFields {
    /// Every field that carries a value, in order; those of a Secret without their values. A pure function of the manifest,
    /// so plans on disk leave it out.
    static func differences(of manifest: Manifest) -> [Difference] {
        let schema = MergeSchema(apiVersion: manifest.apiVersion, kind: manifest.address.kind)
        let isSecret = manifest.address.kind == "Secret" && manifest.address.group.isEmpty
        return Fields.differences(desired: manifest.content, live: .object([:]), schema: schema).map { field in
            var new = field.new.map { Difference.Shown.value($0) } ?? .absent
            if isSecret, Masking.isSensitive(field.path, of: manifest.address) {
                let isGenerated = field.path.elements.count == 2
                    && manifest.generated.keys.contains { .field($0) == field.path.elements[1] }
                new = isGenerated ? .knownAfterApply : .sensitive
            }
            return Difference(path: field.path, old: .absent, new: new, cause: .file)
        }
    }
}
