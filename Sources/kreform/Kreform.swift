import ArgumentParser
import Views

@main
struct Kreform: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kreform",
        abstract: "Plan and apply AI runtimes: the versions in them and what is published.",
        discussion: """
            A desired-state file lists runtimes, the KRT packages in them and each version's status. `plan` compares it with the \
            recorded state and the cluster and prints ordered steps; `apply` carries them out and waits until the cluster is as \
            the file says.

            Start with:  kreform init
            """,
        version: Version.current,
        subcommands: [
            InitCommand.self, ValidateCommand.self, PlanCommand.self, ApplyCommand.self, DestroyCommand.self, RotateCommand.self, ImportCommand.self, ShowCommand.self,
            StatusCommand.self, StateCommand.self, ArtifactsCommand.self, KRTCommand.self, SchemaCommand.self, VersionCommand.self,
        ])
}

enum Version {
    static let current = "0.1.0"
}

struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Print the version.")

    func run() {
        Console.standard(.never).out("kreform \(Version.current)\n")
    }
}
