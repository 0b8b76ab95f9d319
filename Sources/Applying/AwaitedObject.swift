import Model
import Readiness

/// A Secret or a ConfigMap without which a container does not start, by the kubelet's words.
struct AwaitedObject: Sendable, Hashable {
    let address: ResourceAddress
    /// What is missing of it; nil when all of it is.
    let key: String?

    /// Nil where something else keeps the pod from starting.
    ///
    /// - Parameter namespace: the pod's.
    init?(_ failure: ReadinessFailure, in namespace: String?) {
        guard failure.reason == "CreateContainerConfigError" else { return nil }
        // `container NAME: ` is ours. Then `secret "NAME" not found`, or `couldn't find key KEY in Secret NAMESPACE/NAME`
        // (https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/kubelet_pods.go).
        let words = failure.message.split(separator: ": ", maxSplits: 1).last.map { $0.split(separator: " ").map(String.init) } ?? []
        let name: String
        if words.count == 4, words[2...] == ["not", "found"], words[1].first == "\"", words[1].last == "\"" {
            name = String(words[1].dropFirst().dropLast())
            key = nil
        } else if words.count == 7, words[..<3] == ["couldn't", "find", "key"], words[4] == "in" {
            name = words[6].split(separator: "/").last.map(String.init) ?? ""
            key = words[3]
        } else {
            return nil
        }
        let kind = ["secret": "Secret", "configmap": "ConfigMap"][words[key == nil ? 0 : 5].lowercased()]
        guard let kind, !name.isEmpty else { return nil }
        address = ResourceAddress(group: "", kind: kind, namespace: namespace, name: name)
    }

    /// What the objects of a state, and those that a plan makes, name and nobody here makes.
    static func all(_ plan: Plan, records: [ResourceAddress: ObjectRecord]) -> Set<ResourceAddress> {
        let manifests = plan.changes.compactMap(\.manifest)
        let contents = manifests.map { ($0.address, $0.content) } + records.values.map { ($0.address, $0.applied) }
        let read = contents.flatMap { address, content in
            ObjectRead.all(in: content).map {
                ResourceAddress(group: "", kind: $0.kind, namespace: address.namespace, name: $0.name)
            }
        }
        return Set(read).subtracting(records.keys).subtracting(manifests.map(\.address))
    }

    var words: String {
        let (object, namespace) = ("\(address.kind) \(address.name)", address.namespace ?? "")
        return key.map { "\(object) in namespace \(namespace), which the file names, has no key \($0) yet" }
            ?? "\(object), which the file names, is not in namespace \(namespace) yet"
    }
}
