import Model

extension Planning {
    /// What is wanted, with those objects of each choice alone whose kinds the cluster serves. `unserved` are the types that it does
    /// not serve; `state` tells what was made before. Where a choice has nothing that is served none of it is left, and that is an error.
    package static func choosing(
        _ desired: RenderedState, unserved: Set<ResourceType>, state: State
    ) -> (desired: RenderedState, diagnostics: [Diagnostic]) {
        var diagnostics: [Diagnostic] = []
        let entities = desired.entities.map { entity -> RenderedEntity in
            guard let choice = entity.choice else { return entity }
            let option = chosen(choice, of: entity, unserved: unserved, state: state)
            if option == nil { diagnostics.append(.routeNotServed(choice, of: entity, unserved: unserved)) }
            let candidates = choice.options.reduce(into: Set<ResourceAddress>()) { $0.formUnion($1.objects) }
            let left = candidates.subtracting(option?.objects ?? [])
            return entity.with(entity.manifests.filter { !left.contains($0.address) }, upload: entity.upload)
        }
        return (RenderedState(engine: desired.engine, entities: entities), diagnostics)
    }

    private static func chosen(
        _ choice: ServedChoice, of entity: RenderedEntity, unserved: Set<ResourceType>, state: State
    ) -> ServedChoice.Option? {
        let absent = Set(entity.manifests.filter { unserved.contains($0.type) }.map(\.address))
        let served = choice.options.filter { $0.objects.isDisjoint(with: absent) }
        let made = served.first { option in
            option.stays && option.objects.allSatisfy { state.objects[$0]?.entity == entity.address }
        }
        return made ?? served.first
    }
}

extension Diagnostic {
    fileprivate static func routeNotServed(
        _ choice: ServedChoice, of entity: RenderedEntity, unserved: Set<ResourceType>
    ) -> Diagnostic {
        let objects = choice.options.first?.objects ?? []
        let types = Set(entity.manifests.filter { objects.contains($0.address) }.map(\.type)).intersection(unserved).sorted()
        let kinds = types.map { "\($0.kind) of \($0.apiVersion)" }
        return Diagnostic(
            code: "route-not-served", summary: "The cluster serves no \(kinds.joined(separator: " and no "))", detail: choice.advice,
            span: choice.span, address: "\(entity.address)")
    }
}
