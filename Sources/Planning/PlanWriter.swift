import Fields
import JSON
import Model

/// Writes format 1 of `PlanDocument`.
enum PlanWriter {
    static func document(_ plan: Plan) -> JSONValue { head(plan).with("changes", .array(plan.changes.map(change))) }

    /// The document but for its changes, of which there may be many.
    static func head(_ plan: Plan) -> JSONValue {
        let summary = plan.summary
        let document: JSONValue = [
            "kreform": "plan", "format": .integer(PlanDocument.format), "mode": .string(plan.mode.rawValue),
            "engine": .string(plan.engine),
            "cluster": ["name": .string(plan.cluster.name), "uid": .string(plan.cluster.uid)],
            "state": members(("lineage", plan.lineage.map { .string($0) }), ("serial", .integer(plan.serial))),
            "summary": [
                "create": .integer(summary.create), "update": .integer(summary.update),
                "replace": .integer(summary.replace),
                "delete": .integer(summary.delete), "forget": .integer(summary.forget),
            ],
            "steps": .array(plan.steps.map(step)), "changes": [],
        ]
        return document.with("left", list(plan.left.map(left)))
    }

    private static func left(_ left: LeftDrift) -> JSONValue {
        members(
            ("address", address(left.address)), ("entity", text(left.entity)), ("by", .string(left.source.rawValue)),
            ("differences", list(left.differences.map(difference))))
    }

    private static func step(_ step: Step) -> JSONValue {
        members(
            ("id", .integer(step.id)), ("action", .string(step.action.rawValue)), ("entity", text(step.entity)),
            ("records", list(step.records.map(record))), ("reasons", list(step.reasons.map { .string($0.rawValue) })),
            ("from", step.from.map { .string($0.rawValue) }), ("to", step.to.map { .string($0.rawValue) }),
            ("replaces", step.replaces.map { .string($0) }), ("upload", step.upload.map(upload)), ("drain", step.drain.map(drain)),
            ("canary", step.canary.map(canary)), ("component", step.component.map { .string($0) }),
            ("changes", list(step.changes.map { .integer($0) })),
            ("predecessors", list(step.predecessors.map { .integer($0) })))
    }

    private static func drain(_ drain: Drain) -> JSONValue {
        members(("seconds", .integer(drain.seconds)), ("since", drain.since.map { .string("\($0)") }))
    }

    private static func canary(_ canary: Canary) -> JSONValue {
        members(
            ("weight", .integer(canary.weight)), ("seconds", .integer(canary.seconds)),
            ("since", canary.since.map { .string("\($0)") }), ("underWay", canary.isUnderWay ? true : nil),
            ("routes", list(canary.routes.map(address))))
    }

    private static func upload(_ upload: PackageUpload) -> JSONValue {
        members(
            ("path", .string(upload.path)), ("digest", .string("\(upload.digest)")), ("size", .integer(upload.size)),
            ("endpoint", .string(upload.place.endpoint)), ("bucket", .string(upload.place.bucket)), ("key", .string(upload.place.key)),
            ("namespace", upload.place.namespace.map { .string($0) }))
    }

    private static func record(_ change: RecordChange) -> JSONValue {
        members(("entity", text(change.address)), ("record", change.record.map(record)))
    }

    private static func record(_ record: EntityRecord) -> JSONValue {
        members(
            ("description", record.description.isEmpty ? nil : .string(record.description)),
            ("status", record.status.map { .string($0.rawValue) }),
            ("packageDigest", record.packageDigest.map { .string("\($0)") }),
            ("protected", record.protected ? true : nil), ("published", record.published.map { .string($0) }),
            ("namespace", record.namespace.map { .string($0) }))
    }

