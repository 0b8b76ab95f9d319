import Fields
import JSON
import Model

/// The steps in which credentials of one runtime are made anew: those of each component with what the runtime itself has of their
/// readers, then the versions that read them, then the end of the old ones.
///
/// Nothing else is done. What reads the credentials must be as the files say but for them; what else differs is left to an apply.
struct RotationPlanner {
    let rotation: Rotation
    let comparison: ObjectComparison

    private(set) var steps: [DraftStep] = []
    private(set) var left: [LeftDrift] = []
    private(set) var diagnostics: [Diagnostic] = []
    /// What differs and has nothing to do with this.
    private var pending: [ResourceAddress] = []
    /// What would be changed in more than the credentials.
    private var mixed: [(address: ResourceAddress, fields: [FieldPath])] = []
    /// Components whose rotation was cut off, and is not to go on here; with whether there is something that is there only meanwhile.
    private var unfinished: [String: Bool] = [:]
    /// By component, the positions of the steps that have to do with its credentials.
    private var positions: [String: Set<Int>] = [:]

    init(_ rotation: Rotation, _ comparison: ObjectComparison) {
        self.rotation = rotation
        self.comparison = comparison
    }

    private var runtime: EntityAddress { .runtime(rotation.runtime) }
    private var runtimeManifests: [Manifest] { comparison.desired.first { $0.address == runtime }?.manifests ?? [] }

    mutating func plan() {
        guard comparison.state.entities[runtime] != nil else {
            diagnostics.append(.nothingMadeYet(rotation.runtime))
            return
        }
        for part in rotation.parts { planRotating(part) }
        for entity in comparison.desired where entity.address.runtime == rotation.runtime {
            if case .version = entity.address { planUpdate(of: entity) }
        }
        for part in rotation.parts where !part.retiring.isEmpty { planRetiring(part) }
        checkOthers()
    }

    // MARK: Steps

    private mutating func planRotating(_ part: CredentialRotation) {
        let missing = part.secrets.map(\.address).filter { comparison.live.objects[$0] == nil }
        guard missing.isEmpty else {
            diagnostics += missing.map { .secretGone($0, rotation.runtime) }
            return
        }
        var step = DraftStep(.rotate, runtime)
        step.component = part.component
        step.reasons = isBegun(part) || isSwitched(part) ? [.rotated, .unfinishedLastTime] : [.rotated]
        // Once all is switched, what has done its work need not do it again. Until then it is proved again: what a run before has proved
        // may have been changed since.
        step.changes = isSwitched(part)
            ? part.preparing.filter { comparison.live.objects[$0.address] != nil }.compactMap { temporary($0) }
            : part.preparing.compactMap { proving($0) }
        // What took over values that were lost since takes over those that are made in their place.
        let isAnew = step.changes.contains { $0.address.kind == "Secret" && ($0.action == .create || $0.action == .replace) }
        let renewed = Dictionary(part.secrets.map { ($0.address, $0) }, uniquingKeysWith: { $1 })
        for manifest in runtimeManifests {
            if let secret = renewed[manifest.address] {
                step.changes += draft(of: manifest, runtime).flatMap { renewing(secret, $0, isAnew: isAnew) }.map { [$0] } ?? []
            } else if reads(manifest, part) {
                step.changes += draft(of: manifest, runtime).map { [$0] } ?? []
            }
        }
        if step.changes.contains(where: { $0.manifest?.renewed.isEmpty == false }) {
            let late = lateReaders(of: part)
            if !late.isEmpty { diagnostics.append(.readAtStart(part, late, rotation.runtime)) }
        }
        append(step, of: [part])
    }

    /// What reads these credentials only before its pods' own programs start, and so goes on as it is.
    private func lateReaders(of part: CredentialRotation) -> [ResourceAddress] {
        let secrets = part.secrets.map(\.address)
        return comparison.desired.filter { $0.address.runtime == rotation.runtime }.flatMap(\.manifests).filter { manifest in
            guard !reads(manifest, part), let pod = manifest.content["spec"]?["template"]?["spec"] else { return false }
            return secrets.contains { pod["initContainers"]?.refers(to: $0) ?? false }
        }.map(\.address).sorted()
    }

