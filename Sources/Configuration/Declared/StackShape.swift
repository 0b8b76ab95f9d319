import Model
import Schema

/// `stack` of a runtime.
enum StackShape {
    private static let preset = ShapeKey<StackSettings.Preset>.optional(
        "preset", .choice, "`dev`: least of everything. `small`: one of each. `production`: more memory and storage.",
        default: "small")
    private static let storageClass = ShapeKey<String>.optional(
        "storageClass", .text(.kubernetesName), "Storage class of every volume.", default: "the cluster's default")

    private static let imagePullSecrets = ShapeKey<[Located<String>]>.optional(
        "imagePullSecrets", .list(of: .text(.kubernetesName)),
        "Secrets that the images of the stack, and of its containers in versions' pods, are pulled with.")

    // MARK: Parts

    private static func key(_ part: StackSettings.Part, _ shape: Shape<PartSettings>, _ summary: String) -> ShapeKey<PartSettings> {
        .optional(part.rawValue, shape, summary)
    }

    private static let needed = "The runners need it. To use one that is there already, name it under `external`."

    private static let nats = key(.nats, PartShape.stored("the part `nats`", enabling: needed), "Messaging.")
    private static let mongodb = key(.mongodb, PartShape.stored("the part `mongodb`", enabling: needed), "The database of the nodes' data.")
    private static let influxdb = key(
        .influxdb, PartShape.stored("the part `influxdb`", enabling: needed), "The database of the measurements.")
    private static let minio = key(.minio, PartShape.switchable("the part `minio`"), "The store of packages and files.")
    private static let chronograf = key(.chronograf, PartShape.switchable("the part `chronograf`"), "Dashboards over the measurements.")
    private static let mongoExpress = key(
        .mongoExpress, PartShape.served("the part `mongoExpress`"), "A view of the nodes' data that changes nothing.")
    private static let mongoWriter = key(
        .mongoWriter, PartShape.served("the part `mongoWriter`"), "Writes the nodes' data and logs into the database.")
    private static let runtimeApi = key(
        .runtimeApi, PartShape.served("the part `runtimeApi`"), "Tells a KRE administration of the runtime.")
    private static let defaultBackend = key(
        .defaultBackend, PartShape.served("the part `defaultBackend`"), "Answers in place of a published version that has no pods.")
    private static let streamSetup = key(
        .streamSetup, PartShape.container("the part `streamSetup`", pods: "It is in the Jobs of every version of KRT v2."),
        "Brings the streams of KRT v2 versions into NATS, and takes them away. Needs a shell and the command `nats`.")
    private static let packageFetcher = key(
        .packageFetcher, PartShape.container("the part `packageFetcher`"),
        "Before every node and entrypoint: fetches and unpacks their package. Needs a shell, curl, tar, gzip and sha256sum.")
    private static let logShipper = key(
        .logShipper, PartShape.container("the part `logShipper`"), "Beside every node and entrypoint: sends their logs on.")
    private static let protoServer = key(
        .protoServer, PartShape.container("the part `protoServer`"), "Beside every entrypoint: serves its protos.")

    private static let parts = [
        nats, mongodb, influxdb, minio, chronograf, mongoExpress, mongoWriter, runtimeApi, defaultBackend, streamSetup,
        packageFetcher, logShipper, protoServer,
    ]

    // MARK: What is there already

    private static let natsAddress = ShapeKey<String>.required(
        "address", .text(.hostAndPort), "Its address, such as `nats.shared:4222`.")
    private static let externalNats = ShapeKey<String>.optional(
        "nats",
        .record("an external NATS", keys: ShapeKeys(natsAddress), synonyms: addressSynonyms) { values, _ in values.value(natsAddress) },
        "A NATS server with JetStream.")

    private static let mongoSecret = ShapeKey<SecretReference>.required(
        "secret", SecretReferenceShape.reference, "The Secret with its address, user and password included: `{name, key}`.")
    private static let mongoPort = ShapeKey<Int>.optional(
        "port", .integer(in: 1...65535), "Its port, which the pods may reach.", default: "27017")
    private static let externalMongo = ShapeKey<ExternalMongoDB>.optional(
        "mongodb",
        .record(
            "an external MongoDB", keys: ShapeKeys(mongoSecret, mongoPort),
            hints: [
                "address": "Its address has a password in it: put it into a Secret, and write `secret: {name, key}`.",
                "uri": "Its address has a password in it: put it into a Secret, and write `secret: {name, key}`.",
            ]
        ) { values, _ in
            values.value(mongoSecret).map { ExternalMongoDB(secret: $0.name, key: $0.key, port: values.value(mongoPort) ?? 27017) }
        }, "A MongoDB replica set.")

