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
        if written.count == 1 {
            console.out("There is a .gitignore already: see that it has a line `state/`, so that no state is committed.\n")
        }
        let here = folder == "." ? "" : " \(folder)"
        let place = folder == "." ? "" : " -f \(folder)"
        console.out(
            """

            Next:
              1. Pack a solution:       kreform krt pack my-solution my-solution-v1.krt
              2. List it in the file:   \(written.first ?? "kreform.yaml")
              3. Check both:            kreform validate\(here)
              4. See what would happen: kreform plan --sandbox\(place)
              5. Make it so:            kreform apply --sandbox\(place)

            --sandbox is a simulated cluster beside your files: nothing else is touched.

            """)
    }
}
