/// What a runtime's stack consists of, and how large it is.
package struct StackSettings: Sendable, Hashable {
    /// `dev`: least of everything. `small`: one of each, with room to work. `production`: more memory and storage.
    package enum Preset: String, Sendable, Hashable, CaseIterable { case dev, small, production }

    /// What has settings of its own, by its key in the file. The last three are containers of the versions' pods, and
    /// the one before them is the Jobs of versions.
    package enum Part: String, Sendable, Hashable, CaseIterable {
        case nats, mongodb, influxdb, minio, chronograf, mongoExpress, mongoWriter, runtimeApi, defaultBackend
        case streamSetup
        case packageFetcher, logShipper, protoServer
    }

    package let preset: Preset
    /// Storage class of every volume that names none of its own; nil for the cluster's default.
    package let storageClass: String?
    /// Secrets that the images of the stack, and of its containers in versions' pods, are pulled with.
    package let imagePullSecrets: [String]
    /// What the file says of single parts.
    package let parts: [Part: PartSettings]
    package let external: ExternalServices
    package let alerts: AlertSettings
    /// Where the file says something of a part.
    package let places: [Part: SourceSpan]

    package init(
        preset: Preset = .small, storageClass: String? = nil, imagePullSecrets: [String] = [],
        parts: [Part: PartSettings] = [:], external: ExternalServices = ExternalServices(),
        alerts: AlertSettings = AlertSettings(), places: [Part: SourceSpan] = [:]
    ) {
        self.preset = preset
        self.storageClass = storageClass
        self.imagePullSecrets = imagePullSecrets
        self.parts = parts
        self.external = external
        self.alerts = alerts
        self.places = places
    }

    /// Whether objects are made for a part: not when it is switched off, nor when what exists already is used instead.
    package func makes(_ part: Part) -> Bool {
        switch part {
        case .nats: external.nats == nil
        // The view shows the runtime's own database.
        case .mongodb, .mongoExpress: external.mongodb == nil && parts[part]?.isEnabled ?? true
        case .influxdb: external.influxdb == nil
        default: parts[part]?.isEnabled ?? true
        }
    }
}

/// Alerts of a stack, where the cluster serves Prometheus' rules.
package struct AlertSettings: Sendable, Hashable {
    package let isEnabled: Bool
    /// By which a Prometheus finds its rules.
    package let labels: [String: String]

    package init(isEnabled: Bool = true, labels: [String: String] = [:]) {
        self.isEnabled = isEnabled
        self.labels = labels
    }
}

/// What the file says of one part of a stack; nil for what the preset says. Quantities are in their canonical form.
package struct PartSettings: Sendable, Hashable {
    package var isEnabled: Bool?
    package var image: String?
    package var replicas: Int?
    package var storage: String?
    package var storageClass: String?
    package var requests: ComputeAmounts
    package var limits: ComputeAmounts

    package init(
        isEnabled: Bool? = nil, image: String? = nil, replicas: Int? = nil, storage: String? = nil, storageClass: String? = nil,
        requests: ComputeAmounts = ComputeAmounts(), limits: ComputeAmounts = ComputeAmounts()
    ) {
        self.isEnabled = isEnabled
        self.image = image
        self.replicas = replicas
        self.storage = storage
        self.storageClass = storageClass
        self.requests = requests
        self.limits = limits
    }
}

/// Processor time and memory, as quantities.
package struct ComputeAmounts: Sendable, Hashable {
    package var cpu: String?
    package var memory: String?

    package init(cpu: String? = nil, memory: String? = nil) {
        self.cpu = cpu
        self.memory = memory
    }
}

/// What exists already and is used in place of parts of the stack.
package struct ExternalServices: Sendable, Hashable {
    /// `HOST:PORT`.
    package let nats: String?
    package let mongodb: ExternalMongoDB?
    /// `http://HOST[:PORT]`.
    package let influxdb: String?

    package init(nats: String? = nil, mongodb: ExternalMongoDB? = nil, influxdb: String? = nil) {
        self.nats = nats
        self.mongodb = mongodb
        self.influxdb = influxdb
    }
}

/// A database whose address, with user and password, stands in a Secret of the runtime's namespace.
package struct ExternalMongoDB: Sendable, Hashable {
    package let secret: String
    package let key: String
    /// Which the pods may reach.
    package let port: Int

    package init(secret: String, key: String, port: Int = 27017) {
        self.secret = secret
        self.key = key
        self.port = port
    }
}
