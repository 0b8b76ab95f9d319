import Configuration
import FoundationEssentials
import Kubernetes
import Model
import Sandbox

/// Where a state and what belongs to it are kept.
struct StatePlace: Sendable {
    /// The state's file.
    let path: String
    private let cluster: ClusterChoice
    let environment: [String: String]

    /// `folder` is that of the desired-state file.
    init(_ settings: EngineSettings, folder: String) {
        cluster = settings.cluster
        environment = settings.environment
        if let path = settings.statePath {
            self.path = path
        } else {
            let name = cluster.isSandbox ? "state/sandbox/kreform.db" : "state/kreform.db"
            path = folder == "." ? name : "\(folder)/\(name)"
        }
    }

    /// The cluster that the settings choose, with what is worth knowing about how it is reached; the desired state may name a
    /// context.
    func connect(_ loaded: LoadedState) throws(EngineFailure) -> (cluster: any Cluster, warnings: [Diagnostic]) {
        try connect(loaded.clusterContext, explained: loaded.explained)
    }

    /// `explained` gives what is wrong its source lines.
    func connect(
        _ clusterContext: Located<String>?, explained: ([Diagnostic]) -> [Diagnostic] = { $0 }
    ) throws(EngineFailure) -> (cluster: any Cluster, warnings: [Diagnostic]) {
        switch cluster {
        case .kubernetes(let kubeconfig, let context):
            let request = context.map { ContextRequest($0) } ?? clusterContext.map { ContextRequest($0.value, at: $0.span) }
            let found: (access: ClusterAccess, warnings: [Diagnostic])
            do throws(ClusterAccessFailure) {
                found = try ClusterFinder.find(path: kubeconfig, context: request, environment: environment)
            } catch {
                throw EngineFailure(explained(error.diagnostics))
            }
            return (try reach(found.access), found.warnings)
        case .sandbox(let speed, let faults): return (try sandbox(speed, faultFile: faults), [])
        }
    }

    private func reach(_ access: ClusterAccess) throws(EngineFailure) -> any Cluster {
        let log = try environment["KREFORM_REQUEST_LOG"].flatMap { path throws(EngineFailure) -> RequestLog? in
            guard !path.isEmpty else { return nil }
            guard let log = RequestLog(path: path) else {
                throw EngineFailure([Diagnostic(
                    code: "unwritable-file", summary: "The log of requests \(path) cannot be written",
                    detail: "KREFORM_REQUEST_LOG names it. Check that the folder is there and can be written to.")])
            }
            return log
        }
        do throws(ClusterError) { return try KubernetesCluster(access, log: log) } catch {
            throw EngineFailure(error, doing: "The cluster at \(access.server) cannot be reached")
        }
    }

    var isSandbox: Bool { cluster.isSandbox }

    /// That of the state's file, where the sandbox keeps all that it has.
    var folder: String { path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "." }

    private func sandbox(_ speed: SimulationSpeed, faultFile: String?) throws(EngineFailure) -> any Cluster {
        let faults = try faultFile.map { path throws(EngineFailure) in try Self.faults(path) } ?? SandboxFaults()
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            return try SandboxCluster(
                path: "\(folder)/cluster.db", options: SandboxCluster.Options(speed: speed.speed, faults: faults))
        } catch let error as ClusterError {
            throw EngineFailure(error, doing: "The sandbox in \(folder) cannot be opened")
        } catch {
            throw EngineFailure([Diagnostic(
                code: "unwritable-folder", summary: "The folder \(folder) cannot be made",
                detail: "The sandbox and its state are kept there. Check that the place can be written to, or name another with "
                    + "--state.")])
        }
    }

    private static func faults(_ path: String) throws(EngineFailure) -> SandboxFaults {
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw EngineFailure([Diagnostic(
                code: "unreadable-file", summary: "The fault file \(path) cannot be read",
                detail: "--sandbox-faults names a YAML file; see docs/sandbox.md for what goes in it.")])
        }
        let (faults, diagnostics) = FaultFile.read(name: path, bytes: Array(bytes))
        guard !diagnostics.hasErrors else { throw EngineFailure(diagnostics) }
        return faults
    }
}
