/// The desired state as Kubernetes objects, entity by entity: what a runtime kind makes of the user's declarations.
package struct RenderedState: Sendable, Hashable {
    package let engine: String
    /// Sorted by address.
    package let entities: [RenderedEntity]

    package init(engine: String, entities: [RenderedEntity]) {
        self.engine = engine
        self.entities = entities.sorted { $0.record.address < $1.record.address }
    }

    /// The same; what was applied already is in memory once, and not in `state` and here.
    package func sharing(_ state: State) -> RenderedState {
        RenderedState(engine: engine, entities: entities.map { entity in
            entity.with(entity.manifests.map { $0.sharing(state.objects[$0.address]?.appliedText) }, upload: entity.upload)
        })
    }

    /// Without the objects of those types.
    package func without(_ types: Set<ResourceType>) -> RenderedState {
        guard !types.isEmpty else { return self }
        return RenderedState(engine: engine, entities: entities.map { $0.without(types) })
    }
}

/// An entity and the objects it owns. A stopped version owns none; the publication exists while a version is published.
package struct RenderedEntity: Sendable, Hashable {
    package let record: EntityRecord
    package let manifests: [Manifest]
    /// A version's package, where it goes to a store that the file names; of stopped versions too.
    package let upload: PackageUpload?
    /// Where the user declared it.
    package let span: SourceSpan?
    /// `ignore`: fields of its objects that are left to others.
    package let ignore: [IgnoreRule]
    /// `adopt`: objects that others made are taken over.
    package let adopts: Bool
    /// Which keys of the file lead to fields that cannot change once an object is there.
    package let settings: [FieldSetting]
    /// Of a publication: for how many seconds a version that loses it stays up; nil when it may go at once.
    package let drain: Int?
    /// Of a publication: how a version takes it from another step by step; nil when it does so at once.
    package let canary: RenderedCanary?
    /// Which of its objects are made follows from what the cluster serves.
    package let choice: ServedChoice?

    package init(
        record: EntityRecord, manifests: [Manifest], upload: PackageUpload? = nil, span: SourceSpan? = nil, ignore: [IgnoreRule] = [],
        adopts: Bool = false, settings: [FieldSetting] = [], drain: Int? = nil, canary: RenderedCanary? = nil,
        choice: ServedChoice? = nil
    ) {
        self.record = record
        self.manifests = manifests.sorted { $0.address < $1.address }
        self.upload = upload
        self.span = span
        self.ignore = ignore
        self.adopts = adopts
        self.settings = settings
        self.drain = drain
        self.canary = canary
        self.choice = choice
    }

    fileprivate func without(_ types: Set<ResourceType>) -> RenderedEntity {
        guard manifests.contains(where: { types.contains($0.type) }) else { return self }
        return with(manifests.filter { !types.contains($0.type) }, upload: upload)
    }

    /// The same entity with only these of its objects.
    package func with(_ manifests: [Manifest], upload: PackageUpload?) -> RenderedEntity {
        RenderedEntity(
            record: record, manifests: manifests, upload: upload, span: span, ignore: ignore, adopts: adopts, settings: settings,
            drain: drain, canary: canary?.behind(Set(manifests.map(\.address))), choice: choice)
    }

    package var address: EntityAddress { record.address }

    /// Objects that are there only while calls are shared, as they are first.
    package var canaryOnly: [Manifest] {
        guard let routes = canary?.stages.first?.routes else { return [] }
        let own = Set(manifests.map(\.address))
        return routes.map(\.manifest).filter { !own.contains($0.address) }
    }
}
