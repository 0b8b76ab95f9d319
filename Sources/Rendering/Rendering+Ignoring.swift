import Digest
import Fields
import Model

extension Rendering {
    /// Entries of `ignore` that have no effect: no object has such a kind or name, or none of them sets such a field.
    /// Warnings, sorted. Versions count as if they ran, and one of them as published.
    package static func unusedIgnores(_ desired: DesiredState) -> [Diagnostic] {
        var zeroes = Zeroes()
        let keys = StateKeys(own: DigestKey(using: &zeroes))
        return desired.runtimes.flatMap { runtime -> [Diagnostic] in
            guard !runtime.ignore.isEmpty || runtime.versions.contains(where: { !$0.ignore.isEmpty }) else { return [] }
            let scope = RuntimeScope(desired: desired, runtime: runtime, keys: keys)
            let kind = RuntimeKinds.kind(of: runtime)
            let versions = runtime.versions.map { ($0, kind.version(scope, $0)) }
            let publication = (runtime.published ?? runtime.versions.first).map { version in
                kind.publication(scope, version) + (kind.canary(scope, version)?.stages.first?.routes.map(\.manifest) ?? [])
            } ?? []
            let all = kind.runtime(scope) + versions.flatMap(\.1) + publication
            let own = versions.flatMap { version, manifests in
                version.ignore.flatMap {
                    unused($0, among: manifests, of: .version(runtime: runtime.name, name: version.name))
                }
            }
            return own + runtime.ignore.flatMap { unused($0, among: all, of: .runtime(runtime.name)) }
        }.sorted()
    }

    private static func unused(_ rule: IgnoreRule, among manifests: [Manifest], of entity: EntityAddress) -> [Diagnostic] {
        let address = "\(entity)"
        let ofKind = manifests.filter { rule.kind.matches($0.address.kind) }
        guard !ofKind.isEmpty else {
            let near = nearest(to: "\(rule.kind)", among: Set(manifests.map(\.address.kind)).sorted())
            return [
                Diagnostic(
                    .warning, code: "unused-ignore", summary: "\(entity) has no object of the kind `\(rule.kind)`",
                    detail: near.map { "Did you mean `\($0)`?" } ?? "The entry of `ignore` has no effect.", span: rule.span,
                    address: address)
            ]
        }
        let concerned = ofKind.filter { $0.mayBear(rule.name) }
        guard !concerned.isEmpty else {
            // What follows from the content is not to be written into a file.
            let names = Set(ofKind.map { manifest in manifest.baseName.map { "\($0)-*" } ?? manifest.address.name }).sorted()
            let known = names.prefix(8).map { "`\($0)`" }.joined(separator: ", ") + (names.count > 8 ? ", …" : "")
            return [
                Diagnostic(
                    .warning, code: "unused-ignore", summary: "\(entity) has no object of the name `\(rule.name)`",
                    detail: nearest(to: "\(rule.name)", among: names).map { "Did you mean `\($0)`?" } ?? "There is \(known).",
                    span: rule.span, address: address)
            ]
        }
        let paths = concerned.flatMap { manifest in
            toldFields(of: manifest.content, schema: MergeSchema(apiVersion: manifest.apiVersion, kind: manifest.address.kind))
        }
        return rule.fields.filter { field in !paths.contains(where: field.matches) }.map { field in
            let near = nearest(to: "\(field)", among: Set(paths.map(\.description)).sorted())
            return Diagnostic(
                .warning, code: "unused-ignore", summary: "Kreform does not set `\(field)`",
                detail: near.map { "Did you mean `\($0)`?" }
                    ?? "What Kreform does not set is left to others anyway: the entry of `ignore` has no effect.",
                span: rule.span, address: address)
        }
    }
}

extension Manifest {
    /// Whether the pattern matches the object's name, or would with other digits at its end: those of a Secret are under the state's
    /// key.
    fileprivate func mayBear(_ pattern: NamePattern) -> Bool {
        guard let baseName else { return pattern.matches(address.name) }
        let stem = "\(baseName)-"
        let isName = pattern.description.hasPrefix(stem) && pattern.description.utf8.count == address.name.utf8.count
        return isName || pattern.matches(address.name)
    }
}
