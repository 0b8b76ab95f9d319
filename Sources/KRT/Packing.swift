import Archive
import FoundationEssentials
import Glibc
import Model
import Schema

extension KRT {
    /// Packs `folder` into `target`, once the result has proved sound; the same content makes the same bytes. Left out: `.git`,
    /// `__pycache__`, `.DS_Store`, `*.pyc` and `*.krt`. Folders of `target` are made. After a failure an older file at `target`
    /// is as it was.
    package static func pack(folder: String, to target: String) -> (package: Package?, diagnostics: [Diagnostic]) {
        var diagnostics: [Diagnostic] = []
        var files: [(path: String, source: String)] = []
        collect(folder, prefix: "", into: &files, &diagnostics)
        guard diagnostics.isEmpty else { return (nil, diagnostics) }
        let parent = target.lastIndex(of: "/").map { String(target[..<$0]) } ?? "."
        let draft = "\(target).\(getpid()).draft"
        defer { unlink(draft) }
        do {
            if !parent.isEmpty {
                try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
            }
            try ArchiveWriter.write(files, to: draft)
        } catch let error as ArchiveError {
            return (nil, [explained(error, path: target)])
        } catch {
            return (nil, [Diagnostic(
                code: "unwritable-folder", summary: "The folder \(Wording.path(parent)) cannot be made")])
        }
        return checked(draft: draft, folder: folder, target: target)
    }

    private static func checked(
        draft: String, folder: String, target: String
    ) -> (package: Package?, diagnostics: [Diagnostic]) {
        let (read, found) = read(path: draft)
        // Faults are in the folder's own files, and are shown there.
        let diagnostics = found.map { relocated($0, from: draft, to: folder) }
        guard let read, !diagnostics.hasErrors else { return (nil, diagnostics) }
        guard rename(draft, target) == 0 else {
            return (nil, [Diagnostic(
                code: "unwritable-package",
                summary: "\(Wording.path(target)) cannot be written: \(String(cString: strerror(errno)))")])
        }
        let package = Package(
            path: target, digest: read.digest, size: read.size, manifest: read.manifest, methods: read.methods,
            entries: read.entries)
        return (package, diagnostics)
    }

    private static func relocated(_ diagnostic: Diagnostic, from draft: String, to folder: String) -> Diagnostic {
        let span = diagnostic.span.map { span in
            let file = span.file.hasPrefix("\(draft):") ? "\(folder)/\(span.file.dropFirst(draft.count + 1))" : span.file
            return SourceSpan(file: file, start: span.start, end: span.end)
        }
        return Diagnostic(
            diagnostic.severity, code: diagnostic.code,
            summary: diagnostic.summary.replacing(Wording.path(draft), with: Wording.path(folder)),
            detail: diagnostic.detail, span: span, excerpt: diagnostic.excerpt, address: diagnostic.address)
    }

    private static func collect(
        _ folder: String, prefix: String, into files: inout [(path: String, source: String)],
        _ diagnostics: inout [Diagnostic]
    ) {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
            diagnostics.append(Diagnostic(
                code: "unreadable-folder", summary: "The folder \(Wording.path(folder)) cannot be read",
                detail: "Name the folder that has `krt.yml` at its root."))
            return
        }
        for name in names.sorted() where !isLeftOut(name) {
            let source = "\(folder)/\(name)"
            var status = stat()
            guard lstat(source, &status) == 0 else { continue }
            switch status.st_mode & 0o170000 {
            case 0o040000: collect(source, prefix: "\(prefix)\(name)/", into: &files, &diagnostics)
            case 0o100000: files.append(("\(prefix)\(name)", source))
            default:
                diagnostics.append(Diagnostic(
                    code: "refused-file", summary: "\(Wording.path(source)) is neither a file nor a folder",
                    detail: "A package holds no links or devices. Put the file itself there."))
            }
        }
    }

    private static func isLeftOut(_ name: String) -> Bool {
        [".git", "__pycache__", ".DS_Store"].contains(name) || name.hasSuffix(".pyc") || name.hasSuffix(".krt")
    }
}
