import Archive
import Digest
import Model
import Schema

/// The KRT package format: a gzip-compressed tar with `krt.yml` at its root.
package enum KRT {
    /// `krt.yml` may have 1 MiB; a `.proto` 4 MiB, all of them together 16 MiB. Other files are never held.
    private static let manifestLimit = 1 << 20
    private static let protoLimit = 4 << 20
    static let protosLimit = 16 << 20

    /// Reads a package in one pass and bounded memory: archive, manifest, entrypoint services, digest. The package is nil when
    /// there are errors. Diagnostics without a place are about the file as a whole. Writes nothing.
    package static func read(
        path: String, limits: ArchiveLimits = .standard
    ) -> (package: Package?, diagnostics: [Diagnostic]) {
        var digest = RunningDigest()
        var size = 0
        do throws(ArchiveError) {
            let contents = try Contents(
                ArchiveReader(path: path, limits: limits) { bytes in
                    digest.update(bytes)
                    size += bytes.count
                }, manifestLimit: manifestLimit, protoLimit: protoLimit)
            return package(contents, path: path, digest: digest.finish(), size: size)
        } catch {
            return (nil, [explained(error, path: path)])
        }
    }

    private static func package(
        _ contents: Contents, path: String, digest: SHA256Digest, size: Int
    ) -> (Package?, [Diagnostic]) {
        let shown = Wording.path(path)
        let found = contents.manifests.keys.sorted()
        guard let name = found.first, let bytes = contents.manifests[name] else {
            let nested = contents.entries.map(\.path).first { $0.hasSuffix("/krt.yml") || $0.hasSuffix("/krt.yaml") }
            let hint = nested.map { " There is \(Wording.code($0)): pack the content of its folder, not the folder." } ?? ""
            return (nil, [Diagnostic(
                code: "no-manifest", summary: "There is no krt.yml at the root of \(shown)",
                detail: "A package has `krt.yml` (or `krt.yaml`) at its root.\(hint)")])
        }
        guard found.count == 1 else {
            return (nil, [Diagnostic(
                code: "two-manifests", summary: "\(shown) has both krt.yml and krt.yaml at its root",
                detail: "Keep one of them.")])
        }
        let entries = contents.entries.sorted { $0.path < $1.path }
        let result = ManifestReader.read(
            file: "\(path):\(name)", bytes: bytes, entries: entries.map(\.path),
            protos: contents.protos)
        let package = result.manifest.map {
            Package(path: path, digest: digest, size: size, manifest: $0, methods: result.methods, entries: entries)
        }
        return (package, result.diagnostics)
    }

    static func explained(_ error: ArchiveError, path: String) -> Diagnostic {
        let entry = error.entry.map { "\(Wording.path($0)): " } ?? ""
        let advice = switch error.kind {
        case .file: ""
        case .damaged: "A package is a gzip-compressed tar. Make it anew with `kreform krt pack`."
        case .path, .type, .duplicate:
            "A package holds regular files and folders with relative paths, each once. Make it anew with `kreform krt pack`."
        case .limit: "Such an archive is not read any further. Leave out what the version does not need."
        }
        let code = error.kind == .file ? "unreadable-package" : "refused-package"
        return Diagnostic(
            code: code, summary: "The package \(Wording.path(path)) cannot be read",
            detail: "\(entry)\(error.reason).\(advice.isEmpty ? "" : " " + advice)")
    }
}

/// What reading keeps of an archive.
private struct Contents {
    var entries: [PackageEntry] = []
    var manifests: [String: [UInt8]] = [:]
    var protos: [String: [UInt8]] = [:]

    init(_ reader: ArchiveReader, manifestLimit: Int, protoLimit: Int) throws(ArchiveError) {
        var held = 0
        while let entry = try reader.next() {
            guard entry.kind == .file else { continue }
            let isManifest = entry.path == "krt.yml" || entry.path == "krt.yaml"
            let limit = isManifest ? manifestLimit : entry.path.hasSuffix(".proto") ? protoLimit : 0
            var kept: [UInt8] = []
            var size = 0
            try reader.read { block in
                size += block.count
                if size <= limit { kept += block }
            }
            if limit > 0, size > limit {
                throw ArchiveError(.limit, "It has more than \(limit) bytes", entry: entry.path)
            }
            entries.append(PackageEntry(path: entry.path, size: size))
            held += kept.count
            guard held <= KRT.protosLimit + manifestLimit else {
                throw ArchiveError(
                    .limit, "The `.proto` files up to this one have more than \(KRT.protosLimit) bytes together", entry: entry.path)
            }
            if isManifest { manifests[entry.path] = kept } else if limit > 0 { protos[entry.path] = kept }
        }
    }
}
