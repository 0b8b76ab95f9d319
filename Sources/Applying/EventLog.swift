import Model
import Synchronization

/// Numbers and times the events of a run and hands them on one at a time, in order and without gaps.
final class EventLog: Sendable {
    private let began = ContinuousClock.now
    private let count = Mutex(0)
    private let take: @Sendable (ApplyEvent) -> Void

    init(_ take: @escaping @Sendable (ApplyEvent) -> Void) { self.take = take }

    /// Seconds since the run began.
    var elapsed: Double { (ContinuousClock.now - began) / .seconds(1) }

    func write(_ kind: ApplyEvent.Kind) {
        count.withLock { count in
            count += 1
            take(ApplyEvent(sequence: count, elapsed: elapsed, kind: kind))
        }
    }
}
