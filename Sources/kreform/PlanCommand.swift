import ArgumentParser
import Engine
import JSON
import Model
import Views

struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Show what would change, step by step. Changes nothing.",
        discussion: "Exits 0; with --detailed-exitcode 0 when nothing would change, 1 on errors, 2 when there are changes.")

    @Flag(help: "Plan to destroy everything that Kreform made.")
    var destroy = false

    @Option(help: ArgumentHelp("Save the plan, for `kreform apply PATH`.", valueName: "path"))
    var out: String?

    @OptionGroup var leaving: LeaveOptions

    @Flag(help: "Print the plan as JSON (docs/plan-and-apply.md).")
    var json = false

    @Flag(help: "Show every field of new objects, and long values whole.")
    var full = false

    @Flag(help: "Exit 2 when there are changes.")
    var detailedExitcode = false

    @OptionGroup var files: FileOptions
    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if destroy, !leaving.addresses.isEmpty { throw ValidationError("--leave does not go with --destroy.") }
    }

    func run() async throws {
        let console = output.console
        let planned = try await reporting(console) { () throws(EngineFailure) in
            let planned = try await Engine(files, cluster).plan(
                destroy ? .destroy : .apply, leaving: leaving.addresses, isToBeSaved: out != nil)
            if let out { try Engine.save(planned, to: out) }
            return planned
        }
        if !planned.warnings.isEmpty { console.error(planned.warnings) }
        if json {
            console.out(planned.document.encoded(.pretty) + "\n")
        } else {
            console.out(PlanText.render(planned.plan, style: console.style, full: full, isProvisional: planned.isProvisional))
            if !planned.plan.isEmpty, !destroy || out != nil {
                let flags = files.words(hiding: planned.sensitiveVariables) + cluster.words
                    + (out == nil ? leaving.words : "")
                console.out(PlanText.next(savedTo: out, flags: flags))
            }
        }
        if detailedExitcode, !planned.plan.isEmpty { throw Exit.changes }
    }
}
