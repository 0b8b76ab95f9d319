import ArgumentParser
import Engine
import Model
import Views

struct ApplyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply", abstract: "Carry out a plan and wait until the cluster is as the files say.",
        discussion: """
            Without FILE a new plan is made, shown and asked about. With FILE, a plan saved by `plan --out`, exactly that plan \
            is carried out, or refused when it no longer fits. Exits 0 when everything was done, 1 on errors, 3 when some \
            changes failed, 4 for a stale plan, 5 when another run holds the state, 6 when nobody approved, 130 when interrupted.
            """)

    @Argument(help: ArgumentHelp("A saved plan.", valueName: "file"))
    var plan: String?

    @OptionGroup var leaving: LeaveOptions
    @OptionGroup var run: RunOptions
    @OptionGroup var deletion: DeletionOptions
    @OptionGroup var files: FileOptions
    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if plan != nil, !leaving.addresses.isEmpty {
            throw ValidationError("A saved plan holds what it leaves as it is: give --leave to `kreform plan --out`.")
        }
    }

    func run() async throws {
        let console = output.console
        try await PlanRunner(options: run, console: console, deletion: deletion).run { () throws(EngineFailure) in
            let engine = try Engine(files, cluster)
            guard let plan else { return try await engine.begin(.apply, leaving: leaving.addresses) }
            return try await engine.begin(savedPlan: plan)
        }
    }
}

struct DestroyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "destroy", abstract: "Take away everything that Kreform made for this engine.",
        discussion: """
            Shows the plan, asks, and asks for the name of each runtime that holds data. Protected runtimes are never destroyed. Exit \
            codes are those of apply.
            """)

    @OptionGroup var run: RunOptions
    @OptionGroup var deletion: DeletionOptions
    @OptionGroup var files: FileOptions
    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await PlanRunner(options: run, console: output.console, deletion: deletion).run { () throws(EngineFailure) in
            try await Engine(files, cluster).begin(.destroy)
        }
    }
}

/// What may go with a runtime and its namespace.
struct DeletionOptions: ParsableArguments {
    @Flag(help: "With --auto-approve: delete namespaces also when others keep something in them.")
    var deleteOthers = false

    @Option(help: ArgumentHelp(
        "Let this runtime be destroyed with its data, without being asked for its name; may be repeated.", valueName: "name"))
    var confirm: [String] = []
}

/// What differs and is to stay as it is.
struct LeaveOptions: ParsableArguments {
    @Option(
        name: .customLong("leave"),
        help: ArgumentHelp(
            "Leave what others changed of an object as it is, or with #FIELD that field of it; may be repeated.",
            valueName: "address"))
    var addresses: [String] = []

    /// As they are written on the command line, each after a space.
    var words: String { addresses.map { " --leave \(ShellWord.quoted($0))" }.joined() }
}

/// How a plan is carried out.
struct RunOptions: ParsableArguments {
    @Flag(help: "Do not ask.")
    var autoApprove = false

    @Option(help: ArgumentHelp("Changes to carry out at once.", valueName: "number"))
    var parallelism = 10

    @Option(help: ArgumentHelp("Seconds to wait for one object to become ready, or to be gone.", valueName: "seconds"))
    var timeout = 600

    @Option(help: ArgumentHelp(
        "Seconds to watch a pod that crashes or fits nowhere before it counts as failed. (default: 5)", valueName: "seconds"))
    var patience: Int?

    @Option(help: ArgumentHelp("Why, for the history.", valueName: "text"))
    var comment = ""

    @Flag(help: "Print the plan and every event as JSON, an object a line. Needs --auto-approve.")
    var json = false

    var settings: RunSettings {
        RunSettings(
            parallelism: parallelism, timeout: Double(timeout), patience: patience.map(Double.init), comment: comment)
    }

    func validate() throws {
        if parallelism < 1 { throw ValidationError("--parallelism must be at least 1.") }
        if let patience, patience < 0 { throw ValidationError("--patience cannot be negative.") }
        if timeout < 1 { throw ValidationError("--timeout must be at least 1 second.") }
        if json, !autoApprove { throw ValidationError("--json cannot ask: add --auto-approve.") }
    }
}
