import Testing

/// What people do with Kreform, from the first minute to the last, and every word it answers.
@Suite struct StoryTests {
    /// The room-price example with both packages packed.
    private func roomPrice(_ name: String) throws -> Transcript {
        let story = Transcript(name)
        try story.folder.takeRoomPrice()
        return story
    }

    private let instant = "--sandbox --sandbox-speed instant"

    @Test func theFirstMinutes() throws {
        let story = Transcript("first-minutes")
        try story.run("init shop")
        try story.run("validate shop")
        try story.run("init shop")
        try story.run("plan --sandbox -f shop")
        try story.run("apply --sandbox -f shop")
        try story.run("plan -f shop", environment: ["KUBECONFIG": "kubeconfig.yaml"])
        try story.run("plan -f shop --kubeconfig kubeconfig.yaml --context prod")
        try story.run("plan -f shop --sandbox --context prod")
        try story.run("status --sandbox -f shop")
        try story.run("state list -f shop")
        story.compare()
    }

    @Test func fromTheFilesToAPublishedVersion() throws {
        let story = try roomPrice("published")
        try story.run("validate")
        try story.run("plan --sandbox --detailed-exitcode")
        try story.run("apply \(instant) --auto-approve")
        try story.run("status --sandbox")
        try story.run("plan --sandbox --detailed-exitcode")
        try story.run("apply --sandbox --auto-approve")
        try story.run("state list --sandbox")
        try story.run("state show --sandbox version/room-price/room-price-v2")
        let list = try Command.run("state list --sandbox".words, in: story.folder).output
        let secret = try #require(list.split(separator: "\n").first { $0.contains("Secret/clientx-room-price/room-price-v2-krt-conf-") })
        try story.run("state show --sandbox \(secret)")
        try story.run("state show --sandbox version/room-price/room-price-v3")
        try story.run("show --sandbox")
        story.compare()
        // Not in any file that is kept, but the simulated cluster's own.
        Folder.shell("rm '\(story.folder.path)'/state/sandbox/cluster.db*")
        #expect(!story.folder.everything.contains(Command.secret))
        #expect(story.folder.everything.contains("room-price-v2"))
    }

    /// Names are under a key that no state keeps yet.
    @Test func twoPlansBeforeTheFirstApplySayTheSame() throws {
        let folder = Folder()
        try folder.takeRoomPrice()
        let plans = try (0..<2).map { _ in try Command.run("plan --sandbox --full".words, in: folder).output }
        #expect(plans[0] == plans[1])
        #expect(plans[0].contains("+ Secret room-price-v2-krt-conf-(known after apply)"))
    }

    @Test func aBranchingSolution() throws {
        let story = Transcript("email-classifier")
        story.folder.take("examples/email-classifier")
        try story.run("krt pack v1 krt/email-classifier-v1.krt")
        try story.run("krt inspect krt/email-classifier-v1.krt")
        try story.run("krt verify krt/email-classifier-v1.krt")
        try story.run("validate")
        try story.run("plan --sandbox")
        try story.run("apply \(instant) --auto-approve")
        try story.run("status --sandbox")
        try story.run("plan --sandbox --detailed-exitcode")
        story.note("A plain value changes: the nodes that read it are rolled.")
        story.folder.replace("\"0.7\"", "\"0.8\"", in: "kreform.yaml")
        try story.run("plan --sandbox")
        try story.run("apply \(instant) --auto-approve")
        try story.run("plan --sandbox --detailed-exitcode")
        story.compare()
    }

