import Applying
import JSON
import Model
import Planning

/// A runtime that a plan takes away together with data.
package struct DestroyedData: Sendable, Hashable {
    package let runtime: String
    /// Names of its volumes' claims, sorted; nil when they may not be listed.
    package let volumes: [String]?

    /// Sorted by runtime.
    ///
    /// - Parameter claims: by namespace that goes, the claims that are in it; nil for one whose claims nobody may see. They
    ///   decide: a StatefulSet that went earlier leaves its volumes behind.
    static func all(of plan: Plan, _ state: State, claims: [String: [String]?]) -> [DestroyedData] {
        plan.steps.filter { $0.action == .deleteRuntime }.compactMap { step -> DestroyedData? in
            let gone = plan.changes.filter { $0.entity == step.entity && $0.action == .delete }.map(\.address)
            let namespaces = gone.filter { $0.kind == "Namespace" && $0.group.isEmpty }.map(\.name)
            let listed = namespaces.map { claims[$0] ?? [] }
            guard listed.allSatisfy({ $0 != nil }) else { return DestroyedData(runtime: step.entity.runtime, volumes: nil) }
            // Where the namespace stays, only the claims that the plan names go.
            let own = gone.filter { state.objects[$0]?.isClaim ?? false }.map(\.name)
            let volumes = Set(listed.flatMap { $0 ?? [] } + own).sorted()
            return volumes.isEmpty ? nil : DestroyedData(runtime: step.entity.runtime, volumes: volumes)
        }.sorted { $0.runtime < $1.runtime }
    }
}

extension Diagnostic {
    private static let shown = 8

    /// For each version that stops what its Jobs take away then.
    static func destroysData(_ plan: Plan, _ state: State) -> [Diagnostic] {
        let lastRuns = LastRuns(plan, records: state.objects)
        return plan.changes.filter(lastRuns.contains).compactMap { change in
            let annotations = state.objects[change.address]?.applied["metadata"]?["annotations"]
            guard let removed = annotations?[ObjectAnnotations.removes]?.string, !removed.isEmpty else { return nil }
            let lines = removed.split(separator: "\n").map { line in
                let names = line.split(separator: ", ")
                let more = names.count > shown ? " and \(names.count - shown) more" : ""
                return "  \(names.prefix(shown).joined(separator: ", "))\(more)"
            }
            return Diagnostic(
                .warning, code: "destroys-data", summary: "When \(change.entity.shortName) stops, its data will be deleted",
                detail: (lines + ["There is no undo: started again, it begins with nothing in them."]).joined(separator: "\n"),
                address: "\(change.entity)")
        }
    }

    /// What a plan says of it.
    static func destroysData(_ data: DestroyedData) -> Diagnostic {
        let volumes = (data.volumes ?? []).prefix(shown).joined(separator: ", ")
        let more = (data.volumes?.count ?? 0) - shown
        return Diagnostic(
            .warning, code: "destroys-data", summary: "With runtime \(data.runtime) all its data will be deleted",
            detail: """
                \(data.volumes == nil ? "Its volumes may not be listed." : "Its volumes: \(volumes)\(more > 0 ? " and \(more) more" : "").") \
                Whoever carries this out is asked for the runtime's name; without a terminal it is given with \
                `--confirm \(data.runtime)`. There is no undo. `protect: true` in the file forbids it.
                """,
            address: "\(EntityAddress.runtime(data.runtime))")
    }
}
