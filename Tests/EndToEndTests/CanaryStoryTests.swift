import Glibc
import Model
import Sandbox
import Testing

/// A version gets a growing share of the calls before it takes the publication from another.
@Suite struct CanaryStoryTests {
    private let instant = "--sandbox --sandbox-speed instant"
    private let nginx = "ingress: {className: nginx}"

    private func write(
        _ story: Transcript, v1: String, v2: String, _ runtime: String, domain: String? = "ai.example.com", drain: Int? = nil
    ) {
        let seconds = drain.map { ", seconds: \($0)" } ?? ""
        story.folder.writeRoomPrice(
            v1: v1, v2: v2,
            top: [
                domain.map { "domain: \($0)" } ?? "# no domain",
                "rollout: {strategy: canary\(seconds), steps: [{weight: 10, seconds: 1}, {weight: 50, seconds: 3600}]}",
            ],
            runtime: runtime)
    }

    /// `v1` is published, and `v2` started beside it.
    private func running(_ name: String, _ runtime: String) throws -> Transcript {
        let story = Transcript(name)
        try story.folder.takeRoomPrice()
        write(story, v1: "published", v2: "started", runtime)
        try Command.run("apply \(instant) --auto-approve".words, in: story.folder).expectSuccess()
        return story
    }

    /// An apply that is under way with the second share.
    private func halfway(_ story: Transcript) throws -> Command.Running {
        let run = try Command.start("apply --sandbox --sandbox-speed 20 --auto-approve".words, in: story.folder)
        #expect(holds { run.output.contains("room-price/room-price-v2: has 50% of the calls for 3m00s\n") })
        return run
    }

    @Test func anIngressSharesTheCalls() throws {
        let story = try running("canary", nginx)
        write(story, v1: "stopped", v2: "published", nginx)
        try story.run("plan --sandbox")

        story.note("An apply is stopped by Ctrl-C when the new version has half of the calls.")
        let run = try halfway(story)
        run.send(SIGINT)
        let end = run.end()
        #expect(end.status == 130)
        #expect(end.output.contains("routed 10% to room-price/room-price-v2 after "))
        #expect(end.output.contains("not done: route 50% to room-price/room-price-v2\n"))
        #expect(end.output.contains("\nInterrupted. 1 of 5 steps done in "))
        try story.run("status --sandbox")

        story.note("The next one goes on from there.")
        try story.run("plan --sandbox")
        story.note("The files may say that it was a mistake.")
        write(story, v1: "published", v2: "stopped", nginx)
        try story.run("plan --sandbox")
        story.note("It was none.")
        write(story, v1: "stopped", v2: "published", nginx)
        try story.run("apply \(instant) --auto-approve")
        try story.run("plan --sandbox --detailed-exitcode")
        try story.run("state show --sandbox version/room-price/room-price-v2")
        story.compare()
    }

    @Test func aRouteOfAGatewaySharesThem() throws {
        let gateway = "ingress: {gateway: {name: public, namespace: infra}}"
        let story = try running("canary-gateway", gateway)
        write(story, v1: "started", v2: "published", gateway)
        try story.run("plan --sandbox --out plan.json")
        try story.run("apply \(instant) plan.json --auto-approve")
        try story.run("plan --sandbox --detailed-exitcode")
        story.compare()
    }

    @Test func whatIsBrokenOfTheOldVersionIsMendedFirst() async throws {
        let story = try running("canary-repair", nginx)
        let cluster = try SandboxCluster(
            path: "\(story.folder.path)/state/sandbox/cluster.db", options: SandboxCluster.Options(speed: .instant))
        for (version, kind, name) in [
            ("networking.k8s.io/v1", "Ingress", "entrypoint"), ("apps/v1", "Deployment", "room-price-v1-entrypoint"),
        ] {
            let type = ResourceType(apiVersion: version, kind: kind)
            let object = try #require(try await cluster.get(type, namespace: "clientx-room-price", name: name))
            try await cluster.delete(DeleteRequest(type: type, namespace: "clientx-room-price", name: name, uid: object.uid))
        }
        story.note("Somebody deleted an Ingress and a Deployment. A version that is to be stopped is not mended.")
        write(story, v1: "stopped", v2: "published", nginx)
        try story.run("plan --sandbox")
        story.note("One that stays is.")
        write(story, v1: "started", v2: "published", nginx, drain: 60)
        try story.run("plan --sandbox")
        try Command.run("apply \(instant) --auto-approve".words, in: story.folder).expectSuccess()
        try story.run("plan --sandbox --detailed-exitcode")
        story.compare()
    }

    @Test func aRunThatIsKilledMeanwhileIsGoneOnFrom() throws {
        let story = try running("none", nginx)
        write(story, v1: "stopped", v2: "published", nginx)
        let run = try halfway(story)
        run.send(SIGKILL)
        #expect(run.end().status == 128 + SIGKILL)
        let plan = try Command.run("plan --sandbox".words, in: story.folder).output
        #expect(plan.contains("  1. route 50% to room-price/room-price-v2") && !plan.contains("route 10%"), "\(plan)")
        #expect(plan.contains("     of all calls from outside for 60m00s, which it has had since 20"), "\(plan)")
        try Command.run("destroy \(instant) --auto-approve --confirm room-price".words, in: story.folder).expectSuccess()
        let left = try Command.run("plan --sandbox --destroy".words, in: story.folder).output
        #expect(left.hasPrefix("No changes. Nothing of engine clientx is left"), "\(left)")
    }

    @Test func aVersionThatFailsMeanwhileLosesItsShare() async throws {
        let story = try running("canary-failed", nginx)
        write(story, v1: "stopped", v2: "published", nginx)
        let run = try halfway(story)
        let cluster = try SandboxCluster(
            path: "\(story.folder.path)/state/sandbox/cluster.db", options: SandboxCluster.Options(speed: .instant))
        let type = ResourceType(apiVersion: "apps/v1", kind: "Deployment")
        let name = "room-price-v2-room-price-model"
        let object = try #require(try await cluster.get(type, namespace: "clientx-room-price", name: name))
        try await cluster.delete(DeleteRequest(type: type, namespace: "clientx-room-price", name: name, uid: object.uid))
        let end = run.end()
        #expect(end.status == 3)
        story.take(end, of: "apply --sandbox --sandbox-speed 20 --auto-approve")
        story.note("All calls go to the old version. The next run makes what is missing, and begins anew.")
        try story.run("plan --sandbox")
        story.compare()
    }

    @Test func whereCallsCannotBeSharedTheFileIsRefused() throws {
        let story = Transcript("canary-refused")
        try story.folder.takeRoomPrice()
        story.note("No host.")
        write(story, v1: "published", v2: "started", nginx, domain: nil)
        try story.run("validate")
        story.note("Another controller.")
        write(story, v1: "published", v2: "started", "ingress: {className: traefik}")
        try story.run("validate")
        story.note("Nobody knows which.")
        write(story, v1: "published", v2: "started", "protect: false")
        try story.run("validate")
        story.note("A Gateway, or else an Ingress of another controller.")
        write(story, v1: "published", v2: "started", "ingress: {className: traefik, gateway: {name: public, orIngress: true}}")
        try story.run("validate")
        story.note("A host and a publication at once: calls by the first Ingress are shared, too.")
        write(story, v1: "published", v2: "started", "rollout: {strategy: switch}", domain: nil)
        try Command.run("apply \(instant) --auto-approve".words, in: story.folder).expectSuccess()
        write(story, v1: "started", v2: "published", nginx)
        try story.run("plan --sandbox")
        story.compare()
    }
}