    static func change(_ change: Change) -> JSONValue {
        members(
            ("id", .integer(change.id)), ("action", .string(change.action.rawValue)),
            ("address", address(change.address)),
            ("apiVersion", .string(change.apiVersion)), ("entity", text(change.entity)),
            ("manifest", change.manifest.map(manifest)),
            ("prior", change.prior.map { ["uid": .string($0.uid), "fields": $0.fields] }),
            ("left", list(change.left.map(field))),
            ("inPlaceOf", change.inPlaceOf.map(address)), ("follows", change.follows.map { .integer($0) }),
            (
                "differences",
                change.action == .create && change.inPlaceOf == nil ? nil : list(change.differences.map(difference))
            ),
            ("reasons", list(change.reasons.map { .string($0.rawValue) })),
            ("predecessors", list(change.predecessors.map { .integer($0) })),
            ("unchecked", change.unchecked ? true : nil),
            ("deletion", change.deletion.map { deletion in
                members(("since", .string(deletion.since)), ("finalizers", list(deletion.finalizers.map { .string($0) })))
            }))
    }

    private static func manifest(_ manifest: Manifest) -> JSONValue {
        let keys = Set(manifest.secrets.keys).union(manifest.missingSecrets).sorted()
        let generated = manifest.generated.mapValues(generated)
        return members(
            ("content", manifest.content), ("secrets", list(keys.map { .string($0) })),
            ("generated", generated.isEmpty ? nil : .object(generated)),
            ("renewed", list(manifest.renewed.sorted().map { .string($0) })),
            ("dependsOn", list(manifest.dependsOn.map(address))))
    }

    private static func generated(_ value: GeneratedValue) -> JSONValue {
        switch value {
        case .random(let length): ["random": .integer(length)]
        case .copy(let secret, let key): ["copy": ["secret": .string(secret), "key": .string(key)]]
        case .template(let pieces):
            [
                "template": .array(
                    pieces.map { piece in
                        switch piece {
                        case .text(let text): ["text": .string(text)]
                        case .value(let key): ["value": .string(key)]
                        }
                    })
            ]
        }
    }

    // MARK: Differences

    private static func field(_ path: FieldPath) -> JSONValue {
        ["field": .string("\(path)"), "path": .array(path.elements.map(element))]
    }

    private static func difference(_ difference: Difference) -> JSONValue {
        members(
            ("field", .string("\(difference.path)")), ("path", .array(difference.path.elements.map(element))),
            ("old", shown(difference.old)), ("new", shown(difference.new)), ("cause", cause(difference.cause)))
    }

    private static func element(_ element: FieldPath.Element) -> JSONValue {
        switch element {
        case .field(let name): .string(name)
        case .key(let keys): ["key": .object(keys)]
        case .value(let value): ["value": value]
        case .index(let index): ["index": .integer(index)]
        }
    }

    private static func shown(_ side: Difference.Shown) -> JSONValue? {
        switch side {
        case .absent: nil
        case .value(let value): ["value": value]
        case .sensitive: ["sensitive": true]
        case .knownAfterApply: ["knownAfterApply": true]
        case .kept: ["sensitive": true, "kept": true]
        }
    }

    private static func cause(_ cause: Difference.Cause) -> JSONValue {
        switch cause {
        case .file: ["file": true]
        case .drift(let manager, let time): ["drift": writer(manager, time)]
        case .adoption(let manager, let time): ["adoption": writer(manager, time)]
        }
    }

    private static func writer(_ manager: String?, _ time: String?) -> JSONValue {
        members(("manager", manager.map { .string($0) }), ("time", time.map { .string($0) }))
    }

    // MARK: Parts

    private static func text(_ entity: EntityAddress) -> JSONValue { .string("\(entity)") }

    private static func address(_ address: ResourceAddress) -> JSONValue {
        members(
            ("group", address.group.isEmpty ? nil : .string(address.group)), ("kind", .string(address.kind)),
            ("namespace", address.namespace.map { .string($0) }), ("name", .string(address.name)))
    }

    private static func list(_ values: [JSONValue]) -> JSONValue? { values.isEmpty ? nil : .array(values) }

    private static func members(_ members: (String, JSONValue?)...) -> JSONValue {
        .object(Dictionary(members.compactMap { name, value in value.map { (name, $0) } }, uniquingKeysWith: { $1 }))
    }
}

extension JSONValue {
    fileprivate func with(_ name: String, _ value: JSONValue?) -> JSONValue {
        guard let value else { return self }
        var object = self
        object[name] = value
        return object
    }
}
