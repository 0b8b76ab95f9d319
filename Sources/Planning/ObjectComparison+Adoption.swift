import Fields
import JSON
import Model

/// Which objects that others made are taken over, besides those of entities with `adopt: true`.
package struct Adoption: Sendable, Hashable {
    package let objects: Set<ResourceAddress>
    /// Those of another Kreform's engine too.
    package let takesOver: Bool

    package init(objects: Set<ResourceAddress> = [], takesOver: Bool = false) {
        self.objects = objects
        self.takesOver = takesOver
    }

    package static let none = Adoption()
}

extension ObjectComparison {
    /// What to do about an object of this name that is not ours: nothing, or what makes it ours, when that is asked for. It
    /// is never replaced: it keeps its uid and what it holds.
    func foreign(
        _ manifest: Manifest, of entity: EntityAddress, _ record: ObjectRecord?, _ object: LiveObject
    ) -> Verdict {
        let ownership = Ownership(object)
        guard isAdopted(manifest.address, entity) else {
            return Verdict(foreign: ForeignObject(object, ownership, entity))
        }
        if object.isTerminating { return Verdict(diagnostics: [.adoptionOfDeleted(object)]) }
        if ownership.engine != nil, !adoption.takesOver {
            return Verdict(diagnostics: [.adoptionFromEngine(object, ownership)])
        }
        return adopting(manifest, of: entity, record, object, ownership)
    }

    private func adopting(
        _ manifest: Manifest, of entity: EntityAddress, _ record: ObjectRecord?, _ object: LiveObject, _ ownership: Ownership
    ) -> Verdict {
        let left = leftFields(manifest, of: entity, nil, object)
        let fields = FieldComparison(manifest: manifest, record: nil, live: object, isAdoption: true)
        let all = fields.found()
        let found = left.isEmpty
            ? all
            : FieldComparison(
                manifest: manifest.leaving(left.paths, in: object), record: nil, live: object, isAdoption: true).found()
        var draft = DraftChange(.update, manifest, of: entity, record: record)
        draft.left = left.paths
        draft.reasons = [.adopt]
        if isAsking { return Verdict(draft: draft) }
        let removed = found.filter { $0.new == nil }.map(\.path)
        draft.prior = Change.Prior(of: object, applying: manifest, leaving: left.paths, removing: removed)
        var verdict = Verdict()
        switch live.predictions[manifest.address] {
        case .accepted(let predicted, created: false) where predicted.uid == object.uid:
            draft.differences = fields.differences(found, predicted: predicted)
        case .refused(let error):
            draft.differences = fields.differences(found, predicted: nil)
            draft.unchecked = true
            verdict.diagnostics.append(
                .adoptionRefused(object.address, error, settings: settings(behind: found, of: manifest, entity, object)))
        case .accepted, nil:
            draft.differences = fields.differences(found, predicted: nil)
            draft.unchecked = true
        }
        if let tool = ownership.tool { verdict.diagnostics.append(.adoptedFrom(tool, object.address)) }
        verdict.left = left.drift(all, fields, entity)
        verdict.draft = draft
        return verdict
    }
}

extension Diagnostic {
    static func release(_ address: ResourceAddress, from engine: String) -> String {
        """
        Let go of it there first, with `kreform state forget \(address)` and the files of \(engine); it can be imported \
        afterwards. If that engine and its state are gone for good: `kreform import --take-over \(address)`.
        """
    }

    static func adoptionFromEngine(_ object: LiveObject, _ ownership: Ownership) -> Diagnostic {
        Diagnostic(
            code: "adoption-refused", summary: "\(object.address) belongs to the Kreform engine \(ownership.engine ?? "")",
            detail: "\(ownership.account)\nTwo engines cannot have one object. "
                + release(object.address, from: ownership.engine ?? "the other engine"),
            address: "\(object.address)")
    }

    static func adoptionOfDeleted(_ object: LiveObject) -> Diagnostic {
        Diagnostic(
            code: "adoption-refused", summary: "\(object.address) is being deleted and cannot be taken over",
            detail: "Wait until it is gone: then it is made anew, and nothing has to be taken over.",
            address: "\(object.address)")
    }

    static func adoptionRefused(_ address: ResourceAddress, _ error: ClusterError, settings: String?) -> Diagnostic {
        if case .immutable(let field) = error.kind {
            return Diagnostic(
                code: "adoption-refused", summary: "\(address) cannot be taken over: \(field) cannot change",
                detail: (settings.map { "\($0)\n" } ?? "") + """
                    It is not what the files ask for, and cannot become it without being deleted, which Kreform does not do to \
                    what others made. Remove the object yourself, or change the name that leads to it. The server says: \
                    \(error.message)
                    """,
                address: "\(address)")
        }
        return refused(address, error, settings: settings)
    }

    static func adoptedFrom(_ tool: String, _ address: ResourceAddress) -> Diagnostic {
        Diagnostic(
            .warning, code: "adopted-from-tool", summary: "\(address) belongs to \(tool)",
            detail: "Take it out there as well, without deleting it: else both write it, and the other may delete it.",
            address: "\(address)")
    }
}
