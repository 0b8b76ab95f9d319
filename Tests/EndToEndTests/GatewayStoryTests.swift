import Testing

/// Routes of a Gateway in place of Ingresses.
@Suite struct GatewayStoryTests {
    private let instant = "--sandbox --sandbox-speed instant"

    private func write(_ story: Transcript, _ ingress: String, published: String = "v1") {
        func status(_ version: String) -> String { version == published ? "published" : "started" }
        story.folder.write(
            """
            kreform: v1
            engine: clientx
            domain: ai.example.com
            runtimes:
              - name: room-price
                ingress: {\(ingress)}
                config: {OUTPUT_PRICE_CURRENCY: EUR}
                versions:
                  - {krt: krt/room-price-v1.krt, status: \(status("v1"))}
                  - krt: krt/room-price-v2.krt
                    status: \(status("v2"))
                    config:
                      API_SECRET: {env: ROOM_PRICE_API_SECRET}
                      PRICE_RULES: {file: config/price-rules.csv}

            """, to: "kreform.yaml")
    }

    @Test func routesTakeThePlaceOfIngresses() throws {
        let story = Transcript("gateway")
        try story.folder.takeRoomPrice()
        write(story, "className: nginx")
        try Command.run("apply \(instant) --auto-approve".words, in: story.folder).expectSuccess()
        story.note("TLS is the matter of the Gateway.")
        write(story, "tlsSecret: wildcard, gateway: {name: public, namespace: infra}")
        try story.run("validate")
        write(story, "gateway: {name: public, namespace: infra, sectionName: https}")
        try story.run("plan --sandbox --full")
        try story.run("apply \(instant) --auto-approve")
        try story.run("plan --sandbox --detailed-exitcode")
        story.note("Another version is published: the routes stay as they are.")
        write(story, "gateway: {name: public, namespace: infra, sectionName: https}", published: "v2")
        try story.run("plan --sandbox")
        try Command.run("apply \(instant) --auto-approve".words, in: story.folder).expectSuccess()
        story.note("A Gateway that knows HTTP alone.")
        write(story, "gateway: {name: public, namespace: infra, sectionName: https, route: HTTPRoute}", published: "v2")
        try story.run("plan --sandbox")
        try Command.run("apply \(instant) --auto-approve".words, in: story.folder).expectSuccess()
        story.note("What is there is not replaced unasked.")
        write(story, "gateway: {name: public, namespace: infra, sectionName: https}", published: "v2")
        try story.run("plan --sandbox --detailed-exitcode")
        story.compare()
    }
}
