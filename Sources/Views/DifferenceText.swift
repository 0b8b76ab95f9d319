import Fields
import JSON
import Model

/// A field of a plan's change: `path: old → new`, on as many lines as the width needs.
struct DifferenceText {
    let style: Style
    /// Long values whole.
    let full: Bool

    private let indent = "         "

    func lines(for difference: Difference) -> [String] {
        var lines = parts(of: difference).flatMap { value($0, from: $1, to: $2) }
        switch difference.cause {
        case .file: break
        case .drift(let manager, let time):
            lines.append("\(indent)  \(style.dim("drifted: \(account(difference, manager, time))"))")
        case .adoption(let manager, let time):
            guard manager != nil, difference.old != .absent else { break }
            lines.append("\(indent)  \(style.dim(account(difference, manager, time)))")
        }
        return lines
    }

    /// A field that is left as it is: what it is, what the files say, and who set it.
    func linesOfLeft(_ difference: Difference) -> [String] {
        let live = shown(difference.old)
        let wanted = difference.new == .kept ? "(not the one that Kreform made)" : "(the files say \(shown(difference.new)))"
        var lines = set(difference.path, [live, style.dim(wanted)], plain: "\(live) \(wanted)")
        switch difference.cause {
        case .drift(let manager, let time), .adoption(let manager, let time):
            lines.append("\(indent)  \(style.dim(account(difference, manager, time)))")
        case .file: break
        }
        return lines
    }

    /// `set by kubectl-edit at 2026-05-30T18:04:05Z`.
    private func account(_ difference: Difference, _ manager: String?, _ time: String?) -> String {
        let who = manager.map { " by \($0)" } ?? ""
        let when = time.map { " at \($0)" } ?? ""
        if manager == nil, time == nil, difference.old != .absent { return "set; the cluster does not say by whom" }
        return "\(difference.old == .absent ? "removed" : "set")\(who)\(when)"
    }

    /// A map that changes as one is told by those of its members that differ.
    private func parts(of difference: Difference) -> [(path: FieldPath, old: Difference.Shown, new: Difference.Shown)] {
        guard case (.value(.object(let old)), .value(.object(let new))) = (difference.old, difference.new) else {
            return [(difference.path, difference.old, difference.new)]
        }
        return Set(old.keys).union(new.keys).sorted().filter { old[$0] != new[$0] }.map { key in
            (difference.path.appending(key), old[key].map { .value($0) } ?? .absent, new[key].map { .value($0) } ?? .absent)
        }
    }

    private func value(_ path: FieldPath, from old: Difference.Shown, to new: Difference.Shown) -> [String] {
        let arrow = style.yellow("→")
        let before = shown(old), after = shown(new)
        switch (old, new) {
        case (.absent, _): return set(path, [after], plain: after)
        case (_, .absent): return set(path, ["\(before) \(style.red("→ (removed)"))"], plain: "\(before) → (removed)")
        case (_, .kept):
            return set(path, ["(sensitive value, changed; taken as it is)"], plain: "(sensitive value, changed; taken as it is)")
        case (.sensitive, .sensitive): return set(path, ["(sensitive value, changed)"], plain: "(sensitive value, changed)")
        default: return set(path, [before, "\(arrow) \(after)"], plain: "\(before) → \(after)")
        }
    }

    /// All on one line, or the value on the next one, or each side on its own.
    private func set(_ path: FieldPath, _ sides: [String], plain: String) -> [String] {
        let name = "\(path)"
        let together = sides.joined(separator: " ")
        if indent.count + name.count + 2 + plain.count <= style.width {
            return ["\(indent)\(style.blue(name)): \(together)"]
        }
        let inner = indent + "  "
        let values = inner.count + plain.count <= style.width ? [together] : sides
        return ["\(indent)\(style.blue(name)):"] + values.map { inner + $0 }
    }

    private func shown(_ side: Difference.Shown) -> String {
        switch side {
        case .absent: "(absent)"
        case .sensitive, .kept: "(sensitive value)"
        case .knownAfterApply: "(known after apply)"
        case .value(.string(let text)) where text.hasPrefix("sha256:") && text.count == 71 && !full: String(text.prefix(19))
        case .value(.string(let text)) where text.count > 60 && !full: "\"\(firstLine(text))…\" (\(text.count) characters)"
        case .value(let value): value.encoded()
        }
    }

    private func firstLine(_ text: String) -> String {
        let line = text.split(separator: "\n", maxSplits: 1).first ?? ""
        return String(line.prefix(32))
    }
}
