import Digest
import Model

/// Desired states to render.
enum Samples {
    static let canary = "c4n4ry-do-not-print"
    static let key: DigestKey = {
        var generator = Counting()
        return DigestKey(using: &generator)
    }()

    static func span(_ line: Int) -> SourceSpan {
        SourceSpan(
            file: "kreform.yaml", start: SourcePosition(line: line, column: 5),
            end: SourcePosition(line: line, column: 9))
    }

    static func state(
        _ runtimes: [DesiredRuntime], engine: String = "clientx", domain: String? = "ai.example.com",
        artifacts: ArtifactStore? = nil
    ) -> DesiredState {
        DesiredState(engine: engine, domain: domain, artifacts: artifacts, runtimes: runtimes)
    }

    static func runtime(
        _ versions: [DesiredVersion] = [], name: String = "room-price", namespace: String? = nil,
        protected: Bool = false,
        stack: StackSettings = StackSettings(), ingress: IngressSettings = IngressSettings(),
        isolation: IsolationSettings = IsolationSettings(), rollout: Rollout = .atOnce, line: Int = 10
    ) -> DesiredRuntime {
        DesiredRuntime(
            name: name, description: "Room price predictions", protected: protected,
            namespace: namespace ?? "clientx-\(name)",
            stack: stack, ingress: ingress, isolation: isolation, rollout: rollout, versions: versions, span: span(line))
    }

    /// Shares of the calls.
    static let stages = [CanarySettings.Stage(weight: 10, seconds: 60), CanarySettings.Stage(weight: 50, seconds: 300)]

    /// Something of its own for every part.
    static let settings = StackSettings(
        preset: .dev, storageClass: "standard", imagePullSecrets: ["mirror"],
        parts: [
            .nats: PartSettings(image: "mirror/nats:2", storage: "3Gi", storageClass: "fast"),
            .mongodb: PartSettings(
                image: "mirror/mongo:6", requests: ComputeAmounts(cpu: "1", memory: "2Gi"),
                limits: ComputeAmounts(cpu: "2", memory: "4Gi")),
            .influxdb: PartSettings(image: "mirror/influxdb:1"), .minio: PartSettings(image: "mirror/minio", storage: "7Gi"),
            .chronograf: PartSettings(image: "mirror/chronograf", storage: "2Gi", storageClass: "slow"),
            .mongoExpress: PartSettings(isEnabled: false),
            .mongoWriter: PartSettings(image: "mirror/writer", replicas: 2), .runtimeApi: PartSettings(isEnabled: false),
            .defaultBackend: PartSettings(image: "mirror/nginx", replicas: 3),
            .packageFetcher: PartSettings(image: "mirror/curl", limits: ComputeAmounts(cpu: "1")),
            .logShipper: PartSettings(image: "mirror/fluent-bit", limits: ComputeAmounts(memory: "256Mi")),
            .protoServer: PartSettings(image: "mirror/nginx"),
        ])

    static let bounds = IsolationSettings(
        allowedNamespaces: ["kre", "monitoring"],
        egress: [EgressRule(cidr: "10.0.0.0/8", ports: [5432]), EgressRule(cidr: "203.0.113.7/32")],
        quota: ["limits.memory": "32Gi", "pods": "60"],
        limits: [
            LimitItem(
                .container, minimum: ["cpu": "10m"], maximum: ["memory": "8Gi"], limit: ["cpu": "2"], request: ["memory": "64Mi"]),
            LimitItem(.claim, maximum: ["storage": "200Gi"]),
        ])

    /// Something of every sort for all nodes, more for single ones.
    static let workloads = VersionWorkloads(
        common: WorkloadSettings(
            requests: ComputeAmounts(cpu: "100m"), gpu: GPUSettings(resource: "amd.com/gpu", count: 2),
            nodeSelector: ["pool": "ai"], tolerations: [Toleration(key: "spot", comparison: .equal, value: "yes", effect: .noExecute, seconds: 60)],
            environment: ["HTTP_PROXY": .text("http://proxy:3128"), "LICENCE": .secret(SecretReference(name: "licences", key: "a"))],
            imagePullSecrets: ["mirror", "own"], priorityClassName: "batch"),
        own: [
            "etl": WorkloadSettings(replicas: 3, image: "mirror/kre-py:1.23.1", limits: ComputeAmounts(cpu: "2", memory: "4Gi")),
            "save-metric/save-metric": WorkloadSettings(gpu: GPUSettings(count: 1, nodeSelector: [:])),
            "entrypoint": WorkloadSettings(replicas: 2, environment: ["GRPC_TRACE": .text("")]),
        ])

    static let external = StackSettings(
        parts: [.minio: PartSettings(isEnabled: false), .defaultBackend: PartSettings(isEnabled: false)],
        external: ExternalServices(
            nats: "nats.shared:4333", mongodb: ExternalMongoDB(secret: "mongo-access", key: "uri", port: 27018),
            influxdb: "https://influxdb.shared"))

