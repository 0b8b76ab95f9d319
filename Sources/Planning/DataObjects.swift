import JSON
import Model

/// Objects that data would go with. Rules for what is recorded; `ObjectComparison.holdsData` has those for what is live.
extension ObjectRecord {
    /// A StatefulSet whose pods have volumes of their own. Kubernetes keeps their claims when it is deleted.
    package var hasClaimTemplates: Bool {
        address.kind == "StatefulSet" && address.group == "apps"
            && !(applied["spec"]?["volumeClaimTemplates"]?.array ?? []).isEmpty
    }

    /// Volumes, and what was made once for what is in them: nothing but the end of their runtime takes them away.
    var needsRuntimesEnd: Bool { isClaim || hasGeneratedValues }

    package var isClaim: Bool { address.kind == "PersistentVolumeClaim" && address.group.isEmpty }

    private var hasGeneratedValues: Bool {
        address.kind == "Secret" && address.group.isEmpty
            && (applied["data"]?.object ?? [:]).contains { $0.value.string == Manifest.generatedMark }
            && applied.annotation(ObjectAnnotations.rotation) == nil
    }
}

extension Diagnostic {
    static func dataKept(_ runtime: String, _ kept: [ResourceAddress], volumesOf sets: [ResourceAddress]) -> Diagnostic {
        let names = sets.map { "the volumes of \($0.short)" } + kept.map(\.short)
        return Diagnostic(
            .warning, code: "data-kept",
            summary: "Data of runtime \(runtime) is kept, though the file no longer asks for what wrote it",
            detail: """
                Kept: \(names.joined(separator: ", ")). All of it goes with the runtime, and is used again when the file asks for the \
                same once more.
                """,
            address: "\(EntityAddress.runtime(runtime))")
    }
}
