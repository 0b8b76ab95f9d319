import ArgumentParser
import Engine

struct RotateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate", abstract: "Make credentials that Kreform generated anew.",
        discussion: """
            Shows which Secrets get new values and which workloads restart for that, asks, and waits until everything uses them. The old ones \
            are let in until then, where that can be. Nothing else is changed. One that was cut off goes on with the same command. Exit \
            codes are those of apply.
            """)

    @Argument(help: ArgumentHelp("The runtime whose credentials these are.", valueName: "runtime"))
    var runtime: String

    @Argument(help: ArgumentHelp("Components as the file calls them, such as mongodb. (default: all that have some)", valueName: "component"))
    var components: [String] = []

    @OptionGroup var run: RunOptions
    @OptionGroup var files: FileOptions
    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await PlanRunner(options: run, console: output.console, isShownFirst: true).run { () throws(EngineFailure) in
            try await Engine(files, cluster).begin(rotating: runtime, components)
        }
    }
}
