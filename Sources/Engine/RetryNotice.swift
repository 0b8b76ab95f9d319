import Model
import Synchronization

/// Tells once, in a command, that the cluster does not answer as it should and is asked again: after two seconds, when somebody
/// who waits begins to wonder.
package final class RetryNotice: Sendable {
    /// Seconds of trying again, or to be waited now, before it is told.
    private static let patience = 2.0

    private let hasTold = Atomic<Bool>(false)
    private let tell: @Sendable (_ error: ClusterError, _ limit: Double) -> Void

    /// - Parameter tell: gets what went wrong last, and for how many seconds in all it is tried.
    package init(_ tell: @escaping @Sendable (_ error: ClusterError, _ limit: Double) -> Void) { self.tell = tell }

    func consider(_ error: ClusterError, waited: Double, limit: Double) {
        guard waited >= Self.patience, !hasTold.exchange(true, ordering: .relaxed) else { return }
        tell(error, limit)
    }
}
