import JSON
import Model

/// The Jobs of a plan that run before they are deleted.
package struct LastRuns: Sendable {
    private let changes: Set<Change.ID>

    /// - Parameter records: what the state knew of objects when the run began.
    package init(_ plan: Plan, records: [ResourceAddress: ObjectRecord]) {
        let going = Set(
            plan.changes.filter { $0.action == .delete && $0.address.kind == "Namespace" && $0.address.group.isEmpty }
                .map(\.address.name))
        let stopping = plan.steps.filter { $0.action == .stop }.flatMap(\.changes).map { plan.changes[$0] }
        changes = Set(
            stopping.filter { change in
                guard change.action == .delete, let record = records[change.address], record.isJob else { return false }
                let annotation = record.applied["metadata"]?["annotations"]?[ObjectAnnotations.lastRun]?.string
                return switch LastRun(annotation: annotation) {
                case nil: false
                case .always: true
                case .whileNamespaceStays: !going.contains(change.address.namespace ?? "")
                }
            }.map(\.id))
    }

    package func contains(_ change: Change) -> Bool { changes.contains(change.id) }
}

extension ObjectRecord {
    fileprivate var isJob: Bool { address.group == "batch" && address.kind == "Job" }

    /// The object as it was applied, awake.
    var awakened: JSONValue {
        var object = applied
        object[JSONPointer(tokens: ["spec", "parallelism"])] = 1
        return object
    }
}

extension Diagnostic {
    /// - Parameter why: what was found of the Job.
    static func notCleanedUp(_ change: Change, _ why: Diagnostic) -> Diagnostic {
        let address = change.address
        let command = "kubectl delete job \(address.name)" + (address.namespace.map { " --namespace \($0)" } ?? "")
        let advice = "Apply again when what it needs is there. `\(command)` goes on without, and leaves what it would have removed."
        return Diagnostic(
            code: why.code == "not-ready-in-time" ? why.code : "not-cleaned-up",
            summary: "\(address) could not remove what its version leaves behind",
            detail: (why.detail.isEmpty ? why.summary : why.detail) + "\n" + advice, address: "\(address)", evidence: why.evidence)
    }
}
