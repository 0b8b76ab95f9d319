import Files
import Model
import Schema

/// Turns what the files say about runtimes into what is desired, with packages read and values filled in.
struct RuntimeResolution {
    let engine: String
    let packages: [String: PackageReader.Reading]
    let values: ConfigValues
    /// `defaults` of the file.
    let defaults: DeclaredWorkload?
    /// `rollout` of the file.
    let rollout: Rollout?

    func runtime(_ declared: DeclaredRuntime, _ report: inout Report) -> DesiredRuntime {
        var resolved: [(version: DeclaredVersion, desired: DesiredVersion)] = []
        var names: [String: DeclaredVersion] = [:]
        var taken: Set<String> = []
        var isComplete = true
        for version in declared.versions {
            let solution = packages[Self.path(of: version)]?.package
            if solution == nil { isComplete = false }
            guard let name = name(of: version, solution, in: declared, &report) else { continue }
            if let first = names[name] {
                reportDuplicate(name, version, first: first, in: declared, &report)
                continue
            }
            names[name] = version
            guard let solution else { continue }
            let address = EntityAddress.version(runtime: declared.name.value, name: name)
            let config = VersionConfig(
                version: version, runtime: declared, solution: solution, address: address
            ).entries(values, taken: &taken, &report)
            let workloads = WorkloadResolution(
                engine: defaults, runtime: declared, version: version, solution: solution, address: address)
            let desired = DesiredVersion(
                name: name, status: version.status?.value ?? .stopped, package: solution, config: config,
                workloads: workloads.resolved(&report), ignore: version.ignore, adopts: version.adopts, span: version.krt.span)
            resolved.append((version, desired))
        }
        reportPublished(in: declared, names: names, &report)
        if isComplete, !declared.versions.isEmpty { reportUnused(in: declared, taken: taken, &report) }
        return DesiredRuntime(
            name: declared.name.value, description: declared.description, protected: declared.protected,
            namespace: declared.namespace ?? ObjectNames.namespace(engine: engine, runtime: declared.name.value),
            stack: declared.stack, ingress: declared.ingress, isolation: declared.isolation,
            rollout: declared.rollout ?? rollout ?? .atOnce, ignore: declared.ignore, adopts: declared.adopts, versions: resolved.map(\.desired).sorted { $0.name < $1.name }, span: declared.name.span)
    }

    /// The package's path as this process finds it.
    static func path(of version: DeclaredVersion) -> String {
        FilePath.join(FilePath.folder(of: version.krt.span.file), version.krt.value)
    }

    /// The package's name for the version; without a package what the file asserts, so that duplicates are still found.
    private func name(
        of version: DeclaredVersion, _ solution: Package?, in runtime: DeclaredRuntime, _ report: inout Report
    ) -> String? {
        guard let solution else { return version.name?.value }
        let name = solution.manifest.version
        if let asserted = version.name, asserted.value != name {
            report.add(
                code: "version-name-mismatch",
                summary: "The package is version \(Wording.code(name)), not \(Wording.code(asserted.value))",
                detail: "\(Wording.path(version.krt.value)) says `version: \(name)`. Name another package, or correct "
                    + "or remove `name`.", at: asserted.span,
                address: .version(runtime: runtime.name.value, name: name))
        }
        return name
    }

    private func reportDuplicate(
        _ name: String, _ version: DeclaredVersion, first: DeclaredVersion, in runtime: DeclaredRuntime,
        _ report: inout Report
    ) {
        let same = Self.path(of: version) == Self.path(of: first)
        let detail = same
            ? "The same package is already listed at \(first.krt.span). Keep one of the two."
            : "\(Wording.path(first.krt.value)) at \(first.krt.span) has the same name. Versions are immutable: give "
                + "what changed a new `version` in its krt.yml, and pack it again."
        report.add(
            code: "duplicate-version",
            summary: "Version \(Wording.code(name)) is listed twice in runtime \(Wording.code(runtime.name.value))",
            detail: detail, at: version.krt.span, address: .version(runtime: runtime.name.value, name: name))
    }

    private func reportPublished(
        in runtime: DeclaredRuntime, names: [String: DeclaredVersion], _ report: inout Report
    ) {
        let published = runtime.versions.filter { $0.status?.value == .published }
        guard let first = published.first, let firstStatus = first.status else { return }
        func name(_ version: DeclaredVersion) -> String {
            Wording.code(names.first { $0.value.krt.span == version.krt.span }?.key ?? version.krt.value)
        }
        for version in published.dropFirst() {
            guard let status = version.status else { continue }
            report.add(
                code: "two-published",
                summary: "\(name(first)) and \(name(version)) are both published in runtime "
                    + Wording.code(runtime.name.value),
                detail: "One version of a runtime is published at a time; the other is published at "
                    + "\(firstStatus.span). Write `status: started` for the one to keep warm.", at: status.span,
                address: .runtime(runtime.name.value))
        }
    }

    /// Shared values that no version takes are legal, and most likely misspelt.
    private func reportUnused(in runtime: DeclaredRuntime, taken: Set<String>, _ report: inout Report) {
        let declared = runtime.versions.compactMap { packages[Self.path(of: $0)]?.package?.manifest }
            .flatMap { $0.variables + $0.files }
        for entry in runtime.config where !taken.contains(entry.name.value) {
            guard !declared.contains(entry.name.value) else { continue }
            let near = didYouMean(entry.name.value, among: Set(declared).sorted())
            report.add(
                .warning, code: "unused-config",
                summary: "No version of runtime \(Wording.code(runtime.name.value)) declares "
                    + Wording.code(entry.name.value),
                detail: near ?? "Remove it, or keep it for a version to come.", at: entry.name.span,
                address: .runtime(runtime.name.value))
        }
    }
}
