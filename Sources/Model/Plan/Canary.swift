/// What a version that is not published has of the calls.
package struct CallShare: Sendable, Hashable {
    package let version: String
    /// In per cent.
    package let weight: Int

    package init(version: String, weight: Int) {
        self.version = version
        self.weight = weight
    }
}

/// The share of the calls that a version has for a while before it takes the publication from another.
package struct Canary: Sendable, Hashable {
    /// What a share may be, in per cent.
    package static let weights = 1...99
    /// How many seconds it may last: a day at most.
    package static let range = 0...86_400

    /// In `weights`.
    package let weight: Int
    /// How long it lasts, counted from when the share was given; in `range`.
    package let seconds: Int
    /// When that was, as an earlier run recorded it; nil when the step itself gives it.
    package let since: Timestamp?
    /// Whether the version had a share when the plan was made, this one or another.
    package let isUnderWay: Bool
    /// The objects that share the calls. The last change of each in the plan takes the share away again: after the switch, or as soon
    /// as the canary has failed.
    package let routes: [ResourceAddress]

    package init(weight: Int, seconds: Int, since: Timestamp? = nil, isUnderWay: Bool = false, routes: [ResourceAddress]) {
        self.weight = weight
        self.seconds = seconds
        self.since = since
        self.isUnderWay = isUnderWay
        self.routes = routes
    }

    /// How much of the time is left at `now`, in seconds; as of a drain.
    package func left(at now: Timestamp) -> Int { Drain(seconds: seconds, since: since).left(at: now) }
}
