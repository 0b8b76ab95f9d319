/// What an apply tells as it happens: its only output. Times are seconds since the run began.
package struct ApplyEvent: Sendable, Hashable {
    /// Counts from 1, without gaps.
    package let sequence: Int
    package let elapsed: Double
    package let kind: Kind

    package init(sequence: Int, elapsed: Double, kind: Kind) {
        self.sequence = sequence
        self.elapsed = elapsed
        self.kind = kind
    }

    package enum Kind: Sendable, Hashable {
        case runStarted(Run.ID, changes: Int, steps: Int)
        case stepStarted(Step.ID)
        case changeStarted(Change.ID)
        /// The server accepted the request; now the object has to become ready (or to be gone).
        case changeAccepted(Change.ID)
        /// What is being waited for, when that changes: `1 of 3 replicas ready`.
        case changeWaiting(Change.ID, String)
        /// A request failed in a way that passes, and is made again after so many seconds.
        case changeRetrying(Change.ID, after: Double, because: String)
        case changeFinished(Change.ID, took: Double)
        case changeFailed(Change.ID, Diagnostic)
        /// Not started, because of a failure it depends on.
        case changeSkipped(Change.ID, because: Change.ID)
        /// Not started, because of a step that failed by itself and that it depends on.
        case changeSkippedForStep(Change.ID, because: Step.ID)
        /// How far a step's upload is; at most twice a second.
        case uploadProgress(Step.ID, UploadProgress)
        case uploadFailed(Step.ID, Diagnostic)
        /// A step lets time pass, so many seconds.
        case stepWaiting(Step.ID, seconds: Double)
        /// What the step waited for went wrong: the version that has a share of the calls cannot answer them.
        case stepFailed(Step.ID, Diagnostic)
        /// A canary has failed: its last changes are carried out now, so that the old version has all calls again.
        case takingBack(Step.ID)
        case stepFinished(Step.ID, took: Double)
        /// Not carried out: a change of its own or of a step before it failed, or the run was interrupted.
        case stepNotFinished(Step.ID)
        /// The user asked to stop: nothing new starts.
        case interrupted
        case runFinished(ApplyReport)
    }
}

/// How a run ended.
package struct ApplyReport: Sendable, Hashable {
    package let outcome: RunOutcome
    package let finished: [Change.ID]
    package let failed: [Failure]
    package let failedSteps: [FailedStep]
    /// The steps whose share of the calls was to be taken back, of each canary the first.
    package let takenBack: [Step.ID]
    /// Not started because of a failure, or because of the interrupt.
    package let notStarted: [Change.ID]
    package let finishedSteps: [Step.ID]
    package let unfinishedSteps: [Step.ID]
    /// In seconds.
    package let took: Double
    /// Why the end of a step could not be recorded, if one could not.
    package let stateFailure: Diagnostic?

    package init(
        outcome: RunOutcome, finished: [Change.ID], failed: [Failure], failedSteps: [FailedStep] = [], takenBack: [Step.ID] = [],
        notStarted: [Change.ID], finishedSteps: [Step.ID], unfinishedSteps: [Step.ID], took: Double, stateFailure: Diagnostic? = nil
    ) {
        self.outcome = outcome
        self.finished = finished
        self.failed = failed
        self.failedSteps = failedSteps
        self.takenBack = takenBack
        self.notStarted = notStarted
        self.finishedSteps = finishedSteps
        self.unfinishedSteps = unfinishedSteps
        self.took = took
        self.stateFailure = stateFailure
    }

    /// A step that failed by itself, in its upload or with its share of the calls, and all changes that could not start because of it.
    package struct FailedStep: Sendable, Hashable {
        package let step: Step.ID
        package let diagnostic: Diagnostic
        package let skipped: [Change.ID]

        package init(step: Step.ID, diagnostic: Diagnostic, skipped: [Change.ID]) {
            self.step = step
            self.diagnostic = diagnostic
            self.skipped = skipped
        }
    }

    /// A change that failed, and all those that could not start because of it.
    package struct Failure: Sendable, Hashable {
        package let change: Change.ID
        package let diagnostic: Diagnostic
        package let skipped: [Change.ID]

        package init(change: Change.ID, diagnostic: Diagnostic, skipped: [Change.ID]) {
            self.change = change
            self.diagnostic = diagnostic
            self.skipped = skipped
        }
    }
}
