import Configuration
import Model
import StateStore

extension Engine {
    /// What the state holds. Needs neither the cluster nor sound files.
    package func state() throws(EngineFailure) -> State { try known().state }

    private func known() throws(EngineFailure) -> StateSnapshot {
        let place = StatePlace(settings, folder: LoadedState.folder(of: settings.path))
        let snapshot = try read(place)
        guard snapshot.key != nil else {
            let isSandbox = settings.cluster.isSandbox
            throw EngineFailure([Diagnostic(
                code: "no-state", summary: "There is no state at \(place.path)",
                detail: "The first apply makes it." + (isSandbox ? "" : " The sandbox's is shown with --sandbox."))])
        }
        return snapshot
    }

    /// What the state knows about `address`: an entity's (`version/room-price/room-price-v1`) or an object's
    /// (`apps/Deployment/NAMESPACE/NAME`).
    package func recorded(at address: String) throws(EngineFailure) -> Recorded {
        let snapshot = try known()
        let state = snapshot.state
        if let entity = EntityAddress(address), let record = state.entities[entity] {
            return .entity(
                record, objects: state.objects(of: entity), history: snapshot.activities.filter { $0.entity == entity })
        }
        if let (_, record) = state.objects.first(where: { $0.key.description == address }) { return .object(record) }
        throw EngineFailure([Diagnostic(
            code: "unknown-address", summary: "There is no \(address) in the state",
            detail: state.entities.isEmpty && state.objects.isEmpty
                ? "The state is empty." : "`kreform state list` shows every address.")])
    }

    /// What the state knows about one address.
    package enum Recorded: Sendable, Hashable {
        /// With what it went through, the oldest first.
        case entity(EntityRecord, objects: [ObjectRecord], history: [Activity])
        case object(ObjectRecord)
    }
}
