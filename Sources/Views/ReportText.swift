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
        guard !skipped.isEmpty else { return text }
        // A plan may change one object more than once.
        var told: Set<ResourceAddress> = []
        let names = skipped.map { plan.changes[$0].address }.filter { told.insert($0).inserted }.map(\.short)
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
                What was done is recorded. Mend the cause and run the same command again: it goes on from here.

                """
        case .interrupted:
            return """
                \(style.yellow(style.bold("Interrupted."))) \(steps) done in \(took), \(report.notStarted.count) changes not started; \
                objects: \(objects).
                What was done is recorded. Run the same command again: it goes on from here.

                """
        }
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
        var counts: [Action: Int] = [:]
        for id in report.finished { counts[plan.changes[id].action, default: 0] += 1 }
        let order: [Action] = [.create, .update, .replace, .delete, .forget]
        let parts = order.filter { counts[$0, default: 0] > 0 }.map { "\(counts[$0, default: 0]) \(StepWords.past($0))" }
        return parts.isEmpty ? "none touched" : parts.joined(separator: ", ")
    }
}
