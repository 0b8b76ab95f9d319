import Fields
import JSON

/// One field that a change would set, change or remove, and why.
package struct Difference: Sendable, Hashable {
    package let path: FieldPath
    package let old: Shown
    package let new: Shown
    package let cause: Cause

    package init(path: FieldPath, old: Shown, new: Shown, cause: Cause) {
        self.path = path
        self.old = old
        self.new = new
        self.cause = cause
    }

    /// A side of a difference, as it may be shown.
    package enum Shown: Sendable, Hashable {
        case absent
        case value(JSONValue)
        /// There is a value; it is nobody's business.
        case sensitive
        /// Made when the object is created, or by the server.
        case knownAfterApply
        /// Of a value that was made once and that somebody changed: the one that is there stays.
        case kept
    }

    package enum Cause: Sendable, Hashable {
        /// The desired state changed (or is new).
        case file
        /// The cluster no longer has what was applied: who set the field instead and when (RFC 3339), where known.
        case drift(manager: String?, time: String?)
        /// The object is taken over, and the field has what somebody else set: who and when, where known.
        case adoption(manager: String?, time: String?)
    }
}
