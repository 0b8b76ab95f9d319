import FoundationEssentials

/// Where a simulated cluster reads the time.
package enum SandboxClock {
    /// The machine's wall clock.
    package static let wall: @Sendable () -> Double = { Date().timeIntervalSince1970 }
}
