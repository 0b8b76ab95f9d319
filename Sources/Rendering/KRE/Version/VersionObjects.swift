import JSON
import Model

/// The objects of a version that runs (engine's contract, section 4): configuration, streams, a Deployment for each node
/// of each workflow, the entrypoint and its Service. Started and published versions have the same ones.
struct VersionObjects: Sendable {
    let scope: RuntimeScope
    let version: DesiredVersion

    init(_ scope: RuntimeScope, version: DesiredVersion) {
        self.scope = scope
        self.version = version
    }

    var manifests: [Manifest] {
        let context = VersionContext(scope, version: version)
        let configuration = context.configuration
        let streams = StreamJobs(context).manifests
        let nodes = version.solution.manifest.workflows.flatMap { workflow in
            workflow.nodes.indices.map { index in
                Manifest(
                    NodeDeployment(context, workflow: workflow, index: index).content,
                    dependsOn: (configuration.manifests + streams).map(\.address), key: scope.key)
            }
        }
        let entrypoint = Manifest(
            EntrypointDeployment(context).content,
            dependsOn: ([configuration.files] + streams).map(\.address), key: scope.key)
        // Callers see the version when all of it answers, and no longer see it before any of it stops.
        let service = Manifest(
            EntrypointDeployment.service(
                version.name, .entrypoint, stamp: context.stamp, version: version,
                behind: mayHaveAShare ? scope.runtime.ingress : nil),
            dependsOn: nodes.map(\.address) + [entrypoint.address], key: scope.key)
        return configuration.manifests + streams + nodes + [entrypoint, service]
    }

    /// Whether calls from outside may come to the version's own Service by what heeds more of it than its address: ingress-nginx is told
    /// of gRPC by the Ingress.
    private var mayHaveAShare: Bool {
        guard case .canary = scope.runtime.rollout else { return false }
        return scope.runtime.ingress.gateway != nil || !scope.runtime.ingress.serviceAnnotations.isEmpty
    }
}

/// What the parts of a version's pods need to know.
struct VersionContext: Sendable {
    let scope: RuntimeScope
    let version: DesiredVersion
    let stamp: Stamp
    let configuration: VersionConfiguration

    init(_ scope: RuntimeScope, version: DesiredVersion) {
        self.scope = scope
        self.version = version
        stamp = Stamp(scope, version: version.name)
        configuration = VersionConfiguration(scope, version: version)
    }

    var manifest: PackageManifest { version.solution.manifest }
    var format: PackageManifest.Format { manifest.format }
    var runtime: String { scope.runtime.name }
    var addresses: StackAddresses { StackAddresses(scope.runtime) }
    var streams: JetStreamNames { JetStreamNames(runtime: runtime, version: version.name) }
    var subjects: CoreSubjects { CoreSubjects(version: version.name) }

    var versionID: String { StableID.of(scope.engine, runtime, version.name) }
    func workflowID(_ workflow: Workflow) -> String { StableID.of(scope.engine, runtime, version.name, workflow.name) }
    func nodeID(_ workflow: Workflow, _ node: Node) -> String {
        StableID.of(scope.engine, runtime, version.name, workflow.name, node.name)
    }

    /// On the version's Deployments: which package they run.
    var annotations: [String: String] { [ObjectAnnotations.packageDigest: "\(version.solution.digest)"] }
}

/// The contract's own labels.
enum VersionLabels {
    static let type = "type"
    static let versionName = "version-name"
    static let nodeName = "node-name"
    static let nodeID = "node-id"
    static let runtimeID = "runtime-id"
}
