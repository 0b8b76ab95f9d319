import Model

/// How far a version has come that takes the publication from another step by step, and what is ahead of it.
///
/// What the routes were given last tells it: there is nothing else to be kept. A stage that the files do not have any more, or that
/// leads to another version, counts for nothing.
struct CanaryCourse {
    /// Those that are ahead, and first the one under way.
    let stages: [RenderedCanary.Stage]
    /// When the first of them was given its share; nil when it has none yet.
    let since: Timestamp?
    /// Whether the version has some share: that of the first stage, or one that the files do not have any more.
    let isUnderWay: Bool
    /// What there is to share the calls is not there: then there are no stages.
    let missing: [ResourceAddress]

    /// Nil where no version takes the publication from another one, or where the rest of the calls has moved already.
    init?(of entity: RenderedEntity, _ comparison: ObjectComparison) {
        let state = comparison.state
        guard let canary = entity.canary, let name = entity.record.published,
            let old = state.entities[entity.address]?.published, old != name,
            state.entities[.version(runtime: entity.address.runtime, name: old)]?.status == .published,
            let pivot = entity.manifests.first(where: { $0.address == canary.pivot }),
            state.objects[pivot.address]?.appliedText != pivot.text
        else { return nil }
        missing = canary.fronts.union([pivot.address]).filter { !comparison.hasOwn($0) }.sorted()
        guard missing.isEmpty else {
            (stages, since, isUnderWay) = ([], nil, false)
            return
        }
        let current = canary.stages.lastIndex { stage in
            stage.routes.allSatisfy { state.objects[$0.address]?.appliedText == $0.manifest.text }
        }
        stages = Array(canary.stages[(current ?? 0)...])
        let last = Dictionary(entity.manifests.map { ($0.address, $0.text) }) { first, _ in first }
        isUnderWay = canary.stages.first.map { stage in
            stage.routes.contains { route in
                state.objects[route.address].map { $0.appliedText != last[route.address] } ?? false
            }
        } ?? false
        since = current.flatMap { canary.stages[$0].routes.compactMap { state.objects[$0.address]?.appliedAt }.max() }
    }

    /// The entity's objects as they are sent first, those that share the calls among them: of several changes of one object a server
    /// can be asked about the first.
    func asked(of entity: RenderedEntity, _ comparison: ObjectComparison) -> [Manifest] {
        let routes = Set(stages.flatMap { $0.routes.map(\.address) })
        let first = routes.sorted().compactMap { route -> Manifest? in
            let all = stages.flatMap(\.routes).filter { $0.address == route }.map(\.manifest)
                + entity.manifests.filter { $0.address == route }
            return all.first { manifest in
                let action = comparison.wanted(manifest, of: entity.address, newObject: .changedInFile).draft?.action
                return action == .create || action == .update
            }
        }
        return entity.manifests.filter { !routes.contains($0.address) } + first
    }
}

extension ObjectComparison {
    /// Whether the object that we recorded is there, and stays.
    fileprivate func hasOwn(_ address: ResourceAddress) -> Bool {
        guard let object = live.objects[address], !namespaces.isTerminating(address) else { return false }
        return !object.isTerminating && state.objects[address]?.uid == object.uid
    }
}
