/// What the user's files ask for, checked, with variables filled in.
package struct DesiredState: Sendable, Hashable {
    package let engine: String
    /// Base domain of published entrypoints; nil publishes inside the cluster only.
    package let domain: String?
    /// Kubeconfig context; nil for the current one.
    package let clusterContext: String?
    package let artifacts: ArtifactStore?
    /// Sorted by name.
    package let runtimes: [DesiredRuntime]

    package init(
        engine: String, domain: String? = nil, clusterContext: String? = nil, artifacts: ArtifactStore? = nil,
        runtimes: [DesiredRuntime]
    ) {
        self.engine = engine
        self.domain = domain
        self.clusterContext = clusterContext
        self.artifacts = artifacts
        self.runtimes = runtimes
    }
}

/// A runtime: an isolated namespace with its own stack, and the versions in it.
package struct DesiredRuntime: Sendable, Hashable {
    package let name: String
    package let description: String
    /// `protect`: no plan may destroy it.
    package let protected: Bool
    /// `<engine>-<name>` unless the file says otherwise.
    package let namespace: String
    package let stack: StackSettings
    package let ingress: IngressSettings
    package let isolation: IsolationSettings
    package let rollout: Rollout
    /// Fields of the runtime's objects, and of those in it, that are left to others.
    package let ignore: [IgnoreRule]
    /// Whether the runtime's own objects and its publication's are taken over when others made them.
    package let adopts: Bool
    /// Sorted by name; at most one is published.
    package let versions: [DesiredVersion]
    package let span: SourceSpan

    package init(
        name: String, description: String, protected: Bool = false, namespace: String, stack: StackSettings = StackSettings(),
        ingress: IngressSettings = IngressSettings(), isolation: IsolationSettings = IsolationSettings(),
        rollout: Rollout = .atOnce, ignore: [IgnoreRule] = [], adopts: Bool = false, versions: [DesiredVersion], span: SourceSpan
    ) {
        self.name = name
        self.description = description
        self.protected = protected
        self.namespace = namespace
        self.stack = stack
        self.ingress = ingress
        self.isolation = isolation
        self.rollout = rollout
        self.ignore = ignore
        self.adopts = adopts
        self.versions = versions
        self.span = span
    }

    package var published: DesiredVersion? { versions.first { $0.status == .published } }
}

/// How published entrypoints are reached from outside the cluster.
package struct IngressSettings: Sendable, Hashable {
    /// `ingressClassName`; nil for the cluster's default class.
    package let className: String?
    /// Secret with the certificate of the entrypoint's hosts.
    package let tlsSecret: String?
    /// cert-manager ClusterIssuer that makes the certificate.
    package let clusterIssuer: String?
    /// Of all Ingresses, or routes.
    package let annotations: [String: String]
    /// Of the entrypoint's Ingress alone, besides.
    package let entrypointAnnotations: [String: String]
    /// Of the Service that they lead to.
    package let serviceAnnotations: [String: String]
    package let entrypointHost: HostTemplate
    package let protoHost: HostTemplate
    /// Its routes are made instead of Ingresses.
    package let gateway: GatewaySettings?

    package init(
        className: String? = nil, tlsSecret: String? = nil, clusterIssuer: String? = nil, annotations: [String: String] = [:],
        entrypointAnnotations: [String: String] = [:], serviceAnnotations: [String: String] = [:],
        entrypointHost: HostTemplate = .entrypoint, protoHost: HostTemplate = .proto, gateway: GatewaySettings? = nil
    ) {
        self.className = className
        self.tlsSecret = tlsSecret
        self.clusterIssuer = clusterIssuer
        self.annotations = annotations
        self.entrypointAnnotations = entrypointAnnotations
        self.serviceAnnotations = serviceAnnotations
        self.entrypointHost = entrypointHost
        self.protoHost = protoHost
        self.gateway = gateway
    }

    /// Whether ingress-nginx takes the Ingresses, by the name of their class; nil where that is the cluster's default.
    package var isNginx: Bool? { className.map { $0.contains("nginx") } }
}

/// Where a version stands in its life. Legal moves: stopped → started → published → started → stopped.
package enum VersionStatus: String, Sendable, Hashable, CaseIterable, Comparable {
    /// Known and stored; consumes nothing in the cluster.
    case stopped
    /// All pods run; reachable inside the cluster.
    case started
    /// Reachable from outside through the runtime's active entrypoint.
    case published

    package static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .stopped: 0
        case .started: 1
        case .published: 2
        }
    }
}

/// A version that the file lists.
package struct DesiredVersion: Sendable, Hashable {
    /// From the package's `version`.
    package let name: String
    package let status: VersionStatus
    package let solution: Package
    /// A value for each name that the package declares, sorted by name.
    package let config: [ConfigEntry]
    /// What the file says of its pods.
    package let workloads: VersionWorkloads
    /// Fields of its objects that are left to others, besides those of the runtime.
    package let ignore: [IgnoreRule]
    /// Whether its objects are taken over when others made them.
    package let adopts: Bool
    package let span: SourceSpan

    package init(
        name: String, status: VersionStatus, package: Package, config: [ConfigEntry],
        workloads: VersionWorkloads = VersionWorkloads(), ignore: [IgnoreRule] = [], adopts: Bool = false, span: SourceSpan
    ) {
        self.name = name
        self.status = status
        self.solution = package
        self.config = config
        self.workloads = workloads
        self.ignore = ignore
        self.adopts = adopts
        self.span = span
    }
}

/// One configuration value of a version; nodes get it as an environment variable, files too (their text).
package struct ConfigEntry: Sendable, Hashable {
    package let name: String
    package let value: ConfigValue

    package init(name: String, value: ConfigValue) {
        self.name = name
        self.value = value
    }
}

package enum ConfigValue: Sendable, Hashable {
    case plain(String)
    case sensitive(SensitiveValue)
    /// A key of an existing Kubernetes Secret in the runtime's namespace.
    case secret(name: String, key: String)
}
