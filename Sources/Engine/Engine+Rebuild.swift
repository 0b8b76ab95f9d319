import Configuration
import Digest
import Model
import Planning
import Rendering
import StateStore

extension Engine {
    /// Makes the state anew from what the cluster tells of the engine, in one transaction. A state that knows anything is refused,
    /// or, when `replacing`, replaced: it stays as the backup. Nothing in the cluster changes.
    package func rebuild(replacing: Bool) async throws(EngineFailure) -> Rebuilt {
        let loaded = await load()
        let (desired, warnings) = try Self.sound(loaded)
        let place = StatePlace(settings, folder: loaded.folder)
        if !replacing, try !read(place).isEmpty { throw EngineFailure([.stateExists(place.path)]) }
        let (cluster, cautions) = try place.connect(loaded)
        let store = try open(place, command: "state rebuild")
        do throws(EngineFailure) {
            let report = try await rebuild(
                store, desired, from: cluster, replacing: replacing, warnings: warnings + cautions)
            await store.close()
            return Rebuilt(report: report, sensitiveVariables: loaded.sensitiveVariables)
        } catch {
            await store.close()
            throw error
        }
    }

    package struct Rebuilt: Sendable {
        package let report: RebuildReport
        /// Names of variables whose values are to be shown nowhere.
        package let sensitiveVariables: Set<String>
    }

    private func rebuild(
        _ store: StateStore, _ desired: DesiredState, from cluster: any Cluster, replacing: Bool, warnings: [Diagnostic]
    ) async throws(EngineFailure) -> RebuildReport {
        let old = try await settled(store) { () throws(StateStoreError) in try await store.snapshot() }
        // Another run may have written it before this one had the lock.
        guard replacing || old.isEmpty else { throw EngineFailure([.stateExists(store.path)]) }
        let survey = try await survey(desired, old, cluster)
        return try await settled(store) { () throws(StateStoreError) in
            if !old.isEmpty || !old.runs.isEmpty { try await store.backup() }
            try await store.rebuild(
                StateStore.Rebuilt(
                    cluster: survey.cluster, engine: desired.engine, runtimeKeys: survey.keys,
                    entities: survey.rebuild.entities.values.sorted { $0.address < $1.address },
                    objects: (survey.rebuild.objects.values + survey.kept).sorted { $0.address < $1.address },
                    unpublished: survey.rebuild.unpublished),
                replacing: replacing && !old.isEmpty, who: Operator.name(settings.environment), at: .now)
            let lineage = try await store.snapshot().state.lineage ?? ""
            return survey.report(path: store.path, lineage: lineage, desired, warnings: warnings)
        }
    }

    private func settled<Answer>(
        _ store: StateStore, _ body: () async throws(StateStoreError) -> Answer
    ) async throws(EngineFailure) -> Answer {
        do throws(StateStoreError) { return try await body() } catch { throw EngineFailure(error, path: store.path) }
    }

    /// What is known before it is written.
    fileprivate struct Surveyed {
        let cluster: ClusterIdentity
        let rebuild: StateRebuild
        let keys: [String: DigestKey]
        /// Records of the old state, of kinds that may not be listed.
        let kept: [ObjectRecord]
        let warnings: [Diagnostic]
    }

    private func survey(
        _ desired: DesiredState, _ old: StateSnapshot, _ cluster: any Cluster
    ) async throws(EngineFailure) -> Surveyed {
        do throws(ClusterError) {
            let survey = Survey(cluster: cluster, engine: desired.engine, reads: Reads(notice: settings.notice))
            let identity = try await survey.reads.one { () throws(ClusterError) in try await cluster.identity() }
            var generator = SystemRandomNumberGenerator()
            let own = old.key ?? DigestKey(using: &generator)
            // Which types there are does not depend on keys.
            let types = Rendering.render(desired, key: own).entities.flatMap(\.manifests).map(\.type)
            let found = try await survey.run(RuntimeKinds.types.union(types))
            let (keys, unusable) = found.keys()
            let all = old.runtimeKeys.merging(keys) { $1 }
            let rebuild = StateRebuild(
                desired: Rendering.render(
                    desired, keys: StateKeys(own: own, runtimes: all), generations: Generations(found: found.objects)),
                found: found.objects.map { $0.sealed(with: own) }, ready: found.ready)
            let runtimes = Set(rebuild.entities.keys.map(\.runtime))
            let isSame = old.state.cluster?.uid == identity.uid && old.state.engine == desired.engine
            let kept = isSame ? old.state.objects.values.filter { found.unreadable[$0.type] != nil } : []
            return Surveyed(
                cluster: identity, rebuild: rebuild, keys: all.filter { runtimes.contains($0.key) }, kept: kept,
                warnings: found.unreadable.sorted { $0.key < $1.key }.map { .unreadable($0.key, $0.value, kept) }
                    + (old.isEmpty ? unusable.map { .unusableKey($0) } : []) + rebuild.leftOut.sorted().map { .leftOut($0) })
        } catch {
            throw EngineFailure(error, doing: "The cluster cannot be read")
        }
    }
}

