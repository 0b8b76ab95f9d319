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

    // MARK: The way of the pods

    private static let authorityMap = ShapeKey<String>.optional(
        "configMap", .text(.kubernetesName), "A ConfigMap in the runtime's namespace that has them.")
    private static let authoritySecret = ShapeKey<String>.optional(
        "secret", .text(.kubernetesName), "A Secret in the runtime's namespace that has them.")
    private static let authorityKey = ShapeKey<String>.optional(
        "key", .text(.secretKey), "The key in it.", default: "ca.crt")
    private static let authority = ShapeKey<CertificateAuthority>.optional(
        "certificateAuthority",
        .record(
            "`certificateAuthority`", keys: ShapeKeys(authorityMap, authoritySecret, authorityKey),
            hints: ["file": "It is for pods. For uploads set AWS_CA_BUNDLE to the file."], synonyms: ["configmap": "configMap"]
        ) { values, reading in
            let key = values.value(authorityKey) ?? "ca.crt"
            switch (values.value(authorityMap), values.value(authoritySecret)) {
            case (let map?, nil): return CertificateAuthority(.configMap, name: map, key: key)
            case (nil, let secret?): return CertificateAuthority(.secret, name: secret, key: key)
            case (nil, nil):
                if !values.isMeant(authorityMap), !values.isMeant(authoritySecret) {
                    reading.report(
                        code: "missing-key", summary: "`certificateAuthority` does not say where the certificates are",
                        detail: "Write `configMap: NAME` or `secret: NAME`.", at: values.head)
                }
                return nil
            case (_?, _?):
                reading.report(
                    code: "conflicting-keys", summary: "`configMap` and `secret` exclude each other",
                    detail: "The certificates are in one of them.", at: values.keySpan(authoritySecret) ?? values.head)
                return nil
            }
        },
        "Whom pods trust when they fetch packages: `{configMap: NAME, key: KEY}` or `{secret: NAME, key: KEY}`.")
    private static let proxy = ShapeKey<String>.optional(
        "proxy", .text(.proxy), "What pods fetch packages through, such as `http://proxy.example.com:3128`.")

    private static let s3 = ShapeKey<DeclaredStore>.required(
        "s3",
        .record(
            "`s3`", "An S3 store.", keys: ShapeKeys(endpoint, bucket, region, prefix, pathStyle, credentials, authority, proxy),
            hints: ["caBundle": "For pods there is `certificateAuthority`; for uploads set AWS_CA_BUNDLE."],
            synonyms: ["ca": "certificateAuthority", "httpsProxy": "proxy"]
        ) { values, _ in
            guard let endpoint = values.value(endpoint), let bucket = values.value(bucket) else { return nil }
            return DeclaredStore(
                endpoint: endpoint, bucket: bucket, region: values.value(region), prefix: values.value(prefix) ?? "",
                pathStyle: values.value(pathStyle) ?? true, authority: values.value(authority), proxy: values.value(proxy),
                credentials: values[credentials])
        },
        "An S3 store: `{endpoint, bucket, region, prefix, pathStyle, credentials, certificateAuthority, proxy}`.")

    static let artifacts = Shape<DeclaredStore?>.record("`artifacts`", keys: ShapeKeys(s3)) { values, _ in
        .some(values.value(s3))
    }
}
