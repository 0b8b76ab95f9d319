import Model

/// How much of everything a runtime's stack gets, by preset.
struct StackSizes: Sendable {
    let nats, mongo, influxDB, minio, chronograf: Part
    /// Everything without storage.
    let service: Part

    struct Part: Sendable {
        let storage: String
        let resources: Resources

        init(_ storage: String, cpu: String, memory: String, limit: String) {
            self.storage = storage
            resources = Resources(cpu: cpu, memory: memory, memoryLimit: limit)
        }
    }

    /// Of containers in the versions' pods, whatever the preset.
    private static let streamSetup = Part("", cpu: "10m", memory: "32Mi", limit: "128Mi")
    private static let packageFetcher = Part("", cpu: "50m", memory: "64Mi", limit: "256Mi")
    private static let logShipper = Part("", cpu: "10m", memory: "32Mi", limit: "128Mi")
    private static let protoServer = Part("", cpu: "10m", memory: "16Mi", limit: "64Mi")

    func size(of part: StackSettings.Part) -> Part {
        switch part {
        case .nats: nats
        case .mongodb: mongo
        case .influxdb: influxDB
        case .minio: minio
        case .chronograf: chronograf
        case .mongoExpress, .mongoWriter, .runtimeApi, .defaultBackend: service
        case .streamSetup: Self.streamSetup
        case .packageFetcher: Self.packageFetcher
        case .logShipper: Self.logShipper
        case .protoServer: Self.protoServer
        }
    }

    static func of(_ preset: StackSettings.Preset) -> StackSizes {
        switch preset {
        case .dev: dev
        case .small: small
        case .production: production
        }
    }

    private static let dev = StackSizes(
        nats: Part("1Gi", cpu: "10m", memory: "32Mi", limit: "256Mi"),
        mongo: Part("1Gi", cpu: "50m", memory: "256Mi", limit: "1Gi"),
        influxDB: Part("1Gi", cpu: "20m", memory: "128Mi", limit: "512Mi"),
        minio: Part("1Gi", cpu: "20m", memory: "128Mi", limit: "512Mi"),
        chronograf: Part("1Gi", cpu: "10m", memory: "64Mi", limit: "256Mi"),
        service: Part("", cpu: "10m", memory: "32Mi", limit: "256Mi"))

    private static let small = StackSizes(
        nats: Part("5Gi", cpu: "100m", memory: "128Mi", limit: "512Mi"),
        mongo: Part("10Gi", cpu: "250m", memory: "512Mi", limit: "2Gi"),
        influxDB: Part("10Gi", cpu: "100m", memory: "256Mi", limit: "1Gi"),
        minio: Part("20Gi", cpu: "100m", memory: "256Mi", limit: "1Gi"),
        chronograf: Part("2Gi", cpu: "20m", memory: "64Mi", limit: "256Mi"),
        service: Part("", cpu: "20m", memory: "64Mi", limit: "256Mi"))

    private static let production = StackSizes(
        nats: Part("20Gi", cpu: "500m", memory: "512Mi", limit: "2Gi"),
        mongo: Part("100Gi", cpu: "1", memory: "4Gi", limit: "8Gi"),
        influxDB: Part("100Gi", cpu: "500m", memory: "2Gi", limit: "4Gi"),
        minio: Part("200Gi", cpu: "500m", memory: "1Gi", limit: "4Gi"),
        chronograf: Part("5Gi", cpu: "50m", memory: "128Mi", limit: "512Mi"),
        service: Part("", cpu: "50m", memory: "128Mi", limit: "512Mi"))
}
