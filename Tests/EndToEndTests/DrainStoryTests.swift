import Glibc
import Testing

/// A version that loses the publication stays up for a while.
@Suite struct DrainStoryTests {
    private func write(_ story: Transcript, v1: String, v2: String) {
        story.folder.writeRoomPrice(v1: v1, v2: v2, runtime: "rollout: {strategy: drain, seconds: 3600}")
    }

    /// One version is published, and the files say another one.
    private func switching(_ name: String) throws -> Transcript {
        let story = Transcript(name)
        try story.folder.takeRoomPrice()
        write(story, v1: "published", v2: "started")
        try Command.run("apply --sandbox --sandbox-speed instant --auto-approve".words, in: story.folder).expectSuccess()
        write(story, v1: "stopped", v2: "published")
        return story
    }

    @Test func theOldVersionStaysUpForCallsThatAreUnderWay() throws {
        let story = try switching("drain")
        try story.run("plan --sandbox")

        story.note("An apply is stopped by Ctrl-C while the old version is drained.")
        let run = try Command.start("apply --sandbox --sandbox-speed 20 --auto-approve".words, in: story.folder)
        let hour = "  room-price/room-price-v1: stays up for 3m00s more\n"
        #expect(holds { run.output.contains(hour) })
        run.send(SIGINT)
        let end = run.end()
        #expect(end.status == 130)
        #expect(end.output.contains("not done: drain room-price/room-price-v1"))
        #expect(end.output.contains("\nInterrupted. 2 of 4 steps done in "))
        try story.run("status --sandbox")

        story.note("The next one goes on from the switch.")
        try story.run("plan --sandbox")
        try story.run("apply --sandbox --sandbox-speed instant --auto-approve")
        try story.run("plan --sandbox --detailed-exitcode")
        story.compare()
    }

    @Test func aRunThatIsKilledMeanwhileIsGoneOnFrom() throws {
        let story = try switching("none")
        let run = try Command.start("apply --sandbox --sandbox-speed 20 --auto-approve --json".words, in: story.folder)
        #expect(holds { run.output.contains("\"seconds\":180.0,\"sequence\":") })
        run.send(SIGKILL)
        #expect(run.end().status == 128 + SIGKILL)
        let plan = try Command.run("plan --sandbox".words, in: story.folder).output
        #expect(plan.contains("  1. drain room-price/room-price-v1") && plan.contains(" stays up for 60m00s after the switch, which was at 20"))
        #expect(plan.contains("  2. stop room-price/room-price-v1"))
    }
}
