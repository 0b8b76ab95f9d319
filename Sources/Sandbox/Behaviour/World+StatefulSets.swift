import JSON
import Model

extension World {
    mutating func reconcileStatefulSet(_ set: LiveObject) {
        let spec = set.content["spec"] ?? [:]
        let wanted = spec["replicas"]?.integer ?? 1
        let hash = templateHash(spec)
        let parallel = spec["podManagementPolicy"] == "Parallel"
        let byName = Dictionary(pods(of: set).map { ($0.address.name, $0) }, uniquingKeysWith: { first, _ in first })
        func pod(_ ordinal: Int) -> LiveObject? { byName["\(set.address.name)-\(ordinal)"] }

        makeClaims(for: set, wanted)
        // Upwards: the next pod is made when all before it are ready.
        var allReady = true
        for ordinal in 0..<max(0, wanted) {
            guard let pod = pod(ordinal) else {
                if makePod(for: set, hash: hash, label: "controller-revision-hash", ordinal: ordinal) == nil {
                    allReady = false
                }
                if !parallel { break } else { continue }
            }
            if pod.isTerminating || !pod.isReady {
                allReady = false
                if !parallel { break }
            }
        }
        shrink(set, to: wanted, byName)
        if allReady, byName.count == wanted || parallel { replaceOldest(set, hash: hash, wanted, byName) }
        replaceStuck(set, hash: hash, wanted, byName)
        setStatefulSetStatus(set.address, hash: hash)
    }

    /// Surplus pods go from the highest ordinal down, one after another.
    private mutating func shrink(_ set: LiveObject, to wanted: Int, _ pods: [String: LiveObject]) {
        let surplus = pods.values.filter { Self.ordinal(of: $0, set) >= wanted }.sorted {
            Self.ordinal(of: $0, set) > Self.ordinal(of: $1, set)
        }
        if let last = surplus.first, !surplus.contains(where: \.isTerminating) { markDeleted(last.address) }
    }

    /// A rolling update replaces one pod at a time from the highest ordinal down, and waits until it is ready again.
    private mutating func replaceOldest(_ set: LiveObject, hash: String, _ wanted: Int, _ pods: [String: LiveObject]) {
        let strategy = set.content.at("spec", "updateStrategy")
        guard strategy?["type"] != "OnDelete" else { return }
        let partition = strategy?.at("rollingUpdate", "partition")?.integer ?? 0
        let revision = "\(set.address.name)-\(hash)"
        for ordinal in stride(from: wanted - 1, through: max(0, partition), by: -1) {
            guard let pod = pods["\(set.address.name)-\(ordinal)"] else { return }
            if pod.label("controller-revision-hash") != revision { return markDeleted(pod.address) }
        }
    }

    /// A pod of an older revision that is not ready never will be: a fix gets through at once.
    private mutating func replaceStuck(_ set: LiveObject, hash: String, _ wanted: Int, _ pods: [String: LiveObject]) {
        let revision = "\(set.address.name)-\(hash)"
        for pod in pods.values.sorted(by: { $0.address < $1.address })
        where !pod.isTerminating && !pod.isReady && pod.label("controller-revision-hash") != revision {
            markDeleted(pod.address)
        }
    }

    private static func ordinal(of pod: LiveObject, _ set: LiveObject) -> Int {
        Int(pod.address.name.dropFirst(set.address.name.count + 1)) ?? .max
    }

    /// Claims outlive their pods and their set.
    private mutating func makeClaims(for set: LiveObject, _ wanted: Int) {
        for template in set.content["spec"]?.items("volumeClaimTemplates") ?? [] {
            guard let volume = template.at("metadata", "name")?.string else { continue }
            for ordinal in 0..<max(0, wanted) {
                let name = "\(volume)-\(set.address.name)-\(ordinal)"
                guard object("PersistentVolumeClaim", set.address.namespace, name) == nil else { continue }
                var metadata = template["metadata"] ?? [:]
                metadata["name"] = .string(name)
                metadata["namespace"] = set.address.namespace.map { .string($0) }
                metadata.setDefault("labels", [:])
                let selector = set.content.at("spec", "selector", "matchLabels")?.object ?? [:]
                metadata.change("labels") { labels in
                    for (key, value) in selector { labels.setDefault(key, value) }
                }
                create(
                    [
                        "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata,
                        "spec": template["spec"] ?? [:],
                    ], as: Self.controllerManager)
            }
        }
    }

    private mutating func setStatefulSetStatus(_ address: ResourceAddress, hash: String) {
        guard let set = self[address] else { return }
        let revision = "\(address.name)-\(hash)"
        let wanted = set.content.at("spec", "replicas")?.integer ?? 1
        let pods = pods(of: set).filter { !$0.isTerminating && !$0.hasEnded }
        let updated = pods.filter { $0.label("controller-revision-hash") == revision }
        let ready = pods.filter(\.isReady).count
        let complete = updated.count == wanted && ready == wanted && pods.count == wanted
        let current = complete ? revision : set.content.at("status", "currentRevision")?.string ?? revision
        let isCurrent = pods.filter { $0.label("controller-revision-hash") == current }
        setStatus(
            Self.present([
                "observedGeneration": .integer(set.generation ?? 1), "replicas": .integer(pods.count),
                "readyReplicas": Self.some(ready), "availableReplicas": .integer(ready),
                "currentReplicas": Self.some(isCurrent.count), "updatedReplicas": Self.some(updated.count),
                "currentRevision": .string(current), "updateRevision": .string(revision), "collisionCount": 0,
            ]), of: address)
    }
}
