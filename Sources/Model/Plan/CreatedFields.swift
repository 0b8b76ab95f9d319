import Fields

/// The fields that the creation of an object sets.
enum CreatedFields {
    /// Every field that carries a value, in order; those of a Secret without their values.
    static func differences(of manifest: Manifest) -> [Difference] {
        let schema = MergeSchema(apiVersion: manifest.apiVersion, kind: manifest.address.kind)
        return addedFields(of: manifest.content, schema: schema).map { field in
            var new = field.new.map { Difference.Shown.value($0) } ?? .absent
            if Masking.isSensitive(field.path, of: manifest.address) {
                new = manifest.generates(field.path) ? .knownAfterApply : .sensitive
            }
            return Difference(path: field.path, old: .absent, new: new, cause: .file)
        }
    }
}

/// Which fields may not be shown.
package enum Masking {
    /// The values of every Secret, whoever made them, and the annotation in which kubectl keeps a copy of them.
    package static func isSensitive(_ path: FieldPath, of address: ResourceAddress) -> Bool {
        guard address.kind == "Secret", address.group.isEmpty else { return false }
        switch path.elements.first {
        case .field("data"), .field("stringData"): return true
        case .field("metadata"): return path.elements.last == .field("kubectl.kubernetes.io/last-applied-configuration")
        default: return false
        }
    }
}

extension Manifest {
    /// Whether the field holds a value that is made on creation.
    package func generates(_ path: FieldPath) -> Bool {
        guard path.elements.count == 2, case .field("data") = path.elements[0], case .field(let name) = path.elements[1]
        else { return false }
        return generated[name] != nil
    }
}
