import Digest
import FoundationEssentials
import JSON
import Model
import Testing

/// Whole objects compared with files in `Golden/`. After a change that is meant, write them anew and read the
/// difference:
///
///     KREFORM_WRITE_GOLDEN=1 swift test --filter RenderingTests
enum Golden {
    static func expect(
        _ entity: RenderedEntity?, _ name: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        try expect(json(try #require(entity, sourceLocation: sourceLocation)), name, sourceLocation: sourceLocation)
    }

    static func expect(_ value: JSONValue, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let text = value.encoded(.pretty) + "\n"
        let folder = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        let path = "\(folder)/Golden/\(name).json"
        if ProcessInfo.processInfo.environment["KREFORM_WRITE_GOLDEN"] != nil {
            try Data(text.utf8).write(to: URL(filePath: path))
        }
        let golden = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
        guard text != golden else { return }
        let first = zip(lines(text), lines(golden)).first { $0 != $1 }
        Issue.record(
            "\(name).json differs; first at: \(first?.0 ?? "its end") instead of \(first?.1 ?? "its end")",
            sourceLocation: sourceLocation)
    }

    private static func lines(_ text: String) -> [Substring] {
        text.split(separator: "\n", omittingEmptySubsequences: false)
    }

    private static func json(_ entity: RenderedEntity) -> JSONValue {
        [
            "address": .string("\(entity.address)"),
            "record": [
                "description": .string(entity.record.description), "status": string(entity.record.status?.rawValue),
                "packageDigest": string(entity.record.packageDigest?.description),
                "protected": .bool(entity.record.protected), "published": string(entity.record.published),
                "namespace": string(entity.record.namespace),
            ],
            "manifests": .array(entity.manifests.map(json)),
        ]
    }

    private static func json(_ manifest: Manifest) -> JSONValue {
        [
            "address": .string("\(manifest.address)"), "content": manifest.content,
            "dependsOn": .array(manifest.dependsOn.map { .string("\($0)") }),
            "secrets": .array(manifest.secrets.keys.sorted().map { .string($0) }),
            "generated": .object(manifest.generated.mapValues { .string("\($0)") }),
        ]
    }

    private static func string(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
}
