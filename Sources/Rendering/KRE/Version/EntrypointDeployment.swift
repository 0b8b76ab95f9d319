import JSON
import Model

/// The gRPC server in front of a version's workflows, with the web server that gives its `.proto` to clients.
struct EntrypointDeployment {
    private let context: VersionContext

    init(_ context: VersionContext) { self.context = context }

    static let webName = "web"
    private static let subjectsFile = "/src/conf/nats_subject.json"

    /// In the words of `appProtocol`: routes and Ingresses of HTTP would speak HTTP/1.1 to the Service otherwise.
    private static let clearHTTP2 = "kubernetes.io/h2c"

    /// As the seeds have it: the version's name with `-entrypoint`, on pods and Services alike.
    private static func selector(_ version: DesiredVersion) -> [String: String] {
        [
            VersionLabels.type: "entrypoint",
            VersionLabels.versionName: ObjectNames.entrypointDeployment(version: version.name),
        ]
    }

    /// The Service of `version`, under its own name or as the active entrypoint.
    /// - Parameter ingress: of those that lead to it from outside; nil where nothing does.
    static func service(
        _ name: String, _ component: Component, stamp: Stamp, version: DesiredVersion, behind ingress: IngressSettings? = nil
    ) -> JSONValue {
        stamp.service(
            name, component, labels: selector(version), annotations: ingress?.serviceAnnotations ?? [:], selector: selector(version),
            ports: [
                ServicePort(name: "grpc", port: 9000, target: 9000, appProtocol: ingress == nil ? nil : clearHTTP2),
                ServicePort(name: "web", port: 80, target: 8080),
            ])
    }

    var content: JSONValue {
        var labels = Self.selector(context.version)
        labels[VersionLabels.nodeName] = "entrypoint"
        labels[VersionLabels.nodeID] = "entrypoint"
        let pod = context.pod(
            labels: labels, component: .entrypoint, containers: [server, context.logShipper(environment), web],
            volumes: context.volumes + [Volume(name: "web-tmp", source: .empty)], placement: workload.placement)
        return context.stamp.deployment(
            ObjectNames.entrypointDeployment(version: context.version.name), .entrypoint, labels: labels,
            annotations: context.annotations, selector: labels, replicas: workload.replicas ?? 1,
            minReadySeconds: workload.minReadySeconds, pod: pod)
    }

    private var workload: Workload { Workload(entrypointOf: context.version, stack: context.scope.runtime.stack) }

    private var server: Container {
        Container(
            name: "entrypoint", image: workload.image ?? context.manifest.entrypoint.image,
            environment: environment.under(workload.environment),
            ports: [ContainerPort(name: "grpc", port: 9000)],
            mounts: [context.file(ConfigurationFiles.subjects, at: Self.subjectsFile), context.files, context.logs],
            resources: workload.resources,
            probes: Probes(readiness: .tcp(9000)))
    }

    private var web: Container {
        let proto = context.manifest.entrypoint.proto
        let file = proto.split(separator: "/").last.map(String.init) ?? proto
        let part = context.scope.runtime.part(.protoServer)
        return Container(
            name: Self.webName, image: part.image, ports: [ContainerPort(name: "web", port: 8080)],
            mounts: [
                context.file(ConfigurationFiles.web, at: "/etc/nginx/conf.d/default.conf"),
                Mount(volume: VersionContext.filesVolume, path: "/proto/\(file)", subPath: proto, readOnly: true),
                Mount(volume: "web-tmp", path: "/tmp"),
            ],
            resources: part.resources,
            probes: Probes(readiness: .http("/", 8080)),
            security: ContainerSecurity(user: 101, group: 101, readOnlyRoot: true))
    }

    private var environment: [EnvironmentVariable] {
        let fixed = ["KRT_NODE_NAME", "KRT_NODE_ID", "KRT_WORKFLOW_NAME", "KRT_WORKFLOW_ID"].map {
            EnvironmentVariable($0, "entrypoint")
        }
        let common = [
            EnvironmentVariable("KRT_VERSION_ID", context.versionID),
            EnvironmentVariable("KRT_VERSION", context.version.name),
            EnvironmentVariable("KRT_NATS_SERVER", context.addresses.nats),
            EnvironmentVariable("KRT_NATS_SUBJECTS_FILE", Self.subjectsFile),
            EnvironmentVariable("KRT_INFLUX_URI", context.addresses.influxDB),
        ]
        switch context.format {
        // Seconds.
        case .v1: return fixed + common + [EnvironmentVariable("KRT_REQUEST_TIMEOUT", "30")]
        // Milliseconds.
        case .v2:
            return fixed + common + [
                EnvironmentVariable("KRT_RUNTIME_ID", context.runtime),
                EnvironmentVariable("KRT_REQUEST_TIMEOUT", "30000"),
                EnvironmentVariable("KRT_JS_REQUEST_TIMEOUT", "30000"),
            ]
        }
    }
}
