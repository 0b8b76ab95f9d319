import Model
import Schema

/// The values of one version: its own before its runtime's, one for each name that its package declares.
struct VersionConfig {
    let version: DeclaredVersion
    let runtime: DeclaredRuntime
    let solution: Package
    let address: EntityAddress

    private var declared: [String] { solution.manifest.variables + solution.manifest.files }

    /// Sorted by name. Adds to `taken` the names that come from the runtime.
    func entries(_ values: ConfigValues, taken: inout Set<String>, _ report: inout Report) -> [ConfigEntry] {
        let names = Set(declared)
        let own = Dictionary(version.config.map { ($0.name.value, $0) }, uniquingKeysWith: { first, _ in first })
        let shared = Dictionary(runtime.config.map { ($0.name.value, $0) }, uniquingKeysWith: { first, _ in first })
        taken.formUnion(shared.keys.filter(names.contains))
        let missing = declared.filter { own[$0] == nil && shared[$0] == nil }
        let meant = reportUnknown(names: names, missing: missing, &report)
        reportMissing(missing.filter { !meant.contains($0) }, &report)
        return names.sorted().compactMap { name in
            guard let entry = own[name] ?? shared[name] else { return nil }
            return values.value(of: entry, &report).map { ConfigEntry(name: name, value: $0) }
        }
    }

    /// Reports names that the package does not declare, and returns those that were probably meant.
    private func reportUnknown(names: Set<String>, missing: [String], _ report: inout Report) -> Set<String> {
        var meant: Set<String> = []
        for entry in version.config where !names.contains(entry.name.value) {
            let near = nearest(to: entry.name.value, among: missing)
                ?? nearest(to: entry.name.value, among: names.sorted())
            if let near { meant.insert(near) }
            let known = names.isEmpty
                ? "The package declares no configuration."
                : "The package declares \(Wording.list(Array(declared.prefix(12))))"
                    + (declared.count > 12 ? ", …" : ".")
            report.add(
                code: "unknown-config",
                summary: "\(Wording.code(solution.manifest.version)) declares no variable or file "
                    + Wording.code(entry.name.value),
                detail: near.map { "Did you mean \(Wording.code($0))?" } ?? known, at: entry.name.span,
                address: address)
        }
        return meant
    }

    private func reportMissing(_ names: [String], _ report: inout Report) {
        guard !names.isEmpty else { return }
        let them = names.count > 1 ? "them" : "it"
        report.add(
            code: "missing-config",
            summary: "\(Wording.code(solution.manifest.version)) lacks \(names.count > 1 ? "values" : "a value") for "
                + Wording.list(names),
            detail: "The package declares \(them). Write \(them) under `config` of the version, or of the runtime for "
                + "all its versions.",
            at: version.krt.span, address: address)
    }
}
