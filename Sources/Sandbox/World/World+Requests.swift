import Fields
import FoundationEssentials
import JSON
import Model

/// What the API server does with a request.
extension World {
    /// A request that writes, looked at but not carried out.
    struct Prepared {
        let content: JSONValue
        let managers: [ManagedFields]
        let created: Bool
        /// Nothing would change.
        let unchanged: LiveObject?
    }

    /// Who writes, and how.
    struct Writer: Sendable {
        var manager = FieldManager.kreform
        /// Take fields from other managers, instead of refusing.
        var force = true
    }

    // MARK: Server-side apply

    /// What an apply of `applied` would make of the cluster
    /// (https://kubernetes.io/docs/reference/using-api/server-side-apply/).
    func prepareApply(
        _ applied: JSONValue, writer: Writer, uid: String? = nil, isNew: Bool = false
    ) throws(ClusterError) -> Prepared {
        let target = try self.target(of: applied)
        let old = self[target.address]
        try checkPreconditions(applied, old, uid: uid, target)
        if isNew, old != nil { throw .modified(target.kind, target.address.name) }
        if old == nil { try checkNamespace(target) }

        let sent = Self.asSent(applied, target.kind)
        let schema = MergeSchema(of: sent)
        let faults = Self.typeFaults(in: sent) + listFaults(in: sent, schema: schema)
        if !faults.isEmpty { throw .untyped(sent, faults) }

        let isMine = { (entry: ManagedFields) in
            entry.manager == writer.manager && entry.operation == .apply && entry.subresource.isEmpty
        }
        let mine = old?.managers.first(where: isMine)
        let others = old?.managers.filter { !isMine($0) } ?? []
        let merged = merge(
            live: old?.content, applied: sent, schema: schema, previousOwned: mine?.fields ?? FieldSet(),
            ownedByOthers: others.reduce(FieldSet()) { $0.union($1.fields) })
        let content = complete(merged.object, old: old?.content, kind: target.kind, schema: schema)

        let changed = old.map { changedFields(of: merged.owned, from: $0.content, to: content, schema: schema) }
        let rest = try share(others, changed ?? FieldSet(), writer: writer, apiVersion: target.kind.type.apiVersion)
        try validate(content, old, target)
        let same =
            old.map { Self.isSame($0.content, content) && mine?.fields == merged.owned && rest == others } ?? false
        if same, let old {
            return Prepared(content: old.content, managers: old.managers, created: false, unchanged: old)
        }
        let entry = ManagedFields(manager: writer.manager, operation: .apply, time: timestamp, fields: merged.owned)
        return Prepared(
            content: countGeneration(content, old: old?.content, kind: target.kind), managers: [entry] + rest,
            created: old == nil, unchanged: nil)
    }

    /// The other managers after an apply that changes `changed`: with force they lose what it changes.
    private func share(
        _ others: [ManagedFields], _ changed: FieldSet, writer: Writer, apiVersion: String
    ) throws(ClusterError) -> [ManagedFields] {
        guard !changed.isEmpty else { return others }
        var conflicts: [(manager: ManagedFields, path: FieldPath)] = []
        var rest: [ManagedFields] = []
        for entry in others {
            let lost = entry.fields.intersection(changed)
            conflicts += lost.paths.map { (entry, $0) }
            if let kept = entry.without(lost) { rest.append(kept) }
        }
        if !writer.force, !conflicts.isEmpty { throw .conflicts(conflicts, apiVersion: apiVersion) }
        return rest
    }

    // MARK: Update

    /// What replacing an object would make of the cluster (PUT and the classic patches): `manager` owns what differs. Without one
    /// nobody is written down for it.
    func prepareUpdate(_ new: JSONValue, manager: String?) throws(ClusterError) -> Prepared {
        let target = try self.target(of: new)
        guard let old = self[target.address] else { throw .notFound(target.kind, target.address.name) }
        try checkPreconditions(new, old, uid: new.at("metadata", "uid")?.string, target)
        var sent = Self.asSent(new, target.kind)
        sent["status"] = old.content["status"]
        for key in Self.serverMetadata { sent.change("metadata") { $0[key] = old.content.at("metadata", key) } }
        let schema = MergeSchema(of: sent)
        let content = complete(sent, old: old.content, kind: target.kind, schema: schema)
        try validate(content, old, target)

        let (before, after) = (ownedFields(of: old.content, schema: schema), ownedFields(of: content, schema: schema))
        let changed = after.difference(before)
            .union(changedFields(of: after.intersection(before), from: old.content, to: content, schema: schema))
        let gone = before.difference(after)
        if changed.isEmpty, gone.isEmpty {
            return Prepared(content: old.content, managers: old.managers, created: false, unchanged: old)
        }
        let counted = countGeneration(content, old: old.content, kind: target.kind)
        guard let manager else {
            return Prepared(content: counted, managers: old.managers, created: false, unchanged: nil)
        }
        var managers: [ManagedFields] = []
        var mine = changed
        for entry in old.managers {
            if entry.manager == manager, entry.operation == .update, entry.subresource.isEmpty {
                mine = mine.union(entry.fields.difference(gone))
            } else if let rest = entry.without(changed.union(gone)) {
                managers.append(rest)
            }
        }
        if !mine.isEmpty {
            managers.append(ManagedFields(manager: manager, operation: .update, time: timestamp, fields: mine))
        }
        return Prepared(content: counted, managers: managers, created: false, unchanged: nil)
    }

    /// The object a prepared request leaves, without storing it.
    func preview(_ prepared: Prepared) -> LiveObject {
        if let unchanged = prepared.unchanged { return unchanged }
        var copy = World(seed: seed, now: now, version: version)
        let object = copy.put(prepared.content, managers: prepared.managers)
        guard prepared.created else { return object }
        // A dry run creates nothing: no resourceVersion.
        var content = object.content
        content.change("metadata") { $0["resourceVersion"] = nil }
        return LiveObject(content: content, managers: object.managers)
    }

    mutating func commit(_ prepared: Prepared) -> LiveObject {
        if let unchanged = prepared.unchanged { return unchanged }
        let object = put(prepared.content, managers: prepared.managers)
        if object.isTerminating, object.metadata.items("finalizers").isEmpty, !Self.terminatesByItself(object.address) {
            remove(object.address)
        }
        return object
    }

    // MARK: Delete

    mutating func delete(
        _ type: ResourceType, namespace: String?, name: String, uid: String?
    ) throws(ClusterError) {
        guard let kind = served(type) else { throw .noSuchResource() }
        let address = ResourceAddress(group: kind.group, kind: kind.kind, namespace: namespace, name: name)
        guard let object = self[address] else { throw .notFound(kind, name) }
        if let uid, uid != object.uid { throw .otherUID(kind, name, expected: uid, actual: object.uid) }
        if kind.kind == "Namespace", kind.group.isEmpty {
            if ["default", "kube-system", "kube-public"].contains(name) {
                throw ClusterError(.forbidden, "namespaces \"\(name)\" is forbidden: this namespace may not be deleted")
            }
            if object.isTerminating { throw .beingEmptied(name) }
        }
        markDeleted(address)
    }

    private static func terminatesByItself(_ address: ResourceAddress) -> Bool {
        address.group.isEmpty && (address.kind == "Pod" || address.kind == "Namespace")
    }
}
