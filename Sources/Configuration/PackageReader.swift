import Model

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