    @Test func theConfigurationOfAPublishedVersionChanges() throws {
        let story = try roomPrice("configuration")
        story.folder.write(file("v2: published"), to: "kreform.yaml")
        try Command.run("apply \(instant) --auto-approve".words, in: story.folder).expectSuccess()
        story.note("A plain value and a secret one change.")
        story.folder.replace("OUTPUT_PRICE_CURRENCY: EUR", "OUTPUT_PRICE_CURRENCY: CHF", in: "kreform.yaml")
        let other = ["ROOM_PRICE_API_SECRET": "another-0123456789"]
        try story.run("plan --sandbox", environment: other)
        story.note("The new pods of one node do not start: the old ones go on with the old values.")
        story.folder.write(
            """
            faults:
              - pod: {name: room-price-v2-room-price-model}
                never: ready
                reason: CrashLoopBackOff

            """, to: "faults.yaml")
        try story.run("apply \(instant) --sandbox-faults faults.yaml --auto-approve", environment: other)
        try story.run("status --sandbox --sandbox-faults faults.yaml", environment: other)
        story.note("Back to what it was.")
        story.folder.replace("OUTPUT_PRICE_CURRENCY: CHF", "OUTPUT_PRICE_CURRENCY: EUR", in: "kreform.yaml")
        try story.run("plan --sandbox")
        try story.run("apply \(instant) --auto-approve")
        story.note("Once more, and now they start.")
        story.folder.replace("OUTPUT_PRICE_CURRENCY: EUR", "OUTPUT_PRICE_CURRENCY: GBP", in: "kreform.yaml")
        try story.run("apply \(instant) --auto-approve")
        try story.run("plan --sandbox --detailed-exitcode")
        story.compare()
        #expect(!story.folder.everything.contains("another-0123456789"))
    }

    @Test func switchingStoppingRemovingAndDestroying() throws {
        let story = try roomPrice("life")
        story.folder.write(file("v1: published"), to: "kreform.yaml")
        try story.run("apply \(instant) --auto-approve")
        func become(_ what: String, _ text: String) throws {
            story.note(what)
            story.folder.write(text, to: "kreform.yaml")
            try story.run("apply \(instant) --auto-approve")
            try story.run("status --sandbox")
            let plan = try Command.run(["plan", "--sandbox", "--detailed-exitcode"], in: story.folder)
            #expect(plan.status == 0)
        }
        try become("A second version is added, started.", file("v1: published", "v2: started"))
        try become("It is published in place of the first.", file("v1: started", "v2: published"))
        try become("The first is stopped.", file("v1: stopped", "v2: published"))
        try become("The first is removed.", file("v2: published"))
        try become("The second is unpublished.", file("v2: started"))
        story.note("The runtime is removed.")
        story.folder.write("kreform: v1\nengine: clientx\nruntimes: []\n", to: "kreform.yaml")
        try story.run("plan --sandbox")
        story.note("The runtime is back, and everything is destroyed.")
        story.folder.write(file("v2: started"), to: "kreform.yaml")
        try story.run("destroy \(instant) --auto-approve")
        try story.run("destroy \(instant) --auto-approve --confirm room-prize")
        try story.run("destroy \(instant) --auto-approve --confirm room-price")
        try story.run("status --sandbox")
        try story.run("destroy \(instant) --auto-approve")
        story.compare()
    }

    @Test func streamsComeAndGoWithTheirVersion() throws {
        let story = Transcript("streams")
        story.folder.take("examples/email-classifier")
        try Command.run(["krt", "pack", "v1", "krt/email-classifier-v1.krt"], in: story.folder).expectSuccess()
        story.folder.replace("status: published", "status: started", in: "kreform.yaml")
        story.note("The Job that makes the streams fails: no node starts before it.")
        story.folder.write(
            """
            faults:
              - pod: {labels: {kreform/component: streams}}
                never: ready
                reason: CrashLoopBackOff

            """, to: "faults.yaml")
        try story.run("apply \(instant) --sandbox-faults faults.yaml --auto-approve")
        story.note("It is mended.")
        try story.run("apply \(instant) --auto-approve")
        try story.run("plan --sandbox --detailed-exitcode")
        story.note("The version stops, and what takes the streams away fails.")
        story.folder.replace("status: started", "status: stopped", in: "kreform.yaml")
        try story.run("apply \(instant) --sandbox-faults faults.yaml --auto-approve")
        story.note("Once more.")
        try story.run("apply \(instant) --auto-approve")
        try story.run("plan --sandbox --detailed-exitcode")
        story.note("Started again, and destroyed with the whole runtime: its own NATS goes, and nothing needs to be taken away before.")
        story.folder.replace("status: stopped", "status: started", in: "kreform.yaml")
        try Command.run("apply \(instant) --auto-approve".words, in: story.folder).expectSuccess()
        let gone = try Command.run(
            "destroy \(instant) --sandbox-faults faults.yaml --auto-approve --confirm emails".words, in: story.folder)
        gone.expectSuccess()
        // What is in a NATS that others share has to go first.
        story.folder.replace(
            "    versions:\n", "    stack: {external: {nats: {address: \"nats.shared:4222\"}}}\n    versions:\n", in: "kreform.yaml")
        try Command.run("apply \(instant) --auto-approve".words, in: story.folder).expectSuccess()
        let refused = try Command.run(
            "destroy \(instant) --sandbox-faults faults.yaml --auto-approve --confirm emails".words, in: story.folder)
        #expect(refused.status == 3 && (refused.output + refused.errors).contains("[not-cleaned-up]"))
        try Command.run("destroy \(instant) --auto-approve --confirm emails".words, in: story.folder).expectSuccess()
        story.compare()
    }

