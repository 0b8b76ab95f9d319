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

    /// `begin` takes the state and makes the plan.
    func run(_ begin: () async throws(EngineFailure) -> EngineRun) async throws {
        guard options.autoApprove || isatty(STDIN_FILENO) == 1 else {
            console.error([Diagnostic(
                code: "no-terminal", summary: "There is no terminal to ask for approval",
                detail: "Look at the plan first (`kreform plan`), then run this again with --auto-approve.")])
            throw Exit.notApproved
        }
        let run = try await reporting(console, begin)
        let planned = run.planned
        if !planned.warnings.isEmpty { console.error(planned.warnings) }
        show(planned)
        if !planned.plan.isEmpty {
            guard options.autoApprove || isApproved(planned.plan) else {
                console.out("\nNothing was changed.\n")
                throw Exit.notApproved
            }
            let report = try await carryOut(run)
            switch report.outcome {
            case .succeeded: break
            case .failed: throw Exit.failed
            case .interrupted: throw Exit.interrupted
            }
        }
        await run.end()
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
        let signals = Signals { run.requestStop() }
        defer { signals.cancel() }
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
