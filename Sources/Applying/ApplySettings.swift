import Readiness

/// How a plan is carried out. Times are in seconds.
package struct ApplySettings: Sendable, Hashable {
    /// How many requests may be under way at once; what is only waited for does not count.
    package var parallelism: Int
    /// How long one object may take to become ready, or to be gone.
    package var timeout: Double
    /// How long an object that seems unable to become ready is watched before it counts as failed: a volume may still be
    /// bound, a crashed container may find its database the second time.
    package var patience: Double
    /// How long trouble that was there before the run is no evidence against it, by how it is tried again.
    package var retries = EarlierTrouble.RetryTimes()
    /// How long an object that cannot become ready is asked about until an event says why: events come on another way than
    /// statuses, later when there are many.
    package var explanation = 3.0
    /// How long objects are still waited for after the user asked to stop.
    package var grace: Double
    package var retry: RetryPolicy

    package init(
        parallelism: Int = 10, timeout: Double = 600, patience: Double = 5, grace: Double = 10, retry: RetryPolicy = RetryPolicy()
    ) {
        self.parallelism = parallelism
        self.timeout = timeout
        self.patience = patience
        self.grace = grace
        self.retry = retry
    }
}