    @Test func podsHaveSettingsOfTheFile() throws {
        let story = try roomPrice("settings")
        func write(_ more: String) {
            story.folder.write(
                """
                kreform: v1
                engine: clientx
                defaults:
                  imagePullSecrets: [mirror]
                runtimes:
                  - name: room-price
                    config: {OUTPUT_PRICE_CURRENCY: EUR}
                    versions:
                      - krt: krt/room-price-v1.krt
                        status: started
                \(more)

                """, to: "kreform.yaml")
        }
        write("")
        try Command.run("apply \(instant) --auto-approve".words, in: story.folder).expectSuccess()
        story.note("A node of that name there is not, and the other variable is the runner's.")
        write("        nodes: {modle: {replicas: 3}, etl: {env: {KRT_NODE_NAME: etl}}}")
        try story.run("plan --sandbox")
        story.note("One node is to have three pods and a mirror's image, all of them a proxy.")
        write(
            """
                    defaults: {env: {HTTP_PROXY: "http://proxy:3128"}}
                    nodes:
                      model: {replicas: 3, image: "mirror.example.com/kre-py:1.23.1", resources: {limits: {memory: 2Gi}}}
            """)
        try story.run("plan --sandbox")
        try story.run("apply \(instant) --auto-approve")
        try story.run("plan --sandbox --detailed-exitcode")
        story.note("All of it is taken back.")
        write("")
        try story.run("plan --sandbox")
        story.compare()
    }

    @Test func aLostStateIsRebuilt() throws {
        let story = try roomPrice("rebuild")
        story.folder.write(file("v1: published", "v2: started"), to: "kreform.yaml")
        try Command.run("apply \(instant) --auto-approve".words, in: story.folder).expectSuccess()
        try story.run("state rebuild --sandbox")
        story.note("The state is lost. The second version has left the file meanwhile.")
        Folder.shell("rm '\(story.folder.path)'/state/sandbox/kreform.db*")
        story.folder.write(file("v1: published"), to: "kreform.yaml")
        try story.run("plan --sandbox")
        try story.run("state rebuild --sandbox")
        try story.run("plan --sandbox")
        try story.run("apply \(instant) --auto-approve")
        try story.run("plan --sandbox --detailed-exitcode")
        story.note("As data; the version that was removed is back in the file, stopped.")
        story.folder.write(file("v1: published", "v2: stopped"), to: "kreform.yaml")
        try story.run("state rebuild --sandbox --replace --json")
        try story.run("plan --sandbox --detailed-exitcode")
        story.note("Secrets may not be listed.")
        story.folder.write("faults:\n  - requests: {verb: list, kind: Secret}\n    answer: 403\n", to: "faults.yaml")
        try story.run("state rebuild --sandbox --sandbox-faults faults.yaml --replace")
        try story.run("plan --sandbox --detailed-exitcode")
        story.compare()
        Folder.shell("rm '\(story.folder.path)'/state/sandbox/cluster.db*")
        #expect(!story.folder.everything.contains(Command.secret))
    }

