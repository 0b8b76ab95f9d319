import JSON
import Fields
import Model
import Planning

/// A plan in few words, for comparing it whole: `after` are the steps, `<-` the changes that come first.
func lines(_ result: PlanResult, fields: Bool = true) -> String {
    var lines: [String] = []
    for step in result.plan.steps {
        let reasons = step.reasons.map(\.rawValue).joined(separator: ", ")
        let after = step.predecessors.isEmpty ? "" : " after \(list(step.predecessors))"
        let from = step.from.map { "\($0)" } ?? "-"
        let move = step.from != nil || step.to != nil ? " \(from)>\(step.to.map { "\($0)" } ?? "-")" : ""
        let replaces = step.replaces.map { " replacing \($0)" } ?? ""
        let drain = step.drain.map { " for \($0.seconds) s" + ($0.since.map { " since \($0)" } ?? "") } ?? ""
        let canary = step.canary.map { " \($0.weight)% for \($0.seconds) s" + ($0.since.map { " since \($0)" } ?? "") } ?? ""
        let component = step.component.map { " \($0)" } ?? ""
        lines.append("\(step.id). \(step.action.rawValue) \(step.entity)\(component)\(move)\(replaces)\(drain)\(canary) (\(reasons))\(after)")
        for change in result.plan.changes(of: step) { lines += changeLines(change, fields) }
    }
    for left in result.plan.left {
        lines.append("left by \(left.source.rawValue): \(left.address.short)")
        if fields { lines += left.differences.map(fieldLine) }
    }
    lines += result.diagnostics.map { "\($0.severity) \($0.code): \($0.summary)" }
    return lines.joined(separator: "\n")
}

private func changeLines(_ change: Change, _ fields: Bool) -> [String] {
    let symbols: [Action: String] = [
        .noOp: "=", .create: "+", .update: "~", .replace: "-/+", .delete: "-", .forget: "x",
    ]
    let before = change.predecessors.isEmpty ? "" : " <- \(list(change.predecessors))"
    let reasons = change.reasons.isEmpty ? "" : " (\(change.reasons.map(\.rawValue).joined(separator: ", ")))"
    let unchecked = change.unchecked ? " unchecked" : ""
    let old = change.inPlaceOf.map { " in place of \($0.name)" } ?? ""
    let follows = change.follows.map { " following \($0)" } ?? ""
    var lines = [
        "  \(change.id) \(symbols[change.action] ?? "?") \(change.address.short)\(old)\(reasons)\(unchecked)\(follows)\(before)"
    ]
    guard fields, change.action != .create || change.inPlaceOf != nil else { return lines }
    lines += change.differences.map(fieldLine)
    if !change.left.isEmpty { lines.append("      left: \(change.left.map(\.description).joined(separator: ", "))") }
    return lines
}

private func fieldLine(_ difference: Difference) -> String {
    let cause = switch difference.cause {
    case .file: ""
    case .drift(let manager, let time): " drift \(manager ?? "?") \(time ?? "?")"
    case .adoption(let manager, _): " of \(manager ?? "?")"
    }
    return "      \(difference.path): \(text(difference.old)) -> \(text(difference.new))\(cause)"
}

private func text(_ side: Difference.Shown) -> String {
    switch side {
    case .absent: "absent"
    case .value(let value): value.encoded()
    case .sensitive: "sensitive"
    case .knownAfterApply: "known after apply"
    case .kept: "kept"
    }
}

private func list(_ ids: [Int]) -> String { ids.map(String.init).joined(separator: ",") }
