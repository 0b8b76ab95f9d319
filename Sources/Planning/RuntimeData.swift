import Model

/// What holds the data of one runtime, when the file no longer asks for it or the cluster no longer has it.
struct RuntimeData {
    let view: RuntimeView
    let comparison: ObjectComparison

    /// What goes with the runtime and not before: volumes, and the passwords that are kept in them.
    var kept: Set<ResourceAddress> {
        let records = (view.unwanted[.runtime(view.name)] ?? []).filter { record in
            comparison.live.objects[record.address]?.uid == record.uid && record.needsRuntimesEnd
        }
        return Set(records.map(\.address))
    }

    /// What to say of data that stays although what wrote it goes; nil when nothing goes.
    func notice(of kept: Set<ResourceAddress>, beside gone: [DraftChange]) -> Diagnostic? {
        let sets = gone.map(\.address).filter { comparison.state.objects[$0]?.hasClaimTemplates ?? false }
        guard !kept.isEmpty || !sets.isEmpty, !gone.isEmpty else { return nil }
        return .dataKept(view.name, kept.sorted(), volumesOf: sets.sorted())
    }

    /// A namespace is made again like any object, but not what was in its volumes.
    var loss: Diagnostic? {
        guard let name = view.runtime?.namespace else { return nil }
        let namespace = ResourceAddress(group: "", kind: "Namespace", namespace: nil, name: name)
        return comparison.dataLoss(in: namespace).map { .dataLost(view.name, namespace, $0) }
    }
}

extension EntityRecord {
    /// Whether it differs from `other` in more than the status.
    func differs(from other: EntityRecord) -> Bool {
        var other = other
        other.status = status
        return other != self
    }
}
