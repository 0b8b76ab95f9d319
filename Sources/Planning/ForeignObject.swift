import Model

/// An object that is wanted, and that somebody else made.
struct ForeignObject {
    private let object: LiveObject
    private let ownership: Ownership
    private let entity: EntityAddress
    /// Wanted only while calls are shared: an import does not take it over.
    var isForCanary = false

    init(_ object: LiveObject, _ ownership: Ownership, _ entity: EntityAddress) {
        self.object = object
        self.ownership = ownership
        self.entity = entity
    }

    /// So many are told one by one; more of a kind together, so that what can be done about them all stands there once.
    private static let few = 3
    private static let shown = 8

    /// Objects of one runtime, in words.
    static func diagnostics(_ objects: [ForeignObject], of runtime: String) -> [Diagnostic] {
        let alike = objects.filter { $0.canBeAdopted && !$0.isForCanary }
        guard alike.count > few else { return objects.map(\.diagnostic) }
        return objects.filter { !$0.canBeAdopted || $0.isForCanary }.map(\.diagnostic) + [together(alike, runtime)]
    }

    private var canBeAdopted: Bool { !object.isTerminating && ownership.engine == nil }

    private static func together(_ objects: [ForeignObject], _ runtime: String) -> Diagnostic {
        let sorted = objects.sorted { $0.object.address < $1.object.address }
        let lines = sorted.prefix(shown).map { "  \($0.object.address)\($0.ownership.short.trimmed)" }
        let more = sorted.count > shown ? ["  and \(sorted.count - shown) more"] : []
        let entities = Set(objects.map(\.entity)).sorted()
        let owners = Set(objects.map(\.owner)).sorted().joined(separator: ", ")
        return Diagnostic(
            code: "object-exists", summary: "\(objects.count) objects of runtime \(runtime) exist in the cluster and are not ours",
            detail: (lines + more + ["""
                Kreform changes nothing that it did not make. To make them ours, write `adopt: true` beside \(owners) in the \
                file, or run `kreform import \(entities.map(\.description).joined(separator: " "))`: both show first what would \
                change. Otherwise remove the objects, or change the names that lead to them.
                """]).joined(separator: "\n"),
            address: "\(EntityAddress.runtime(runtime))")
    }

    private var diagnostic: Diagnostic {
        let advice: String
        if object.isTerminating {
            advice = "It is being deleted: wait until it is gone, then plan again."
        } else if let engine = ownership.engine {
            advice = "Two engines cannot have one object. \(Diagnostic.release(object.address, from: engine))"
        } else if isForCanary {
            advice = """
                Kreform changes nothing that it did not make. To make it ours, write `adopt: true` beside \(owner) in the file: the plan \
                shows what would change. Otherwise remove the object.
                """
        } else {
            advice = """
                Kreform changes nothing that it did not make. To make it ours, write `adopt: true` beside \(owner) in \
                the file, or run `kreform import \(object.address)`: both show first what would change. Otherwise remove the \
                object, or change the name that leads to it.
                """
        }
        let account = ownership.account
        return Diagnostic(
            code: "object-exists", summary: "\(object.address) exists in the cluster\(ownership.short) and is not ours",
            detail: account.isEmpty ? advice : "\(account)\n\(advice)", address: "\(object.address)")
    }

    /// Where `adopt` stands for the entity's objects.
    private var owner: String {
        switch entity {
        case .runtime(let name), .publication(let name): "runtime \(name)"
        case .version(_, let name): "version \(name)"
        }
    }
}

extension String {
    /// Without the comma at its end.
    fileprivate var trimmed: Substring { hasSuffix(",") ? dropLast() : self[...] }
}
