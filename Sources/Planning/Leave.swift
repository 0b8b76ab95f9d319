import Fields
import Model

/// An object, or a field of one, whose drift a plan leaves as it is (`--leave`).
package struct Leave: Sendable, Hashable {
    /// As it was given.
    package let text: String
    package let address: ResourceAddress
    /// Nil for every field that others own.
    package let field: FieldPattern?

    /// Reads `ADDRESS` and `ADDRESS#FIELD`, as plans print both, of objects that are wanted.
    package static func read(
        _ texts: [String], of desired: RenderedState
    ) -> (leaves: [Leave], diagnostics: [Diagnostic]) {
        guard !texts.isEmpty else { return ([], []) }
        let known = KnownObjects(desired.entities.lazy.flatMap(\.manifests).map(\.address))
        var leaves: [Leave] = []
        var diagnostics: [Diagnostic] = []
        for text in texts {
            let parts = text.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            do {
                let address = try known.find(parts[0], in: "the files").get()
                let field = parts.count > 1 ? try FieldPattern(parts[1]) : nil
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

    func matches(_ path: FieldPath) -> Bool { field?.matches(path) ?? true }
}

extension Diagnostic {
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
