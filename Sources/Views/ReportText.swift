import Model

/// How a run ended, in a paragraph: what was done, what failed and why, what was left.
package enum ReportText {
    package static func render(_ report: ApplyReport, plan: Plan, style: Style) -> String {
        var blocks: [String] = []
        if !report.failed.isEmpty {
            let groups = CommonCauses(report.failed.map(\.diagnostic)).groups
            blocks.append(groups.map { group in
                let skipped = Set(group.members.flatMap { report.failed[$0].skipped }).sorted()
                return text(group.diagnostic, skipped: skipped, plan: plan, style: style)
            }.joined(separator: "\n"))
        }
        for failure in report.failedSteps {
            blocks.append(text(failure.diagnostic, skipped: failure.skipped, plan: plan, style: style))
        }
        if let failure = report.stateFailure { blocks.append(DiagnosticsText.render(failure, style: style)) }
        blocks.append(closing(report, plan: plan, style: style))
        return blocks.joined(separator: "\n")
    }

    private static func text(_ diagnostic: Diagnostic, skipped: [Change.ID], plan: Plan, style: Style) -> String {
        var text = DiagnosticsText.render(diagnostic, style: style)
        // A plan may change one object more than once, and look at others.
        var told: Set<ResourceAddress> = []
        let names = skipped.map { plan.changes[$0] }.filter { $0.action != .noOp && told.insert($0.address).inserted }
            .map(\.address.short)
        guard !names.isEmpty else { return text }
        let listed = names.prefix(5).joined(separator: ", ") + (names.count > 5 ? " and \(names.count - 5) more" : "")
        text += Layout.wrapped("Not started because of it: \(listed).", width: style.width, indent: "  ").joined(separator: "\n")
        return text + "\n"
    }

    private static func closing(_ report: ApplyReport, plan: Plan, style: Style) -> String {
        let steps = "\(report.finishedSteps.count) of \(Layout.count(plan.steps.count, "step"))"
        let took = Layout.seconds(report.took)
        let objects = objects(report, plan: plan)
        switch report.outcome {
        case .succeeded:
            return "\(style.green(style.bold("\(name(plan.mode)) complete!"))) \(Layout.count(plan.steps.count, "step")) in \(took); objects: \(objects).\n"
        case .failed:
            let uploads = report.failedSteps.count { plan.steps[$0.step].upload != nil }
            let counts = [
                (report.failed.count, "change"), (uploads, "upload"), (report.failedSteps.count - uploads, "canary step"),
            ]
            let failed = counts.filter { $0.0 > 0 || (report.failedSteps.isEmpty && $0.1 == "change") }
                .map { Layout.count($0.0, $0.1) }.joined(separator: " and ")
            return """
                \(style.red(style.bold("\(name(plan.mode)) failed."))) \(steps) done in \(took), \(failed) failed, \(report.notStarted.count) not started; \
                objects: \(objects).
                \(outlook(report, plan: plan))

                """
        case .interrupted:
            return """
                \(style.yellow(style.bold("Interrupted."))) \(steps) done in \(took), \(report.notStarted.count) changes not started; \
                objects: \(objects).
                \(outlook(report, plan: plan))

                """
        }
    }

    /// What the next run of the same command does.
    private static func outlook(_ report: ApplyReport, plan: Plan) -> String {
        let again = report.outcome == .failed ? "Mend the cause and run the same command again" : "Run the same command again"
        guard !report.takenBack.isEmpty else { return "What was done is recorded. \(again): it goes on from here." }
        let shares = report.takenBack.map { plan.steps[$0] }.map { step in
            let (name, old) = (StepWords.name(of: step.entity), step.replaces ?? "the old version")
            return isShared(step, after: report, plan)
                ? "The share of \(name) could not be taken back: \(old), published in the file and applied, gets all calls again."
                : "\(name) has no calls any more: \(old) has them all."
        }
        let isLeft = report.takenBack.contains { isShared(plan.steps[$0], after: report, plan) }
        return """
            What was done is recorded. \(shares.joined(separator: " "))
            \(again): it \(isLeft ? "goes on from here" : "begins with the first share").
            """
    }

    /// Whether the version may still have its share, which was to be taken back.
    private static func isShared(_ canary: Step, after report: ApplyReport, _ plan: Plan) -> Bool {
        let routes = Set(canary.canary?.routes ?? [])
        let ends = plan.steps.filter { $0.entity == canary.entity && $0.action == .publish }.flatMap(\.changes)
            .filter { routes.contains(plan.changes[$0].address) && plan.changes[$0].action != .noOp }
        return !Set(ends).isSubset(of: report.finished)
    }

    private static func name(_ mode: Plan.Mode) -> String {
        switch mode {
        case .apply: "Apply"
        case .destroy: "Destroy"
        case .adopt: "Import"
        case .forget: "Forget"
        case .rotate: "Rotate"
        }
    }

    private static func objects(_ report: ApplyReport, plan: Plan) -> String {
        let summary = Plan.Summary(of: report.finished.sorted().map { plan.changes[$0] })
        let counts: [(Action, Int)] = [
            (.create, summary.create), (.update, summary.update), (.replace, summary.replace), (.delete, summary.delete),
            (.forget, summary.forget),
        ]
        let parts = counts.filter { $0.1 > 0 }.map { "\($0.1) \(StepWords.past($0.0))" }
        return parts.isEmpty ? "none touched" : parts.joined(separator: ", ")
    }
}
