import JSON
import Model

/// An apply's events as data: one object a line (NDJSON), each with `format`, `sequence` without gaps, `elapsed` seconds and `type`.
/// Steps and changes are named by the ids of the plan's own JSON.
package enum EventJSON {
    package static func value(_ event: ApplyEvent, plan: Plan) -> JSONValue {
        var object = payload(event.kind, plan: plan)
        object["format"] = .integer(1)
        object["sequence"] = .integer(event.sequence)
        object["elapsed"] = seconds(event.elapsed)
        return .object(object)
    }

    /// The line that goes before the events: the plan's own document.
    package static func plan(_ document: JSONValue) -> JSONValue {
        .object(["format": .integer(1), "type": "plan", "plan": document])
    }

    private static func payload(_ kind: ApplyEvent.Kind, plan: Plan) -> JSONObject {
        switch kind {
        case .runStarted(let id, let changes, let steps):
            return ["type": "run-started", "run": .integer(id), "changes": .integer(changes), "steps": .integer(steps)]
        case .stepStarted(let id): return step("step-started", id, plan)
        case .stepFinished(let id, let took): return step("step-finished", id, plan, ["took": seconds(took)])
        case .stepNotFinished(let id): return step("step-not-finished", id, plan)
        case .changeStarted(let id): return change("change-started", id, plan)
        case .changeAccepted(let id): return change("change-accepted", id, plan)
        case .changeWaiting(let id, let reason): return change("change-waiting", id, plan, ["reason": .string(reason)])
        case .changeRetrying(let id, let after, let reason):
            return change("change-retrying", id, plan, ["after": seconds(after), "reason": .string(reason)])
        case .changeFinished(let id, let took): return change("change-finished", id, plan, ["took": seconds(took)])
        case .changeFailed(let id, let diagnostic):
            return change("change-failed", id, plan, ["diagnostic": DiagnosticsJSON.value(diagnostic)])
        case .changeSkipped(let id, let cause): return change("change-skipped", id, plan, ["because": .integer(cause)])
        case .changeSkippedForStep(let id, let cause):
            return change("change-skipped", id, plan, ["becauseStep": .integer(cause)])
        case .uploadProgress(let id, let progress):
            return step("upload-progress", id, plan, [
                "done": .integer(progress.done), "resumed": .integer(progress.resumed), "total": .integer(progress.total),
            ])
        case .stepWaiting(let id, let time): return step("step-waiting", id, plan, ["seconds": seconds(time)])
        case .uploadFailed(let id, let diagnostic):
            return step("upload-failed", id, plan, ["diagnostic": DiagnosticsJSON.value(diagnostic)])
        case .stepFailed(let id, let diagnostic):
            return step("step-failed", id, plan, ["diagnostic": DiagnosticsJSON.value(diagnostic)])
        case .takingBack(let id): return step("taking-back", id, plan)
        case .interrupted: return ["type": "interrupted"]
        case .runFinished(let report): return finished(report, plan)
        }
    }

    private static func step(
        _ type: String, _ id: Step.ID, _ plan: Plan, _ more: JSONObject = [:]
    ) -> JSONObject {
        let step = plan.steps[id]
        return more.merging([
            "type": .string(type), "step": .integer(id), "action": .string(step.action.rawValue),
            "entity": .string("\(step.entity)"),
        ]) { _, new in new }
    }

    private static func change(
        _ type: String, _ id: Change.ID, _ plan: Plan, _ more: JSONObject = [:]
    ) -> JSONObject {
        let change = plan.changes[id]
        return more.merging([
            "type": .string(type), "change": .integer(id), "action": .string(change.action.rawValue),
            "object": .string("\(change.address)"), "entity": .string("\(change.entity)"),
        ]) { _, new in new }
    }

    private static func finished(_ report: ApplyReport, _ plan: Plan) -> JSONObject {
        func ids(_ ids: [Int]) -> JSONValue { .array(ids.map { .integer($0) }) }
        var object: JSONObject = [
            "type": "run-finished", "outcome": .string(report.outcome.rawValue), "took": seconds(report.took),
            "finished": ids(report.finished), "notStarted": ids(report.notStarted),
            "failed": .array(report.failed.map { failure in
                .object([
                    "change": .integer(failure.change), "skipped": ids(failure.skipped),
                    "diagnostic": DiagnosticsJSON.value(failure.diagnostic),
                ])
            }),
            "finishedSteps": ids(report.finishedSteps), "unfinishedSteps": ids(report.unfinishedSteps),
        ]
        let uploads = report.failedSteps.filter { plan.steps[$0.step].upload != nil }
        let others = report.failedSteps.filter { plan.steps[$0.step].upload == nil }
        for (key, failures) in [("failedUploads", uploads), ("failedSteps", others)] where !failures.isEmpty {
            object[key] = .array(failures.map { failure in
                .object([
                    "step": .integer(failure.step), "skipped": ids(failure.skipped),
                    "diagnostic": DiagnosticsJSON.value(failure.diagnostic),
                ])
            })
        }
        if !report.takenBack.isEmpty { object["takenBack"] = ids(report.takenBack) }
        object["stateFailure"] = report.stateFailure.map(DiagnosticsJSON.value)
        return object
    }

    /// To the millisecond.
    private static func seconds(_ time: Double) -> JSONValue { .number((time * 1000).rounded() / 1000) }
}
