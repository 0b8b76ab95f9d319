import Fields
import JSON
import Model

/// A small plan with one of everything, for texts.
enum Sample {
    static let cluster = ClusterIdentity(name: "sandbox", uid: "c-1")
    static let version = EntityAddress.version(runtime: "room-price", name: "room-price-v2")

    static func address(_ apiVersion: String, _ kind: String, _ name: String) -> ResourceAddress {
        ResourceAddress(apiVersion: apiVersion, kind: kind, namespace: kind == "Namespace" ? nil : "clientx-room-price", name: name)
    }

    static func change(
        _ id: Int, _ action: Action, _ apiVersion: String, _ kind: String, _ name: String, entity: EntityAddress = version,
        differences: [Difference] = [], reasons: [Reason], predecessors: [Int] = []
    ) -> Change {
        Change(
            id: id, action: action, address: address(apiVersion, kind, name), apiVersion: apiVersion, entity: entity,
            manifest: nil, prior: nil, differences: differences, reasons: reasons, predecessors: predecessors)
    }

    static let changes: [Change] = [
        change(0, .create, "v1", "ConfigMap", "room-price-v2-krt-conf", differences: [
            Difference(path: FieldPath("data", "CURRENCY"), old: .absent, new: .value("EUR"), cause: .file)
        ], reasons: [.newInFile]),
        change(1, .create, "v1", "Secret", "room-price-v2-krt-conf", differences: [
            Difference(path: FieldPath("data", "API_SECRET"), old: .absent, new: .sensitive, cause: .file)
        ], reasons: [.newInFile]),
        change(2, .create, "apps/v1", "Deployment", "room-price-v2-entrypoint", reasons: [.newInFile], predecessors: [0, 1]),
        change(3, .update, "v1", "Service", "active-entrypoint", entity: .publication(runtime: "room-price"), differences: [
            Difference(
                path: FieldPath("spec", "selector", "version-name"), old: .value("room-price-v1-entrypoint"),
                new: .value("room-price-v2-entrypoint"), cause: .file),
            Difference(
                path: FieldPath("spec", "sessionAffinity"), old: .value("ClientIP"), new: .value("None"),
                cause: .drift(manager: "kubectl-edit", time: "2026-05-30T18:04:05Z")),
        ], reasons: [.changedInFile, .driftedInCluster]),
        change(4, .replace, "batch/v1", "Job", "migrate", differences: [
            Difference(path: FieldPath("spec", "template"), old: .value("a"), new: .knownAfterApply, cause: .file)
        ], reasons: [.changedInFile]),
        change(5, .delete, "apps/v1", "Deployment", "room-price-v1-entrypoint", reasons: [.changedInFile]),
        change(6, .forget, "v1", "Secret", "room-price-v1-krt-conf", reasons: [.changedInFile]),
    ]

    static let plan = Plan(
        mode: .apply, engine: "clientx", cluster: cluster, lineage: "l-1", serial: 4,
        steps: [
            Step(id: 0, action: .createVersion, entity: version, records: [], reasons: [.newInFile], to: .stopped, changes: [], predecessors: []),
            Step(id: 1, action: .start, entity: version, records: [], reasons: [.newInFile], from: .stopped, to: .started, changes: [0, 1, 2], predecessors: [0]),
            Step(id: 2, action: .publish, entity: version, records: [], reasons: [.changedInFile, .driftedInCluster], from: .started, to: .published, replaces: "room-price-v1", changes: [3, 4], predecessors: [1]),
            Step(id: 3, action: .unpublish, entity: .version(runtime: "room-price", name: "room-price-v1"), records: [], reasons: [.changedInFile], from: .published, to: .started, changes: [], predecessors: [2]),
            Step(id: 4, action: .stop, entity: .version(runtime: "room-price", name: "room-price-v1"), records: [], reasons: [.changedInFile], from: .started, to: .stopped, changes: [5, 6], predecessors: [3]),
        ], changes: changes)
}
