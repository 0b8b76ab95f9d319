import Configuration
import FoundationEssentials
import JSON
import KRT
import Model
import Rendering

/// What the command can be asked to do with files and packages, each in a few lines that wire rooms together.
package struct Engine: Sendable {
    private let path: String
    private let inputs: Inputs

    /// `path` is a desired-state file or the folder it is in; `variables` are `NAME=VALUE`, which win over `variableFiles`.
    package init(
        path: String, variables: [String], variableFiles: [String], environment: [String: String]
    ) throws(EngineFailure) {
        self.path = path
        var assignments = variableFiles.map { Inputs.Assignment.file(path: $0) }
        var diagnostics: [Diagnostic] = []
        for variable in variables {
            do throws(Diagnostic) { assignments.append(try Inputs.Assignment(variable: variable)) } catch { diagnostics.append(error) }
        }
        guard diagnostics.isEmpty else { throw EngineFailure(diagnostics) }
        inputs = Inputs(assignments: assignments, environment: environment)
    }

    /// Reads the files and every package they name, and reports all problems.
    package func validate() async -> (summary: ValidationSummary, diagnostics: [Diagnostic]) {
        let loaded = await LoadedState.load(at: path, inputs: inputs, packages: Self.packages)
        var diagnostics = loaded.diagnostics
        if let desired = loaded.desired { diagnostics += loaded.explained(Rendering.limits(desired)) }
        let versions = loaded.desired?.runtimes.flatMap(\.versions) ?? []
        let summary = ValidationSummary(
            files: loaded.files.count, runtimes: loaded.desired?.runtimes.count ?? 0, versions: versions.count,
            packages: Set(versions.map(\.solution.digest)).count)
        return (summary, diagnostics.sorted())
    }

    /// A package as `krt inspect` and `krt verify` see it; nil when it has errors.
    package static func readPackage(at path: String) -> (package: Package?, diagnostics: [Diagnostic]) {
        KRT.read(path: path)
    }

    /// Packs a folder; without `target` into the folder's own name beside the current one.
    package static func pack(folder: String, to target: String) -> (package: Package?, diagnostics: [Diagnostic]) {
        KRT.pack(folder: folder, to: target)
    }

    /// Writes the commented starter file and a `.gitignore` for the state. Files that are there already are never touched:
    /// a desired-state file is an error, a `.gitignore` is left as it is. Returns the paths written.
    package static func initialize(folder: String) throws(EngineFailure) -> [String] {
        let files = FileManager.default
        let start = folder == "." ? StarterFile.name : "\(folder)/\(StarterFile.name)"
        guard !files.fileExists(atPath: start) else {
            throw EngineFailure([Diagnostic(
                code: "file-exists", summary: "There is a \(start) already", detail: "Nothing was written.")])
        }
        let ignore = folder == "." ? ".gitignore" : "\(folder)/.gitignore"
        let name = StarterFile.engineName(forFolder: folder == "." ? files.currentDirectoryPath : folder)
        do {
            try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try Data(StarterFile.text(engine: name).utf8).write(to: URL(filePath: start), options: .withoutOverwriting)
            guard !files.fileExists(atPath: ignore) else { return [start] }
            try Data(StarterFile.gitignore.utf8).write(to: URL(filePath: ignore), options: .withoutOverwriting)
        } catch {
            throw EngineFailure([Diagnostic(
                code: "unwritable-folder", summary: "The folder \(folder) cannot be written to",
                detail: "Check that it is a folder of yours and that the disk is not full.")])
        }
        return [start, ignore]
    }

    /// The JSON Schema of the desired-state file.
    package static var desiredStateSchema: JSONValue { LoadedState.jsonSchema }

    private static let packages = PackageReader.files { path in
        let (package, diagnostics) = KRT.read(path: path)
        return PackageReader.Reading(package: package, diagnostics: diagnostics)
    }
}

/// A use case that could not be carried out, with every reason.
package struct EngineFailure: Error, Sendable, Hashable {
    package let diagnostics: [Diagnostic]

    package init(_ diagnostics: [Diagnostic]) { self.diagnostics = diagnostics }
}
