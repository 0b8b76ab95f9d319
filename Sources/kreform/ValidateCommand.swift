import ArgumentParser
import Engine
import JSON
import Model
import Views

struct ValidateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate", abstract: "Check desired-state files and every package they name.",
        discussion: "Reports all problems of all files in one run. Exits 0 when there are no errors, 1 otherwise.")

    @Argument(help: "Desired-state file, or the folder it is in.")
    var path = "."

    @Flag(help: "Answer as JSON.")
    var json = false

    @OptionGroup var inputs: InputOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let console = output.console
        let engine = try await reporting(console) { () throws(EngineFailure) in
            try Engine(path: path, inputs: inputs)
        }
        let (summary, diagnostics) = await engine.validate()
        if json {
            console.out(DiagnosticsJSON.document(diagnostics).encoded(.pretty) + "\n")
        } else {
            if !diagnostics.isEmpty { console.error(diagnostics) }
            if !diagnostics.hasErrors { console.out(ValidationText.sound(summary, style: console.style)) }
        }
        if diagnostics.hasErrors { throw Exit.error }
    }
}
