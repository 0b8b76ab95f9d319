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

    /// As the state knows them, and of what it does not know as the Secrets of `engine` in the cluster tell.
    package init(_ state: State, live: LiveState, engine: String) {
        self.init(state)
        for object in live.objects.values where Self.isSecret(object.address) && state.objects[object.address] == nil {
            guard object.label(ObjectLabels.managedBy) == FieldManager.kreform, object.label(ObjectLabels.engine) == engine
            else { continue }
            add(object.content)
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
        if let number = annotations?[ObjectAnnotations.generation]?.string.flatMap({ Int($0) }), number > 1 { made[place] = number }
        if let number = annotations?[ObjectAnnotations.rotation]?.string.flatMap({ Int($0) }), number > 1 { begun[place] = number }
    }

    package func number(of component: String, in runtime: String) -> Int { made[Place(runtime: runtime, component: component)] ?? 1 }

    /// The generation that a rotation was to bring about that has not come to its end; nil when none is under way.
    package func unfinished(of component: String, in runtime: String) -> Int? { begun[Place(runtime: runtime, component: component)] }

    /// The same with another number for one component.
    package func with(_ number: Int, of component: String, in runtime: String) -> Generations {
        var generations = self
        generations.made[Place(runtime: runtime, component: component)] = number > 1 ? number : nil
        return generations
    }
}
