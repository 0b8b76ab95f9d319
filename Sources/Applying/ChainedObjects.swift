import JSON
import Model
import Synchronization

/// The objects that a plan changes more than once, as the last change left them: what the next one is approved for.
final class ChainedObjects: Sendable {
    private let addresses: Set<ResourceAddress>
    private let objects = Mutex<[ResourceAddress: LiveObject]>([:])
    private let unanswered = Mutex<Set<ResourceAddress>>([])

    init(_ plan: Plan) { addresses = Set(plan.changes.lazy.filter { $0.follows != nil }.map(\.address)) }

    /// A request to change the object may have arrived.
    func noteUnanswered(_ address: ResourceAddress) { _ = unanswered.withLock { $0.insert(address) } }

    /// Whether a change of this run has made something of it, or may have.
    func mayHaveChanged(_ address: ResourceAddress) -> Bool {
        last(address) != nil || unanswered.withLock { $0.contains(address) }
    }

    /// `object` is sealed, as the server answered the change of it.
    func note(_ object: @autoclosure () -> LiveObject, _ address: ResourceAddress) {
        guard addresses.contains(address) else { return }
        let object = object()
        objects.withLock { $0[address] = object }
    }

    /// Nil as long as no change of this run has made anything of it.
    func last(_ address: ResourceAddress) -> LiveObject? { objects.withLock { $0[address] } }

    /// The change with what it is approved for; `asItIs`, for the same object whatever it has become. Nil when there is nothing that it
    /// could be about.
    func approved(_ change: Change, asItIs: Bool) -> Change? {
        guard change.follows != nil || asItIs else { return change }
        let object = last(change.address)
        guard let uid = object?.uid ?? change.prior?.uid else { return nil }
        if asItIs { return change.approved(for: Change.Prior(uid: uid, fields: [:])) }
        guard let object else { return change }
        guard let manifest = change.manifest else { return change.approved(for: Change.Prior(uid: uid, fields: [:])) }
        return change.approved(for: Change.Prior(of: object, applying: manifest, leaving: change.left))
    }
}
