import Model
import SQLite

/// Why the state cannot be used. The state is as it was before the call that threw it.
package struct StateStoreError: Error, Sendable, Hashable {
    /// Stable; the code of the diagnostic.
    package enum Code: String, Sendable, Hashable {
        /// Another run is writing.
        case locked = "state-locked"
        /// The file is something else.
        case foreign = "state-foreign"
        /// Written by a newer Kreform.
        case newer = "state-newer"
        case damaged = "state-damaged"
        /// It describes another cluster.
        case otherCluster = "state-other-cluster"
        /// It is another engine's.
        case otherEngine = "state-other-engine"
        /// The file or its folder cannot be made, opened or written.
        case unwritable = "state-unwritable"
        /// It cannot be read.
        case unreadable = "state-unreadable"
        case diskFull = "state-disk-full"
        /// The disk failed, or SQLite did.
        case failed = "state-failed"
        /// A request that was not begun, or has ended already, was to be ended.
        case journal = "state-journal"
    }

    package let code: Code
    /// What is wrong, as the rest of a sentence that starts with the state: `is in use by …`.
    package let message: String
    /// How to mend it, in whole sentences.
    package let detail: String

    package init(_ code: Code, _ message: String, detail: String) {
        self.code = code
        self.message = message
        self.detail = detail
    }

    /// The error for people, about the state at `path`.
    package func diagnostic(path: String) -> Diagnostic {
        Diagnostic(code: code.rawValue, summary: "The state \(path) \(message)", detail: detail)
    }
}

extension StateStoreError: CustomStringConvertible {
    package var description: String { "the state \(message)" }
}

extension StateStoreError {
    /// SQLite's error in words of ours, with SQLite's own at the end of those that we have none for.
    init(_ error: SQLiteError) {
        switch error.code {
        case .full:
            self.init(
                .diskFull, "could not be written: the disk is full",
                detail: "Free some space and run again. What had begun is found out by looking at the cluster.")
        case .readOnly:
            self.init(
                .unwritable, "cannot be written: the file, its folder or the disk is read-only",
                detail: "Allow yourself to write to the file and its folder, or name another place with `--state`.")
        case .cannotOpen:
            self.init(
                .unwritable, "cannot be opened: \(error.message)",
                detail: "Check that the file and its folder may be read and written by you.")
        case .notADatabase:
            self.init(.damaged, "is damaged: \(error.message)", detail: Self.restore)
        case .busy:
            self.init(
                .locked, "is held by another program: \(error.message)",
                detail: "Close the program that has the file open, for instance a database browser, and run again.")
        case .inputOutput, .constraint, .other:
            self.init(
                .failed, "could not be read or written: \(error)",
                detail: "Check the disk and run again. What had begun is found out by looking at the cluster.")
        }
    }

    /// Whatever was thrown in a transaction: one of our errors, or one of SQLite's.
    init(any error: any Error) {
        switch error {
        case let error as StateStoreError: self = error
        case let error as SQLiteError: self.init(error)
        default: self.init(.failed, "could not be written: \(error)", detail: "Run again.")
        }
    }

    static let restore =
        "Nothing was changed. Each run leaves a copy of the state as it was before, in the file of the same name that "
        + "ends in `.backup`: put that in its place, and run `kreform plan` to see what it misses."

    static func damaged(_ what: String) -> StateStoreError {
        StateStoreError(.damaged, "is damaged: \(what)", detail: restore)
    }

    static let foreign = StateStoreError(
        .foreign, "is not a state: the file was not written by Kreform",
        detail: "It was left as it is. Move it away, or name another place with `--state`.")

    static func newer(found: Int, known: Int) -> StateStoreError {
        StateStoreError(
            .newer, "was written by a newer Kreform (its format is \(found), this Kreform knows \(known))",
            detail: "It was left as it is. Use the newer Kreform.")
    }

    static let notOpen = StateStoreError(
        .journal, "has no such open request in its journal",
        detail: "The request has ended already. This is a fault of Kreform: please report it.")

    static let closed = StateStoreError(
        .failed, "has been closed", detail: "This is a fault of Kreform: please report it.")
}