extension Engine.Surveyed {
    fileprivate func report(
        path: String, lineage: String, _ desired: DesiredState, warnings: [Diagnostic]
    ) -> RebuildReport {
        let objects = rebuild.objects.values + kept
        let counts = Dictionary(grouping: objects, by: \.entity).mapValues(\.count)
        let wanted = Set(desired.runtimes.flatMap { runtime in
            [.runtime(runtime.name)] + runtime.versions.map { EntityAddress.version(runtime: runtime.name, name: $0.name) }
        })
        let kinds = Dictionary(grouping: objects, by: \.type).mapValues(\.count)
        let runtimes = Set(rebuild.entities.keys.map(\.runtime)).sorted().map { name in
            let published = rebuild.entities[.publication(runtime: name)]?.published
            let versions = rebuild.entities.values.compactMap { record -> RebuiltVersion? in
                guard case .version(name, let version) = record.address else { return nil }
                let publication = version == published ? counts[.publication(runtime: name)] ?? 0 : 0
                return RebuiltVersion(
                    name: version, record: record, objects: (counts[record.address] ?? 0) + publication,
                    isWanted: wanted.contains(record.address), isFromFile: rebuild.fromFile.contains(record.address))
            }
            return RebuiltRuntime(
                record: rebuild.entities[.runtime(name)] ?? EntityRecord(address: .runtime(name)), published: published,
                objects: counts[.runtime(name)] ?? 0, isWanted: wanted.contains(.runtime(name)),
                versions: versions.sorted { $0.name < $1.name })
        }
        return RebuildReport(
            path: path, lineage: lineage, engine: desired.engine, cluster: cluster, runtimes: runtimes,
            kinds: kinds.sorted { $0.key < $1.key }.map { RebuildReport.Kind(type: $0.key, count: $0.value) },
            differing: rebuild.differing.sorted(), warnings: (warnings + self.warnings).sorted())
    }
}

extension Diagnostic {
    fileprivate static func stateExists(_ path: String) -> Diagnostic {
        Diagnostic(
            code: "state-exists", summary: "The state \(path) knows things already",
            detail: """
                Rebuilding is for a state that was lost. To put one in its place that is made from what the cluster tells, add \
                --replace: the old state stays beside it, as the backup; its history does not go on.
                """)
    }

    fileprivate static func unreadable(_ type: ResourceType, _ error: ClusterError, _ kept: [ObjectRecord]) -> Diagnostic {
        let count = kept.count { $0.type == type }
        let left = count == 0
            ? "Those that Kreform made are not in the state."
            : "\(count == 1 ? "The one that the old state knew is" : "The \(count) that the old state knew are") in the new one as "
                + "\(count == 1 ? "it was" : "they were")."
        return Diagnostic(
            .warning, code: "rebuild-incomplete", summary: "Objects of the kind \(type) may not be listed",
            detail: "\(left) Get the right to list them, then rebuild again with --replace.\n\(error.advice)")
    }

    fileprivate static func unusableKey(_ address: ResourceAddress) -> Diagnostic {
        Diagnostic(
            .warning, code: "digest-key-unusable", summary: "The key in \(address) is not the one that Kreform put there",
            detail: """
                It was changed, or copied from elsewhere, and is not used. The next apply makes a new one and rolls the pods of the \
                runtime's versions with sensitive values once.
                """,
            address: "\(address)")
    }

    fileprivate static func leftOut(_ address: ResourceAddress) -> Diagnostic {
        Diagnostic(
            .warning, code: "object-left-out", summary: "\(address) bears our labels, but Kreform never applied it",
            detail: "It is not in the state, and no plan will touch it.", address: "\(address)")
    }
}
