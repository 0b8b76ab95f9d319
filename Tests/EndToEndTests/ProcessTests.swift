import Glibc
import JSON
import Testing

/// The command as a process among others: signals, terminals, locks, and being killed.
@Suite struct ProcessTests {
    private func roomPrice() throws -> Folder {
        let folder = Folder()
        try folder.takeRoomPrice()
        return folder
    }

    private func isSettled(_ folder: Folder) throws -> Bool {
        try Command.run("plan --sandbox --detailed-exitcode".words, in: folder).status == 0
    }

    private let slow = "apply --sandbox --sandbox-speed 0.3 --auto-approve".words
    private let instant = "apply --sandbox --sandbox-speed instant --auto-approve".words

    @Test func anInterruptFinishesWhatRunsAndSaysWhatIsLeft() throws {
        let folder = try roomPrice()
        let run = try Command.start(slow, in: folder)
        #expect(holds { run.output.contains("Deployment runtime-default-backend: waiting") })
        run.send(SIGINT)
        #expect(holds { run.output.contains("Interrupted: starting nothing new, finishing what runs in a few seconds.") })
        let end = run.end()
        #expect(end.status == 130)
        #expect(end.output.contains("\nInterrupted. 0 of 8 steps done in "))
        #expect(end.output.hasSuffix("What was done is recorded. Run the same command again: it goes on from here.\n"))
        #expect(end.output.contains("StatefulSet kre-nats: created"))
        #expect(!end.output.contains("Deployment room-price-v1-entrypoint: creating"))
        try Command.run(instant, in: folder).expectSuccess()
        #expect(try isSettled(folder))
    }

    @Test func aSecondInterruptLeavesAtOnceAndTheNextRunGoesOn() throws {
        let folder = try roomPrice()
        let run = try Command.start(slow, in: folder)
        #expect(holds { run.output.contains("Deployment runtime-default-backend: waiting") })
        run.send(SIGTERM)
        #expect(holds { run.output.contains("Interrupted: ") })
        run.send(SIGTERM)
        #expect(run.end().status == 143)
        try Command.run(instant, in: folder).expectSuccess()
        #expect(try isSettled(folder))
    }

    @Test func aTerminalThatGoesAwayStopsTheRunCleanly() throws {
        let folder = try roomPrice()
        let run = try Command.start(slow, in: folder)
        #expect(holds { run.output.contains(": creating") })
        run.send(SIGHUP)
        let end = run.end()
        #expect(end.status == 129)
        #expect(end.output.contains("\nInterrupted. "))
        #expect(folder.text("state/sandbox/kreform.db.lock").isEmpty)
        try Command.run(instant, in: folder).expectSuccess()
    }

    @Test func aRunThatIsKilledIsGoneOnFrom() throws {
        let folder = try roomPrice()
        for line in ["Secret kre-mongo: creat", "StatefulSet kre-nats: creating", "Deployment mongo-writer: creating"] {
            let run = try Command.start(slow, in: folder)
            _ = holds { run.output.contains(line) || run.output.contains("\nApply ") }
            run.send(SIGKILL)
            #expect(run.end().status == 128 + SIGKILL)
        }
        try Command.run(instant, in: folder).expectSuccess()
        #expect(try isSettled(folder))
    }

    @Test func aReaderThatGoesAwayDoesNotEndTheRun() throws {
        let folder = try roomPrice()
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        close(ends[0])
        let run = try Command.start(instant, in: folder, output: ends[1])
        close(ends[1])
        #expect(run.end().status == 0)
        #expect(try isSettled(folder))
    }

    @Test func theCommandThatComesNextDoesNotShowSensitiveVariables() throws {
        let folder = try roomPrice()
        folder.replace("variables:\n", "variables:\n  secret: {sensitive: true}\n", in: "kreform.yaml")
        folder.replace("{env: ROOM_PRICE_API_SECRET}", "${var.secret}", in: "kreform.yaml")
        let plan = try Command.run(
            ["plan", "--sandbox", "--var", "secret=\(Command.secret)", "--var", "currency=USD"], in: folder)
        #expect(plan.status == 0)
        #expect(plan.output.contains("\nTo carry it out:  kreform apply --var secret=(sensitive) --var currency=USD --sandbox\n"))
        #expect(!plan.output.contains(Command.secret))
    }

