/// How much was checked.
package struct ValidationSummary: Sendable, Hashable {
    package let files: Int
    package let runtimes: Int
    package let versions: Int
    package let packages: Int

    package init(files: Int, runtimes: Int, versions: Int, packages: Int) {
        self.files = files
        self.runtimes = runtimes
        self.versions = versions
        self.packages = packages
    }
}
