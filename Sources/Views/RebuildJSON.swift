import Digest
import JSON
import Model

extension ReportsJSON {
    /// What a rebuild of the state found; `format` 1.
    package static func rebuild(_ report: RebuildReport) -> JSONValue {
        .object([
            "format": .integer(1), "state": .string(report.path), "lineage": .string(report.lineage),
            "engine": .string(report.engine),
            "cluster": .object(["name": .string(report.cluster.name), "uid": .string(report.cluster.uid)]),
            "runtimes": .array(report.runtimes.map(runtime)),
            "kinds": .array(report.kinds.map {
                .object([
                    "apiVersion": .string($0.type.apiVersion), "kind": .string($0.type.kind), "objects": .integer($0.count),
                ])
            }),
            "differing": .array(report.differing.map { .string("\($0)") }),
            "lost": .array(["history", "comments"]), "diagnostics": DiagnosticsJSON.list(report.warnings),
        ])
    }

    private static func runtime(_ runtime: RebuiltRuntime) -> JSONValue {
        .object([
            "name": .string(runtime.record.address.runtime), "namespace": runtime.record.namespace.map { .string($0) } ?? .null,
            "protected": .bool(runtime.record.protected), "published": runtime.published.map { .string($0) } ?? .null,
            "objects": .integer(runtime.objects), "inFiles": .bool(runtime.isWanted),
            "versions": .array(runtime.versions.map { version in
                .object([
                    "name": .string(version.name), "status": version.record.status.map { .string($0.rawValue) } ?? .null,
                    "package": version.record.packageDigest.map { .string($0.description) } ?? .null,
                    "objects": .integer(version.objects), "inFiles": .bool(version.isWanted),
                    "unfinished": .bool(version.isUnfinished), "fromFilesAlone": .bool(version.isFromFile),
                ])
            }),
        ])
    }
}
