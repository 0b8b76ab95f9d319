import Model
import StateStore

/// A use case that could not be carried out, with every reason.
package struct EngineFailure: Error, Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        /// A saved plan no longer fits.
        case stalePlan
        /// Another run holds the state.
        case locked
        case other
    }

    package let kind: Kind
    package let diagnostics: [Diagnostic]

    package init(_ diagnostics: [Diagnostic], kind: Kind = .other) {
        self.diagnostics = diagnostics
        self.kind = kind
    }

    init(_ error: StateStoreError, path: String) {
        self.init([error.diagnostic(path: path)], kind: error.code == .locked ? .locked : .other)
    }

    init(_ error: ClusterError, doing what: String) {
        self.init([Diagnostic(code: "cluster-unreadable", summary: what, detail: error.advice)])
    }

    /// Does what reads the cluster; its failures become ours.
    static func reading<Answer>(_ body: () async throws -> Answer) async throws(EngineFailure) -> Answer {
        do { return try await body() } catch let failure as EngineFailure {
            throw failure
        } catch {
            throw EngineFailure(
                error as? ClusterError ?? ClusterError(.connection, "\(error)"), doing: "The cluster cannot be read")
        }
    }
}
