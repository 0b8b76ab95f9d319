import Model
import Schema

/// `config` of a runtime or a version.
enum ConfigShape {
    private static let value = ShapeKey<String>.optional("value", .text, "The value itself.")
    private static let sensitive = ShapeKey<Bool>.optional(
        "sensitive", .boolean, "Whether `value` is secret: it then goes into a Secret and is shown nowhere.",
        default: "false")
    private static let env = ShapeKey<String>.optional(
        "env", .text(.processVariable), "An environment variable of the process that runs kreform. Sensitive.")
    private static let file = ShapeKey<String>.optional(
        "file", .text(.filled), "A file whose text is the value: a path, relative to this file. Sensitive.")
    private static let secret = ShapeKey<ConfigSource>.optional(
        "secret", SecretReferenceShape.reference.map { .secret(name: $0.name, key: $0.key) },
        "A key of an existing Kubernetes Secret: `{name, key}`.")

    private static let source = Shape<ConfigSource>.record(
        "a configuration value", "Where a value comes from: exactly one of `value`, `env`, `file` and `secret`.",
        keys: ShapeKeys(value, sensitive, env, file, secret)
    ) { values, reading in
        let written = [
            values.keySpan(value).map { ("value", $0) }, values.keySpan(env).map { ("env", $0) },
            values.keySpan(file).map { ("file", $0) }, values.keySpan(secret).map { ("secret", $0) },
        ].compactMap(\.self).sorted { $0.1 < $1.1 }
        let isMeant = values.isMeant(value) || values.isMeant(env) || values.isMeant(file) || values.isMeant(secret)
        if !isMeant {
            reading.report(
                code: "missing-key", summary: "A configuration value does not say where it comes from",
                detail: "Write one of `value`, `env`, `file` and `secret`.", at: values.head)
            return nil
        }
        if written.count > 1 {
            reading.report(
                code: "conflicting-keys",
                summary: "\(Wording.code(written[0].0)) and \(Wording.code(written[1].0)) exclude each other",
                detail: "A configuration value comes from one of `value`, `env`, `file` and `secret`.",
                at: written[1].1)
            return nil
        }
        if values.keySpan(value) == nil, values.value(sensitive) == false, let span = values.keySpan(sensitive) {
            reading.report(
                code: "always-sensitive",
                summary: "A value from \(Wording.code(written.first?.0 ?? "env")) is always sensitive",
                detail: "Remove `sensitive: false`. Only a `value` can be shown in plans.", at: span)
        }
        // A misspelt `sensitive` is not a reason to show the value.
        if let text = values[value] {
            return .text(text, sensitive: values.value(sensitive) ?? values.isMeant(sensitive))
        }
        return values[env].map { .environment($0) } ?? values[file].map { .file($0) } ?? values.value(secret)
    }

    /// Names are not held to a rule here: a package declares the names there are.
    static let config = Shape<[ShapeEntry<ConfigSource>]>.map(
        to: .either(
            "text or a mapping",
            scalar: Shape<String>.text.located { .text($0, sensitive: false) },
            mapping: source
        ).orUnreadable(.unreadable))
}
