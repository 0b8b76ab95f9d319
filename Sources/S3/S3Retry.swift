/// When a request that failed is tried again: after a random time up to a bound that doubles ("full jitter"), until its patience
/// has run out. A value: time and chance come in.
struct S3Retry {
    private static let first = 0.2
    private static let longest = 10.0
    private static let attemptsAfterDamage = 3

    /// Seconds, counted from the first failure.
    let patience: Double
    private let attempts: Int
    private var failures = 0
    private var began: Double?

    /// - Parameter attempts: whatever the patience.
    init(patience: Duration, attempts: Int = 3) {
        self.patience = patience / .seconds(1)
        self.attempts = attempts
    }

    /// Seconds to wait before the next attempt; nil when the failure is final.
    /// - Parameters:
    ///   - now: seconds, of any clock that only goes forward.
    ///   - chance: from 0 to 1.
    ///   - asked: seconds that the server asked to wait.
    mutating func delay(_ again: S3Error.Again, now: Double, chance: Double, asked: Double? = nil) -> Double? {
        failures += 1
        let began = began ?? now
        self.began = began
        switch again {
        case .never: return nil
        case .afterDamage where failures >= Self.attemptsAfterDamage: return nil
        case .untilDeadline where failures >= attempts && now - began >= patience: return nil
        case .afterDamage, .untilDeadline: break
        }
        let bound = min(Self.longest, Self.first * Double(1 << min(failures - 1, 16)))
        return max(bound * chance, min(asked ?? 0, Self.longest * 3))
    }
}
