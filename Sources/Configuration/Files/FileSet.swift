import Files
import Model
import Schema

/// The files that make up one state.
struct FileSet {
    /// The folder that the state belongs to.
    let folder: String
    /// Named as the user would: relative when the path given is.
    let files: [SourceText]

    private static let limit = 32 << 20

    /// Finds and reads the files at `path`: the file itself, or `kreform.yaml` and `*.kreform.yaml` (`.yml` too) of a
    /// folder, not of the folders in it.
    init(at path: String, _ diagnostics: inout [Diagnostic]) {
        let path = FilePath.tidied(path)
        var found: [String] = []
        var folder = path
        do throws(LocalFile.Failure) {
            if try LocalFile.kind(of: path) == .folder {
                let names = try LocalFile.names(in: path)
                found = names.filter(Self.isDesiredState).map { FilePath.join(path, $0) }
                if found.isEmpty { diagnostics.append(Self.nothing(in: path, names: names)) }
            } else {
                folder = FilePath.folder(of: path)
                found = [path]
            }
        } catch {
            diagnostics.append(Self.unreadable(path, error))
        }
        self.folder = folder
        var files: [SourceText] = []
        for name in found {
            do throws(LocalFile.Failure) {
                files.append(SourceText(name: name, bytes: try LocalFile.readRegular(name, limit: Self.limit)))
            } catch {
                diagnostics.append(Self.unreadable(name, error))
            }
        }
        self.files = files
    }

    static func isDesiredState(_ name: String) -> Bool {
        guard !name.hasPrefix(".") else { return false }
        return ["kreform.yaml", "kreform.yml"].contains { name == $0 || name.hasSuffix("." + $0) }
    }

    private static func nothing(in folder: String, names: [String]) -> Diagnostic {
        let others = names.filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }
        let mend: String
        if others.isEmpty {
            mend = "`kreform init` writes one to begin with."
        } else {
            let some = Wording.list(Array(others.prefix(5))) + (others.count > 5 ? ", …" : "")
            mend = "There \(others.count > 1 ? "are" : "is") \(some) here; name a file `NAME.kreform.yaml` to have it "
                + "read, or give its path."
        }
        return Diagnostic(
            code: "no-files", summary: "There is no desired-state file in \(Wording.path(folder))",
            detail: "In a folder `kreform.yaml` and `*.kreform.yaml` are read. \(mend)")
    }

    private static func unreadable(_ path: String, _ failure: LocalFile.Failure) -> Diagnostic {
        Diagnostic(
            code: failure.isAbsent ? "file-not-found" : "unreadable-file",
            summary: failure.isAbsent
                ? "There is no file or folder \(Wording.path(path))"
                : "\(Wording.path(path)) cannot be read: \(failure.reason)",
            detail: failure.isAbsent ? "Give the path of a desired-state file, or of a folder that has one." : "")
    }
}
