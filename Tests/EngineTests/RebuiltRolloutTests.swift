import Engine
import JSON
import Model
import StateStore
import Testing

/// A state that is lost while a version takes the publication from another, and made again.
@Suite struct RebuiltRolloutTests {
    private static let v1 = EntityAddress.version(runtime: "main", name: "room-price-v1")
    private static let v2 = EntityAddress.version(runtime: "main", name: "room-price-v2")

    private func want(_ shop: Shop, v1: String, v2: String, ingress: String, rollout: String) {
        shop.write("""
            kreform: v1
            engine: shop
            domain: shop.example.com
            rollout: \(rollout)
            runtimes:
              - name: main
                ingress: \(ingress)
                config: {OUTPUT_PRICE_CURRENCY: EUR}
                versions:
                  - {krt: v1.krt, status: \(v1)}
                  - krt: v2.krt
                    status: \(v2)
                    config:
                      API_SECRET: {env: API_SECRET}
                      PRICE_RULES: {file: config/price-rules.csv}

            """, to: "kreform.yaml")
    }

    /// Carries out the plan until the change is done for which `isLast` holds.
    private func bring(_ shop: Shop, until isLast: @escaping @Sendable (Change) -> Bool) async throws -> Plan {
        let run = try await shop.engine().begin(.apply)
        let plan = run.planned.plan
        let report = try await run.carryOut(RunSettings(timeout: 120)) { event in
            if case .changeFinished(let id, _) = event.kind, isLast(plan.changes[id]) { run.requestStop() }
        }
        await run.end()
        #expect(report.outcome == .interrupted)
        return plan
    }

    @Test(arguments: ["{className: nginx}", "{gateway: {name: public}}"])
    func aCanaryGoesOnWithTheShareThatTheClusterHas(_ ingress: String) async throws {
        let shop = try Shop()
        let rollout = "{strategy: canary, steps: [{weight: 10, seconds: 1}, {weight: 50, seconds: 3600}]}"
        want(shop, v1: "published", v2: "started", ingress: ingress, rollout: rollout)
        try await shop.bring()
        want(shop, v1: "started", v2: "published", ingress: ingress, rollout: rollout)
        let name = ingress.contains("nginx") ? "entrypoint-canary" : "entrypoint"
        _ = try await bring(shop) { $0.address.name == name && $0.follows != nil }
        let before = try shop.snapshot().state
        let expected = try await shop.engine().plan(.apply).plan
        #expect(expected.steps.map(\.action) == [.canary, .publish, .unpublish])
        #expect(expected.steps.first?.canary?.weight == 50 && expected.steps.first?.canary?.since != nil)

        shop.loseState()
        let report = try await shop.engine().rebuild(replacing: false).report
        #expect(report.warnings == [] && report.differing.allSatisfy { $0.name == "active-entrypoint" }, "\(report.differing)")
        let after = try shop.snapshot().state
        #expect(after.entities == before.entities)
        let old = try #require(before.objects.values.first { $0.address.name == name })
        let new = try #require(after.objects.values.first { $0.address.name == name })
        #expect(new.applied == old.applied && new.dependsOn == old.dependsOn && new.entity == old.entity)
        #expect(abs(new.appliedAt.seconds - old.appliedAt.seconds) <= 1)
        let plan = try await shop.engine().plan(.apply).plan
        #expect(plan.lines == expected.lines)
        #expect(plan.steps.first?.canary?.weight == 50 && plan.steps.first?.canary?.since == new.appliedAt)
        try await shop.bring()
    }

    @Test func aVersionThatLostThePublicationIsStillDrained() async throws {
        let shop = try Shop()
        let rollout = "{strategy: drain, seconds: 3600}"
        want(shop, v1: "published", v2: "started", ingress: "{}", rollout: rollout)
        try await shop.bring()
        want(shop, v1: "started", v2: "published", ingress: "{}", rollout: rollout)
        try await shop.bring()
        let lost = try #require(try shop.snapshot().state.unpublished[Self.v1])
        shop.loseState()
        _ = try await shop.engine().rebuild(replacing: false)
        let found = try #require(try shop.snapshot().state.unpublished[Self.v1])
        #expect(abs(found.seconds - lost.seconds) <= 2)
        #expect(try shop.snapshot().state.unpublished[Self.v2] == nil)
        want(shop, v1: "stopped", v2: "published", ingress: "{}", rollout: rollout)
        let plan = try await shop.engine().plan(.apply).plan
        #expect(plan.steps.map(\.action) == [.drain, .stop] && plan.steps.first?.drain?.since == found)
        try await shop.bring()
    }
}
