import Model

/// A plan as people read it: steps in the order in which they will run, each with its object changes beneath, field by field.
package struct PlanText: Sendable {
    private let plan: Plan
    private let style: Style
    /// Every field of objects that are created, too.
    private let full: Bool
    /// What other objects of the plan take the place of.
    private let superseded: Set<ResourceAddress>

    private init(plan: Plan, style: Style, full: Bool) {
        self.plan = plan
        superseded = Set(plan.changes.compactMap(\.inPlaceOf))
        self.style = style
        self.full = full
    }

    /// The whole plan, ending in its summary line.
    /// - Parameters:
    ///   - full: every field of a new object, too.
    ///   - isProvisional: the digits in names of Secrets are others when it is carried out.
    package static func render(_ plan: Plan, style: Style, full: Bool = false, isProvisional: Bool = false) -> String {
        let text = whole(plan, style: style, full: full)
        return isProvisional ? ProvisionalNames(plan).masking(text) : text
    }

    private static func whole(_ plan: Plan, style: Style, full: Bool) -> String {
        let text = PlanText(plan: plan, style: style, full: full)
        guard !plan.isEmpty else {
            let left = LeftText(plan: plan, style: style, full: full)
            guard left.isEmpty else { return left.lines(isAll: true).joined(separator: "\n") + "\n" }
            return style.green(style.bold("No changes.")) + " " + text.nothingToDo + "\n"
        }
        var lines = [style.bold(text.heading), ""]
        for step in plan.steps {
            lines += text.lines(for: step)
            lines.append("")
        }
        let left = LeftText(plan: plan, style: style, full: full)
        if !left.isEmpty { lines += left.lines(isAll: false) + [""] }
        lines.append(summary(of: plan, style: style))
        return lines.joined(separator: "\n") + "\n"
    }

    /// `Plan: 4 steps; objects: 12 to create, 1 to change, 0 to delete.`, and a line on packages that are to be uploaded.
    package static func summary(of plan: Plan, style: Style) -> String {
        let summary = plan.summary
        var parts = ["\(summary.create) to create", "\(summary.update) to change"]
        if summary.replace > 0 { parts.append("\(summary.replace) to replace") }
        parts.append("\(summary.delete) to delete")
        if summary.forget > 0 { parts.append("\(summary.forget) to forget") }
        let uploads = plan.uploads
        let packages = uploads.isEmpty ? "" : "\n\(style.bold("Packages:")) \(uploads.count) to upload, "
            + Layout.bytes(uploads.reduce(0) { $0 + $1.size }) + "."
        return "\(style.bold("Plan:")) \(Layout.count(plan.steps.count, "step")); objects: \(parts.joined(separator: ", ")).\(packages)"
    }

    private var nothingToDo: String {
        switch plan.mode {
        case .apply: "Cluster \(plan.cluster.name) is as the files say."
        case .destroy: "Nothing of engine \(plan.engine) is left in cluster \(plan.cluster.name)."
        case .adopt: "None of these objects in cluster \(plan.cluster.name) is somebody else's."
        case .forget: "The state has nothing of these."
        case .rotate: "Everything uses the credentials that were made last."
        }
    }

    private var heading: String {
        switch plan.mode {
        case .apply: "Kreform will bring cluster \(plan.cluster.name) to the desired state of engine \(plan.engine):"
        case .destroy: "Kreform will destroy what it made for engine \(plan.engine) in cluster \(plan.cluster.name):"
        case .adopt: "Kreform will take over objects in cluster \(plan.cluster.name) for engine \(plan.engine):"
        case .forget: "Kreform will let go of objects in cluster \(plan.cluster.name), which stay there:"
        case .rotate: "Kreform will make credentials anew in cluster \(plan.cluster.name) for engine \(plan.engine):"
        }
    }

    // MARK: Steps

    private func lines(for step: Step) -> [String] {
        let number = Layout.padded("\(step.id + 1).", to: "\(plan.steps.count).".count)
        let title = "\(number) \(StepWords.imperative(step))"
        let reasons = step.reasons.map(\.rawValue).joined(separator: ", ")
        let gap = style.width - 2 - title.count - reasons.count
        let heading = gap >= 2 || reasons.isEmpty
            ? ["  \(style.bold(title))\(String(repeating: " ", count: max(0, gap)))\(style.dim(reasons))"]
            : ["  \(style.bold(title))", "     \(style.dim(reasons))"]
        if let upload = step.upload { return heading + ["     \(style.green("↑")) \(UploadText.subject(upload, "the runtime's own store"))"] }
        let changes = plan.changes(of: step).filter { $0.action != .noOp || $0.inPlaceOf != nil }
        let share = step.canary.map { ["     \(style.dim(Self.words($0)))"] } ?? []
        if share.isEmpty, changes.isEmpty { return heading + ["     \(style.dim(noObjects(step)))"] }
        return heading + share + changes.flatMap { lines(for: $0, in: step) }
    }

    private func noObjects(_ step: Step) -> String {
        switch step.action {
        case .createVersion: "recorded as stopped; nothing runs in the cluster"
        case .unpublish where step.from == .started: "its calls have gone elsewhere by then; no object changes"
        case .unpublish: "the active entrypoint has moved already; no object changes"
        case .drain: step.drain.map(Self.words) ?? "no object changes"
        case .forget: "the state forgets it; it has no objects"
        default: "no object changes"
        }
    }

    private static func words(_ drain: Drain) -> String {
        let time = Layout.wholeSeconds(drain.seconds)
        guard let since = drain.since else { return "stays up for \(time) after the switch" }
        return "stays up for \(time) after the switch, which was at \(since)"
    }

    private static func words(_ canary: Canary) -> String {
        let time = "of all calls from outside for \(Layout.wholeSeconds(canary.seconds))"
        return canary.since.map { "\(time), which it has had since \($0)" } ?? "\(time); taken back if it fails"
    }

    private func lines(for change: Change, in step: Step) -> [String] {
        let note = note(for: change, in: step)
        let title = "     \(symbol(change.action)) \(change.address.short)"
        var lines = ["\(title)\(note.isEmpty ? "" : style.dim("  \(note)"))"]
        if full || change.action == .update || change.action == .replace || change.inPlaceOf != nil {
            lines += change.differences.flatMap { DifferenceText(style: style, full: full).lines(for: $0) }
        }
        return lines
    }

    /// What sets a change apart from the step it is in.
    private func note(for change: Change, in step: Step) -> String {
        var notes = change.reasons.filter { !step.reasons.contains($0) || step.reasons.count > 1 }.map(\.rawValue)
        if let deletion = change.deletion {
            notes.append(Self.words(deletion) + (change.action == .replace ? "; then created" : ""))
        } else if change.action == .replace {
            let why = change.differences.isEmpty ? "it is over, and has to run again" : "a field that cannot change differs"
            notes.append("deleted, then created: \(why)")
        }
        if change.reasons.contains(.adopt) { notes.append("taken over; keeps its uid") }
        if change.action == .forget, change.prior == nil { notes.append("gone already") }
        if let old = change.inPlaceOf {
            notes.append((change.action == .noOp ? "there already; " : "") + "in place of \(old.name)")
        }
        if change.action == .delete, superseded.contains(change.address) { notes.append("after the rollout") }
        return notes.isEmpty ? "" : "(\(notes.joined(separator: "; ")))"
    }

    private static func words(_ deletion: Change.Deletion) -> String {
        let names = deletion.finalizers.joined(separator: ", ")
        let what = deletion.finalizers.count == 1 ? "finalizer" : "finalizers"
        return "being deleted already, since \(deletion.since)" + (names.isEmpty ? "" : "; waits for \(what) \(names)")
    }

    private func symbol(_ action: Action) -> String {
        switch action {
        case .create: style.green("+")
        case .update: style.yellow("~")
        case .replace: style.red("-") + "/" + style.green("+")
        case .delete: style.red("-")
        case .forget: style.dim("×")
        case .noOp: "="
        }
    }
}
