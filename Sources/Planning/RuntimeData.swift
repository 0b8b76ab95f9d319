import JSON
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

    /// Objects that are there only while credentials are made anew, of components whose credentials are still wanted: `kreform rotate`
    /// goes on with them, and takes them away.
    var rotating: [ObjectRecord] {
        let begun = (view.unwanted[.runtime(view.name)] ?? []).filter { $0.applied.annotation(ObjectAnnotations.rotation) != nil }
        guard !begun.isEmpty else { return [] }
        let wanted = Set((view.wantedRuntime?.manifests ?? []).filter { !$0.generated.isEmpty }.compactMap { $0.content.component })
        return begun.filter { record in record.applied.component.map(wanted.contains) ?? false }
    }

    /// What to say of them.
    func notice(ofRotating records: [ObjectRecord]) -> Diagnostic? {
        let components = Set(records.compactMap { $0.applied.component }).sorted()
        return components.isEmpty ? nil : .rotationUnfinished(view.name, components, bothAreLetIn: true)
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

extension JSONValue {
    /// Of an object.
    func annotation(_ name: String) -> String? { self["metadata"]?["annotations"]?[name]?.string }
    var component: String? { self["metadata"]?["labels"]?[ObjectLabels.component]?.string }
}

extension Diagnostic {
    /// - Parameter bothAreLetIn: old and new credentials.
    static func rotationUnfinished(_ runtime: String, _ components: [String], bothAreLetIn: Bool) -> Diagnostic {
        let command = "`kreform rotate \(runtime) \(components.joined(separator: " "))` goes on with it"
        return Diagnostic(
            .warning, code: "rotation-unfinished",
            summary: "The rotation of the credentials of \(components.joined(separator: " and ")) in runtime \(runtime) was cut off",
            detail: bothAreLetIn
                ? "Old and new ones are let in until it is finished: \(command)."
                : "The new ones are there, and not everything has been restarted to read them: \(command), and so does an apply.",
            address: "\(EntityAddress.runtime(runtime))")
    }
}
