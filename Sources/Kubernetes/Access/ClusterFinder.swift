import Files
import Model
import Schema

/// Finds out how to reach a cluster: a kubeconfig, or a pod's service account.
package enum ClusterFinder {
    /// The access to the chosen cluster, and warnings about it. Reads files; asks nothing of any server and runs no program.
    ///
    /// - Parameters:
    ///   - path: the one kubeconfig to read; nil for those of `KUBECONFIG`, else `~/.kube/config`, else the pod's service
    ///     account.
    ///   - context: the context to use; nil for the current one.
    ///   - environment: the process's.
    ///   - serviceAccountFolder: where a pod has its service account.
    package static func find(
        path: String? = nil, context: ContextRequest? = nil, environment: [String: String],
        serviceAccountFolder: String = "/var/run/secrets/kubernetes.io/serviceaccount", plugins: PluginSettings = .standard
    ) throws(ClusterAccessFailure) -> (access: ClusterAccess, warnings: [Diagnostic]) {
        var search = Search(environment: environment)
        let config = try search.kubeconfig(at: path)
        if config.isEmpty, path == nil {
            let account = ServiceAccount(folder: serviceAccountFolder, environment: environment)
            guard account.absence == nil, context == nil else {
                throw ClusterAccessFailure([search.nothing(context, account: account)])
            }
            return (try account.access(now: plugins.now), [])
        }
        if config.isEmpty {
            throw ClusterAccessFailure([Diagnostic(
                code: "no-context", summary: "There are no contexts in \(config.words)",
                detail: "Let your provider's tool write the kubeconfig anew, or name another with --kubeconfig.")])
        }
        var resolution = ContextResolution(config, environment: environment, plugins: plugins)
        let access = resolution.access(context)
        let diagnostics = resolution.diagnostics
        guard let access, !diagnostics.hasErrors else { throw ClusterAccessFailure(diagnostics) }
        return (access, diagnostics)
    }
}

/// Where kubeconfigs are looked for, and what was there.
private struct Search {
    let environment: [String: String]
    /// `PLACE: what was there`.
    private var places: [String] = []

    init(environment: [String: String]) { self.environment = environment }

    private static let limit = 32 << 20

    /// All that are there as one. A file that is there and cannot be read is an error, as is an absent one that `path` names.
    mutating func kubeconfig(at path: String?) throws(ClusterAccessFailure) -> Kubeconfig {
        let paths = path.map { [$0] } ?? listed()
        var files: [KubeconfigFile] = []
        var faults: [Diagnostic] = []
        for one in paths {
            do throws(LocalFile.Failure) {
                let file = KubeconfigFile(path: one, bytes: try LocalFile.read(one, limit: Self.limit))
                if file.names(.contexts).isEmpty { places.append("\(one): no contexts in it") }
                faults += file.diagnostics
                files.append(file)
            } catch {
                if error.isAbsent, path == nil {
                    places.append("\(one): no such file")
                    continue
                }
                faults.append(
                    Diagnostic(
                        code: "unreadable-file", summary: "The kubeconfig \(one) cannot be read: \(error.reason)",
                        detail: path == nil ? advice : "--kubeconfig names it."))
            }
        }
        guard !faults.hasErrors else { throw ClusterAccessFailure(faults.sorted()) }
        return Kubeconfig(files)
    }

    /// For a file that nobody named on the command line.
    private var advice: String {
        environment["KUBECONFIG"] ?? "" == ""
            ? "Check who may read it, or name another with --kubeconfig." : "KUBECONFIG names it."
    }

    private mutating func listed() -> [String] {
        if let list = environment["KUBECONFIG"], !list.isEmpty {
            var seen: Set<String> = []
            return list.split(separator: ":").map(String.init).filter { seen.insert($0).inserted }
        }
        places.append("KUBECONFIG: not set")
        guard let home = environment["HOME"], !home.isEmpty else {
            places.append("~/.kube/config: HOME is not set")
            return []
        }
        return ["\(home)/.kube/config"]
    }

    /// That there is no cluster, or none with contexts when one is asked for.
    func nothing(_ context: ContextRequest?, account: ServiceAccount) -> Diagnostic {
        let pod = account.absence ?? "it has no contexts"
        let lines = (places + ["a pod's service account: \(pod)"]).map { "  \($0)" }
        let asked = context.map { ", and the context \(Wording.code($0.name)) is asked for" } ?? ""
        return Diagnostic(
            code: "no-cluster", summary: "No kubeconfig is found\(asked)",
            detail: (["Looked at:"] + lines + [
                "Name a kubeconfig with --kubeconfig or KUBECONFIG (`kubectl config view` shows what kubectl uses; your "
                    + "provider's tool writes one), or add --sandbox for the simulated cluster beside the state.",
            ]).joined(separator: "\n"), span: context?.span)
    }
}
