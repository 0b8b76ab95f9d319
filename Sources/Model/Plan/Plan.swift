import Digest

/// An ordered list of steps on entities with the object changes beneath each, and the order in which they may run. A pure
/// value: the same inputs give the same plan, byte for byte.
package struct Plan: Sendable, Hashable {
    package enum Mode: String, Sendable, Hashable {
        case apply, destroy
        /// Takes over objects that others made.
        case adopt = "import"
        /// Lets go of objects without deleting them.
        case forget
        /// Makes generated credentials anew.
        case rotate
    }

    package let mode: Mode
    package let engine: String
    package let cluster: ClusterIdentity
    /// Of the state planned against; nil when there was none.
    package let lineage: String?
    package let serial: Int
    /// In the order in which they will run, one after another if nothing ran side by side. `steps[i].id == i`.
    package let steps: [Step]
    /// All object changes. `changes[i].id == i`.
    package let changes: [Change]
    /// What differs and is left as it is, by address.
    package let left: [LeftDrift]

    package init(
        mode: Mode, engine: String, cluster: ClusterIdentity, lineage: String?, serial: Int, steps: [Step], changes: [Change],
        left: [LeftDrift] = []
    ) {
        self.mode = mode
        self.engine = engine
        self.cluster = cluster
        self.lineage = lineage
        self.serial = serial
        self.steps = steps
        self.changes = changes
        self.left = left
    }

    package var isEmpty: Bool { steps.isEmpty }

    package func changes(of step: Step) -> [Change] { step.changes.map { changes[$0] } }

    package var summary: Summary { Summary(of: changes) }

    /// What is brought to the store, in the order of the steps.
    package var uploads: [PackageUpload] { steps.compactMap(\.upload) }

    /// How many objects there are of each sort of change. An object counts once however often it changes, but for one that is made
    /// and taken away again: it counts as both.
    package struct Summary: Sendable, Hashable {
        package private(set) var create = 0, update = 0, replace = 0, delete = 0, forget = 0

        /// - Parameter changes: in the order in which they are made.
        package init(of changes: some Sequence<Change>) {
            var actions: [ResourceAddress: [Action]] = [:]
            for change in changes where change.action != .noOp { actions[change.address, default: []].append(change.action) }
            for made in actions.values { count(made) }
        }

        private mutating func count(_ actions: [Action]) {
            if actions.first == .create { create += 1 }
            switch actions.last {
            case .delete: delete += 1
            case .forget: forget += 1
            default:
                guard actions.first != .create else { return }
                if actions.contains(.replace) { replace += 1 } else { update += 1 }
            }
        }
    }

    /// What must have settled before what. Nodes `0..<changes.count` are the changes, `changes.count + step.id` is the end of
    /// a step: when it settles the step's entity record is written. A change waits for its own predecessors and for the ends
    /// of its step's predecessors.
    package var graph: DependencyGraph {
        var graph = DependencyGraph(count: changes.count + steps.count)
        for step in steps {
            let end = changes.count + step.id
            let before = step.predecessors.map { changes.count + $0 }
            graph.addPredecessors(before + step.changes, to: end)
            for id in step.changes {
                graph.addPredecessors(before + changes[id].predecessors, to: id)
            }
        }
        return graph
    }
}

/// One move of an entity, in the words of its life.
package struct Step: Sendable, Hashable {
    package typealias ID = Int

    package let id: ID
    package let action: StepAction
    /// The runtime or version that moves; publishing is a move of a version.
    package let entity: EntityAddress
    /// Whose record changes when the step ends: the entity, or its runtime's publication. Nil `record` forgets it.
    package let records: [RecordChange]
    /// Why, sorted and without repetition.
    package let reasons: [Reason]
    /// Of the version, when the step changes it.
    package let from: VersionStatus?
    package let to: VersionStatus?
    /// For `publish` and `canary`: the version that loses the publication.
    package let replaces: String?
    /// For `upload`: what is brought to the store.
    package let upload: PackageUpload?
    /// For `drain`: for how long the version stays up.
    package let drain: Drain?
    /// For `canary`: which share of the calls the version has, and for how long.
    package let canary: Canary?
    /// For `rotate` and `retire`: the part of the runtime whose credentials these are.
    package let component: String?
    package let changes: [Change.ID]
    /// Steps that must have ended before any change of this one starts.
    package let predecessors: [Step.ID]

    package init(
        id: ID, action: StepAction, entity: EntityAddress, records: [RecordChange], reasons: [Reason],
        from: VersionStatus? = nil, to: VersionStatus? = nil, replaces: String? = nil, upload: PackageUpload? = nil,
        drain: Drain? = nil, canary: Canary? = nil, component: String? = nil, changes: [Change.ID], predecessors: [Step.ID]
    ) {
        self.id = id
        self.action = action
        self.entity = entity
        self.records = records
        self.reasons = reasons
        self.from = from
        self.to = to
        self.replaces = replaces
        self.upload = upload
        self.drain = drain
        self.canary = canary
        self.component = component
        self.changes = changes
        self.predecessors = predecessors
    }
}

/// What a step leaves in the state about an entity.
package struct RecordChange: Sendable, Hashable {
    package let address: EntityAddress
    /// Nil forgets the entity.
    package let record: EntityRecord?

    package init(address: EntityAddress, record: EntityRecord?) {
        self.address = address
        self.record = record
    }
}

/// The moves of entities, in the order in which one runtime goes through them.
package enum StepAction: String, Sendable, Hashable, CaseIterable {
    case createRuntime = "create-runtime"
    case updateRuntime = "update-runtime"
    /// Generated credentials of a runtime are made anew, and what the runtime itself has starts to use them.
    case rotate
    /// A version's package is brought to the store that pods fetch it from.
    case upload = "upload-package"
    /// A version becomes known, stopped.
    case createVersion = "create-version"
    case start
    /// Objects of a running version change, or its description does.
    case update
    /// A version that is to take the publication from another has a share of the calls for a while.
    case canary
    case publish
    /// Objects of the publication change; the published version stays.
    case updatePublication = "update-publication"
    case unpublish
    /// A version that lost the publication to another stays up for a while.
    case drain
    case stop
    case deleteVersion = "delete-version"
    case deleteRuntime = "delete-runtime"
    /// Credentials that nothing uses any more lose their worth.
    case retire
    /// Objects that others made are taken over.
    case adopt = "import"
    /// Objects stay in the cluster and are not ours any more.
    case forget
}

/// Why a step or a change is in the plan.
package enum Reason: String, Sendable, Hashable, Comparable, CaseIterable {
    case newInFile = "new in file"
    case changedInFile = "changed in file"
    /// Generated credentials are made anew, or were.
    case rotated = "credentials rotated"
    case removedFromFile = "removed from file"
    case driftedInCluster = "drifted in cluster"
    case missingInCluster = "missing in cluster"
    /// The store does not have the package.
    case missingInStore = "missing in store"
    /// The store does not say whether it has the package.
    case unknownInStore = "store does not answer"
    case unfinishedLastTime = "unfinished last time"
    /// Somebody else made the object, and it is to be ours.
    case adopt = "adopt"
    case destroy = "destroy"
    /// The object stays in the cluster, and is to be ours no more.
    case forget = "forget"

    package static func < (left: Self, right: Self) -> Bool {
        (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
    }
}
