import ArgumentParser
import Engine
import JSON
import Model
import Views

struct StateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "state", abstract: "Look into the state, let go of what is in it, or make a lost one again.",
        subcommands: [List.self, Show.self, ForgetCommand.self, Rebuild.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the addresses of all entities and objects.")

        @OptionGroup var files: FileOptions
        @OptionGroup var cluster: ClusterOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let console = output.console
            let state = try await reporting(console) { () throws(EngineFailure) in try Engine(files, cluster).state() }
            console.out(StateText.list(state))
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show what the state knows of an entity or object.",
            discussion: "Addresses are those that `kreform state list` prints.")

        @Argument(help: "An address, such as runtime/room-price or apps/Deployment/clientx-room-price/v1-entrypoint.")
        var address: String

        @Flag(help: "Answer as JSON.")
        var json = false

        @OptionGroup var files: FileOptions
        @OptionGroup var cluster: ClusterOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let console = output.console
            let found = try await reporting(console) { () throws(EngineFailure) in
                try Engine(files, cluster).recorded(at: address)
            }
            switch found {
            case .entity(let record, let objects, let history):
                console.out(
                    json ? ReportsJSON.entity(record, history: history).encoded(.pretty) + "\n"
                        : StateText.entity(record, objects: objects, history: history, style: console.style))
            case .object(let record):
                console.out(
                    json ? ReportsJSON.object(record).encoded(.pretty) + "\n"
                        : StateText.object(record, style: console.style))
            }
        }
    }
}
