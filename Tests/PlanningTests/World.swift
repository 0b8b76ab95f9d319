import Digest
import Fields
import JSON
import Model
import Planning
import Testing

/// A state and a cluster, small enough to be read: enough of server-side apply to carry plans out and to answer dry
/// runs.
struct World {
    var state = State()
    var live: [ResourceAddress: LiveObject] = [:]
    var interrupted: Set<ResourceAddress> = []
    /// A dry run of these is refused.
    var refusals: [ResourceAddress: ClusterError] = [:]
    var isAsked = true
    /// When plans are made.
    var now = Timestamp(seconds: 1_800_000_000)
    /// The packages that the store has.
    var stored: Set<PackagePlace> = []
    /// Of which the store does not say whether it has them.
    var unknown: Set<PackagePlace> = []
    private var count = 0

    // MARK: Planning

    func plan(_ desired: RenderedState, leaving texts: [String] = []) -> PlanResult {
        let (leaves, diagnostics) = Leave.read(texts, of: desired)
        let result = Planning.apply(
            desired: desired, state: state, live: asked(desired, leaving: leaves), leaving: leaves,
            interrupted: interrupted, now: now, cluster: cluster)
        // What the sieve takes out of the cluster must not be missed.
        var sifted = self
        let sieve = LiveSieve(desired: desired, state: state)
        sifted.live = live.mapValues(sieve.sifted)
        let again = Planning.apply(
            desired: desired, state: state, live: sifted.asked(desired, leaving: leaves), leaving: leaves,
            interrupted: interrupted, now: now, cluster: cluster)
        #expect(again == result)
        return PlanResult(plan: result.plan, diagnostics: (diagnostics + result.diagnostics).sorted())
    }

    /// Takes over what `texts` name, as `import` does.
    func adopt(_ texts: [String], of desired: RenderedState, takingOver: Bool = false) -> PlanResult {
        let (selected, explicit, diagnostics) = Planning.selection(texts, of: desired)
        let adoption = Adoption(
            objects: Set(selected.entities.flatMap { $0.manifests.map(\.address) }), takesOver: takingOver)
        let result = Planning.adopt(
            desired: selected, explicit: explicit, takingOver: takingOver, state: state,
            live: asked(selected, adoption: adoption), cluster: cluster)
        return PlanResult(plan: result.plan, diagnostics: (diagnostics + result.diagnostics).sorted())
    }

    func forget(_ texts: [String], files: RenderedState? = nil) -> PlanResult {
        Planning.forget(
            texts, state: state, live: LiveState(objects: live),
            wanted: Set((files?.entities ?? []).flatMap { $0.manifests.map(\.address) }), cluster: cluster)
    }

    func rotate(_ rotation: Rotation) -> PlanResult {
        let result = Planning.rotate(
            rotation, state: state, live: asked(rotation.rendered), interrupted: interrupted, cluster: cluster)
        // As a look at a cluster does it: Secrets are kept whole.
        var sifted = self
        let sieve = LiveSieve(desired: rotation.rendered, state: state)
        sifted.live = live.mapValues { $0.address.kind == "Secret" ? $0 : sieve.sifted($0) }
        let again = Planning.rotate(
            rotation, state: state, live: sifted.asked(rotation.rendered), interrupted: interrupted, cluster: cluster)
        #expect(again == result)
        return result
    }

    func destroy(_ scope: DestroyScope = .everything, declared: RenderedState? = nil) -> PlanResult {
        Planning.destroy(
            engine: "e", scope: scope, declared: declared, state: state, live: LiveState(objects: live),
            cluster: cluster)
    }

    /// Live with the answers to the dry runs that a plan asks for.
    func asked(_ desired: RenderedState, leaving: [Leave] = [], adoption: Adoption = .none) -> LiveState {
        var answers = LiveState(objects: live, storedPackages: stored, unknownPackages: unknown)
        guard isAsked else { return answers }
        for manifest in Planning.candidates(
            desired: desired, state: state, live: answers, leaving: leaving, adoption: adoption)
        {
            if let refusal = refusals[manifest.address] {
                answers.predictions[manifest.address] = .refused(refusal)
            } else {
                var copy = self
                let object = copy.applied(manifest, over: live[manifest.address])
                answers.predictions[manifest.address] = .accepted(object, created: live[manifest.address] == nil)
            }
        }
        return answers
    }

    // MARK: Carrying out

    /// Plans for `desired`, which must have no fault, and carries all of it out.
    mutating func bring(_ desired: RenderedState) {
        let result = plan(desired)
        #expect(result.diagnostics == [])
        carryOut(result.plan)
    }

    mutating func carryOut(_ plan: Plan) {
        begin()
        for change in plan.changes { carryOut(change) }
        for step in plan.steps { finish(step) }
    }

    mutating func begin() {
        state.serial += 1
        state.lineage = "lineage-1"
        state.cluster = cluster
        state.engine = "e"
    }

