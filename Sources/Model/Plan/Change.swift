import Fields
import JSON

/// What happens to one object.
package enum Action: String, Sendable, Hashable, CaseIterable {
    case noOp = "no-op"
    case create, update
    /// Deleted, then created: a field changed that Kubernetes does not let change.
    case replace
    case delete
    /// Only the record goes: the object is gone already.
    case forget
}

/// One object change of a plan.
package struct Change: Sendable, Hashable {
    package typealias ID = Int

    package let id: ID
    package let action: Action
    package let address: ResourceAddress
    package let apiVersion: String
    /// Whose object it is.
    package let entity: EntityAddress
    /// What to apply; nil for delete and forget.
    package let manifest: Manifest?
    /// The object that the plan saw; nil when there was none.
    package let prior: Prior?
    /// Fields of the manifest that stay as the object has them when it is sent, whatever that is by then, sorted.
    package let left: [FieldPath]
    private let found: [Difference]
    package let reasons: [Reason]
    /// Changes that must have settled before this one starts, sorted. Those of its step's predecessors come on top.
    package let predecessors: [ID]
    /// The server was not asked what it makes of it (its namespace does not exist yet).
    package let unchecked: Bool
    /// The object is being deleted already.
    package let deletion: Deletion?
    /// What an object that is created, or there already, takes the place of: the one whose name followed from what was in it before. It
    /// goes in a deletion of its own, and `differences` are those between the two.
    package let inPlaceOf: ResourceAddress?
    /// An earlier change of the plan to the same object. What that one leaves is what this one is approved for; `prior`, when there is
    /// one, holds as long as it has left nothing.
    package let follows: ID?

    /// A create needs no `differences`: they follow from its manifest, unless it takes the place of another object.
    package init(
        id: ID, action: Action, address: ResourceAddress, apiVersion: String, entity: EntityAddress,
        manifest: Manifest?, prior: Prior?, left: [FieldPath] = [], differences: [Difference], reasons: [Reason],
        predecessors: [ID], unchecked: Bool = false, deletion: Deletion? = nil, inPlaceOf: ResourceAddress? = nil,
        follows: ID? = nil
    ) {
        self.id = id
        self.action = action
        self.address = address
        self.apiVersion = apiVersion
        self.entity = entity
        self.manifest = manifest
        self.prior = prior
        self.left = left
        found = differences
        self.reasons = reasons
        self.predecessors = predecessors
        self.unchecked = unchecked
        self.deletion = deletion
        self.inPlaceOf = inPlaceOf
        self.follows = follows
    }

    package var type: ResourceType { ResourceType(apiVersion: apiVersion, kind: address.kind) }

    /// The same change, approved for another view of its object.
    package func approved(for prior: Prior) -> Change {
        Change(
            id: id, action: action, address: address, apiVersion: apiVersion, entity: entity, manifest: manifest, prior: prior,
            left: left, differences: found, reasons: reasons, predecessors: predecessors, unchecked: unchecked,
            deletion: deletion, inPlaceOf: inPlaceOf, follows: follows)
    }

    /// What goes to the server, over an object that is there (sealed).
    package func sent(over live: LiveObject?) -> Manifest? {
        guard let live else { return manifest }
        return manifest?.leaving(left, in: live)
    }

    /// What the journal keeps: the object that is wanted, with a `null` in each field that stays as it is.
    package var intended: JSONText? {
        guard let manifest, !left.isEmpty else { return manifest?.text }
        return JSONText(left.reduce(manifest.content) { setting(.null, at: $1, in: $0) })
    }

    /// Field by field, sorted by path. For a create every field, worked out anew at each call, or those that its predecessor had
    /// otherwise; for a delete none.
    package var differences: [Difference] {
        guard action == .create, found.isEmpty, inPlaceOf == nil, let manifest else { return found }
        return CreatedFields.differences(of: manifest)
    }

    /// A deletion that was begun before the plan
    /// (https://kubernetes.io/docs/concepts/overview/working-with-objects/finalizers/).
    package struct Deletion: Sendable, Hashable {
        /// RFC 3339.
        package let since: String
        /// What is not done yet; the object goes when it is.
        package let finalizers: [String]

        package init(since: String, finalizers: [String]) {
            self.since = since
            self.finalizers = finalizers
        }

        /// Nil for an object that is not being deleted.
        package init?(of object: LiveObject) {
            guard let since = object.metadata["deletionTimestamp"]?.string else { return nil }
            self.init(since: since, finalizers: (object.metadata["finalizers"]?.array ?? []).compactMap(\.string))
        }
    }

    /// The object as it was when it was planned for; the approval holds for this one only.
    package struct Prior: Sendable, Hashable {
        package let uid: String
        /// The live values of the fields in question (owned by us or to be set), sealed: apply stops if they moved
        /// since.
        package let fields: JSONValue

        package init(uid: String, fields: JSONValue) {
            self.uid = uid
            self.fields = fields
        }
    }
}
