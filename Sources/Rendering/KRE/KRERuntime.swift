import JSON
import Model

extension RuntimeKind {
    /// A runtime of KRE: versions are KRT packages, and the runner images find what design calls the engine's contract.
    package static let kre = RuntimeKind(
        name: "kre",
        runtime: { RuntimeStack($0).manifests },
        version: { VersionObjects($0, version: $1).manifests },
        publication: { PublicationObjects($0, version: $1).manifests },
        names: { KRENames($0).claims },
        limits: { KRELimits($0).diagnostics })
}
