import Digest
import Fields
import JSON
import Model

/// Reads format 1 of `PlanDocument` and checks that everything in it refers to something.
enum PlanReader {
    typealias Fault = DocumentValue.Fault

    static func plan(_ document: DocumentValue) throws(Fault) -> Plan {
        let cluster = try document.member("cluster")
        let state = try document.member("state")
        let plan = Plan(
            mode: try document.member("mode").word(Plan.Mode.self), engine: try document.member("engine").string(),
            cluster: ClusterIdentity(
                name: try cluster.member("name").string(), uid: try cluster.member("uid").string()),
            lineage: try state.optional("lineage", string), serial: try state.member("serial").integer(),
            steps: try document.list("steps", step), changes: try document.list("changes", change),
            left: try document.list("left", left))
        try check(plan, document)
        return plan
    }

    /// Ids count from 0, every change is of one step, and what comes first has the smaller id.
    private static func check(_ plan: Plan, _ document: DocumentValue) throws(Fault) {
        var isTaken = Array(repeating: false, count: plan.changes.count)
        for (index, step) in plan.steps.enumerated() {
            let place = DocumentValue(.null, at: JSONPointer(tokens: ["steps", "\(index)"]))
            guard step.id == index else { throw place.fault("its id is not its position") }
            guard step.predecessors.allSatisfy({ (0..<index).contains($0) }) else {
                throw place.fault("a predecessor does not come before it")
            }
            for change in step.changes {
                guard isTaken.indices.contains(change), !isTaken[change] else {
                    throw place.fault("change \(change) is not there or is part of another step")
                }
                isTaken[change] = true
            }
        }
        for (index, change) in plan.changes.enumerated() {
            let place = DocumentValue(.null, at: JSONPointer(tokens: ["changes", "\(index)"]))
            guard change.id == index else { throw place.fault("its id is not its position") }
            guard isTaken[index] else { throw place.fault("it is part of no step") }
            guard change.predecessors.allSatisfy({ (0..<index).contains($0) }) else {
                throw place.fault("a predecessor does not come before it")
            }
            if let earlier = change.follows {
                guard (0..<index).contains(earlier), plan.changes[earlier].address == change.address else {
                    throw place.fault("what it follows is no earlier change of its object")
                }
            }
        }
    }

    private static func step(_ value: DocumentValue) throws(Fault) -> Step {
        Step(
            id: try value.member("id").integer(), action: try value.member("action").word(StepAction.self),
            entity: try entity(value.member("entity")), records: try value.list("records", record),
            reasons: try value.list("reasons", reason), from: try value.optional("from", status),
            to: try value.optional("to", status), replaces: try value.optional("replaces", string),
            upload: try value.optional("upload", upload), drain: try value.optional("drain", drain), canary: try value.optional("canary", canary),
            component: try value.optional("component", string),
            changes: try value.list("changes", integer), predecessors: try value.list("predecessors", integer))
    }

    private static func drain(_ value: DocumentValue) throws(Fault) -> Drain {
        let since = try value.optional("since", moment)
        let seconds = try value.member("seconds").integer()
        guard Drain.range.contains(seconds) else { throw value.fault("\(seconds) is not from 1 to \(Drain.range.upperBound)") }
        return Drain(seconds: seconds, since: since)
    }

    private static func canary(_ value: DocumentValue) throws(Fault) -> Canary {
        let since = try value.optional("since", moment)
        let (weight, seconds) = (try value.member("weight").integer(), try value.member("seconds").integer())
        guard Canary.weights.contains(weight) else { throw value.fault("a weight of \(weight) is not from 1 to 99") }
        guard Canary.range.contains(seconds) else { throw value.fault("\(seconds) is not from 0 to \(Canary.range.upperBound)") }
        return Canary(
            weight: weight, seconds: seconds, since: since, isUnderWay: try value.optional("underWay", bool) ?? false, routes: try value.list("routes", address))
    }

    private static func moment(_ value: DocumentValue) throws(Fault) -> Timestamp {
        let text = try value.string()
        guard let moment = Timestamp(text) else { throw value.fault("\"\(text)\" is not a moment") }
        return moment
    }

    private static func upload(_ value: DocumentValue) throws(Fault) -> PackageUpload {
        PackageUpload(
            path: try value.member("path").string(), digest: try digest(value.member("digest")),
            size: try value.member("size").integer(),
            place: PackagePlace(
                endpoint: try value.member("endpoint").string(), bucket: try value.member("bucket").string(),
                key: try value.member("key").string(), namespace: try value.optional("namespace", string)))
    }

    private static func record(_ value: DocumentValue) throws(Fault) -> RecordChange {
        let address = try entity(value.member("entity"))
        guard let record = value["record"] else { return RecordChange(address: address, record: nil) }
        return RecordChange(
            address: address,
            record: EntityRecord(
                address: address, description: try record.optional("description", string) ?? "",
                status: try record.optional("status", status),
                packageDigest: try record.optional("packageDigest", digest),
                protected: try record.optional("protected", bool) ?? false,
                published: try record.optional("published", string), namespace: try record.optional("namespace", string)
            ))
    }

