/// How a version takes the publication from another.
package enum Rollout: Sendable, Hashable {
    /// The old one may be stopped as soon as the new one answers.
    case atOnce
    /// The old one stays up for so long after the switch before it is stopped.
    case drain(seconds: Int)

    package var drainSeconds: Int? {
        switch self {
        case .atOnce: nil
        case .drain(let seconds): seconds
        }
    }
}
