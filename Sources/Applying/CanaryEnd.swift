import Model

/// What takes the share of the calls from a version again: the last changes of the objects by which it has it. In their turn they come
/// after the switch; when the canary fails before that, at once.
struct CanaryEnd {
    /// The first of the canary.
    let step: Step.ID
    let changes: [Change.ID]
    /// A run before has given the version a share.
    let isUnderWay: Bool
    private let publishing: [Change]

    /// Nil for steps whose failure says nothing of a version that is to have a share, or has one.
    init?(of plan: Plan, failing step: Step) {
        guard step.upload == nil else { return nil }
        let canaries = plan.steps.filter { $0.entity == step.entity && $0.canary != nil }
        guard let first = canaries.first,
            let publish = plan.steps.first(where: { $0.entity == step.entity && $0.action == .publish })
        else { return nil }
        self.step = first.id
        let routes = Set(canaries.flatMap { $0.canary?.routes ?? [] })
        publishing = plan.changes(of: publish)
        changes = publishing.filter { routes.contains($0.address) && $0.action != .noOp }.map(\.id)
        isUnderWay = first.canary?.isUnderWay ?? false
    }

    /// Whether nothing has been sent yet of what moves the rest of the calls: after that there is nothing to go back to.
    func isAhead(of accepted: Set<Change.ID>) -> Bool {
        publishing.allSatisfy { $0.action == .noOp || !accepted.contains($0.id) }
    }
}
