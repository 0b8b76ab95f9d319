import JSON
import Model
import Synchronization

/// Workloads that a run found unable to become ready. Services wait for their pods, of which there may be none.
final class FailedWorkloads: Sendable {
    private struct Entry {
        let namespace: String?
        /// Of its pods.
        let labels: JSONObject
        let failure: ReadinessFailure
    }

    private let entries = Mutex<[Entry]>([])

    /// Nothing is noted of objects that make no pods.
    func note(_ change: Change, _ failure: ReadinessFailure) {
        // What is watched of an object lacks them.
        guard let labels = change.manifest?.content["spec"]?["template"]?["metadata"]?["labels"]?.object else { return }
        entries.withLock { $0.append(Entry(namespace: change.address.namespace, labels: labels, failure: failure)) }
    }

    /// Why there are no pods for a Service: what was found first of a workload whose pods it selects.
    func failure(behind service: LiveObject) -> ReadinessFailure? {
        let selector = service.content["spec"]?["selector"]?.object ?? [:]
        guard !selector.isEmpty else { return nil }
        return entries.withLock { entries in
            entries.first { entry in
                entry.namespace == service.address.namespace && selector.allSatisfy { entry.labels[$0.key] == $0.value }
            }?.failure
        }
    }
}
