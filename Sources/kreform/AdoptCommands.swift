import ArgumentParser
import Engine

struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Take over objects that others made and that the files ask for.",
        discussion: """
            Shows what would change of each, asks, and makes it so; nothing but the objects named is touched, and none is made \
            anew. Does not wait until they are ready: the next apply does. `adopt: true` in the file does the same with the next apply. Exit codes are those of apply.
            """)

    @Argument(help: ArgumentHelp(
        "An object, such as Service/clientx-room-price/active-entrypoint, or an entity, such as runtime/room-price.",
        valueName: "address"))
    var addresses: [String]

    @Flag(help: "Also take what another Kreform's engine has. Only when that engine is gone.")
    var takeOver = false

    @OptionGroup var run: RunOptions
    @OptionGroup var files: FileOptions
    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await PlanRunner(options: run, console: output.console, isShownFirst: true).run { () throws(EngineFailure) in
            try await Engine(files, cluster).begin(importing: addresses, takingOver: takeOver)
        }
    }
}

struct ForgetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forget", abstract: "Let go of objects or entities without deleting them.",
        discussion: """
            They stay in the cluster as they are, without Kreform's labels, and the state forgets them. A runtime goes with all \
            that is in it. Shows what goes and asks; exit codes are those of apply.
            """)

    @Argument(help: ArgumentHelp("Addresses that `kreform state list` prints.", valueName: "address"))
    var addresses: [String]

    @OptionGroup var run: RunOptions
    @OptionGroup var files: FileOptions
    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await PlanRunner(options: run, console: output.console, isShownFirst: true).run { () throws(EngineFailure) in
            try await Engine(files, cluster).begin(forgetting: addresses)
        }
    }
}
