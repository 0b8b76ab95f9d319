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
    /// Nobody needs to have seen what of others goes with a namespace.
    var mayDeleteOthers = true
    /// No other command shows what this one would do: without a terminal to ask at, it shows that and does nothing.
    var isShownFirst = false

    /// `begin` takes the state and makes the plan.
    func run(_ begin: () async throws(EngineFailure) -> EngineRun) async throws {
        guard options.autoApprove || isatty(STDIN_FILENO) == 1 || isShownFirst else { throw noTerminal() }
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
        let look = isShownFirst ? "Nothing was changed. To do this, run it" : "Look at the plan first (`kreform plan`), then run this"
        console.error([Diagnostic(
            code: "no-terminal", summary: "There is no terminal to ask for approval",
            detail: "\(look) again with --auto-approve.")])
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
        guard options.autoApprove || isatty(STDIN_FILENO) == 1 else { throw noTerminal() }
        if planned.deletesOthers, options.autoApprove, !mayDeleteOthers {
            console.error([Diagnostic(
                code: "others-not-approved", summary: "What others keep in a namespace goes only when somebody says so",
                detail: "The warnings say what it is. Run this without --auto-approve to be asked, or with --delete-others.")])
            return Exit.notApproved
        }
        guard options.autoApprove || isApproved(planned.plan) else {
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

    private func show(_ planned: Planned) {
        if options.json {
            console.out(EventJSON.plan(planned.document).encoded() + "\n")
        } else {
            console.out(PlanText.render(planned.plan, style: console.style))
        }
    }

    private func isApproved(_ plan: Plan) -> Bool {
        console.out(ApprovalText.question(plan, style: console.style))
        let answer = readLine()
        if answer == nil { console.out("\n") }
        return answer == "yes"
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
