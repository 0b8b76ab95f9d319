import Configuration
import Digest
import FoundationEssentials
import Model
import Views

/// A folder of its own for one test, removed when the test ends.
final class TestFolder: Sendable {
    let path: String

    init(_ files: [(name: String, text: String)] = []) throws {
        path = FileManager.default.temporaryDirectory.appending(path: "kreform-\(UUID())").path()
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        for file in files { try write(file.text, to: file.name) }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ text: String, to name: String) throws {
        let file = URL(filePath: path + "/" + name)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.replacing("\\0", with: "\0", unless: name.hasSuffix("yaml")).utf8).write(to: file)
    }

    func load(_ inputs: Inputs = Inputs(), at name: String? = nil) async -> LoadedState {
        await LoadedState.load(
            at: name.map { path + "/" + $0 } ?? path, inputs: inputs, packages: .lines(from: path + "/"))
    }

    /// Diagnostics as people see them, with this folder's path left out.
    func text(_ diagnostics: [Diagnostic]) -> String {
        diagnostics.isEmpty
            ? ""
            : DiagnosticsText.render(
                diagnostics.map { $0.without(path + "/") }, style: Style(colored: false, width: 80))
    }
}

extension String {
    fileprivate func replacing(_ old: String, with new: String, unless skip: Bool) -> String {
        skip ? self : self.replacing(old, with: new)
    }
}

extension Diagnostic {
    fileprivate func without(_ folder: String) -> Diagnostic {
        func cut(_ text: String) -> String {
            text.replacing(folder, with: "").replacing("`\(folder.dropLast())`", with: "`.`")
        }
        return Diagnostic(
            severity, code: code, summary: cut(summary), detail: cut(detail),
            span: span.map { SourceSpan(file: cut($0.file), start: $0.start, end: $0.end) }, excerpt: excerpt,
            address: address)
    }
}

extension PackageReader {
    /// Packages as a few lines of text: `version: NAME`, `variables: A B`, `files: C`, `nodes: WORKFLOW/NODE …`, or
    /// `error: SUMMARY`.
    static func lines(from folder: String) -> PackageReader {
        .files { path in
            guard let data = try? Data(contentsOf: URL(filePath: path)) else { return Reading(package: nil) }
            var fields: [String: [String]] = [:]
            for line in String(decoding: data, as: UTF8.self).split(separator: "\n") {
                let words = line.split(separator: " ").map(String.init)
                fields[String(words[0].dropLast())] = Array(words.dropFirst())
            }
            if let words = fields["error"] {
                let fault = Diagnostic(code: "bad-package", summary: words.joined(separator: " "))
                return Reading(package: nil, diagnostics: [fault])
            }
            let manifest = PackageManifest(
                format: .v1, version: fields["version"]?.first ?? "", description: "A package",
                entrypoint: Entrypoint(proto: "public_input.proto", image: "kre-entrypoint:1"),
                variables: fields["variables"] ?? [], files: fields["files"] ?? [], workflows: workflows(fields["nodes"] ?? []))
            return Reading(
                package: Package(
                    path: path, digest: SHA256Digest(of: data), size: data.count, manifest: manifest,
                    methods: [], entries: []))
        }
    }

    /// In the order of their first node.
    private static func workflows(_ nodes: [String]) -> [Workflow] {
        var workflows: [(name: String, nodes: [Node])] = []
        for words in nodes.map({ $0.split(separator: "/").map(String.init) }) {
            let node = Node(name: words[1], image: "kre-py:1", src: "main.py", subscriptions: [.entrypoint])
            if let index = workflows.firstIndex(where: { $0.name == words[0] }) {
                workflows[index].nodes.append(node)
            } else {
                workflows.append((words[0], [node]))
            }
        }
        return workflows.map { name, nodes in
            Workflow(name: name, method: "Run", nodes: nodes, exitpoint: nodes.last?.name ?? "")
        }
    }
}