    @Test func aSavedPlanIsCarriedOutExactlyOrNotAtAll() throws {
        let story = try roomPrice("saved-plan")
        story.folder.write(file("v1: published"), to: "kreform.yaml")
        try story.run("plan --sandbox --out friday.plan")
        try story.run("show friday.plan")
        try story.run("apply \(instant) --auto-approve friday.plan")
        try story.run("plan --sandbox --detailed-exitcode")
        story.note("The plan has been carried out: it cannot be a second time.")
        try story.run("apply \(instant) --auto-approve friday.plan")
        story.note("A plan with a secret, which is not the same any more.")
        story.folder.write(file("v1: published", "v2: started"), to: "kreform.yaml")
        try story.run("plan --sandbox --out secret.plan")
        #expect(!story.folder.text("secret.plan").contains(Command.secret))
        try story.run(
            "apply \(instant) --auto-approve secret.plan", environment: ["ROOM_PRICE_API_SECRET": "another-0123456789"])
        try story.run("apply \(instant) --auto-approve secret.plan")
        story.note("A plan that somebody has edited.")
        story.folder.replace(#""mode":"apply""#, #""mode":"destroy""#, in: "friday.plan")
        try story.run("show friday.plan")
        try story.run("show nothing.plan")
        try story.run("show kreform.yaml")
        story.compare()
    }

    @Test func aVersionThatDoesNotStart() throws {
        let story = try roomPrice("failed-start")
        story.folder.write(file("v1: published"), to: "kreform.yaml")
        try Command.run("apply --sandbox --sandbox-speed instant --auto-approve".words, in: story.folder).expectSuccess()
        story.folder.write(file("v1: stopped", "v2: published"), to: "kreform.yaml")
        story.folder.write(
            """
            faults:
              - pod: {name: room-price-v2-room-price-model}
                never: ready
                reason: ImagePullBackOff

            """, to: "faults.yaml")
        try story.run("apply \(instant) --sandbox-faults faults.yaml --auto-approve")
        try story.run("status --sandbox --sandbox-faults faults.yaml")
        story.note("The image is there now.")
        try story.run("plan --sandbox")
        try story.run("apply \(instant) --auto-approve")
        try story.run("status --sandbox")
        story.compare()
    }

    @Test func refusals() throws {
        let story = try roomPrice("refusals")
        story.folder.write(file("v1: published"), to: "kreform.yaml")
        try Command.run("apply --sandbox --sandbox-speed instant --auto-approve".words, in: story.folder).expectSuccess()
        story.note("Another package under a known version name.")
        story.folder.replace("New York", "Boston", in: "v1/krt.yml")
        try Command.run(["krt", "pack", "v1", "krt/room-price-v1.krt"], in: story.folder).expectSuccess()
        try story.run("plan --sandbox")
        story.folder.replace("Boston", "New York", in: "v1/krt.yml")
        try Command.run(["krt", "pack", "v1", "krt/room-price-v1.krt"], in: story.folder).expectSuccess()
        story.note("Another engine over the same state.")
        story.folder.replace("clientx", "clienty", in: "kreform.yaml")
        try story.run("plan --sandbox")
        story.folder.replace("clienty", "clientx", in: "kreform.yaml")
        story.note("A protected runtime.")
        story.folder.replace("  - name: room-price\n", "  - name: room-price\n    protect: true\n", in: "kreform.yaml")
        try story.run("apply \(instant) --auto-approve")
        try story.run("destroy --sandbox --auto-approve")
        story.folder.write("kreform: v1\nengine: clientx\nruntimes: []\n", to: "kreform.yaml")
        try story.run("plan --sandbox")
        story.note("A state that is something else.")
        try story.run("plan --sandbox --state kreform.yaml")
        try story.run("state list --state nowhere.db")
        story.note("Faults that are none.")
        story.folder.write("faults:\n  - request: many\n    answer: 200\n", to: "faults.yaml")
        try story.run("plan --sandbox --sandbox-faults faults.yaml")
        try story.run("plan --sandbox-faults faults.yaml")
        try story.run("apply --sandbox --parallelism 0 --auto-approve")
        story.compare()
    }

    private func file(_ versions: String...) -> String {
        let items = versions.map { version in
            let name = version.prefix { $0 != ":" }
            let status = version.dropFirst(name.count + 2)
            let config = name == "v2"
                ? """

                        config:
                          API_SECRET: {env: ROOM_PRICE_API_SECRET}
                          PRICE_RULES: {file: config/price-rules.csv}
                """ : ""
            return """
                      - krt: krt/room-price-\(name).krt
                        status: \(status)\(config)
                """
        }
        return """
            kreform: v1
            engine: clientx
            runtimes:
              - name: room-price
                config:
                  OUTPUT_PRICE_CURRENCY: EUR
                versions:
            \(items.joined(separator: "\n"))

            """
    }
}

extension String {
    var words: [String] { split(separator: " ").map(String.init) }
}

extension Command {
    func expectSuccess(sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(status == 0, "\(errors)", sourceLocation: sourceLocation)
    }
}
