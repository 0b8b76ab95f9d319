import ArgumentParser
import Engine

struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Write a commented desired-state file to begin with.")

    @Argument(help: "The folder to write to; made if it does not exist.")
    var folder = "."

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let console = output.console
        let written = try await reporting(console) { () throws(EngineFailure) in try Engine.initialize(folder: folder) }
        for path in written { console.out("Wrote \(path)\n") }
        let here = folder == "." ? "" : " \(folder)"
        console.out(
            """

            Next:
              1. Pack a solution:       kreform krt pack my-solution my-solution-v1.krt
              2. List it in the file:   \(written.first ?? "kreform.yaml")
              3. Check both:            kreform validate\(here)

            """)
    }
}
