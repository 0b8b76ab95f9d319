import Model

/// Every image that Kreform adds to those of the packages, in one table.
enum Images {
    // Of a version's pods.
    static let fluentBit = "fluent/fluent-bit:1.3"
    static let web = "nginxinc/nginx-unprivileged:stable-alpine"
    /// Has curl with SigV4, tar, gzip and sha256sum.
    static let fetch = "curlimages/curl:8.11.1"

    /// Has the command `nats`.
    static let streams = "natsio/nats-box:0.14.5"

    // Of a runtime's stack.
    static let nats = "nats:2.10-alpine"
    /// The newest that the runners' drivers of 2020 to 2023 all speak with.
    static let mongo = "mongo:5.0"
    static let mongoExpress = "mongo-express:0.54.0"
    static let influxDB = "influxdb:1.8"
    static let chronograf = "chronograf:1.8"
    static let minio = "minio/minio:RELEASE.2024-01-16T16-07-38Z"
    static let mongoWriter = "konstellation/kre-mongo-writer:latest"
    static let runtimeAPI = "konstellation/kre-runtime-api:latest"
    static let defaultBackend = web

    /// Unless the file names another.
    static func image(of part: StackSettings.Part) -> String {
        switch part {
        case .nats: nats
        case .mongodb: mongo
        case .influxdb: influxDB
        case .minio: minio
        case .chronograf: chronograf
        case .mongoExpress: mongoExpress
        case .mongoWriter: mongoWriter
        case .runtimeApi: runtimeAPI
        case .defaultBackend: defaultBackend
        case .streamSetup: streams
        case .packageFetcher: fetch
        case .logShipper: fluentBit
        case .protoServer: web
        }
    }
}
