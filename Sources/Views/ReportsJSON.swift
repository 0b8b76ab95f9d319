import Digest
import JSON
import Model

/// Status, state and packages as data, in shapes that only grow: `format` 1.
package enum ReportsJSON {
    package static func status(_ report: StatusReport) -> JSONValue {
        .object([
            "format": .integer(1), "engine": .string(report.engine), "cluster": .string(report.cluster.name),
            "runtimes": .array(report.runtimes.map { runtime in
                .object([
                    "name": .string(runtime.name), "namespace": .string(runtime.namespace),
                    "protected": .bool(runtime.protected), "health": health(runtime.health),
                    "versions": .array(runtime.versions.map { version in
                        .object([
                            "name": .string(version.name), "status": text(version.status?.rawValue),
                            "wanted": text(version.wanted?.rawValue), "share": version.share.map { .integer($0) } ?? .null,
                            "package": text(version.packageDigest?.description),
                            "health": health(version.health),
                        ])
                    }),
                ])
            }),
        ])
    }

    package static func state(_ state: State) -> JSONValue {
        .object([
            "format": .integer(1), "lineage": text(state.lineage), "serial": .integer(state.serial),
            "cluster": state.cluster.map { .object(["name": .string($0.name), "uid": .string($0.uid)]) } ?? .null,
            "entities": .array(state.entities.values.sorted { $0.address < $1.address }.map(entity)),
            "objects": .array(state.objects.values.sorted { $0.address < $1.address }.map(object)),
        ])
    }

    package static func entity(_ record: EntityRecord) -> JSONValue {
        .object([
            "address": .string("\(record.address)"), "description": .string(record.description),
            "status": text(record.status?.rawValue), "package": text(record.packageDigest?.description),
            "protected": .bool(record.protected), "published": text(record.published), "namespace": text(record.namespace),
        ])
    }

    /// An entity with what it went through.
    package static func entity(_ record: EntityRecord, history: [Activity]) -> JSONValue {
        var value = entity(record)
        value["history"] = .array(history.map { activity in
            .object([
                "at": .string("\(activity.at)"), "run": .integer(activity.run), "action": .string(activity.step.rawValue),
                "from": text(activity.from?.rawValue), "to": text(activity.to?.rawValue), "replaces": text(activity.replaced),
                "weight": activity.weight.map { .integer($0) } ?? .null,
            ])
        })
        return value
    }

    package static func object(_ record: ObjectRecord) -> JSONValue {
        .object([
            "address": .string("\(record.address)"), "entity": .string("\(record.entity)"),
            "apiVersion": .string(record.apiVersion), "uid": .string(record.uid),
            "resourceVersion": .string(record.resourceVersion),
            "generation": record.generation.map { .integer($0) } ?? .null, "applied": record.applied,
            "appliedAt": .string("\(record.appliedAt)"), "dependsOn": .array(record.dependsOn.map { .string("\($0)") }),
        ])
    }

    package static func package(_ package: Package) -> JSONValue {
        let manifest = package.manifest
        return .object([
            "format": .integer(1), "path": .string(package.path), "digest": .string(package.digest.description),
            "size": .integer(package.size), "krtVersion": .string(manifest.format.rawValue),
            "version": .string(manifest.version), "description": .string(manifest.description),
            "entrypoint": .object([
                "image": .string(manifest.entrypoint.image), "proto": .string(manifest.entrypoint.proto),
                "methods": .array(package.methods.map {
                    .object(["service": .string($0.service), "name": .string($0.name)])
                }),
            ]),
            "config": .object([
                "variables": .array(manifest.variables.map { .string($0) }),
                "files": .array(manifest.files.map { .string($0) }),
            ]),
            "workflows": .array(manifest.workflows.map(workflow)),
            "files": .array(package.entries.map { .object(["path": .string($0.path), "size": .integer($0.size)]) }),
        ])
    }

    private static func workflow(_ workflow: Workflow) -> JSONValue {
        .object([
            "name": .string(workflow.name), "method": .string(workflow.method), "exitpoint": .string(workflow.exitpoint),
            "nodes": .array(workflow.nodes.map { node in
                .object([
                    "name": .string(node.name), "image": .string(node.image), "src": .string(node.src),
                    "gpu": .bool(node.gpu), "replicas": .integer(node.replicas),
                    "subscriptions": .array(node.subscriptions.map { .string("\($0)") }),
                    "objectStore": node.objectStore.map {
                        .object(["name": .string($0.name), "scope": .string($0.scope.rawValue)])
                    } ?? .null,
                ])
            }),
        ])
    }

    private static func health(_ health: EntityHealth) -> JSONValue {
        .object([
            "ready": .integer(health.ready), "total": .integer(health.total),
            "troubles": .array(health.troubles.map {
                .object([
                    "object": .string("\($0.address)"), "reason": .string($0.reason), "failed": .bool($0.isFailure),
                ])
            }),
        ])
    }

    private static func text(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
}
