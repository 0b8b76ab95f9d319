import FoundationEssentials

/// A moment in UTC, to the second. Written `2026-05-30T18:04:05Z` (RFC 3339), as Kubernetes writes times.
package struct Timestamp: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Seconds since 1970-01-01T00:00:00Z.
    package let seconds: Int

    package init(seconds: Int) { self.seconds = seconds }

    /// Reads the form that `description` writes; nil for anything else.
    package init?(_ text: String) {
        guard let date = try? Date(text, strategy: .iso8601) else { return nil }
        seconds = Int(date.timeIntervalSince1970)
    }

    /// The wall clock's time.
    package static var now: Timestamp { Timestamp(seconds: Int(Date().timeIntervalSince1970)) }

    package var description: String { Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601) }

    package static func < (left: Self, right: Self) -> Bool { left.seconds < right.seconds }
}
