import Model

/// An apply as it happens: takes its events and says what to print. On a terminal `frame` is redrawn below the lines printed so
/// far, which tell only what is over; elsewhere the lines are all there is.
package struct ApplyProgress: Sendable {
    private let plan: Plan
    private let style: Style
    /// Changes that run now, in the order they started, with what they wait for.
    private var running: [(id: Change.ID, since: Double, waiting: String)] = []
    private var uploads: [UploadText] = []
    /// Steps that let time pass, and when that is over.
    private var draining: [(step: Step.ID, until: Double)] = []
    private var settled = 0
    private let hasFrame: Bool
    /// Objects of more than one namespace: their names alone may not tell them apart.
    private let isWide: Bool

    /// - Parameter hasFrame: `frame` is drawn.
    package init(plan: Plan, style: Style, hasFrame: Bool = false) {
        self.plan = plan
        self.style = style
        self.hasFrame = hasFrame
        isWide = Set(plan.changes.compactMap(\.address.namespace)).count > 1
    }

    /// Takes an event in. Returns the lines to print for good; most events have one.
    package mutating func take(_ event: ApplyEvent) -> [String] {
        if let line = takeUpload(event) { return line.isEmpty ? [] : ["\(style.dim(clock(event.elapsed))) \(line)"] }
        switch event.kind {
        case .changeStarted(let id): running.append((id, event.elapsed, ""))
        case .changeWaiting(let id, let reason): setWaiting(id, reason)
        case .changeRetrying(let id, _, let reason): setWaiting(id, reason)
        case .stepWaiting(let id, let seconds): draining.append((id, event.elapsed + seconds))
        case .stepFinished(let id, _), .stepNotFinished(let id), .stepFailed(let id, _): draining.removeAll { $0.step == id }
        case .changeFinished(let id, _), .changeFailed(let id, _), .changeSkipped(let id, _), .changeSkippedForStep(let id, _):
            running.removeAll { $0.id == id }
            settled += 1
        default: break
        }
        return words(for: event.kind).map { "\(style.dim(clock(event.elapsed))) \($0)" }
    }

    /// The line for an event of an upload, empty for none; nil for other events. A terminal has a bar instead; elsewhere there is a
    /// line each ten seconds.
    private mutating func takeUpload(_ event: ApplyEvent) -> String? {
        switch event.kind {
        case .stepStarted(let id):
            guard let upload = plan.steps[id].upload else { return nil }
            uploads.append(UploadText(step: id, name: StepWords.name(of: plan.steps[id].entity), upload, since: event.elapsed))
            return hasFrame ? "" : "\(style.bold(step(id))): \(UploadText.subject(upload))"
        case .uploadProgress(let id, let progress):
            guard let index = uploads.firstIndex(where: { $0.step == id }) else { return "" }
            return uploads[index].take(progress, at: event.elapsed) && !hasFrame ? "  \(uploads[index].line(at: event.elapsed))" : ""
        case .uploadFailed(let id, let diagnostic):
            uploads.removeAll { $0.step == id }
            return "  upload of \(StepWords.name(of: plan.steps[id].entity)): \(style.red("failed")): \(diagnostic.summary)"
        case .stepFinished(let id, _), .stepNotFinished(let id):
            uploads.removeAll { $0.step == id }
            return nil
        default: return nil
        }
    }

    /// What runs now, at most `height` lines, each within the style's width. `now` is in seconds since the run began.
    package func frame(now: Double, height: Int) -> [String] {
        guard !running.isEmpty || !uploads.isEmpty || !draining.isEmpty else { return [] }
        let head = "\(clock(now)) \(settled) of \(Layout.count(plan.changes.count, "change")) settled, \(running.count + uploads.count + draining.count) running"
        let drains = draining.prefix(max(1, height / 4)).map { entry in
            let step = plan.steps[entry.step], name = StepWords.name(of: step.entity)
            let what = step.canary.map { "\(name) has \($0.weight)% of the calls" } ?? "draining \(name)"
            let text = "  \(what): \(Layout.seconds(max(0, entry.until - now))) left"
            return String(text.prefix(style.width))
        }
        let bars = uploads.prefix(max(1, height / 2)).map { "  \($0.bar(at: now, width: style.width - 2))" } + drains
        let room = max(1, height - 2 - bars.count)
        var lines = bars + running.prefix(room).map { entry -> String in
            let change = plan.changes[entry.id]
            let waiting = entry.waiting.isEmpty ? "" : ": \(entry.waiting)"
            let text = "  \(StepWords.progressive(change.action)) \(name(entry.id))\(waiting)"
            let time = " \(Layout.seconds(max(0, now - entry.since)))"
            return String(text.prefix(style.width - time.count)) + style.dim(time)
        }
        if running.count > room { lines.append("  and \(running.count - room) more") }
        return [style.bold(head)] + lines
    }

    private mutating func setWaiting(_ id: Change.ID, _ reason: String) {
        guard let index = running.firstIndex(where: { $0.id == id }) else { return }
        running[index].waiting = reason
    }

    private func clock(_ elapsed: Double) -> String {
        let text = Layout.seconds(elapsed)
        return String(repeating: " ", count: max(0, 6 - text.count)) + text
    }

    private func name(_ id: Change.ID) -> String {
        let address = plan.changes[id].address
        guard isWide, let namespace = address.namespace else { return address.short }
        return "\(address.kind) \(namespace)/\(address.name)"
    }

    /// What the frame shows, and checks that find what they should.
    private func isQuiet(_ kind: ApplyEvent.Kind) -> Bool {
        switch kind {
        case .stepStarted: hasFrame
        case .changeStarted(let id), .changeWaiting(let id, _): hasFrame || plan.changes[id].action == .noOp
        case .changeFinished(let id, _): plan.changes[id].action == .noOp
        default: false
        }
    }

    private func words(for kind: ApplyEvent.Kind) -> [String] {
        if isQuiet(kind) { return [] }
        switch kind {
        case .runStarted, .changeAccepted, .runFinished: return []
        case .stepStarted(let id): return ["\(style.bold(step(id)))"]
        case .changeStarted(let id):
            return ["  \(name(id)): \(StepWords.progressive(plan.changes[id].action))"]
        case .changeWaiting(let id, let reason): return ["  \(name(id)): waiting: \(reason)"]
        case .changeRetrying(let id, let delay, let reason):
            return ["  \(name(id)): trying again in \(Layout.seconds(delay)): \(reason)"]
        case .changeFinished(let id, let took):
            let word = style.green(StepWords.past(plan.changes[id].action))
            return ["  \(name(id)): \(word) after \(Layout.seconds(took))"]
        case .changeFailed(let id, let diagnostic):
            return ["  \(name(id)): \(style.red("failed")): \(diagnostic.summary)"]
        case .stepWaiting(let id, let seconds):
            guard seconds > 0, !hasFrame else { return [] }
            let (step, time) = (plan.steps[id], Layout.seconds(seconds))
            let what = step.canary.map { "has \($0.weight)% of the calls for \(time)" } ?? "stays up for \(time) more"
            return ["  \(StepWords.name(of: step.entity)): \(what)"]
        case .stepFailed(let id, let diagnostic):
            return ["  \(StepWords.name(of: plan.steps[id].entity)): \(style.red("failed")): \(diagnostic.summary)"]
        case .takingBack(let id):
            let old = plan.steps[id].replaces.map { ": \($0) gets all calls again" } ?? ""
            return [style.yellow("taking back the share of \(StepWords.name(of: plan.steps[id].entity))\(old)")]
        case .changeSkipped, .changeSkippedForStep, .uploadProgress, .uploadFailed: return []
        case .stepFinished(let id, let took): return ["\(style.green(style.bold(done(id)))) after \(Layout.seconds(took))"]
        case .stepNotFinished(let id): return ["\(style.red("not done")): \(StepWords.imperative(plan.steps[id]))"]
        case .interrupted: return [style.yellow("Interrupted: starting nothing new, finishing what runs in a few seconds. Ctrl-C again leaves at once.")]
        }
    }

    private func step(_ id: Step.ID) -> String {
        "step \(id + 1) of \(plan.steps.count): \(StepWords.imperative(plan.steps[id]))"
    }

    private func done(_ id: Step.ID) -> String { StepWords.past(plan.steps[id]) }
}
