/// For how long a version that lost the publication stays up: calls that are under way come to their end, and connections that
/// clients keep open are let go of in their own time.
package struct Drain: Sendable, Hashable {
    /// How many seconds it may take: a day at most.
    package static let range = 1...86_400

    /// How long, counted from when the publication was lost; in `range`.
    package let seconds: Int
    /// When that was, as an earlier run recorded it; nil when a step before this one does it.
    package let since: Timestamp?

    package init(seconds: Int, since: Timestamp? = nil) {
        self.seconds = seconds
        self.since = since
    }

    /// How much of it is left at `now`, in seconds: never too little, for moments are known to the second and clocks of two machines
    /// differ. All of it when what has passed is not known, or is less than nothing.
    package func left(at now: Timestamp) -> Int {
        guard let since else { return seconds }
        let passed = now.seconds - since.seconds - 1
        return max(0, seconds - max(0, passed))
    }
}
