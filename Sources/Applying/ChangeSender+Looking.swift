import Digest
import Fields
import Model
import StateStore

/// Looking at objects before anything is sent, or instead.
extension ChangeSender {
    /// Finds an object that nothing is to be done to.
    /// - Parameter isRead: not as the watch knows it.
    func found(_ change: Change, isRead: Bool) async throws -> Sent {
        let live: LiveObject?
        do throws(ClusterError) {
            live = isRead
                ? try await cluster.get(change.type, namespace: change.address.namespace, name: change.address.name)?.watched
                : try await watch.current(change.address, change.type, stop: stop, grace: settings.grace)
        } catch {
            throw Diagnostic.cannotLook(change.address, error)
        }
        guard let live, live.uid == change.prior?.uid else { throw Diagnostic.remade(change.address, isGone: live == nil) }
        // It was recorded when it was changed.
        if change.follows != nil { return .accepted(live, isKnownReady: true) }
        let record = records[change.address]
        let isKnown = record?.uid == live.uid && record?.entity == change.entity
        // What is left to others is no part of what we applied: the record must say so before it calls the object ready.
        let isSettled = change.left.isEmpty || record?.isReady ?? true
        if !isKnown || !isSettled, let manifest = change.manifest {
            // A watch does not tell which fields are ours.
            let whole = try await whole(change, uid: live.uid)
            try await store.record(.write(newRecord(change, manifest, whole)))
            return accepted(whole)
        }
        return .accepted(live, isKnownReady: record?.isReady ?? true)
    }

    private func whole(_ change: Change, uid: String) async throws(Diagnostic) -> LiveObject {
        let found: LiveObject?
        do throws(ClusterError) {
            found = try await cluster.get(change.type, namespace: change.address.namespace, name: change.address.name)
        } catch {
            throw .cannotLook(change.address, error)
        }
        guard let found, found.uid == uid else { throw .remade(change.address, isGone: found == nil) }
        return found
    }

    /// Looks for an object that a request may have made whose answer never came.
    func findUnanswered(_ change: Change) async throws {
        guard change.prior == nil, chained.last(change.address) == nil, chained.mayHaveChanged(change.address) else { return }
        try await trying(change, OpenEntry(), onFailure: .keep) { _ in
            let live = try await cluster.get(change.type, namespace: change.address.namespace, name: change.address.name)
            guard let live, !live.owned.isEmpty else { return }
            chained.note(live.sealed(with: store.key), change.address)
        }
    }
}
