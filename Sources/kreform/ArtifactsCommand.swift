import ArgumentParser
import Engine
import Glibc
import JSON
import Model
import Views

struct ArtifactsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "artifacts", abstract: "Look at the stored packages, and remove those that nobody needs.",
        subcommands: [List.self, Prune.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the packages of the store, and who refers to each.")

        @Flag(help: "Answer as JSON.")
        var json = false

        @OptionGroup var files: FileOptions
        @OptionGroup var cluster: ClusterOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let console = output.console
            let reports = try await reporting(console) { () throws(EngineFailure) in
                try await Engine(files, cluster).artifacts()
            }
            console.out(json ? StoreText.json(reports).encoded(.pretty) + "\n" : StoreText.list(reports, style: console.style))
            try ArtifactsCommand.report(reports.compactMap(\.fault), console)
        }
    }

    struct Prune: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove the packages that neither the files nor any state refer to.",
            discussion: "Shows what goes and asks. Exit codes are those of apply.")

        @Flag(help: "Do not ask.")
        var autoApprove = false

        @OptionGroup var files: FileOptions
        @OptionGroup var cluster: ClusterOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let console = output.console
            let engine = try await reporting(console) { () throws(EngineFailure) in try Engine(files, cluster) }
            let reports = try await reporting(console) { () throws(EngineFailure) in try await engine.artifacts() }
            console.out(StoreText.plan(reports, style: console.style))
            guard reports.contains(where: { !$0.unused.isEmpty }) else { return try ArtifactsCommand.report(reports.compactMap(\.fault), console) }
            guard autoApprove || Console.canAsk else {
                console.refuseToAsk()
                throw Exit.notApproved
            }
            guard autoApprove || console.answer(to: StoreText.question(style: console.style)) == "yes" else {
                console.out("\nNothing was changed.\n")
                throw Exit.notApproved
            }
            let pruned = try await reporting(console) { () throws(EngineFailure) in try await engine.prune(reports) }
            console.out("\n" + StoreText.removed(pruned.removed, style: console.style))
            try ArtifactsCommand.report(pruned.faults, console)
        }
    }

    /// Stores that failed while others did not.
    fileprivate static func report(_ faults: [Diagnostic], _ console: Console) throws {
        guard !faults.isEmpty else { return }
        console.error(faults)
        throw Exit.error
    }
}
