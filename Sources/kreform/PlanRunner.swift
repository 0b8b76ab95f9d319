import ArgumentParser
import Engine
import Glibc
import JSON
import Model
import Views

/// Shows a plan, asks for approval, carries it out with live progress and reports: what `apply` and `destroy` share.
struct PlanRunner {
    let options: RunOptions
    let console: Console
    /// What may go with a runtime; nil where nothing can.
    var deletion: DeletionOptions?
    /// No other command shows what this one would do: without a terminal to ask at, it shows that and does nothing.
    var isShownFirst = false

    /// `begin` takes the state and makes the plan.
    func run(_ begin: () async throws(EngineFailure) -> EngineRun) async throws {
        guard options.autoApprove || Console.canAsk || isShownFirst else { throw noTerminal() }
        // A reader of our output that goes away (`| head`) does not end the run in the middle of its work.
        signal(SIGPIPE, SIG_IGN)
        let run = try await reporting(console, begin)
        let exit: ExitCode?
        do { exit = try await finish(run) } catch {
            await run.end()
            throw error
        }
        await run.end()
        if let exit { throw exit }
    }

    private func noTerminal() -> ExitCode {
        if isShownFirst { console.refuseToAsk() } else { console.refuseToAsk("Look at the plan first (`kreform plan`), then run this") }
        return Exit.notApproved
    }

    /// Shows, asks and carries out; how the command ends, when not well.
    private func finish(_ run: EngineRun) async throws -> ExitCode? {
        let planned = run.planned
        if !planned.warnings.isEmpty { console.error(planned.warnings) }
        show(planned)
        if planned.plan.isEmpty {
            if options.json { console.out(EventJSON.value(.nothingToDo, plan: planned.plan).encoded() + "\n") }
            return nil
        }
        guard options.autoApprove || Console.canAsk else { throw noTerminal() }
        let unsaid = options.autoApprove ? notSaid(of: planned) : []
        guard unsaid.isEmpty else {
            console.error(unsaid)
            return Exit.notApproved
        }
        guard options.autoApprove || isApproved(planned.plan) && areConfirmed(unconfirmed(planned)) else {
            console.out("\nNothing was changed.\n")
            return Exit.notApproved
        }
        let signals = Signals { run.requestStop() }
        defer { signals.cancel() }
        switch try await carryOut(run).outcome {
        case .succeeded: return nil
        case .failed: return Exit.failed
        case .interrupted: return signals.exit
        }
    }

    /// What needs more than --auto-approve.
    private func notSaid(of planned: Planned) -> [Diagnostic] {
        guard let deletion else { return [] }
        let others = planned.deletesOthers && !deletion.deleteOthers
            ? [Diagnostic(
                code: "others-not-approved", summary: "What others keep in a namespace goes only when somebody says so",
                detail: "The warnings say what it is. Run this without --auto-approve to be asked, or with --delete-others.")]
            : []
        let known = planned.destroyedData.map(\.runtime)
        let idle = deletion.confirm.filter { !known.contains($0) }
        return others + unconfirmed(planned).map { runtime in
            let near = nearest(to: runtime, among: idle).map { "`--confirm \($0)` names another. " } ?? ""
            return Diagnostic(
                code: "data-not-confirmed", summary: "Runtime \(runtime) goes with its data only when somebody gives its name",
                detail: "\(near)Run this without --auto-approve to be asked for it, or with `--confirm \(runtime)`.",
                address: "\(EntityAddress.runtime(runtime))")
        }
    }

    /// The runtimes with data whose names nobody has given.
    private func unconfirmed(_ planned: Planned) -> [String] {
        let given = Set(deletion?.confirm ?? [])
        return planned.destroyedData.map(\.runtime).filter { !given.contains($0) }
    }

    private func areConfirmed(_ runtimes: [String]) -> Bool {
        runtimes.allSatisfy { runtime in
            console.answer(to: ApprovalText.confirmation(ofDestroying: runtime, style: console.style)) == runtime
        }
    }

    private func show(_ planned: Planned) {
        if options.json {
            console.out(EventJSON.plan(planned.document).encoded() + "\n")
        } else {
            console.out(PlanText.render(planned.plan, style: console.style))
        }
    }

    private func isApproved(_ plan: Plan) -> Bool {
        console.answer(to: ApprovalText.question(plan, style: console.style)) == "yes"
    }

    private func carryOut(_ run: EngineRun) async throws -> ApplyReport {
        let plan = run.planned.plan
        let display = ProgressDisplay(plan: plan, console: console, json: options.json)
        let report = try await reporting(console) { () throws(EngineFailure) in
            try await run.carryOut(options.settings) { display.show($0) }
        }
        display.finish()
        if !options.json {
            console.out("\n" + ReportText.render(report, plan: plan, style: console.style))
        }
        return report
    }
}

extension ApplyEvent {
    /// The one event of a run that has nothing to do.
    fileprivate static let nothingToDo = ApplyEvent(
        sequence: 1, elapsed: 0,
        kind: .runFinished(ApplyReport(
            outcome: .succeeded, finished: [], failed: [], notStarted: [], finishedSteps: [], unfinishedSteps: [], took: 0)))
}
