import JSON
import Model

/// Asks the cluster why an object cannot become ready. What cannot be asked is left out: the verdict stands without it.
struct Witness: Sendable {
    let cluster: any Cluster

    private static let lines = 10
    /// An image that cannot be pulled makes three, of which the first says why.
    private static let mostEvents = 5

    func evidence(of failure: ReadinessFailure, about object: LiveObject) async -> Evidence {
        let namespace = object.address.namespace
        var events = await self.events(about: failure.pod?.uid ?? object.uid, in: namespace)
        if failure.pod == nil, events.isEmpty {
            for set in await replicaSets(of: object) { events += await self.events(about: set.uid, in: namespace) }
            events.sort { $0.time < $1.time }
        }
        var log: [String] = []
        if let pod = failure.pod, let container = pod.container, let namespace {
            log = await lines(of: LogRequest(
                namespace: namespace, pod: pod.name, container: container, lines: Self.lines, previous: pod.hasRestarted))
        }
        return Evidence(
            reason: failure.reason, pod: failure.pod?.name, container: failure.pod?.container, events: events.suffix(Self.mostEvents),
            log: log)
    }

    /// That the pods of a workload are refused, by its quota or by a policy: its controller says so in its newest event.
    func refusal(of object: LiveObject) async -> (failure: ReadinessFailure, evidence: Evidence)? {
        let events = await events(about: object.uid, in: object.address.namespace)
        guard let last = events.last, last.reason == "FailedCreate" else { return nil }
        let failure = ReadinessFailure(reason: last.reason, message: last.message)
        return (failure, Evidence(reason: last.reason, pod: nil, container: nil, events: [last], log: []))
    }

    /// Of a Deployment: what makes its pods, and says why it cannot.
    private func replicaSets(of object: LiveObject) async -> [LiveObject] {
        guard object.address.group == "apps", object.address.kind == "Deployment" else { return [] }
        var labels: [String: String] = [:]
        for (key, value) in object.content["spec"]?["selector"]?["matchLabels"]?.object ?? [:] { labels[key] = value.string }
        let query = ObjectQuery(
            type: ResourceType(apiVersion: "apps/v1", kind: "ReplicaSet"), namespace: object.address.namespace, labels: labels)
        do throws(ClusterError) {
            return try await cluster.list(query).objects.filter { set in
                set.metadata["ownerReferences"]?.array?.contains { $0["uid"]?.string == object.uid } ?? false
            }
        } catch {
            return []
        }
    }

    /// Warnings, the latest last.
    private func events(about uid: String, in namespace: String?) async -> [ObjectEvent] {
        do throws(ClusterError) {
            let found = try await cluster.list(.events(about: uid, in: namespace)).objects
            let warnings = found.map { ObjectEvent($0) }.filter(\.isWarning).sorted { ($0.time, $0.reason) < ($1.time, $1.reason) }
            // The same, told again, is told by its last time.
            return warnings.enumerated().filter { index, event in
                !warnings[(index + 1)...].contains { $0.message == event.message }
            }.map(\.element)
        } catch {
            return []
        }
    }

    private func lines(of request: LogRequest) async -> [String] {
        do throws(ClusterError) { return try await cluster.log(request) } catch { return [] }
    }
}
