import Glibc

/// What credential plugins find around them, and what they may take.
package struct PluginSettings: Sendable {
    /// Whether somebody sits at standard input.
    package var hasTerminal: Bool
    /// How long a plugin may run, in seconds.
    package var deadline: Double
    /// The same when somebody is there, who may have to log in.
    package var attendedDeadline: Double
    /// Gets what plugins write on their standard error, while they run.
    package var onMessage: @Sendable ([UInt8]) -> Void
    /// Seconds since 1970.
    package var now: @Sendable () -> Double

    package init(
        hasTerminal: Bool = false, deadline: Double = 60, attendedDeadline: Double = 300,
        onMessage: @escaping @Sendable ([UInt8]) -> Void = { _ in },
        now: @escaping @Sendable () -> Double = PluginSettings.wallClock
    ) {
        self.hasTerminal = hasTerminal
        self.deadline = deadline
        self.attendedDeadline = attendedDeadline
        self.onMessage = onMessage
        self.now = now
    }

    /// Those of this process: its standard input, its standard error.
    package static var standard: PluginSettings {
        PluginSettings(hasTerminal: isatty(STDIN_FILENO) == 1, onMessage: { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
                guard count > 0 || count < 0 && errno == EINTR else { return }
                rest = rest.dropFirst(max(0, count))
            }
        })
    }

    package static let wallClock: @Sendable () -> Double = {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
