import JSON
import Model
import Synchronization

/// The objects that a plan changes more than once, as the last change left them: what the next one is approved for.
final class ChainedObjects: Sendable {
    private let addresses: Set<ResourceAddress>
    private let objects = Mutex<[ResourceAddress: LiveObject]>([:])

    init(_ plan: Plan) { addresses = Set(plan.changes.lazy.filter { $0.follows != nil }.map(\.address)) }

    /// `object` is sealed, as the server answered the change of it.
    func note(_ object: @autoclosure () -> LiveObject, _ address: ResourceAddress) {
        guard addresses.contains(address) else { return }
        let object = object()
        objects.withLock { $0[address] = object }
    }

    /// Nil as long as no change of this run has made anything of it.
    func last(_ address: ResourceAddress) -> LiveObject? { objects.withLock { $0[address] } }

    /// The change with what it is approved for. Nil when there is nothing that it could be about.
    func approved(_ change: Change) -> Change? {
        guard change.follows != nil else { return change }
        guard let object = last(change.address) else { return change.prior == nil ? nil : change }
        guard let manifest = change.manifest else { return change.approved(for: Change.Prior(uid: object.uid, fields: [:])) }
        return change.approved(for: Change.Prior(of: object, applying: manifest, leaving: change.left))
    }
}
