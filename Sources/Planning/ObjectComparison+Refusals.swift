import Fields
import JSON
import Model

extension ObjectComparison {
    /// Why the change cannot be made, with the keys of the file that lead to it where they are known. `found` is what differs.
    func refused(
        _ manifest: Manifest, of entity: EntityAddress, _ object: LiveObject, _ found: [FieldDifference], _ error: ClusterError
    ) -> Diagnostic {
        .refused(
            manifest.address, error, holdsData: Self.holdsData(object),
            settings: settings(behind: found, of: manifest, entity, object))
    }

    /// Which settings differ from what the object has, and what to write instead, in sentences.
    func settings(
        behind found: [FieldDifference], of manifest: Manifest, _ entity: EntityAddress, _ object: LiveObject
    ) -> String? {
        let known = (desired.first { $0.address == entity }?.settings ?? []).filter { setting in
            setting.object == manifest.address
                && found.contains { setting.field.starts(with: $0.path) || $0.path.starts(with: setting.field) }
        }
        guard !known.isEmpty else { return nil }
        let content = manifest.content
        let lines = known.compactMap { setting -> String? in
            let (old, new) = (value(at: setting.field, in: object.content), value(at: setting.field, in: content))
            return MergeRule.quantity.same(old, new) ? nil : Self.line(setting, entity, manifest.address, old?.string, new?.string)
        }
        return lines.isEmpty ? nil : lines.joined(separator: "\n")
    }

    private static func line(
        _ setting: FieldSetting, _ entity: EntityAddress, _ address: ResourceAddress, _ old: String?, _ new: String?
    ) -> String {
        let asked = "`\(setting.key)` of \(entity.words) leads to it: "
            + "there it is \(old ?? "not set"), and the files ask for \(new ?? "none")."
        let beside = setting.key == setting.ownKey ? "" : " beside it"
        let mend = old.map { "Write `\(setting.ownKey): \($0)`\(beside), as it was made." } ?? "Take it out of the file again."
        guard setting.isVolumeSize, let namespace = address.namespace else { return "\(asked) \(mend)" }
        let claim = address.kind == "StatefulSet" ? "data-\(address.name)-0" : address.name
        return "\(asked) \(mend) A volume whose class allows it can be enlarged by hand: "
            + "`kubectl --namespace \(namespace) edit pvc \(claim)`."
    }

    /// The workloads whose pods read a Secret, sorted.
    func readers(of secret: Manifest) -> [ResourceAddress] {
        desired.lazy.flatMap(\.manifests).filter { manifest in
            manifest.address.namespace == secret.address.namespace
                && manifest.content["spec"]?["template"]?.refers(to: secret.address) ?? false
        }.map(\.address).sorted()
    }
}

extension EntityAddress {
    /// `runtime main`.
    fileprivate var words: String {
        switch self {
        case .runtime(let name), .publication(let name): "runtime \(name)"
        case .version(_, let name): "version \(name)"
        }
    }
}

extension JSONValue {
    /// Whether a pod's template names the ConfigMap or Secret: for variables, all of them or one, or for a volume
    /// (https://kubernetes.io/docs/concepts/configuration/secret/#using-a-secret).
    func refers(to configuration: ResourceAddress) -> Bool {
        switch self {
        case .object(let members):
            members.contains { key, value in
                let name = value["name"]?.string
                return switch (key, configuration.kind) {
                case ("secretKeyRef", "Secret"), ("secretRef", "Secret"), ("configMapKeyRef", "ConfigMap"),
                    ("configMapRef", "ConfigMap"), ("configMap", "ConfigMap"):
                    name == configuration.name
                case ("secret", "Secret"): value["secretName"]?.string == configuration.name || name == configuration.name
                default: value.refers(to: configuration)
                }
            }
        case .array(let items): items.contains { $0.refers(to: configuration) }
        default: false
        }
    }
}

extension Diagnostic {
    /// Values that were made once are not what was made any more. `changed` are those fields.
    static func generatedValueChanged(
        _ manifest: Manifest, _ changed: [Difference], readers: [ResourceAddress]
    ) -> Diagnostic {
        let accounts = changed.map { difference in
            guard case .drift(let manager?, let time) = difference.cause else { return "\(difference.path) was changed." }
            return "\(difference.path) was set by \(manager)\(time.map { " at \($0)" } ?? "")."
        }
        let restart = readers.isEmpty
            ? "" : "Pods read it when they start: restart \(KnownObjects.listed(readers)) then. "
        return Diagnostic(
            .warning, code: "generated-value-changed",
            summary: changed.count == 1
                ? "A value of \(manifest.address) is not the one that Kreform made"
                : "\(changed.count) values of \(manifest.address) are not those that Kreform made",
            detail: (accounts + ["""
                Kreform keeps no copy of what it makes, so it cannot put the old one back: an apply takes the value that is there as it \
                is, from then on as its own. What was set up with the old one goes on with that (a database keeps its users in its \
                volume): give it the new one too, or put the old one back into the Secret. \(restart)\
                `--leave \(manifest.address.kind)/\(manifest.address.name)` leaves all this to others.
                """]).joined(separator: "\n"),
            address: "\(manifest.address)")
    }

    /// A runtime's namespace is not the one that was made, and what was in that is gone.
    static func dataLost(_ runtime: String, _ namespace: ResourceAddress, _ loss: DataLoss) -> Diagnostic {
        let names = (loss.sets.map { "those of \($0.short)" } + loss.claims.map(\.short)).joined(separator: ", ")
        let emptied = "What the plan makes in their place is empty, with new passwords."
        return Diagnostic(
            .warning, code: "data-lost", summary: "\(namespace) \(loss.how.rawValue), and the data of runtime \(runtime) with it",
            detail: loss.how == .terminating
                ? """
                    Its volumes go with it: \(names). \(emptied) Save what is in them while it can still be read. Where the storage class \
                    retains volumes they stay (`kubectl get persistentvolumes`).
                    """
                : """
                    It took its volumes with it: \(names). \(emptied) Where the storage class retains volumes they are still there \
                    (`kubectl get persistentvolumes`): save what is in them before you apply.
                    """,
            address: "\(namespace)")
    }
}

/// What went with a namespace.
struct DataLoss {
    enum How: String {
        case gone = "is gone from the cluster"
        case terminating = "is being deleted"
        case remade = "was made anew by someone else"
    }

    let how: How
    /// StatefulSets with volumes of their own, and claims, sorted.
    let sets: [ResourceAddress]
    let claims: [ResourceAddress]
}

extension ObjectComparison {
    /// What was lost of the data in a namespace that we made; nil when it is there as it was, or had no data. A namespace that was
    /// made anew may have been restored from a backup: what is in it is not lost.
    func dataLoss(in namespace: ResourceAddress) -> DataLoss? {
        guard let record = state.objects[namespace] else { return nil }
        let how: DataLoss.How
        if let object = live.objects[namespace] {
            if object.isTerminating { how = .terminating } else if object.uid != record.uid { how = .remade } else { return nil }
        } else {
            how = .gone
        }
        let inside = state.objects.values.filter {
            $0.address.namespace == namespace.name && (how != .remade || live.objects[$0.address] == nil)
        }
        let sets = inside.filter(\.hasClaimTemplates).map(\.address).sorted()
        let claims = inside.filter(\.isClaim).map(\.address).sorted()
        return sets.isEmpty && claims.isEmpty ? nil : DataLoss(how: how, sets: sets, claims: claims)
    }
}
