import Digest
import JSON
import Model

extension Manifest {
    /// The keys of a Secret's `data` for which `content` holds a keyed digest and `secrets` has no value: those of a
    /// manifest that was read back from a saved plan. What is sent to a cluster must have none.
    package var missingSecrets: [String] {
        guard address.kind == "Secret", address.group.isEmpty, let data = content["data"]?.object else { return [] }
        // A colon is no base64: nothing else can look like it.
        return data.compactMap { name, value in
            value.string?.hasPrefix("hmac-sha256:") ?? false && secrets[name] == nil ? name : nil
        }.sorted()
    }
}

extension Plan {
    /// The plan with the sensitive values put back that a saved plan does not hold, taken from what the files render to
    /// now. Every one must have the digest that was approved: an error names each that is not there or has changed.
    /// With errors the plan must not be carried out.
    package func fillingSecrets(from rendered: RenderedState, key: DigestKey) -> PlanResult {
        var diagnostics: [Diagnostic] = []
        let wanted = changes.contains { !($0.manifest?.missingSecrets.isEmpty ?? true) } ? rendered.manifests : [:]
        // Another value may lead to another name.
        func current(_ manifest: Manifest) -> Manifest? {
            if let same = wanted[manifest.address] { return same }
            guard let base = manifest.baseName else { return nil }
            return wanted.values.first { $0.address.isBeside(manifest.address) && $0.baseName == base }
        }
        let filled = changes.map { change -> Change in
            guard let manifest = change.manifest, !manifest.missingSecrets.isEmpty else { return change }
            var secrets = manifest.secrets
            for name in manifest.missingSecrets {
                let sealed = manifest.content["data"]?[name]?.string
                let value = current(manifest)?.secrets[name]
                if let value, value.sealed(with: key) == sealed {
                    secrets[name] = value
                } else {
                    diagnostics.append(
                        .sensitiveValueChanged(change, name, isGone: value == nil))
                }
            }
            return change.with(
                Manifest(
                    sealed: manifest.content, secrets: secrets, generated: manifest.generated, renewed: manifest.renewed,
                    dependsOn: manifest.dependsOn))
        }
        let plan = Plan(
            mode: mode, engine: engine, cluster: cluster, lineage: lineage, serial: serial, steps: steps,
            changes: filled, left: left)
        return PlanResult(plan: plan, diagnostics: diagnostics.sorted())
    }
}

extension RenderedState {
    /// All objects by address; of two with one address the first.
    fileprivate var manifests: [ResourceAddress: Manifest] {
        Dictionary(entities.lazy.flatMap(\.manifests).map { ($0.address, $0) }, uniquingKeysWith: { first, _ in first })
    }
}

extension Change {
    fileprivate func with(_ manifest: Manifest) -> Change {
        Change(
            id: id, action: action, address: address, apiVersion: apiVersion, entity: entity, manifest: manifest,
            prior: prior, left: left, differences: action == .create && inPlaceOf == nil ? [] : differences,
            reasons: reasons, predecessors: predecessors, unchecked: unchecked, deletion: deletion, inPlaceOf: inPlaceOf,
            follows: follows)
    }
}

extension Diagnostic {
    fileprivate static func sensitiveValueChanged(_ change: Change, _ name: String, isGone: Bool) -> Diagnostic {
        Diagnostic(
            code: "sensitive-value-changed",
            summary: isGone
                ? "The files no longer give the sensitive value \(name) of \(change.entity)"
                : "The sensitive value \(name) of \(change.entity) is not the one that was planned",
            detail:
                "A saved plan holds no sensitive values: it needs the same ones again. Give it the value as it was, or "
                + "plan again.",
            address: "\(change.address)")
    }
}
