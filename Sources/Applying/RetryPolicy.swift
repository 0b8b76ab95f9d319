import Model

/// Whether and when a failed request is made again: exponential backoff with full jitter, the server's own Retry-After where it
/// gave one, and a deadline. A pure value; times are in seconds.
package struct RetryPolicy: Sendable, Hashable {
    /// The longest pause before the second try; doubled for each further one.
    package let first: Double
    /// No pause of our own choosing is longer.
    package let longest: Double
    /// No try starts later than this after the first one.
    package let deadline: Double

    package init(first: Double = 0.25, longest: Double = 10, deadline: Double = 120) {
        self.first = first
        self.longest = longest
        self.deadline = deadline
    }

    /// How long to wait before try number `tries` + 1; nil to give up, because the error does not pass or time is up.
    package func delay(
        after error: ClusterError, tries: Int, elapsed: Double, using generator: inout some RandomNumberGenerator
    ) -> Double? {
        guard error.isTransient else { return nil }
        let pause = retryAfter(error) ?? Double.random(in: 0...ceiling(tries), using: &generator)
        return elapsed + pause <= deadline ? pause : nil
    }

    private func ceiling(_ tries: Int) -> Double {
        var ceiling = first
        for _ in 1..<max(1, min(tries, 32)) { ceiling = min(longest, ceiling * 2) }
        return min(longest, ceiling)
    }

    private func retryAfter(_ error: ClusterError) -> Double? {
        switch error.kind {
        case .tooManyRequests(let seconds), .server(_, let seconds): seconds
        default: nil
        }
    }
}
