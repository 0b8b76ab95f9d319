import ArgumentParser
import Engine
import Views

extension ColorChoice: ExpressibleByArgument {}

struct OutputOptions: ParsableArguments {
    @Option(help: "Colour the output: auto, always or never. NO_COLOR is respected.")
    var color: ColorChoice = .auto

    var console: Console { Console.standard(color) }
}

struct InputOptions: ParsableArguments {
    @Option(name: .customLong("var"), help: ArgumentHelp("Set a variable; may be repeated.", valueName: "name=value"))
    var variables: [String] = []

    @Option(name: .customLong("var-file"), help: ArgumentHelp("Set variables from a YAML file; may be repeated.", valueName: "path"))
    var variableFiles: [String] = []
}

/// Runs `body`; what it throws of ours is shown on standard error and becomes the exit code.
func reporting<Result>(_ console: Console, _ body: () async throws -> Result) async throws -> Result {
    do {
        return try await body()
    } catch let failure as EngineFailure {
        console.error(failure.diagnostics)
        throw Exit.error
    }
}
