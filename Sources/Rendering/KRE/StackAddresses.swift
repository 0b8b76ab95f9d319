import Model

/// Where the pods of a runtime find its messaging and databases: its own, or those that the file names.
struct StackAddresses: Sendable {
    /// `HOST:PORT`.
    let nats: String
    /// `http://HOST:PORT`.
    let influxDB: String
    /// The Secret with the database's address, and the key in it.
    let mongoSecret: String
    let mongoKey: String

    init(_ runtime: DesiredRuntime) {
        let external = runtime.stack.external
        nats = external.nats ?? StackNames.natsAddress
        influxDB = external.influxdb ?? StackNames.influxAddress(runtime: runtime.name)
        mongoSecret = external.mongodb?.secret ?? StackNames.Secret.mongo
        mongoKey = external.mongodb?.key ?? StackNames.Secret.mongoURI
    }

    var natsHost: String { nats.split(separator: ":").first.map(String.init) ?? nats }
    var natsPort: String { nats.split(separator: ":").last.map(String.init) ?? "" }

    /// A variable of that name with the database's address, user and password included.
    func mongoURI(as name: String) -> EnvironmentVariable {
        EnvironmentVariable(name, secret: mongoSecret, key: mongoKey)
    }

    /// The port of `http://HOST[:PORT]`.
    static func port(of address: String) -> Int {
        let isSecure = address.hasPrefix("https://")
        return address.split(separator: ":").dropFirst().last.flatMap { Int($0) } ?? (isSecure ? 443 : 80)
    }
}
