import JSON

/// A request that was about to be made. Written before the request; closed in the transaction that records its result. An
/// entry still open when a run starts means that the last one was cut off there, and is settled by reading the object.
package struct JournalEntry: Sendable, Hashable {
    package typealias ID = Int

    /// Rises by one with each entry.
    package let id: ID
    package let run: Run.ID
    package let action: Action
    package let address: ResourceAddress
    package let apiVersion: String
    package let entity: EntityAddress
    /// `Manifest.content` that was to be applied: sealed; nil for delete and forget.
    package let intended: JSONValue?
    package let dependsOn: [ResourceAddress]
    /// The uid of the object that was to be changed or deleted; nil when there was none.
    package let priorUID: String?
    package let begun: Timestamp
    package let outcome: Outcome?

    package enum Outcome: String, Sendable, Hashable {
        case done, failed
        /// The cluster began to delete the object, and no run has seen it gone.
        case deleting
        /// Found by a later run: the object was as intended.
        case settledDone = "settled-done"
        /// Found by a later run: the request had not arrived, or something else happened.
        case settledUndone = "settled-undone"
    }

    package init(
        id: ID, run: Run.ID, action: Action, address: ResourceAddress, apiVersion: String, entity: EntityAddress,
        intended: JSONValue?, dependsOn: [ResourceAddress], priorUID: String?, begun: Timestamp, outcome: Outcome? = nil
    ) {
        self.id = id
        self.run = run
        self.action = action
        self.address = address
        self.apiVersion = apiVersion
        self.entity = entity
        self.intended = intended
        self.dependsOn = dependsOn
        self.priorUID = priorUID
        self.begun = begun
        self.outcome = outcome
    }

    package var type: ResourceType { ResourceType(apiVersion: apiVersion, kind: address.kind) }
}

/// One run of apply or destroy.
package struct Run: Sendable, Hashable {
    /// Rises by one with each run.
    package typealias ID = Int

    package let id: ID
    /// `apply`, `destroy`.
    package let command: String
    /// `user@host`.
    package let who: String
    package let comment: String
    /// Of the plan's canonical JSON: `sha256:…`.
    package let planDigest: String
    package let started: Timestamp
    package let ended: Timestamp?
    /// Nil while it runs, or when it was cut off.
    package let outcome: RunOutcome?

    package init(
        id: ID, command: String, who: String, comment: String, planDigest: String, started: Timestamp,
        ended: Timestamp? = nil, outcome: RunOutcome? = nil
    ) {
        self.id = id
        self.command = command
        self.who = who
        self.comment = comment
        self.planDigest = planDigest
        self.started = started
        self.ended = ended
        self.outcome = outcome
    }
}

package enum RunOutcome: String, Sendable, Hashable {
    case succeeded
    /// Some changes failed; those that did not depend on them were carried out.
    case failed
    /// Stopped by the user; what had begun was finished.
    case interrupted
}

/// A line of a version's or runtime's life, with KRE's own activity types.
package struct Activity: Sendable, Hashable {
    package let run: Run.ID
    package let step: StepAction
    package let entity: EntityAddress
    package let from: VersionStatus?
    package let to: VersionStatus?
    /// For publish: the version that lost the publication.
    package let replaced: String?
    /// For canary: the share of the calls that the version had, in per cent.
    package let weight: Int?
    package let at: Timestamp

    package init(
        run: Run.ID, step: StepAction, entity: EntityAddress, from: VersionStatus?, to: VersionStatus?, replaced: String?,
        weight: Int? = nil, at: Timestamp
    ) {
        self.run = run
        self.step = step
        self.entity = entity
        self.from = from
        self.to = to
        self.replaced = replaced
        self.weight = weight
        self.at = at
    }
}
