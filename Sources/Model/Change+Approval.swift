import Fields
import JSON

extension Change.Prior {
    /// What an approval to apply `manifest` to `live` holds for: every field that the manifest sets or that was ours, with
    /// its value at that moment. Both are sealed. Values that are made on creation and kept ever after do not count.
    ///
    /// `fields` holds the set of fields as Kubernetes writes it, and their values in the order of `FieldSet.paths`: each in
    /// an array, which is empty where the object has no such field; of items and objects that are merged field by field
    /// only whether they are there (`[true]`).
    package init(of live: LiveObject, applying manifest: Manifest) {
        let schema = MergeSchema(apiVersion: manifest.apiVersion, kind: manifest.address.kind)
        var set = ownedFields(of: manifest.content, schema: schema).union(live.owned)
        for name in manifest.generated.keys { set.remove(FieldPath("data", name)) }
        self.init(uid: live.uid, fields: ["fields": set.fieldsV1, "values": .array(Self.values(of: set, in: live))])
    }

    /// The fields that have another value in `live` (sealed) than when the change was approved, in order. None for a prior
    /// that binds to the uid alone.
    package func moved(in live: LiveObject) -> [FieldPath] {
        guard let names = fields["fields"], let values = fields["values"]?.array else { return [] }
        let set = FieldSet(fieldsV1: names)
        return zip(set.paths, zip(values, Self.values(of: set, in: live))).compactMap { path, values in
            values.0 == values.1 ? nil : path
        }
    }

    private static func values(of set: FieldSet, in live: LiveObject) -> [JSONValue] {
        set.paths.map { path in
            guard let value = value(at: path, in: live.content) else { return [] }
            return [isMerged(path, in: set) ? true : value]
        }
    }

    /// Whether what stands at `path` is an item of a list or an object whose fields are members of their own.
    private static func isMerged(_ path: FieldPath, in set: FieldSet) -> Bool {
        switch path.elements.last {
        case .key, .value: true
        case .field, .index, nil: set.subset(at: path).count > 1
        }
    }
}
