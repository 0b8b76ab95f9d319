import Files
import Model
import Schema

/// Reads packages: KRT's reader, or another in tests.
package struct PackageReader: Sendable {
    /// What came of reading one package. Diagnostics without a place are about the file as a whole.
    package struct Reading: Sendable {
        package let package: Package?
        package let diagnostics: [Diagnostic]

        package init(package: Package?, diagnostics: [Diagnostic] = []) {
            self.package = package
            self.diagnostics = diagnostics
        }
    }

    private let read: @Sendable (String) -> Reading

    package init(_ read: @escaping @Sendable (String) -> Reading) { self.read = read }

    /// Reads each path once, as many at a time as there are processors.
    func packages(at paths: Set<String>) async -> [String: Reading] {
        await withTaskGroup(of: (String, Reading).self) { group in
            for path in paths.sorted() { group.addTask { [read] in (path, read(path)) } }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
    }
}

extension PackageReader {
    /// Packages that are files: says what is wrong with a path before `read` is asked.
    package static func files(_ read: @escaping @Sendable (String) -> Reading) -> PackageReader {
        PackageReader { path in fault(of: path).map { Reading(package: nil, diagnostics: [$0]) } ?? read(path) }
    }

    private static func fault(of path: String) -> Diagnostic? {
        let shown = Wording.path(path)
        do throws(LocalFile.Failure) {
            switch try LocalFile.kind(of: path) {
            case .file: return nil
            case .folder:
                return Diagnostic(
                    code: "package-is-folder", summary: "\(shown) is a folder, not a package",
                    detail: "Pack it with `kreform krt pack \(path)` and name the file that this makes.")
            case .other:
                return Diagnostic(
                    code: "unreadable-package", summary: "\(shown) is not a regular file",
                    detail: "Name a `.krt` file.")
            }
        } catch {
            guard error.isAbsent else {
                return Diagnostic(
                    code: "unreadable-package", summary: "The package \(shown) cannot be read: \(error.reason)")
            }
            let near = LocalFile.near(path).map { "Did you mean \(Wording.path($0))? " } ?? ""
            return Diagnostic(
                code: "package-not-found", summary: "There is no package \(shown)",
                detail: "\(near)The path is relative to the file that names it. `kreform krt pack` makes a package "
                    + "from a folder.")
        }
    }
}