    @Test func aSecondRunIsRefusedWhileTheFirstHasTheState() throws {
        let folder = try roomPrice()
        let first = try Command.start(slow, in: folder)
        #expect(holds { first.output.contains(": creating") })
        let other = folder.path + "/other"
        Folder.shell("mkdir '\(other)'")
        let second = try Command.run(instant, in: folder.at("other"), environment: [:], file: "..")
        #expect(second.status == 5)
        #expect(second.errors.hasPrefix("Error: The state ../state/sandbox/kreform.db is in use by "))
        #expect(second.errors.contains(", process \(first.process), since "))
        #expect(second.errors.hasSuffix(
            "  Wait for it to end, and run again. The lock goes when that process ends,\n  however it ends.\n"))
        // Looking needs no lock.
        try Command.run("status --sandbox".words, in: folder.at("other"), file: "..").expectSuccess()
        try Command.run("plan --sandbox".words, in: folder.at("other"), file: "..").expectSuccess()
        first.send(SIGKILL)
        _ = first.end()
    }

    // MARK: Terminals

    @Test(arguments: [("yes", 0), ("y", 6), ("", 6)]) func onlyYesApproves(_ answer: String, _ status: Int32) throws {
        let folder = try roomPrice()
        let terminal = try #require(Terminal())
        let run = try Command.start("apply --sandbox --sandbox-speed instant".words, in: folder, input: terminal.inner)
        #expect(holds { run.output.contains("Enter a value: ") })
        terminal.type(answer + "\n")
        let end = run.end()
        #expect(end.status == status)
        #expect(end.output.contains("\nDo you want to perform these steps?\n  Only 'yes' will be accepted to approve.\n"))
        #expect(end.output.contains("Nothing was changed.") == (status != 0))
        #expect(try isSettled(folder) == (status == 0))
    }

    @Test(arguments: [("room-price", Int32(0)), ("yes", 6)])
    func whatHoldsDataIsDestroyedByItsName(answer: String, status: Int32) throws {
        let folder = try roomPrice()
        try Command.run(instant, in: folder).expectSuccess()
        let terminal = try #require(Terminal())
        let run = try Command.start("destroy --sandbox --sandbox-speed instant".words, in: folder, input: terminal.inner)
        #expect(holds { run.output.contains("Do you really want to destroy all of this? There is no undo.") })
        terminal.type("yes\n")
        #expect(holds { run.output.contains("\nRuntime room-price holds data, and all of it goes. There is no undo.\n") })
        terminal.type(answer + "\n")
        let end = run.end()
        #expect(end.status == status)
        #expect(end.output.contains("Nothing was changed.") == (status != 0))
        #expect(end.output.contains("Destroy complete!") == (status == 0))
    }

    @Test func coloursAreForTerminalsAndForThoseWhoAskForThem() throws {
        let folder = try roomPrice()
        let escape = "\u{1B}["
        #expect(try !Command.run("plan --sandbox".words, in: folder).output.contains(escape))
        #expect(try Command.run("plan --sandbox --color always".words, in: folder).output.contains(escape))
        let terminal = try #require(Terminal())
        let colored = try Command.run("plan --sandbox".words, in: folder, output: terminal)
        #expect(colored.output.contains(escape))
        let plain = try Command.run("plan --sandbox".words, in: folder, environment: ["NO_COLOR": "1"], output: terminal)
        #expect(!plain.output.contains(escape))
    }

    @Test func outputReadsWellInEightyColumns() throws {
        let folder = try roomPrice()
        let plan = try Command.run("plan --sandbox".words, in: folder)
        let apply = try Command.run(instant, in: folder)
        let status = try Command.run("status --sandbox".words, in: folder)
        folder.replace("published", "stopped", in: "kreform.yaml")
        folder.replace("started", "published", in: "kreform.yaml")
        let change = try Command.run("plan --sandbox".words, in: folder)
        #expect(change.output.contains("spec.selector.version-name:"))
        for text in [plan.output, apply.output, status.output, change.output] {
            for line in text.split(separator: "\n") where line.count > 80 && !line.contains(": waiting: ") {
                // A single word may be longer, and so may the log's line of something that is waited for.
                #expect(!line.drop { $0 == " " }.contains(" "), "\(line)")
            }
        }
        #expect(apply.status == 0)
    }

    // MARK: For programs

    @Test func everythingIsThereAsJSON() throws {
        let folder = try roomPrice()
        let plan = try JSONValue(parsing: Command.run("plan --sandbox --json".words, in: folder).output)
        #expect(plan["kreform"] == "plan")
        #expect(plan["steps"]?.array?.count == 8)
        let apply = try Command.run(instant + ["--json"], in: folder)
        let events = try apply.output.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
        #expect(events.first?["type"] == "plan")
        #expect(events.last?["type"] == "run-finished")
        #expect(events.last?["outcome"] == "succeeded")
        #expect(events.dropFirst().compactMap { $0["sequence"]?.integer } == Array(1...(events.count - 1)))
        let again = try Command.run(instant + ["--json"], in: folder)
        let lines = try again.output.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
        #expect(lines.map { $0["type"] } == ["plan", "run-finished"])
        let status = try JSONValue(parsing: Command.run("status --sandbox --json".words, in: folder).output)
        #expect(status["runtimes"]?.array?.count == 1)
        let state = try JSONValue(parsing: Command.run("show --sandbox --json".words, in: folder).output)
        #expect(state["serial"]?.integer == 71)
        let refused = try Command.run("apply --sandbox --json".words, in: folder)
        #expect(refused.status == 64)
        for output in [apply.output, again.output, "\(plan)", "\(state)"] { #expect(!output.contains(Command.secret)) }
    }
}
