import ArgumentParser
import Engine
import JSON
import Model
import Views

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show which versions are live and whether they are ready.")

    @Flag(help: "Answer as JSON.")
    var json = false

    @OptionGroup var files: FileOptions
    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let console = output.console
        let report = try await reporting(console) { () throws(EngineFailure) in try await Engine(files, cluster).status() }
        if !report.warnings.isEmpty { console.error(report.warnings) }
        console.out(
            json ? ReportsJSON.status(report).encoded(.pretty) + "\n" : StatusText.render(report, style: console.style))
    }
}
