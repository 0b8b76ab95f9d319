/// When a Job that sleeps (`spec.parallelism` 0) runs before it is deleted: only where the version that it belongs to stops. The value
/// of its annotation `kreform/last-run`.
package enum LastRun: String, Sendable, Hashable, CaseIterable {
    case always
    /// Not where its namespace goes in the same run, and with it all that it would take away.
    case whileNamespaceStays = "while-namespace-stays"

    /// What an object says of itself; nil for nothing.
    package init?(annotation: String?) {
        guard let annotation, let value = LastRun(rawValue: annotation) else { return nil }
        self = value
    }
}
