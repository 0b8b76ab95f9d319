/// How a version takes the publication from another.
package enum Rollout: Sendable, Hashable {
    /// The old one may be stopped as soon as the new one answers.
    case atOnce
    /// The old one stays up for so long after the switch before it is stopped.
    case drain(seconds: Int)
    /// The new one has a growing share of the calls first.
    case canary(CanarySettings)

    /// For how long the old one stays up after the switch; nil when it may go at once.
    package var drainSeconds: Int? {
        switch self {
        case .atOnce: nil
        case .drain(let seconds): seconds
        case .canary(let settings): settings.drainSeconds
        }
    }
}

/// Which share of the calls a version has, and for how long, before it takes the publication from another.
package struct CanarySettings: Sendable, Hashable {
    package struct Stage: Sendable, Hashable {
        /// In per cent, in `Canary.weights`.
        package let weight: Int
        /// In `Canary.range`.
        package let seconds: Int

        package init(weight: Int, seconds: Int) {
            self.weight = weight
            self.seconds = seconds
        }
    }

    /// At least one; their weights rise.
    package let stages: [Stage]
    /// For how long the old version stays up after the switch; nil when it may go at once.
    package let drainSeconds: Int?
    /// Where the user asked for it.
    package let span: SourceSpan?

    package init(stages: [Stage], drainSeconds: Int? = nil, span: SourceSpan? = nil) {
        self.stages = stages
        self.drainSeconds = drainSeconds
        self.span = span
    }
}
