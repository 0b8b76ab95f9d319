import ArgumentParser
import Views

@main
struct Kreform: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kreform",
        abstract: "Declare AI runtimes: the versions in them and what is published.",
        discussion: """
            A desired-state file lists runtimes, the KRT packages in them and each version's status. `validate` reports all of \
            its problems, and those of every package it names, in one run.

            Start with:  kreform init
            """,
        version: Version.current,
        subcommands: [
            InitCommand.self, ValidateCommand.self, KRTCommand.self, SchemaCommand.self, VersionCommand.self,
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