    private mutating func planUpdate(of entity: RenderedEntity) {
        var step = DraftStep(.update, entity.address)
        step.reasons = [.rotated]
        var parts: Set<CredentialRotation> = []
        for manifest in entity.manifests {
            let read = rotation.parts.filter { reads(manifest, $0) }
            guard !read.isEmpty, let draft = draft(of: manifest, entity.address) else { continue }
            step.changes.append(draft)
            parts.formUnion(read)
        }
        append(step, of: parts)
    }

    /// When nothing that was made with the old ones is left.
    private mutating func planRetiring(_ part: CredentialRotation) {
        var step = DraftStep(.retire, runtime)
        step.component = part.component
        step.reasons = [.rotated]
        diagnostics += lostNames(of: part).map { .oldOnesMayStay($0, part.component, rotation.runtime) }
        step.changes = part.retiring.compactMap { temporary($0) }
        let made = Set(
            (steps.flatMap(\.changes) + step.changes).filter { $0.action == .create || $0.action == .replace }.map(\.address))
        step.changes += part.temporary.compactMap { deleting($0, isMadeHere: made.contains($0.address)) }
        append(step, of: [part])
    }

    /// A version comes after the rotation of what it reads, the end of the old ones after all that has to do with them. What only looks
    /// at what is as it should be needs no step.
    private mutating func append(_ step: DraftStep, of parts: Set<CredentialRotation>) {
        guard !step.changes.allSatisfy(\.isIdle) else { return }
        var step = step
        for part in parts {
            let before = positions[part.component] ?? []
            step.after.formUnion(step.action == .update ? before.filter { steps[$0].action == .rotate } : before)
            positions[part.component, default: []].insert(steps.count)
        }
        steps.append(step)
    }

    // MARK: How far it is

    /// Whether an earlier run began with it.
    private func isBegun(_ part: CredentialRotation) -> Bool {
        part.preparing.contains { comparison.state.objects[$0.address] != nil || comparison.live.objects[$0.address] != nil }
    }

    /// Whether what everything reads is the new ones already.
    private func isSwitched(_ part: CredentialRotation) -> Bool {
        part.secrets.allSatisfy { secret in
            // Of an object that is as it was applied, no more may be known than that.
            let live = comparison.live.objects[secret.address]
            let known = live.flatMap { $0.isOutline ? nil : $0.content } ?? comparison.state.objects[secret.address]?.applied
            return known?.annotation(ObjectAnnotations.generation) == "\(part.generation)"
        }
    }

    /// The Secret that named the old ones, when it is gone before they were.
    private func lostNames(of part: CredentialRotation) -> [ResourceAddress] {
        guard isSwitched(part), isBegun(part) else { return [] }
        return part.preparing.map(\.address).filter { $0.kind == "Secret" && comparison.live.objects[$0] == nil }
    }

    /// Whether the object's pods read these credentials when they start.
    private func reads(_ manifest: Manifest, _ part: CredentialRotation) -> Bool {
        manifest.readCredentials.contains("\(part.component)-\(part.generation)")
    }

    // MARK: Changes

    /// As `temporary`; a Job that is over runs once more.
    private mutating func proving(_ manifest: Manifest) -> DraftChange? {
        guard let draft = temporary(manifest) else { return nil }
        guard let object = comparison.live.objects[manifest.address], object.isOver, draft.action == .noOp else { return draft }
        return comparison.replacingJob(
            manifest, of: runtime, comparison.state.objects[manifest.address], object, because: [.rotated, .unfinishedLastTime])
    }

    /// What is there only meanwhile: made, or looked at when an earlier run made it.
    private mutating func temporary(_ manifest: Manifest) -> DraftChange? {
        let verdict = comparison.wanted(manifest, of: runtime, newObject: .rotated, checking: true)
        diagnostics += verdict.diagnostics
        if let foreign = verdict.foreign { diagnostics += ForeignObject.diagnostics([foreign], of: rotation.runtime) }
        return verdict.draft
    }

    /// Of an object that has to do with the credentials: what makes it so that it has, or uses, the new ones. Nil when it waits for an apply.
    private mutating func draft(of manifest: Manifest, _ entity: EntityAddress) -> DraftChange? {
        let verdict = comparison.wanted(manifest, of: entity, newObject: .rotated, checking: true)
        left += verdict.left
        guard let draft = verdict.draft, draft.action == .noOp || draft.action == .update else {
            // A workload that has to be made anew runs with the old ones until then.
            if let draft = verdict.draft, draft.action == .replace {
                mixed.append((manifest.address, draft.differences.map(\.path)))
            } else {
                pending.append(manifest.address)
            }
            return nil
        }
        // Values that somebody else set are made anew with the rest.
        let isOfCredentials = draft.differences.contains(where: \.isOfCredentials)
        let others = draft.differences.filter { !$0.isOfCredentials && !(isOfCredentials && manifest.generates($0.path)) }
        if others.isEmpty {
            diagnostics += verdict.diagnostics.filter { $0.severity == .error }
            return draft
        }
        // Nor is it known, when only these are left, whether its pods have been rolled.
        mixed.append((manifest.address, others.map(\.path)))
        return nil
    }