    mutating func carryOut(_ change: Change) {
        let address = change.address
        switch change.action {
        case .create, .update, .replace:
            let before = change.action == .update ? live[address] : nil
            guard let manifest = change.sent(over: before) else { return }
            let object = applied(manifest, over: before)
            live[address] = object
            record(change, object)
        case .noOp:
            if let object = live[address] { record(change, object) }
        case .delete:
            live[address] = nil
            if address.kind == "Namespace" { live = live.filter { $0.key.namespace != address.name } }
            state.objects[address] = nil
        case .forget:
            state.objects[address] = nil
        }
    }

    mutating func finish(_ step: Step) {
        for record in step.records { state.entities[record.address] = record.record }
        switch step.action {
        case .unpublish: state.unpublished[step.entity] = now
        case .publish, .stop, .deleteVersion: state.unpublished[step.entity] = nil
        default: break
        }
    }

    private mutating func record(_ change: Change, _ object: LiveObject) {
        guard let manifest = change.manifest else { return }
        state.objects[change.address] = ObjectRecord(
            address: change.address, entity: change.entity, apiVersion: change.apiVersion, uid: object.uid,
            resourceVersion: object.resourceVersion, generation: object.generation, applied: manifest.content,
            left: left(by: change, manifest, object), owned: object.owned, dependsOn: manifest.dependsOn, appliedAt: Timestamp(seconds: 0))
    }

    private func left(by change: Change, _ manifest: Manifest, _ object: LiveObject) -> FieldSet {
        FieldSet(change.left.filter {
            !object.owned.touches($0) || value(at: $0, in: object.content) != value(at: $0, in: manifest.content)
        })
    }

    // MARK: The cluster

    /// The object that a server-side apply leaves.
    mutating func applied(_ manifest: Manifest, over live: LiveObject?) -> LiveObject {
        count += 1
        var content = manifest.content
        for name in manifest.generated.keys {
            let kept = manifest.renewed.contains(name) ? nil : live?.content["data"]?[name]
            content["data"]?[name] = kept ?? .string("hmac-sha256:made-\(count)")
        }
        let schema = MergeSchema(of: content)
        let others = (live?.managers ?? []).filter { $0.manager != FieldManager.kreform }
        let (merged, owned) = Fields.merge(
            live: live?.content, applied: content, schema: schema, previousOwned: live?.owned ?? FieldSet(),
            ownedByOthers: others.reduce(FieldSet()) { $0.union($1.fields) })
        var object = schema.normalized(merged)
        object["metadata"]?["uid"] = .string(live?.uid ?? "uid-\(count)")
        let kept = others.map { other in
            let taken = changedFields(of: other.fields, from: live?.content ?? [:], to: object, schema: schema)
            return other.keeping(other.fields.difference(taken))
        }.filter { !$0.fields.isEmpty }
        let ours = ManagedFields(
            manager: FieldManager.kreform, operation: .apply, time: "2026-05-30T12:00:00Z", fields: owned)
        if live?.content != object { object["metadata"]?["resourceVersion"] = .string("\(count)") }
        return LiveObject(content: object, managers: kept + [ours])
    }

    /// Somebody else sets a field: it is theirs from then on.
    mutating func edit(_ address: ResourceAddress, _ path: FieldPath, _ pointer: String, _ value: JSONValue?) {
        guard let object = live[address], let pointer = JSONPointer(pointer) else { return }
        count += 1
        var content = object.content
        content[pointer] = value
        content["metadata"]?["resourceVersion"] = .string("\(count)")
        let managers = object.managers.map { $0.keeping($0.fields.difference(FieldSet([path]))) }
        let theirs = ManagedFields(
            manager: "kubectl-edit", operation: .update, time: "2026-05-30T18:04:05Z",
            fields: value == nil ? FieldSet() : FieldSet([path]))
        live[address] = LiveObject(content: content, managers: managers + [theirs])
    }

    /// Somebody scales it, on a server that names nobody for that: up to Kubernetes 1.21.
    mutating func scale(_ address: ResourceAddress, to replicas: Int) {
        guard let object = live[address] else { return }
        count += 1
        var content = object.content
        content["spec"]?["replicas"] = .integer(replicas)
        content["metadata"]?["resourceVersion"] = .string("\(count)")
        live[address] = LiveObject(content: content, managers: object.managers)
    }

    mutating func lose(_ address: ResourceAddress) { live[address] = nil }

    mutating func put(_ content: JSONValue, managers: [ManagedFields] = []) {
        let object = LiveObject(content: content, managers: managers)
        live[object.address] = object
    }

    mutating func terminate(_ address: ResourceAddress) {
        guard let object = live[address] else { return }
        var content = object.content
        content["metadata"]?["deletionTimestamp"] = "2026-05-30T18:00:00Z"
        live[address] = LiveObject(content: content, managers: object.managers)
    }
}

extension ManagedFields {
    fileprivate func keeping(_ fields: FieldSet) -> ManagedFields {
        ManagedFields(manager: manager, operation: operation, subresource: subresource, time: time, fields: fields)
    }
}
