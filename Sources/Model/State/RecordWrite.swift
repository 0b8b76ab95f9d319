/// What becomes of an object's record when its change settles.
package enum RecordWrite: Sendable, Hashable {
    /// The record of the object, or that there is none, stays as it is.
    case keep
    case write(ObjectRecord)
    case forget(ResourceAddress)
}

/// How a request of the journal ended, and what that leaves in the state: the two are written together.
package struct JournalResolution: Sendable, Hashable {
    package let entry: JournalEntry.ID
    package let outcome: JournalEntry.Outcome
    package let record: RecordWrite

    package init(entry: JournalEntry.ID, outcome: JournalEntry.Outcome, record: RecordWrite) {
        self.entry = entry
        self.outcome = outcome
        self.record = record
    }
}
