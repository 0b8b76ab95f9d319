import ArgumentParser
import Engine
import JSON
import Model
import Views

extension StateCommand {
    struct Rebuild: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a lost state again from what the cluster tells.",
            discussion: """
                Reads every object that bears the engine's labels and writes a new state; nothing in the cluster changes. The plan \
                that follows is empty where the cluster is as the files say. What the cluster cannot tell, the history of runs and \
                their comments, is gone. Exits 0 when the state is written, 1 on errors, 5 when another run holds the state.
                """)

        @Flag(help: "Replace a state that knows things already; it is kept as the backup.")
        var replace = false

        @Flag(help: "Answer as JSON.")
        var json = false

        @OptionGroup var files: FileOptions
        @OptionGroup var cluster: ClusterOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let console = output.console
            let rebuilt = try await reporting(console) { () throws(EngineFailure) in
                try await Engine(files, cluster).rebuild(replacing: replace)
            }
            let report = rebuilt.report
            if !report.warnings.isEmpty { console.error(report.warnings) }
            if json { return console.out(ReportsJSON.rebuild(report).encoded(.pretty) + "\n") }
            let flags = files.words(hiding: rebuilt.sensitiveVariables) + cluster.words
            console.out(RebuildText.render(report, flags: flags, style: console.style))
        }
    }
}
