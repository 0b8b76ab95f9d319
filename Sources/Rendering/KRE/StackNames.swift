import Model

/// Names inside a runtime's namespace that the runner images and the stack know each other by (engine's contract,
/// section 6).
enum StackNames {
    static let nats = "kre-nats"
    static let mongo = "kre-mongo"
    /// Also the host name of the replica set's member.
    static let mongoService = "kre-mongo-0"
    static let mongoExpress = "kre-mongo-express"
    static let chronograf = "chronograf"
    static let minio = "kre-minio"
    static let mongoWriter = "mongo-writer"
    static let runtimeAPI = "runtime-api"
    static let defaultBackend = "runtime-default-backend"
    /// Of every pod that does not call the Kubernetes API.
    static let serviceAccount = "kre-runtime"

    static let natsAddress = "\(nats):4222"
    static let minioAddress = "http://\(minio):9000"
    static func influxAddress(runtime: String) -> String { "http://\(ObjectNames.influxDB(runtime: runtime)):8086" }

    /// Secrets of the stack and their keys.
    enum Secret {
        static let mongo = "kre-mongo"
        static let mongoUser = "MONGO_INITDB_ROOT_USERNAME"
        static let mongoPassword = "MONGO_INITDB_ROOT_PASSWORD"
        static let mongoKey = "replica-set-key"
        static let mongoURI = "KRE_RUNTIME_MONGO_URI"

        static let mongoReader = "kre-mongo-express"
        /// While a rotation is under way.
        static let mongoNext = "kre-mongo-next"
        static let mongoReaderUser = "ME_CONFIG_MONGODB_AUTH_USERNAME"
        static let mongoReaderPassword = "ME_CONFIG_MONGODB_AUTH_PASSWORD"

        static let minio = "kre-minio"
        static let minioUser = "MINIO_ROOT_USER"
        static let minioPassword = "MINIO_ROOT_PASSWORD"
    }

    /// Database of the nodes' data, and the bucket that fetchers of old images look for.
    static let database = "data"
    static let bucket = "krt"
}
