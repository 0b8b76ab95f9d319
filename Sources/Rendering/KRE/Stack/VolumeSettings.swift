import Fields
import Model

extension RuntimeStack {
    /// Where the sizes and classes of the stack's volumes come from: what the file says of a part, or of the whole stack.
    var volumeSettings: [FieldSetting] {
        let stack = runtime.stack
        let parts: [StackSettings.Part] = [.nats, .mongodb, .influxdb, .minio, .chronograf]
        return parts.filter(stack.makes).flatMap { part -> [FieldSetting] in
            let (object, claim) = volume(of: part)
            let (own, path) = (stack.parts[part], "stack.\(part.rawValue)")
            let size = claim.appending("resources").appending("requests").appending("storage")
            return [
                FieldSetting(
                    object: object, field: size, key: own?.storage == nil ? "stack.preset" : "\(path).storage",
                    ownKey: "\(path).storage", isVolumeSize: true),
                FieldSetting(
                    object: object, field: claim.appending("storageClassName"),
                    key: own?.storageClass == nil && stack.storageClass != nil ? "stack.storageClass" : "\(path).storageClass",
                    ownKey: "\(path).storageClass"),
            ]
        }
    }

    /// The object that has the part's claim, and where in it the claim's `spec` is.
    private func volume(of part: StackSettings.Part) -> (ResourceAddress, FieldPath) {
        if let set = made(part).first {
            return (set, FieldPath([.field("spec"), .field("volumeClaimTemplates"), .index(0), .field("spec")]))
        }
        return (stamp.address("v1", "PersistentVolumeClaim", StackNames.chronograf), FieldPath("spec"))
    }
}