    /// The change with values that are made anew, unless they are already, or have to be once more. Nil when some of them are left to
    /// others.
    private mutating func renewing(_ secret: Manifest, _ planned: DraftChange, isAnew: Bool) -> DraftChange? {
        guard planned.action == .update || isAnew else { return planned }
        let others = planned.left.filter { path in secret.renewed.contains { FieldPath("data", $0) == path } }
        guard others.isEmpty else {
            mixed.append((secret.address, others))
            return nil
        }
        var draft = DraftChange(.update, secret, of: runtime, record: comparison.state.objects[secret.address])
        draft.prior = planned.prior
        draft.left = planned.left
        draft.unchecked = planned.unchecked
        draft.differences = (planned.differences.filter(\.isOfCredentials) + secret.renewed.sorted().map { key in
            Difference(path: FieldPath("data", key), old: .sensitive, new: .knownAfterApply, cause: .file)
        }).sorted { $0.path < $1.path }
        draft.reasons = [.rotated]
        return draft
    }

    /// What the plan itself makes is deleted as it was made.
    private func deleting(_ manifest: Manifest, isMadeHere: Bool) -> DraftChange? {
        var draft = DraftChange(removing: manifest, of: runtime)
        draft.reasons = [.rotated]
        draft.isFollowing = true
        if isMadeHere { return draft }
        guard let object = comparison.live.objects[manifest.address] else {
            return comparison.state.objects[manifest.address].map { DraftChange(.forget, $0) }
        }
        draft.prior = Change.Prior(uid: object.uid, fields: [:])
        draft.deletion = Change.Deletion(of: object)
        return draft
    }

    // MARK: What else there is

    private mutating func checkOthers() {
        diagnostics += mixed.map { .alsoDiffers($0.address, $0.fields, rotation.runtime) }
        let secrets = rotation.parts.flatMap(\.secrets).map(\.address)
        var reading: Set<EntityAddress> = []
        for record in comparison.state.objects.values
        where record.entity.runtime == rotation.runtime && comparison.wantedBy[record.address] == nil && !record.needsRuntimesEnd {
            if record.applied.annotation(ObjectAnnotations.rotation) != nil, let component = record.applied.component {
                unfinished[component] = true
                continue
            }
            let containers = record.applied["spec"]?["template"]?["spec"]?["containers"]
            if secrets.contains(where: { containers?.refers(to: $0) ?? false }) {
                reading.insert(record.entity)
            } else {
                pending.append(record.address)
            }
        }
        diagnostics += reading.sorted().map { .stillReading($0) }
        let known = Set((steps.flatMap(\.changes).map(\.address)) + rotation.parts.flatMap(\.temporary).map(\.address))
        for entity in comparison.desired where entity.address.runtime == rotation.runtime {
            for manifest in entity.manifests where !known.contains(manifest.address) {
                guard let draft = comparison.wanted(manifest, of: entity.address, newObject: .newInFile).draft else { continue }
                // It is of a rotation that goes on by itself.
                if draft.action == .update, draft.differences.allSatisfy(\.isOfCredentials), let live = comparison.live.objects[manifest.address] {
                    for component in manifest.unreadCredentials(in: live.content) { unfinished[component] = unfinished[component] ?? false }
                } else {
                    pending.append(manifest.address)
                }
            }
        }
        for isBegun in [true, false] {
            let components = unfinished.filter { $0.value == isBegun }.keys.sorted()
            if !components.isEmpty { diagnostics.append(.rotationUnfinished(rotation.runtime, components, bothAreLetIn: isBegun)) }
        }
        let rest = Set(pending).subtracting(mixed.map(\.address)).sorted()
        if !rest.isEmpty { diagnostics.append(.leftToApply(rest, rotation.runtime)) }
    }
}