    private static func change(_ value: DocumentValue) throws(Fault) -> Change {
        let address = try address(value.member("address"))
        let action = try value.member("action").word(Action.self)
        let manifest = try value.optional("manifest", manifest)
        let isRemoval = action == .delete || action == .forget
        guard isRemoval == (manifest == nil) else {
            throw value.fault(isRemoval ? "a deletion has no manifest" : "\"manifest\" is missing")
        }
        if let manifest, manifest.address != address { throw value.fault("its manifest is of another object") }
        return Change(
            id: try value.member("id").integer(), action: action, address: address,
            apiVersion: try value.member("apiVersion").string(), entity: try entity(value.member("entity")),
            manifest: manifest, prior: try value.optional("prior", prior), left: try value.list("left", path),
            differences: try value.list("differences", difference),
            reasons: try value.list("reasons", reason), predecessors: try value.list("predecessors", integer),
            unchecked: try value.optional("unchecked", bool) ?? false, deletion: try value.optional("deletion", deletion),
            inPlaceOf: try value.optional("inPlaceOf", self.address), follows: try value.optional("follows", integer))
    }

    private static func deletion(_ value: DocumentValue) throws(Fault) -> Change.Deletion {
        Change.Deletion(since: try value.member("since").string(), finalizers: try value.list("finalizers", string))
    }

    private static func left(_ value: DocumentValue) throws(Fault) -> LeftDrift {
        LeftDrift(
            address: try address(value.member("address")), entity: try entity(value.member("entity")),
            source: try value.member("by").word(LeftDrift.Source.self),
            differences: try value.list("differences", difference))
    }

    private static func path(_ value: DocumentValue) throws(Fault) -> FieldPath {
        FieldPath(try value.list("path", element))
    }

    private static func prior(_ value: DocumentValue) throws(Fault) -> Change.Prior {
        Change.Prior(uid: try value.member("uid").string(), fields: try value.member("fields").value)
    }

    private static func manifest(_ value: DocumentValue) throws(Fault) -> Manifest {
        var rules: [String: GeneratedValue] = [:]
        if let generated = value["generated"] {
            for name in try generated.members().keys.sorted() {
                rules[name] = try self.generated(generated.member(name))
            }
        }
        let manifest = Manifest(
            sealed: try value.member("content").value, generated: rules, renewed: Set(try value.list("renewed", string)),
            dependsOn: try value.list("dependsOn", address))
        guard try value.list("secrets", string) == manifest.missingSecrets else {
            throw value.fault("\"secrets\" does not list the sensitive values of \"content\"")
        }
        return manifest
    }

    private static func generated(_ value: DocumentValue) throws(Fault) -> GeneratedValue {
        if let length = value["random"] { return .random(try length.integer()) }
        if let copy = value["copy"] {
            return .copy(secret: try copy.member("secret").string(), key: try copy.member("key").string())
        }
        _ = try value.member("template")
        return .template(
            try value.list("template") { (piece) throws(Fault) in
                if let text = piece["text"] { return .text(try text.string()) }
                return .value(try piece.member("value").string())
            })
    }

    // MARK: Differences

    private static func difference(_ value: DocumentValue) throws(Fault) -> Difference {
        Difference(
            path: FieldPath(try value.list("path", element)), old: try value.optional("old", shown) ?? .absent,
            new: try value.optional("new", shown) ?? .absent, cause: try cause(value.member("cause")))
    }

    private static func element(_ value: DocumentValue) throws(Fault) -> FieldPath.Element {
        if let name = value.value.string { return .field(name) }
        if let keys = value["key"] { return .key(try keys.members()) }
        if let index = value["index"] { return .index(try index.integer()) }
        return .value(try value.member("value").value)
    }

    private static func shown(_ value: DocumentValue) throws(Fault) -> Difference.Shown {
        if let shown = value["value"] { return .value(shown.value) }
        if value["kept"] != nil { return .kept }
        if value["sensitive"] != nil { return .sensitive }
        if value["knownAfterApply"] != nil { return .knownAfterApply }
        throw value.fault("\"value\" is missing")
    }

    private static func cause(_ value: DocumentValue) throws(Fault) -> Difference.Cause {
        if let adoption = value["adoption"] {
            return .adoption(
                manager: try adoption.optional("manager", string), time: try adoption.optional("time", string))
        }
        guard let drift = value["drift"] else { return .file }
        return .drift(manager: try drift.optional("manager", string), time: try drift.optional("time", string))
    }

    // MARK: Parts

    private static func entity(_ value: DocumentValue) throws(Fault) -> EntityAddress {
        guard let entity = EntityAddress(try value.string()) else {
            throw value.fault("\(value.value.encoded()) names no entity")
        }
        return entity
    }

    private static func address(_ value: DocumentValue) throws(Fault) -> ResourceAddress {
        ResourceAddress(
            group: try value.optional("group", string) ?? "", kind: try value.member("kind").string(),
            namespace: try value.optional("namespace", string), name: try value.member("name").string())
    }

    private static func digest(_ value: DocumentValue) throws(Fault) -> SHA256Digest {
        guard let digest = SHA256Digest(try value.string()) else { throw value.fault("a SHA-256 digest is expected") }
        return digest
    }

    private static func string(_ value: DocumentValue) throws(Fault) -> String { try value.string() }
    private static func integer(_ value: DocumentValue) throws(Fault) -> Int { try value.integer() }
    private static func bool(_ value: DocumentValue) throws(Fault) -> Bool { try value.bool() }
    private static func status(_ value: DocumentValue) throws(Fault) -> VersionStatus {
        try value.word(VersionStatus.self)
    }
    private static func reason(_ value: DocumentValue) throws(Fault) -> Reason { try value.word(Reason.self) }
}