    /// KRT v1 after the seeds: two sequences, a graphics processor, and a value of every sort.
    static func roomPrice(
        _ status: VersionStatus, name: String = "room-price-v3", workloads: VersionWorkloads = VersionWorkloads(), line: Int = 20
    ) -> DesiredVersion {
        let image = "konstellation/kre-py:1.23.1"
        func node(_ name: String, after previous: String?, gpu: Bool = false) -> Node {
            Node(
                name: name, image: image, src: "src/\(name)/main.py", gpu: gpu,
                subscriptions: [previous.map { .node($0, subtopic: nil) } ?? .entrypoint])
        }
        let manifest = PackageManifest(
            format: .v1, version: name, description: "New Room Price predictions.",
            entrypoint: Entrypoint(proto: "public_input.proto", image: "konstellation/kre-entrypoint:1.6.0"),
            variables: ["API_SECRET", "OUTPUT_PRICE_CURRENCY", "TOKEN"],
            workflows: [
                Workflow(
                    name: "ny-room-price", method: "MakePrediction",
                    nodes: [
                        node("etl", after: nil), node("model", after: "etl", gpu: true), node("output", after: "model"),
                    ],
                    exitpoint: "output"),
                Workflow(
                    name: "save-metric", method: "SavePredictionMetric", nodes: [node("save-metric", after: nil)],
                    exitpoint: "save-metric"),
            ])
        return version(
            manifest, status,
            config: [
                ConfigEntry(name: "API_SECRET", value: .sensitive(SensitiveValue(canary))),
                ConfigEntry(name: "OUTPUT_PRICE_CURRENCY", value: .plain("EUR")),
                ConfigEntry(name: "TOKEN", value: .secret(name: "tokens", key: "room-price")),
            ], workloads: workloads, line: line)
    }

    /// KRT v2: a branch with a subtopic, replicas, object stores of both scopes, a `.proto` in a folder.
    static func classifier(_ status: VersionStatus, name: String = "classifier-v1", line: Int = 30) -> DesiredVersion {
        let go = "konstellation/kre-go:2.0.0"
        let emails = ObjectStore(name: "emails")
        let manifest = PackageManifest(
            format: .v2, version: name, description: "Classifies mail.",
            entrypoint: Entrypoint(proto: "protos/mail.proto", image: "konstellation/kre-entrypoint:2.0.0"),
            workflows: [
                Workflow(
                    name: "classify", method: "Classify",
                    nodes: [
                        Node(name: "etl", image: go, src: "bin/etl", subscriptions: [.entrypoint], objectStore: emails),
                        Node(
                            name: "classifier", image: go, src: "bin/classifier", replicas: 3,
                            subscriptions: [.node("etl", subtopic: nil)], objectStore: emails),
                        Node(
                            name: "repairs", image: go, src: "bin/repairs",
                            subscriptions: [.node("classifier", subtopic: "repairs")],
                            objectStore: ObjectStore(name: "history", scope: .project)),
                        Node(
                            name: "exitpoint", image: go, src: "bin/exitpoint",
                            subscriptions: [.node("etl", subtopic: nil), .node("repairs", subtopic: nil)]),
                    ], exitpoint: "exitpoint")
            ])
        return version(manifest, status, config: [], line: line)
    }

    /// One workflow `run` with nodes of those names, KRT v1.
    static func small(_ name: String, workflow: String = "run", nodes: [String] = ["only"], line: Int = 40)
        -> DesiredVersion
    {
        let nodes = nodes.map { Node(name: $0, image: "image", src: "main.py", subscriptions: [.entrypoint]) }
        let manifest = PackageManifest(
            format: .v1, version: name, description: "",
            entrypoint: Entrypoint(proto: "public_input.proto", image: "image"),
            workflows: [Workflow(name: workflow, method: "Run", nodes: nodes, exitpoint: nodes.last?.name ?? "")])
        return version(manifest, .started, config: [], line: line)
    }

    static func version(
        _ manifest: PackageManifest, _ status: VersionStatus, config: [ConfigEntry],
        workloads: VersionWorkloads = VersionWorkloads(), line: Int
    ) -> DesiredVersion {
        let package = Package(
            path: "krt/\(manifest.version).krt", digest: SHA256Digest(of: manifest.version.utf8), size: 1,
            manifest: manifest,
            methods: manifest.workflows.map { ServiceMethod(service: "Entrypoint", name: $0.method) }, entries: [])
        return DesiredVersion(
            name: manifest.version, status: status, package: package, config: config, workloads: workloads,
            span: span(line))
    }
}

/// 0, 1, 2, …: for keys that are the same in every run.
struct Counting: RandomNumberGenerator {
    private var value: UInt64 = 0

    mutating func next() -> UInt64 {
        value &+= 0x0101_0101_0101_0101
        return value
    }
}
