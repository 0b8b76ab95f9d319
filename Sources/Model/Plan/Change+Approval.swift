import Fields
import JSON

extension Change.Prior {
    /// What an approval to apply `manifest` to `live` holds for: the values that `live` has for the fields that the
    /// manifest sets, in the shape of the object, and those of the fields that the apply removes. Both are sealed.
    /// Values that are made on creation and kept ever after do not count, nor does what is left as it is.
    package init(
        of live: LiveObject, applying manifest: Manifest, leaving left: [FieldPath] = [], removing removed: [FieldPath] = []
    ) {
        let schema = MergeSchema(apiVersion: manifest.apiVersion, kind: manifest.address.kind)
        let live = live.leaving(left)
        var fields = manifest.leaving(left).approved(in: live, schema)
        for path in removed {
            guard let value = value(at: path, in: live.content) else { continue }
            fields = merge(live: fields, applied: path.object(with: value), schema: schema).object
        }
        self.init(uid: live.uid, fields: fields)
    }

    /// The fields that are in `live` (sealed) not as they were when applying `manifest` was approved, in order. None
    /// for a prior that binds to the uid alone.
    package func moved(in live: LiveObject, applying manifest: Manifest, leaving left: [FieldPath] = []) -> [FieldPath] {
        guard fields.object.map({ !$0.isEmpty }) ?? false else { return [] }
        let schema = MergeSchema(apiVersion: manifest.apiVersion, kind: manifest.address.kind)
        let live = live.leaving(left)
        let gone = differences(desired: fields, live: live.content, schema: schema)
        let come = differences(desired: manifest.leaving(left).approved(in: live, schema), live: fields, schema: schema)
        return Set((gone + come).map(\.path)).sorted()
    }
}

extension Change {
    /// The fields in which `live` (sealed) is not what this change was approved for, in order. What is left as it is may have become
    /// anything.
    package func moved(in live: LiveObject) -> [FieldPath] {
        guard let prior, let manifest else { return [] }
        return prior.moved(in: live, applying: manifest, leaving: left)
    }

    /// The same when the change was sent and may have arrived: a field that has the value sent was set by us, and one that was to
    /// go is gone, or has the server's default.
    package func movedByOthers(in live: LiveObject) -> [FieldPath] {
        guard let manifest else { return [] }
        let schema = MergeSchema(apiVersion: manifest.apiVersion, kind: manifest.address.kind)
        return moved(in: live).filter { path in
            guard let sent = value(at: path, in: manifest.content) else { return false }
            return !schema.rule(at: path).same(value(at: path, in: live.content), sent)
        }
    }
}

extension Manifest {
    fileprivate func approved(in live: LiveObject, _ schema: MergeSchema) -> JSONValue {
        var fields = projection(of: live.content, onto: content, schema: schema)
        for name in generated.keys { fields[JSONPointer(tokens: ["data", name])] = nil }
        return fields
    }
}

extension FieldPath {
    /// An object that has nothing but `value` at this path.
    package func object(with value: JSONValue) -> JSONValue {
        elements.reversed().reduce(value) { value, element in
            switch element {
            case .field(let name): return .object([name: value])
            case .key(let keys):
                var item = value.object ?? [:]
                item.merge(keys) { given, _ in given }
                return .array([.object(item)])
            case .value, .index: return .array([value])
            }
        }
    }
}
