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
    /// What keeps calls from being shared: then there are no stages.
    let obstacle: Obstacle?

    enum Obstacle {
        /// What leads to the version that is published is not there.
        case noPivot(ResourceAddress)
        /// What the calls come by is still to be made, and can be only when the other one is gone.
        case rival(ResourceAddress, other: ResourceAddress)
    }

    /// Nil where no version takes the publication from another one, or where the rest of the calls has moved already.
    init?(of entity: RenderedEntity, _ comparison: ObjectComparison) {
        let state = comparison.state
        guard let canary = entity.canary, let name = entity.record.published,
            let old = state.entities[entity.address]?.published, old != name,
            state.entities[.version(runtime: entity.address.runtime, name: old)]?.status == .published,
            let pivot = entity.manifests.first(where: { $0.address == canary.pivot }),
            state.objects[pivot.address]?.appliedText != pivot.text
        else { return nil }
        obstacle = Self.obstacle(to: canary, comparison)
        guard obstacle == nil else {
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

    private static func obstacle(to canary: RenderedCanary, _ comparison: ObjectComparison) -> Obstacle? {
        guard comparison.hasOwn(canary.pivot) else { return .noPivot(canary.pivot) }
        let objects = comparison.state.objects
        for front in canary.fronts.sorted() where objects[front] == nil {
            if let other = front.rivals.first(where: { objects[$0] != nil }) { return .rival(front, other: other) }
        }
        return nil
    }

    /// The entity's objects as they are sent first, those that share the calls among them: of several changes of one object a server
    /// can be asked about the first.
    func asked(of entity: RenderedEntity, _ comparison: ObjectComparison) -> [Manifest] {
        let routes = Set(stages.flatMap { $0.routes.map(\.address) })
        let first = routes.sorted().compactMap { route -> Manifest? in
            let last = entity.manifests.filter { $0.address == route }
            let all = last.filter { comparison.isRepaired($0, of: entity) }
                + stages.flatMap(\.routes).filter { $0.address == route }.map(\.manifest) + last
            return all.first { manifest in
                let action = comparison.wanted(manifest, of: entity.address, newObject: .changedInFile).draft?.action
                return action == .create || action == .update
            }
        }
        return entity.manifests.filter { !routes.contains($0.address) } + first
    }
}

extension ObjectComparison {
    /// Whether an object of a publication that is to move is broken and can be mended before it moves: it leads to no version by
    /// itself, and is gone, or the files want of it what was applied.
    func isRepaired(_ manifest: Manifest, of publication: RenderedEntity) -> Bool {
        guard !leadsToVersion(manifest), let record = state.objects[manifest.address] else { return false }
        return switch wanted(manifest, of: publication.address, newObject: .changedInFile).draft?.action {
        case .create, .replace: true
        case .update: record.appliedText == manifest.text
        default: false
        }
    }

    /// Whether an object of a publication is another one for each version.
    func leadsToVersion(_ manifest: Manifest) -> Bool {
        manifest.dependsOn.contains { if case .version = wantedBy[$0] { true } else { false } }
    }

    /// Whether the object that we recorded is there, and stays.
    func hasOwn(_ address: ResourceAddress) -> Bool {
        guard let object = live.objects[address], !namespaces.isTerminating(address) else { return false }
        return !object.isTerminating && state.objects[address]?.uid == object.uid
    }
}
