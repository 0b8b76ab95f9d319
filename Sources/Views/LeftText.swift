import Model

/// What a plan leaves as it is: told field by field where the command said so, counted where the file does.
struct LeftText {
    private let plan: Plan
    private let style: Style
    private let full: Bool

    init(plan: Plan, style: Style, full: Bool) {
        self.plan = plan
        self.style = style
        self.full = full
    }

    var isEmpty: Bool { plan.left.isEmpty }

    /// - Parameter isAll: nothing else differs.
    func lines(isAll: Bool) -> [String] {
        let told = plan.left.filter { full || $0.source == .flag }
        let counted = plan.left.filter { !full && $0.source == .file }
        var lines: [String] = []
        if isAll {
            let word = style.green(style.bold("No changes."))
            lines.append(
                told.isEmpty
                    ? "\(word) Cluster \(plan.cluster.name) is as the files say, but for what they leave to others."
                    : "\(word) What differs in cluster \(plan.cluster.name) is left as it is:")
            if !told.isEmpty { lines.append("") }
        } else if !told.isEmpty {
            lines.append("  \(style.bold("Left as it is:"))")
        }
        for (index, left) in told.enumerated() {
            if isAll, index > 0 { lines.append("") }
            lines.append("     = \(left.address.short)" + (left.source == .file ? style.dim("  (`ignore` in the files)") : ""))
            let text = DifferenceText(style: style, full: full)
            lines += left.differences.flatMap(text.linesOfLeft)
        }
        if !counted.isEmpty {
            if !told.isEmpty { lines.append("") }
            let fields = Layout.count(counted.reduce(0) { $0 + $1.differences.count }, "field")
            lines.append(
                "\(isAll && told.isEmpty ? "" : "  ")"
                    + style.dim("\(fields) of \(Layout.count(counted.count, "object")) left to others by `ignore`; --full shows them."))
        }
        return lines
    }
}
