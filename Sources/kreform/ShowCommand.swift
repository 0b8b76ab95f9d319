import ArgumentParser
import Engine
import JSON
import Model
import Views

struct ShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a saved plan, or the state.")

    @Argument(help: ArgumentHelp("A saved plan; without it the state is shown.", valueName: "file"))
    var plan: String?

    @Flag(help: "Answer as JSON.")
    var json = false

    @Flag(help: "Show every field of new objects, and long values whole.")
    var full = false

    @OptionGroup var files: FileOptions
    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let console = output.console
        let text = try await reporting(console) { () throws(EngineFailure) -> String in
            if let plan {
                let saved = try Engine.readPlan(at: plan)
                return json ? saved.document.encoded(.pretty) + "\n" : PlanText.render(saved.plan, style: console.style, full: full)
            }
            let state = try Engine(files, cluster).state()
            return json ? ReportsJSON.state(state).encoded(.pretty) + "\n" : StateText.render(state, style: console.style)
        }
        console.out(text)
    }
}
