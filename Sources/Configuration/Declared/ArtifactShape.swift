import Model
import Schema

/// `artifacts`.
enum ArtifactShape {
    private enum Word: String, Sendable, CaseIterable { case env }

    private static let secret = ShapeKey<String>.optional(
        "secret", .text(.kubernetesName),
        "A Kubernetes Secret in the runtime's namespace with the keys that pods fetch packages with.")
    private static let profile = ShapeKey<Located<String>>.optional(
        "profile", Shape<String>.text(.filled).located { $0 }, "The AWS profile with the keys that packages are uploaded with.")
    private static let endpoint = ShapeKey<String>.required(
        "endpoint", .text(.endpoint), "The store's address, such as `https://s3.example.com`.")
    private static let bucket = ShapeKey<String>.required("bucket", .text(.bucket), "The bucket for packages.")
    private static let region = ShapeKey<String>.optional(
        "region", .text(.filled), "The region that requests are signed for.", default: "us-east-1")
    private static let prefix = ShapeKey<String>.optional("prefix", .text(.keyPrefix), "What the keys of all packages begin with.")
    private static let pathStyle = ShapeKey<Bool>.optional(
        "pathStyle", .boolean, "Whether URLs have the bucket in their path, rather than before the host's name.",
        default: "true")
    private static let credentials = ShapeKey<DeclaredStore.Credentials>.optional(
        "credentials",
        .either("`env` or a mapping", scalar: Shape<Word>.choice.map { _ in DeclaredStore.Credentials.environment }, mapping: named).orUnreadable(.unreadable),
        "How the store lets us in: `env`, `{profile: NAME}`, `{secret: NAME}` or both of these.")

    private static let named = Shape<DeclaredStore.Credentials>.record(
        "`credentials`", keys: ShapeKeys(secret, profile)
    ) { values, reading in
        let (secret, profile) = (values.value(Self.secret), values.value(Self.profile))
        guard secret != nil || profile != nil else {
            if !values.isMeant(Self.secret), !values.isMeant(Self.profile) {
                reading.report(
                    code: "missing-key", summary: "`credentials` says nothing",
                    detail: "Write `env`, `{profile: NAME}` or `{secret: NAME}`.", at: values.head)
            }
            return .unreadable
        }
        return .named(secret: secret, profile: profile)
    }

    private static let s3 = ShapeKey<DeclaredStore>.required(
        "s3",
        .record(
            "`s3`", "An S3 store.", keys: ShapeKeys(endpoint, bucket, region, prefix, pathStyle, credentials)
        ) { values, _ in
            guard let endpoint = values.value(endpoint), let bucket = values.value(bucket) else { return nil }
            return DeclaredStore(
                endpoint: endpoint, bucket: bucket, region: values.value(region), prefix: values.value(prefix) ?? "",
                pathStyle: values.value(pathStyle) ?? true, credentials: values[credentials])
        },
        "An S3 store: `{endpoint, bucket, region, prefix, pathStyle, credentials}`.")

    static let artifacts = Shape<DeclaredStore?>.record("`artifacts`", keys: ShapeKeys(s3)) { values, _ in
        .some(values.value(s3))
    }
}
