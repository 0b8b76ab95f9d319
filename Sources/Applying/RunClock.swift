import Model

/// What time it is for a run, and how it lets time pass. Times are in seconds.
package struct RunClock: Sendable {
    /// The wall clock's time.
    let now: @Sendable () -> Timestamp
    /// How long something takes here that takes so long by the wall clock: a simulated cluster may be faster.
    let scaled: @Sendable (Double) -> Double
    /// Returns after so long, or earlier: when the run is asked to stop.
    let pass: @Sendable (_ time: Double, _ stop: StopSignal) async -> Void

    package init(
        now: @escaping @Sendable () -> Timestamp = { .now }, scaled: @escaping @Sendable (Double) -> Double = { $0 },
        pass: @escaping @Sendable (_ time: Double, _ stop: StopSignal) async -> Void = { await $1.requested(within: $0) }
    ) {
        self.now = now
        self.scaled = scaled
        self.pass = pass
    }
}
