import Fields

/// The key of the desired-state file that leads to a field of an object: what to mend when the field cannot become what is wanted.
package struct FieldSetting: Sendable, Hashable {
    package let object: ResourceAddress
    package let field: FieldPath
    /// Where the value comes from, below the runtime: `stack.preset`.
    package let key: String
    /// What says it for this field alone: `stack.mongodb.storage`. The same as `key` when that is in the file.
    package let ownKey: String
    /// It is the size of a volume, which can grow where it is.
    package let isVolumeSize: Bool

    package init(object: ResourceAddress, field: FieldPath, key: String, ownKey: String, isVolumeSize: Bool = false) {
        self.object = object
        self.field = field
        self.key = key
        self.ownKey = ownKey
        self.isVolumeSize = isVolumeSize
    }
}
