import Configuration
import FoundationEssentials
import KRT
import Model

/// What is done with packages and folders alone.
extension Engine {
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
}
