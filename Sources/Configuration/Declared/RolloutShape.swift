import Model
import Schema

/// `rollout` of the file or a runtime.
enum RolloutShape {
    private enum Strategy: String, Sendable, CaseIterable { case atOnce = "switch", drain }

    private static let strategy = ShapeKey<Strategy>.required(
        "strategy", .choice,
        "`switch`: the old version may be stopped once the new one answers. `drain`: it stays up for `seconds` after that.")
    private static let seconds = ShapeKey<Int>.optional(
        "seconds", .integer(in: Drain.range), "With `drain`: how long the old version stays up after the switch.")

    static let rollout = Shape<Rollout>.record(
        "a rollout", "How a version takes the publication from another.", keys: ShapeKeys(strategy, seconds),
        hints: [
            "steps": "There is no rollout in steps: the strategies are `switch` and `drain`.",
            "weight": "There is no rollout by weights: the strategies are `switch` and `drain`.",
        ],
        synonyms: ["type": "strategy", "drain": "seconds", "drainSeconds": "seconds", "time": "seconds", "timeout": "seconds"]
    ) { values, reading in
        switch values.value(strategy) {
        case .drain:
            guard values.isMeant(seconds) else {
                reading.report(
                    code: "missing-key", summary: "`drain` says not for how long",
                    detail: "Write `seconds`: for how long the old version stays up after the switch.", at: values.head)
                return nil
            }
            return values.value(seconds).map { .drain(seconds: $0) }
        case .atOnce:
            guard let seconds = values.keySpan(seconds) else { return .atOnce }
            reading.report(
                code: "conflicting-keys", summary: "`strategy: switch` and `seconds` exclude each other",
                detail: "For the old version to stay up after the switch write `strategy: drain`.", at: seconds)
            return nil
        case nil: return nil
        }
    }
}
