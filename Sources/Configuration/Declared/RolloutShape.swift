import Model
import Schema

/// `rollout` of the file or a runtime.
enum RolloutShape {
    private enum Strategy: String, Sendable, CaseIterable { case atOnce = "switch", drain, canary }

    private static let strategy = ShapeKey<Strategy>.required(
        "strategy", .choice,
        "`switch`: the old version may be stopped once the new one answers. `drain`: it stays up for `seconds` after that. `canary`: "
            + "the new one has a growing share of the calls first, by `steps`.")
    private static let seconds = ShapeKey<Int>.optional(
        "seconds", .integer(in: Drain.range),
        "With `drain`, and with `canary` if you like: how long the old version stays up after the switch.")
    private static let steps = ShapeKey<[Located<CanarySettings.Stage>]>.optional(
        "steps", .list(of: step, atLeast: 1), "With `canary`: the shares, each larger than the one before.")

    private static let weight = ShapeKey<Int>.required(
        "weight", .integer(in: Canary.weights), "The new version's share of the calls, in per cent.")
    private static let duration = ShapeKey<Int>.required(
        "seconds", .integer(in: Canary.range), "How long it has that share before the next one.")
    private static let step = Shape<CanarySettings.Stage>.record(
        "a step", "A share of the calls, for a while.", keys: ShapeKeys(weight, duration),
        hints: ["pause": "A step lasts for its `seconds`: there is none that waits for somebody."],
        synonyms: ["percent": "weight", "share": "weight", "setWeight": "weight", "time": "seconds", "duration": "seconds"]
    ) { values, _ in
        guard let weight = values.value(weight), let seconds = values.value(duration) else { return nil }
        return CanarySettings.Stage(weight: weight, seconds: seconds)
    }

    static let rollout = Shape<Rollout>.record(
        "a rollout", "How a version takes the publication from another.", keys: ShapeKeys(strategy, seconds, steps),
        hints: ["weight": "Weights stand in `steps`: `steps: [{weight: 10, seconds: 60}]`."],
        synonyms: [
            "type": "strategy", "drain": "seconds", "drainSeconds": "seconds", "time": "seconds", "timeout": "seconds", "weights": "steps",
            "canary": "steps", "stages": "steps",
        ]
    ) { values, reading in
        guard let strategy = values.value(strategy) else { return nil }
        if strategy != .canary, let span = values.keySpan(steps) {
            reading.report(
                code: "conflicting-keys", summary: "`strategy: \(strategy.rawValue)` and `steps` exclude each other",
                detail: "For shares of the calls write `strategy: canary`.", at: span)
            return nil
        }
        switch strategy {
        case .drain:
            guard values.isMeant(seconds) else {
                reading.report(
                    code: "missing-key", summary: "`drain` does not say for how long",
                    detail: "Write `seconds`: for how long the old version stays up after the switch.", at: values.head)
                return nil
            }
            return values.value(seconds).map { .drain(seconds: $0) }
        case .canary: return canary(values, &reading)
        case .atOnce:
            guard let seconds = values.keySpan(seconds) else { return .atOnce }
            reading.report(
                code: "conflicting-keys", summary: "`strategy: switch` and `seconds` exclude each other",
                detail: "For the old version to stay up after the switch write `strategy: drain`.", at: seconds)
            return nil
        }
    }

    private static func canary(_ values: ShapeValues, _ reading: inout SchemaReading) -> Rollout? {
        guard values.isMeant(steps) else {
            reading.report(
                code: "missing-key", summary: "`canary` has no steps",
                detail: "Write which shares of the calls the new version has, and for how long: "
                    + "`steps: [{weight: 10, seconds: 60}, {weight: 50, seconds: 300}]`.", at: values.head)
            return nil
        }
        guard let stages = values.value(steps), !stages.isEmpty else { return nil }
        for (before, stage) in zip(stages, stages.dropFirst()) where stage.value.weight <= before.value.weight {
            reading.report(
                code: "falling-weight", summary: "A step of \(stage.value.weight) per cent follows one of \(before.value.weight)",
                detail: "Shares grow from step to step.", at: stage.span)
            return nil
        }
        return .canary(CanarySettings(stages: stages.map(\.value), drainSeconds: values.value(seconds), span: values.head))
    }
}
