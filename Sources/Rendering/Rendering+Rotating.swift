import Digest
import Model

extension Rendering {
    /// What makes the credentials of a runtime's `components` anew, or of all that have some where none is named; nil, with every reason,
    /// when that cannot be done. One that an earlier run began goes on to the generation that it was to bring about.
    ///
    /// - Parameter components: as the file calls them.
    package static func rotation(
        of name: String, _ components: [String], in desired: DesiredState, keys: StateKeys, generations: Generations
    ) -> (rotation: Rotation?, diagnostics: [Diagnostic]) {
        guard let runtime = desired.runtimes.first(where: { $0.name == name }) else {
            return (nil, [.noSuchRuntime(name, known: desired.runtimes.map(\.name))])
        }
        let credentials = RuntimeKinds.kind(of: runtime).credentials
        func offers(_ generations: Generations) -> [ComponentCredentials] {
            credentials(RuntimeScope(desired: desired, runtime: runtime, keys: keys, generations: generations))
        }
        let (chosen, diagnostics) = choose(components, of: name, from: offers(generations))
        guard diagnostics.isEmpty else { return (nil, diagnostics) }
        let wanted = chosen.reduce(generations) { generations, component in
            let next = generations.unfinished(of: component, in: name) ?? generations.number(of: component, in: name) + 1
            return generations.with(next, of: component, in: name)
        }
        let parts = offers(wanted).compactMap(\.rotation).filter { chosen.contains($0.component) }
        let rendered = render(desired, keys: keys, generations: wanted)
        let entities = rendered.entities.map { entity in
            guard entity.address == .runtime(name) else { return entity }
            return entity.with(entity.manifests + parts.flatMap(\.temporary), upload: nil)
        }
        return (Rotation(runtime: name, parts: parts, rendered: RenderedState(engine: desired.engine, entities: entities)), [])
    }

    /// The components that are to be rotated.
    private static func choose(
        _ names: [String], of runtime: String, from offers: [ComponentCredentials]
    ) -> (components: Set<String>, diagnostics: [Diagnostic]) {
        guard !names.isEmpty else {
            let all = Set(offers.compactMap(\.rotation?.component))
            return (all, all.isEmpty ? [.nothingToRotate(runtime)] : [])
        }
        var chosen: Set<String> = []
        var diagnostics: [Diagnostic] = []
        for name in names {
            switch offers.first(where: { $0.name == name })?.standing {
            case .generated(let rotation): chosen.insert(rotation.component)
            case .not(let because, let instead): diagnostics.append(.notRotatable(name, of: runtime, because, instead))
            case nil: diagnostics.append(.noSuchComponent(name, of: runtime, offers))
            }
        }
        return (chosen, Array(Set(diagnostics)).sorted())
    }
}

extension ComponentCredentials {
    fileprivate var rotation: CredentialRotation? { if case .generated(let rotation) = standing { rotation } else { nil } }
}

extension Diagnostic {
    fileprivate static func noSuchRuntime(_ name: String, known: [String]) -> Diagnostic {
        let near = nearest(to: name, among: known).map { "Did you mean `\($0)`?" }
        return Diagnostic(
            code: "unknown-runtime", summary: "The files have no runtime `\(name)`",
            detail: near ?? (known.isEmpty ? "They list none." : "They have \(known.map { "`\($0)`" }.joined(separator: ", "))."))
    }

    fileprivate static func noSuchComponent(_ name: String, of runtime: String, _ offers: [ComponentCredentials]) -> Diagnostic {
        let near = nearest(to: name, among: offers.map(\.name)).map { "Did you mean `\($0)`? " } ?? ""
        let generated = offers.filter { $0.rotation != nil }.map { "`\($0.name)`" }
        let rest = generated.isEmpty
            ? "None of its components has credentials that Kreform made."
            : "Kreform made the credentials of \(generated.joined(separator: " and "))."
        return Diagnostic(
            code: "unknown-component", summary: "Runtime \(runtime) has no component `\(name)`", detail: near + rest,
            address: "\(EntityAddress.runtime(runtime))")
    }

    fileprivate static func notRotatable(
        _ name: String, of runtime: String, _ because: String, _ instead: String
    ) -> Diagnostic {
        Diagnostic(
            code: "not-rotatable", summary: "`\(name)` of runtime \(runtime) \(because)", detail: instead,
            address: "\(EntityAddress.runtime(runtime))")
    }

    fileprivate static func nothingToRotate(_ runtime: String) -> Diagnostic {
        Diagnostic(
            code: "not-rotatable", summary: "Runtime \(runtime) has no credentials that Kreform made",
            detail: "Its database is external, and it has no store of packages of its own.",
            address: "\(EntityAddress.runtime(runtime))")
    }
}
