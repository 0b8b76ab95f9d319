import Model
import Readiness
import Rendering

/// Judges every recorded object, and adds up by runtime and version.
struct StatusView {
    private let state: State
    private let desired: [String: DesiredRuntime]
    private let live: [ResourceAddress: LiveObject]
    private let objects: [EntityAddress: [ObjectRecord]]
    private let pods: [String: [LiveObject]]

    init(state: State, desired: DesiredState?, live: [ResourceAddress: LiveObject]) {
        self.state = state
        self.desired = Dictionary((desired?.runtimes ?? []).map { ($0.name, $0) }) { first, _ in first }
        self.live = live
        objects = Dictionary(grouping: state.objects.values, by: \.entity)
        pods = Dictionary(grouping: live.values.filter { $0.address.group.isEmpty && $0.address.kind == "Pod" }) {
            $0.address.namespace ?? ""
        }
    }

    /// Every runtime that the files or the state know, sorted by name.
    var runtimes: [RuntimeStatus] {
        Set(desired.keys).union(state.entities.keys.map(\.runtime)).union(objects.keys.map(\.runtime)).sorted().map { name in
            let record = state.entities[.runtime(name)]
            return RuntimeStatus(
                name: name, namespace: record?.namespace ?? desired[name]?.namespace ?? "",
                protected: record?.protected ?? desired[name]?.protected ?? false, health: health([.runtime(name)]),
                versions: versions(of: name))
        }
    }

    private func versions(of runtime: String) -> [VersionHealth] {
        let wanted = Dictionary((desired[runtime]?.versions ?? []).map { ($0.name, $0) }) { first, _ in first }
        let published = state.entities[.publication(runtime: runtime)]?.published
        let known = Set(state.entities.keys).union(objects.keys).compactMap { entity -> String? in
            guard case .version(runtime, let name) = entity else { return nil }
            return name
        }
        let shares = (objects[.publication(runtime: runtime)] ?? []).compactMap { record in
            live[record.address].flatMap { $0.uid == record.uid ? RuntimeKinds.share(by: $0) : nil }
        }
        return Set(wanted.keys).union(known).sorted().map { name in
            let address = EntityAddress.version(runtime: runtime, name: name)
            let record = state.entities[address]
            return VersionHealth(
                name: name, status: record?.status, wanted: wanted[name]?.status,
                share: shares.first { $0.version == name }?.weight,
                packageDigest: record?.packageDigest ?? wanted[name]?.solution.digest,
                health: health(published == name ? [address, .publication(runtime: runtime)] : [address]))
        }
    }

    private func health(_ entities: [EntityAddress]) -> EntityHealth {
        let records = entities.flatMap { objects[$0] ?? [] }.sorted { $0.address < $1.address }
        let troubles = records.compactMap(trouble)
        return EntityHealth(ready: records.count - troubles.count, total: records.count, troubles: troubles)
    }

    private func trouble(_ record: ObjectRecord) -> EntityHealth.Trouble? {
        func trouble(_ reason: String, isFailure: Bool = false) -> EntityHealth.Trouble {
            EntityHealth.Trouble(address: record.address, reason: reason, isFailure: isFailure)
        }
        guard let object = live[record.address] else { return trouble("missing in the cluster", isFailure: true) }
        guard object.uid == record.uid else { return trouble("not the object that was applied: it was made anew") }
        let namespace = record.address.namespace
        let related = RelatedObjects(of: object, pods: pods[namespace ?? ""] ?? []) { name in
            live[ResourceAddress(group: "", kind: "Endpoints", namespace: namespace, name: name)]
        }
        switch ReadinessRules.judge(object, related: related) {
        case .ready: return nil
        case .progressing(let reason): return trouble(reason)
        case .failed(let failure):
            let pod = failure.pod.map { " (pod \($0.name))" } ?? ""
            return trouble("\(failure.reason)\(pod): \(failure.message)", isFailure: true)
        }
    }
}