extension Planning {
    /// The plan that makes credentials of a runtime anew and has everything use the new ones, and does nothing else.
    package static func rotate(
        _ rotation: Rotation, state: State, live: LiveState, interrupted: Set<ResourceAddress> = [], cluster: ClusterIdentity
    ) -> PlanResult {
        let comparison = ObjectComparison(
            engine: rotation.rendered.engine, state: state, live: live, interrupted: interrupted, desired: rotation.rendered.entities)
        var planner = RotationPlanner(rotation, comparison)
        planner.plan()
        return PlanFrame(mode: .rotate, engine: rotation.rendered.engine, state: state, cluster: cluster)
            .result(planner.steps, planner.left, planner.diagnostics)
    }
}

extension Diagnostic {
    fileprivate static func nothingMadeYet(_ runtime: String) -> Diagnostic {
        Diagnostic(
            code: "nothing-made-yet", summary: "Runtime \(runtime) is not there yet",
            detail: "`kreform apply` makes it, with credentials of its own.", address: "\(EntityAddress.runtime(runtime))")
    }

    fileprivate static func secretGone(_ address: ResourceAddress, _ runtime: String) -> Diagnostic {
        Diagnostic(
            code: "credentials-gone", summary: "\(address) is gone from the cluster, and the credentials in it with it",
            detail: "There is nothing to make anew without them. `kreform plan` says what can be done.", address: "\(address)")
    }

    fileprivate static func alsoDiffers(_ address: ResourceAddress, _ fields: [FieldPath], _ runtime: String) -> Diagnostic {
        let shown = fields.prefix(3).map(\.description).joined(separator: ", ")
        let more = fields.count > 3 ? " and \(fields.count - 3) more fields" : ""
        return Diagnostic(
            code: "changes-pending", summary: "\(address.short) differs in more than its credentials",
            detail: """
                It is not as the files say: \(shown)\(more). A rotation changes nothing else: `kreform apply` first, or go back to the files \
                that were applied last.
                """,
            address: "\(address)")
    }

    fileprivate static func stillReading(_ entity: EntityAddress) -> Diagnostic {
        Diagnostic(
            code: "changes-pending", summary: "\(entity) has pods that the files no longer ask for, and that read these credentials",
            detail: "They would go on with the old ones. `kreform apply` takes them away; rotate then.", address: "\(entity)")
    }

    fileprivate static func oldOnesMayStay(_ address: ResourceAddress, _ component: String, _ runtime: String) -> Diagnostic {
        Diagnostic(
            .warning, code: "old-credentials-stay",
            summary: "Old credentials of \(component) may still be let in: \(address) is gone, which named them",
            detail: """
                Everything uses the new ones, and old ones with names that Kreform gave are shut out. Those of another name stay, which a \
                Secret has that was taken over and never rotated before: take them away by hand then.
                """,
            address: "\(EntityAddress.runtime(runtime))")
    }

    fileprivate static func readAtStart(_ part: CredentialRotation, _ readers: [ResourceAddress], _ runtime: String) -> Diagnostic {
        let secrets = part.secrets.map(\.address.short).sorted().joined(separator: " and ")
        let names = readers.prefix(6).map(\.short).joined(separator: ", ")
        return Diagnostic(
            .warning, code: "read-at-start",
            summary: "Pods of \(readers.count == 1 ? "1 object" : "\(readers.count) objects") of runtime \(runtime) read \(secrets) when they start, "
                + "and are not restarted",
            detail: """
                Pods that run do not need it any more. One that starts while \(part.component) is being restarted tries again until that \
                is back: \(names)\(readers.count > 6 ? " and \(readers.count - 6) more" : "").
                """,
            address: "\(EntityAddress.runtime(runtime))")
    }

    fileprivate static func leftToApply(_ objects: [ResourceAddress], _ runtime: String) -> Diagnostic {
        Diagnostic(
            .warning, code: "changes-pending",
            summary: "\(objects.count == 1 ? "1 object" : "\(objects.count) objects") of runtime \(runtime) "
                + "\(objects.count == 1 ? "is" : "are") not as the files say",
            detail: """
                A rotation leaves \(objects.count == 1 ? "it as it is" : "them as they are"), and `kreform apply` does the rest: \
                \(objects.prefix(6).map(\.short).joined(separator: ", "))\(objects.count > 6 ? " and \(objects.count - 6) more" : "").
                """,
            address: "\(EntityAddress.runtime(runtime))")
    }
}