    private static let influxAddress = ShapeKey<String>.required(
        "address", .text(.httpAddress), "Its address, such as `http://influxdb.shared:8086`.")
    private static let externalInflux = ShapeKey<String>.optional(
        "influxdb",
        .record("an external InfluxDB", keys: ShapeKeys(influxAddress), synonyms: addressSynonyms) { values, _ in
            values.value(influxAddress)
        }, "An InfluxDB 1.x with the database `kre`.")
    private static let addressSynonyms = ["url": "address", "uri": "address", "host": "address", "endpoint": "address"]

    private static let external = ShapeKey<ExternalServices>.optional(
        "external",
        .record(
            "what is external", keys: ShapeKeys(externalNats, externalMongo, externalInflux),
            hints: [
                "minio": "Name the store of packages under `artifacts` at the top of the file, and write `minio: {enabled: false}`.",
                "s3": "Name the store of packages under `artifacts` at the top of the file, and write `minio: {enabled: false}`.",
            ], synonyms: ["mongo": "mongodb", "influx": "influxdb"]
        ) { values, _ in
            ExternalServices(
                nats: values.value(externalNats), mongodb: values.value(externalMongo), influxdb: values.value(externalInflux))
        }, "What exists already and is used instead: nothing is made of it then.")

    private static let alertsEnabled = ShapeKey<Bool>.optional(
        "enabled", .boolean, "Whether there are alerts, where the cluster serves PrometheusRules.", default: "true")
    private static let alertLabels = ShapeKey<[ShapeEntry<String>]>.optional(
        "labels", .map(names: .labelName, to: .text(.labelValue)),
        "Labels by which a Prometheus finds its rules, such as `release: prometheus`.")
    private static let alerts = ShapeKey<AlertSettings>.optional(
        "alerts",
        .record("`alerts`", keys: ShapeKeys(alertsEnabled, alertLabels), synonyms: ["disabled": "enabled", "selector": "labels"]) { values, _ in
            AlertSettings(
                isEnabled: values.value(alertsEnabled) ?? true,
                labels: Dictionary(
                    (values.value(alertLabels) ?? []).map { ($0.name.value, $0.value.value) },
                    uniquingKeysWith: { first, _ in first }))
        }, "Alerts for Prometheus: `{enabled, labels}`.")

    // MARK: The whole

    static let stack = Shape<StackSettings>.record(
        "a stack",
        keys: ShapeKeys(
            preset, storageClass, imagePullSecrets, nats, mongodb, influxdb, minio, chronograf, mongoExpress, mongoWriter, runtimeApi, defaultBackend,
            streamSetup, packageFetcher, logShipper, protoServer, external, alerts),
        synonyms: [
            "mongo": "mongodb", "influx": "influxdb", "s3": "minio", "runtimeAPI": "runtimeApi", "fluentBit": "logShipper", "pullSecrets": "imagePullSecrets",
            "fetchImage": "packageFetcher", "packageFetch": "packageFetcher",
            "mongo-express": "mongoExpress", "mongo-writer": "mongoWriter", "runtime-api": "runtimeApi",
        ]
    ) { values, reading in
        let others = values.value(external) ?? ExternalServices()
        let replaced = [
            (nats, "nats", others.nats != nil), (mongodb, "mongodb", others.mongodb != nil),
            (mongoExpress, "mongodb", others.mongodb != nil), (influxdb, "influxdb", others.influxdb != nil),
        ]
        for (key, name, isExternal) in replaced where isExternal {
            guard let span = values.keySpan(key) else { continue }
            reading.report(
                code: "conflicting-keys", summary: "\(Wording.code(key.name)) has settings, but is not made",
                detail: "\(Wording.code("external.\(name)")) is used instead of the runtime's own. Remove one of the two.", at: span)
        }
        let settings = parts.compactMap { key in
            StackSettings.Part(rawValue: key.name).flatMap { part in values.value(key).map { (part, $0) } }
        }
        let places = parts.compactMap { key in
            StackSettings.Part(rawValue: key.name).flatMap { part in values.keySpan(key).map { (part, $0) } }
        }
        return StackSettings(
            preset: values.value(preset) ?? .small, storageClass: values.value(storageClass),
            imagePullSecrets: (values.value(imagePullSecrets) ?? []).map(\.value),
            parts: Dictionary(settings, uniquingKeysWith: { first, _ in first }), external: others,
            alerts: values.value(alerts) ?? AlertSettings(), places: Dictionary(places, uniquingKeysWith: { first, _ in first }))
    }
}
