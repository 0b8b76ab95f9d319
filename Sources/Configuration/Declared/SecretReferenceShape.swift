import Model
import Schema

/// `secret` wherever a key of a Secret is named.
enum SecretReferenceShape {
    private static let name = ShapeKey<String>.required(
        "name", .text(.kubernetesName), "The Secret's name, in the runtime's namespace.")
    private static let key = ShapeKey<String>.required("key", .text(.secretKey), "The key in the Secret.")

    static let reference = Shape<SecretReference>.record("a secret reference", keys: ShapeKeys(name, key)) { values, _ in
        guard let name = values.value(name), let key = values.value(key) else { return nil }
        return SecretReference(name: name, key: key)
    }
}
