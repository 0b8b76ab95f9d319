import ArgumentParser
import Engine
import JSON
import Model
import Views

struct KRTCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "krt", abstract: "Look into, check and make KRT packages.",
        subcommands: [Inspect.self, Verify.self, Pack.self])

    struct Inspect: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show a package: its version, services, workflows, nodes, config, size and digest.")

        @Argument(help: "A .krt file.")
        var package: String

        @Flag(help: "Answer as JSON.")
        var json = false

        @OptionGroup var output: OutputOptions

        func run() async throws {
            let console = output.console
            let (package, diagnostics) = Engine.readPackage(at: package)
            if !diagnostics.isEmpty { console.error(diagnostics) }
            guard let package else { throw Exit.error }
            console.out(
                json ? ReportsJSON.package(package).encoded(.pretty) + "\n"
                    : PackageText.render(package, style: console.style))
            if diagnostics.hasErrors { throw Exit.error }
        }
    }

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check a package and explain every fault.", discussion: "Exits 0 when it is sound, 1 otherwise.")

        @Argument(help: "A .krt file.")
        var package: String

        @Flag(help: "Answer as JSON.")
        var json = false

        @OptionGroup var output: OutputOptions

        func run() async throws {
            let console = output.console
            let (found, diagnostics) = Engine.readPackage(at: package)
            if json {
                console.out(DiagnosticsJSON.document(diagnostics).encoded(.pretty) + "\n")
            } else {
                if !diagnostics.isEmpty { console.error(diagnostics) }
                if let found, !diagnostics.hasErrors { console.out(PackageText.sound(found, style: console.style)) }
            }
            if diagnostics.hasErrors { throw Exit.error }
        }
    }

    struct Pack: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a package from a folder.",
            discussion: "The folder is checked first. The same content makes the same bytes, whenever and wherever it is packed.")

        @Argument(help: "The folder with krt.yml at its root.")
        var folder: String

        @Argument(help: ArgumentHelp("The .krt file to write.", valueName: "file"))
        var file: String

        @OptionGroup var output: OutputOptions

        func run() async throws {
            let console = output.console
            let (package, diagnostics) = Engine.pack(folder: folder, to: file)
            if !diagnostics.isEmpty { console.error(diagnostics) }
            guard let package, !diagnostics.hasErrors else { throw Exit.error }
            console.out(PackageText.packed(package, style: console.style))
        }
    }
}
