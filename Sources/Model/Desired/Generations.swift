import JSON

/// Of which generation the credentials are that were made for a runtime's components: of the first, until they are rotated. Told
/// by the Secrets that hold them, as the state records them or as they are in the cluster.
package struct Generations: Sendable, Hashable {
    private struct Place: Sendable, Hashable {
        let runtime: String
        let component: String
    }

    /// Those after the first.
    private var made: [Place: Int] = [:]
    /// Those that a rotation has begun to bring about.
    private var begun: [Place: Int] = [:]

    /// All of them the first.
    package init() {}

    /// As the state knows them.
    package init(_ state: State) {
        for record in state.objects.values where Self.isSecret(record.address) { add(record.applied) }
    }

    /// As the state knows them, and as the Secrets in the cluster tell: those of the engine that the state does not know, and those that
    /// are wanted, whoever has them. Of two numbers it is the higher one: the state may be an older one, put back from a backup, and an
    /// object that was let go of keeps its number.
    package init(_ state: State, live: LiveState, desired: RenderedState) {
        self.init(state)
        for object in live.objects.values where Self.isSecret(object.address) && state.objects[object.address] == nil {
            guard object.label(ObjectLabels.managedBy) == FieldManager.kreform, object.label(ObjectLabels.engine) == desired.engine
            else { continue }
            add(object.content)
        }
        for manifest in desired.entities.lazy.flatMap(\.manifests) where Self.isSecret(manifest.address) {
            guard let object = live.objects[manifest.address], let number = object.metadata["annotations"]?[ObjectAnnotations.generation]
            else { continue }
            var secret = manifest.content
            secret["metadata"]?["annotations"] = .object([ObjectAnnotations.generation: number])
            add(secret)
        }
    }

    /// - Parameter found: objects of one engine.
    package init(found: [LiveObject]) {
        for object in found where Self.isSecret(object.address) { add(object.content) }
    }

    private static func isSecret(_ address: ResourceAddress) -> Bool { address.group.isEmpty && address.kind == "Secret" }

    private mutating func add(_ secret: JSONValue) {
        let (labels, annotations) = (secret["metadata"]?["labels"], secret["metadata"]?["annotations"])
        guard let runtime = labels?[ObjectLabels.runtime]?.string, let component = labels?[ObjectLabels.component]?.string
        else { return }
        let place = Place(runtime: runtime, component: component)
        func number(_ name: String) -> Int? { annotations?[name]?.string.flatMap { Int($0) }.flatMap { Self.numbers.contains($0) ? $0 : nil } }
        if let number = number(ObjectAnnotations.generation) { made[place] = max(number, made[place] ?? 1) }
        if let number = number(ObjectAnnotations.rotation) { begun[place] = max(number, begun[place] ?? 1) }
    }

    /// Others can write what they like.
    private static let numbers = 2...1_000_000

    package func number(of component: String, in runtime: String) -> Int { made[Place(runtime: runtime, component: component)] ?? 1 }

    /// The generation that a rotation was to bring about that has not come to its end; nil when none is under way.
    package func unfinished(of component: String, in runtime: String) -> Int? { begun[Place(runtime: runtime, component: component)] }

    /// The same, where the rotation that led to what there is of one component has not come to its end.
    package func withUnfinished(_ component: String, in runtime: String) -> Generations {
        var generations = self
        let place = Place(runtime: runtime, component: component)
        generations.begun[place] = generations.begun[place] ?? generations.made[place]
        return generations
    }

    /// The same with another number for one component.
    package func with(_ number: Int, of component: String, in runtime: String) -> Generations {
        var generations = self
        generations.made[Place(runtime: runtime, component: component)] = number > 1 ? number : nil
        return generations
    }
}
