import ArgumentParser
import Engine
import Views

extension ColorChoice: ExpressibleByArgument {}

struct OutputOptions: ParsableArguments {
    @Option(help: "Colour the output: auto, always or never. NO_COLOR is respected.")
    var color: ColorChoice = .auto

    var console: Console { Console.standard(color) }
}

/// Which files, with which inputs.
struct FileOptions: ParsableArguments {
    @Option(name: [.customShort("f"), .long], help: ArgumentHelp("Desired-state file, or the folder it is in.", valueName: "path"))
    var file = "."

    @OptionGroup var inputs: InputOptions

    /// As they are written on the command line, each after a space. The value of a sensitive variable is left out, in a way that
    /// no shell takes for one.
    func words(hiding sensitive: Set<String>) -> String {
        let path = file == "." ? [] : ["-f", file]
        let variables = inputs.variables.map { variable in
            let name = variable.prefix { $0 != "=" }
            return "--var " + (sensitive.contains(String(name)) ? "\(name)=(sensitive)" : ShellWord.quoted(variable))
        }
        let files = inputs.variableFiles.flatMap { ["--var-file", $0] }
        return (path.map(ShellWord.quoted) + variables + files.map(ShellWord.quoted)).map { " " + $0 }.joined()
    }
}

enum ShellWord {
    /// As a POSIX shell reads it back.
    static func quoted(_ word: String) -> String {
        let isPlain = !word.isEmpty && word.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "-_./=:,@+".utf8.contains(byte)
            }
        }
        return isPlain ? word : "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}

struct InputOptions: ParsableArguments {
    @Option(name: .customLong("var"), help: ArgumentHelp("Set a variable; may be repeated.", valueName: "name=value"))
    var variables: [String] = []

    @Option(name: .customLong("var-file"), help: ArgumentHelp("Set variables from a YAML file; may be repeated.", valueName: "path"))
    var variableFiles: [String] = []
}

/// Which cluster, and where its state is.
struct ClusterOptions: ParsableArguments {
    @Flag(help: "Use the simulated cluster kept beside the state.")
    var sandbox = false

    @Option(help: ArgumentHelp(
        "The kubeconfig to read. (default: those of $KUBECONFIG, ~/.kube/config, or the pod's service account)", valueName: "path"))
    var kubeconfig: String?

    @Option(help: ArgumentHelp(
        "The kubeconfig's context. (default: the file's `cluster.context`, or the current context)", valueName: "name"))
    var context: String?

    @Option(help: ArgumentHelp(
        "How fast the sandbox's pods start: `instant`, or a factor such as 2 or 0.5.", valueName: "speed"))
    var sandboxSpeed: SimulationSpeed = .normal

    @Option(help: ArgumentHelp("Faults for the sandbox to make: a YAML file.", valueName: "path"))
    var sandboxFaults: String?

    @Option(help: ArgumentHelp("State file. (default: state/ beside the desired-state file)", valueName: "path"))
    var state: String?

    /// As they are written on the command line, each after a space.
    var words: String {
        let words = (sandbox ? ["--sandbox"] : []) + (kubeconfig.map { ["--kubeconfig", $0] } ?? [])
            + (context.map { ["--context", $0] } ?? []) + (state.map { ["--state", $0] } ?? [])
        return words.map { " " + ShellWord.quoted($0) }.joined()
    }

    func validate() throws {
        if !sandbox, sandboxFaults != nil { throw ValidationError("--sandbox-faults goes with --sandbox.") }
        guard sandbox, let flag = kubeconfig.map({ _ in "--kubeconfig" }) ?? context.map({ _ in "--context" }) else { return }
        throw ValidationError("\(flag) chooses a real cluster and --sandbox a simulated one: leave one of them out.")
    }
}

extension SimulationSpeed: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
    public var defaultValueDescription: String { description }
}

extension Engine {
    /// The engine that the flags describe.
    init(_ files: FileOptions, _ cluster: ClusterOptions) throws(EngineFailure) {
        try self.init(path: files.file, inputs: files.inputs, cluster: cluster)
    }

    init(path: String, inputs: InputOptions, cluster: ClusterOptions? = nil) throws(EngineFailure) {
        try self.init(
            EngineSettings(
                path: path, variables: inputs.variables, variableFiles: inputs.variableFiles,
                environment: ProcessEnvironment.variables, statePath: cluster?.state,
                cluster: cluster?.sandbox == true
                    ? .sandbox(speed: cluster?.sandboxSpeed ?? .normal, faults: cluster?.sandboxFaults)
                    : .kubernetes(kubeconfig: cluster?.kubeconfig, context: cluster?.context),
                notice: RetryNotice { error, limit in
                    Console.standard(.auto).error(DiagnosticsText.retrying(error, limit: limit))
                }))
    }
}

/// Runs `body`; what it throws of ours is shown on standard error and becomes the exit code.
func reporting<Result>(_ console: Console, _ body: () async throws -> Result) async throws -> Result {
    do {
        return try await body()
    } catch let failure as EngineFailure {
        console.error(failure.diagnostics)
        switch failure.kind {
        case .stalePlan: throw Exit.stale
        case .locked: throw Exit.locked
        case .other: throw Exit.error
        }
    }
}
