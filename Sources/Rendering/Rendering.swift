import Digest
import Model

/// From what the user declared to Kubernetes objects. Pure: the same desired state and key give the same objects, in
/// the same order, whatever the order of the input.
package enum Rendering {
    /// Every runtime, version and publication with its record and the objects it owns. A stopped version owns none; a
    /// publication exists while a version of its runtime is published. `keys` seal sensitive values; `generations` are those of the
    /// credentials that are made.
    ///
    /// `desired` should have passed `limits`; names that break them are rendered as they are.
    package static func render(
        _ desired: DesiredState, keys: StateKeys, generations: Generations = Generations()
    ) -> RenderedState {
        let entities = concurrently(desired.runtimes) { runtime in
            Self.entities(of: RuntimeScope(desired: desired, runtime: runtime, keys: keys, generations: generations))
        }
        return RenderedState(engine: desired.engine, entities: Array(entities.joined()))
    }

    /// With the keys that follow from `key`.
    package static func render(_ desired: DesiredState, key: DigestKey) -> RenderedState {
        render(desired, keys: StateKeys(own: key))
    }

    /// The runtimes' own stores of packages, in the order of the runtimes: of those that have one, where the file names no other.
    package static func stores(of desired: DesiredState) -> [RuntimeStore] {
        guard desired.artifacts == nil else { return [] }
        return desired.runtimes.compactMap { RuntimeKinds.kind(of: $0).store($0) }
    }

    private static func entities(of scope: RuntimeScope) -> [RenderedEntity] {
        let runtime = scope.runtime
        let kind = RuntimeKinds.kind(of: runtime)
        let store = kind.store(runtime)
        var entities = [
            RenderedEntity(
                record: EntityRecord(
                    address: .runtime(runtime.name), description: runtime.description, protected: runtime.protected,
                    namespace: runtime.namespace),
                manifests: kind.runtime(scope), span: runtime.span, ignore: runtime.ignore, adopts: runtime.adopts,
                settings: kind.settings(scope))
        ]
        for version in runtime.versions {
            entities.append(
                RenderedEntity(
                    record: EntityRecord(
                        address: .version(runtime: runtime.name, name: version.name),
                        description: version.solution.manifest.description, status: version.status,
                        packageDigest: version.solution.digest),
                    manifests: version.status == .stopped ? [] : kind.version(scope, version),
                    upload: upload(version.solution, to: scope.artifacts, or: store), span: version.span,
                    ignore: runtime.ignore + version.ignore, adopts: version.adopts))
        }
        if let version = runtime.published {
            entities.append(
                RenderedEntity(
                    record: EntityRecord(address: .publication(runtime: runtime.name), published: version.name),
                    manifests: kind.publication(scope, version), span: version.span, ignore: runtime.ignore,
                    adopts: runtime.adopts, drain: runtime.rollout.drainSeconds, canary: kind.canary(scope, version), choice: kind.choice(scope)))
        }
        return entities
    }

    private static func upload(_ package: Package, to store: ArtifactStore?, or own: RuntimeStore?) -> PackageUpload? {
        (store?.place(of: package.digest) ?? own?.place(of: package.digest)).map { place in
            PackageUpload(path: package.path, digest: package.digest, size: package.size, place: place)
        }
    }
}
