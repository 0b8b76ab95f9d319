import Digest
import Model

/// How one kind of runtime becomes Kubernetes objects: the extension point. A new kind is one such value in a file of
/// its own, and one row in `RuntimeKinds`; docs/runtime-kinds.md walks through it.
package struct RuntimeKind: Sendable {
    /// As people call it: `kre`.
    package let name: String
    /// Every type of object that it makes: where to look for what a lost state knew.
    package let types: Set<ResourceType>
    /// Those of them that are made only where the cluster serves them.
    package let optionalTypes: Set<ResourceType>
    /// The runtime's own objects: its namespace and everything its versions share.
    package let runtime: @Sendable (RuntimeScope) -> [Manifest]
    /// The objects of a version that runs. The same ones whether it is started or published, so that publishing touches
    /// nothing that serves.
    package let version: @Sendable (RuntimeScope, DesiredVersion) -> [Manifest]
    /// The runtime's own store of packages, where the file names no other; nil when it has none.
    package let store: @Sendable (DesiredRuntime) -> RuntimeStore?
    /// What makes a version reachable from outside.
    package let publication: @Sendable (RuntimeScope, DesiredVersion) -> [Manifest]
    /// How a version takes the publication from another step by step; nil when it does so at once.
    package let canary: @Sendable (RuntimeScope, DesiredVersion) -> RenderedCanary?
    /// Which share of the calls an object of the publication, as it is in the cluster, gives a version that is not published; nil for
    /// none.
    package let share: @Sendable (LiveObject) -> CallShare?
    /// Which of the publication's objects are made follows from what the cluster serves; nil when all are.
    package let choice: @Sendable (RuntimeScope) -> ServedChoice?
    /// Which keys of the file lead to fields of the runtime's own objects that cannot change once an object is there.
    package let settings: @Sendable (RuntimeScope) -> [FieldSetting]
    /// Every name that objects of the runtime, its versions and its publication bear, or that is made for them
    /// elsewhere; of stopped versions too, as if they ran. The runtime's own first. Checked before anything is planned.
    package let names: @Sendable (RuntimeScope) -> [NameClaim]
    /// The components that credentials could be asked for of, sorted by name, each with how what Kreform makes of them is made anew: as
    /// the generations of the scope say, from the ones before these.
    package let credentials: @Sendable (RuntimeScope) -> [ComponentCredentials]
    /// Whether an object is a claim that a StatefulSet of a runtime of that name made, be it one that its file has no more: claims
    /// outlive their set, and bear none of our labels.
    package let hasClaimed: @Sendable (_ runtime: String, LiveObject) -> Bool
    /// Limits that are not about names. Empty when all is well.
    package let limits: @Sendable (RuntimeScope) -> [Diagnostic]
}

/// The kinds there are.
package enum RuntimeKinds {
    package static let all: [RuntimeKind] = [.kre]

    /// Every type of object that any of them makes.
    package static var types: Set<ResourceType> { all.reduce(into: []) { $0.formUnion($1.types) } }

    /// What is left out where the cluster does not serve it.
    package static var optionalTypes: Set<ResourceType> { all.reduce(into: []) { $0.formUnion($1.optionalTypes) } }

    /// Which share of the calls an object of a publication gives a version that is not published; nil for none.
    package static func share(by object: LiveObject) -> CallShare? { all.lazy.compactMap { $0.share(object) }.first }

    /// The kind that renders `runtime`. The desired-state file has no word for it while there is one kind.
    package static func kind(of runtime: DesiredRuntime) -> RuntimeKind { .kre }
}

/// A runtime to render, and what it shares with the others of its engine.
package struct RuntimeScope: Sendable {
    package let engine: String
    /// Base domain of published entrypoints; nil publishes inside the cluster only.
    package let domain: String?
    /// Where packages are stored; nil for the runtime's own store.
    package let artifacts: ArtifactStore?
    package let runtime: DesiredRuntime
    /// Seals what manifests hold of sensitive values.
    package let key: DigestKey
    /// For digests that stand in the runtime's namespace for all to read.
    package let runtimeKey: DigestKey
    /// Of which generation the credentials are that are made for it.
    package let generations: Generations

    package init(
        desired: DesiredState, runtime: DesiredRuntime, keys: StateKeys, generations: Generations = Generations()
    ) {
        engine = desired.engine
        domain = desired.domain
        artifacts = desired.artifacts
        self.runtime = runtime
        key = keys.own
        runtimeKey = keys.key(ofRuntime: runtime.name)
        self.generations = generations
    }
}
