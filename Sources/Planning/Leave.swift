import Fields
import JSON
import Model

/// An object, or a field of one, whose drift a plan leaves as it is (`--leave`).
package struct Leave: Sendable, Hashable {
    /// As it was given.
    package let text: String
    package let address: ResourceAddress
    /// Nil for every field that others changed.
    package let field: FieldPattern?

    /// Reads `ADDRESS` and `ADDRESS#FIELD`, as plans print both, of objects that are wanted. A field that an object does not have is
    /// an error that names those meant.
    package static func read(
        _ texts: [String], of desired: RenderedState
    ) -> (leaves: [Leave], diagnostics: [Diagnostic]) {
        guard !texts.isEmpty else { return ([], []) }
        let manifests = Dictionary(
            desired.entities.lazy.flatMap { $0.manifests + $0.canaryOnly }.map { ($0.address, $0) },
            uniquingKeysWith: { first, _ in first })
        let known = KnownObjects(manifests.keys)
        var leaves: [Leave] = []
        var diagnostics: [Diagnostic] = []
        for text in texts {
            let parts = text.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            do {
                let address = try known.find(parts[0], in: "the files").get()
                let field = parts.count > 1 ? try FieldPattern(parts[1]) : nil
                if let field, let manifest = manifests[address] { try check(field, of: manifest) }
                leaves.append(Leave(text: text, address: address, field: field))
            } catch let diagnostic as Diagnostic {
                diagnostics.append(diagnostic)
            } catch let fault as FieldPattern.Fault {
                diagnostics.append(Diagnostic(
                    code: "bad-field", summary: "`\(parts[1])` in --leave is not a field", detail: "\(fault.reason).".capitalised,
                    address: parts[0]))
            } catch {}
        }
        return (leaves, diagnostics)
    }

    private static func check(_ field: FieldPattern, of manifest: Manifest) throws {
        let content = manifest.content
        let told = toldFields(of: content, schema: MergeSchema(of: content))
        // A map that changes as one can have members that only the cluster knows of.
        let isKnown = told.contains { path in
            field.matches(path) || field.mayBeMember(of: path) && value(at: path, in: content)?.object != nil
        }
        if !isKnown { throw Diagnostic.unknownField(field, of: manifest.address, told) }
    }

    func matches(_ path: FieldPath) -> Bool { field?.matches(path) ?? true }
}

extension Diagnostic {
    /// `told` are the fields that the object has in the files.
    fileprivate static func unknownField(
        _ field: FieldPattern, of address: ResourceAddress, _ told: [FieldPath]
    ) -> Diagnostic {
        let near = nearest(to: "\(field)", among: told.lazy.map(\.description)).map { "Did you mean `\($0)`?" }
        let reach = told.map(field.reach).max() ?? 0
        let close = told.filter { field.reach($0) == reach }.map(\.description)
        let shown = close.prefix(6).map { "`\($0)`" }.joined(separator: ", ") + (close.count > 6 ? ", …" : "")
        return Diagnostic(
            code: "unknown-field", summary: "Kreform sets no \(field) of \(address)",
            detail: near ?? "Fields are written as plans print them. \(reach == 0 ? "It sets" : "Next to it there is") \(shown).",
            address: "\(address)")
    }

    /// Nothing of what `--leave` names has drifted. `drifted` is what has.
    static func nothingToLeave(_ leave: Leave, _ left: LeftDrift?, drifted: [ResourceAddress]) -> Diagnostic {
        if let field = leave.field, let left {
            let paths = left.differences.map { "\($0.path)" }
            let near = nearest(to: "\(field)", among: paths).map { "Did you mean `\($0)`?" }
            return Diagnostic(
                code: "nothing-to-leave", summary: "\(field) of \(leave.address) has not drifted",
                detail: near ?? "What has drifted there: \(paths.joined(separator: ", ")).", address: "\(leave.address)")
        }
        return Diagnostic(
            code: "nothing-to-leave",
            summary: "\(leave.field.map { "\($0) of " } ?? "")\(leave.address) has no drift that could be left as it is",
            detail: drifted.isEmpty
                ? "Nothing has drifted: run the same command without --leave."
                : "What has drifted: \(KnownObjects.listed(drifted)).",
            address: "\(leave.address)")
    }
}

extension String {
    fileprivate var capitalised: String { prefix(1).uppercased() + dropFirst() }
}
