import Engine
import Glibc
import Model
import StateStore
import Testing

@Suite struct DestroyTests {
    private func without(_ shop: Shop) throws -> Engine {
        try Engine(EngineSettings(path: shop.path, cluster: .sandbox(speed: .instant)))
    }

    /// In an emergency the packages and the secrets of what is to go need not be at hand.
    @Test func takingAwayNeedsNeitherPackagesNorSecrets() async throws {
        let shop = try Shop()
        shop.want(("v1", "started"), ("v2", "published"))
        try await shop.bring()
        system("rm '\(shop.path)'/*.krt")
        let plan = try await without(shop).plan(.destroy)
        #expect(plan.plan.summary.delete == 63)
        let run = try await without(shop).begin(.destroy)
        #expect(try await run.carryOut(RunSettings()) { _ in }.outcome == .succeeded)
        await run.end()
        #expect(try shop.snapshot().state.objects.isEmpty)
        // Making things does need them.
        await #expect(throws: EngineFailure.self) { try await without(shop).plan(.apply) }
    }

    @Test func whatTheFileProtectsIsKeptThen() async throws {
        let shop = try Shop()
        shop.want(("v2", "published"))
        try await shop.bring()
        shop.write(
            """
            kreform: v1
            engine: shop
            runtimes:
              - name: main
                protect: true
                versions:
                  - krt: nowhere.krt
                    status: published

            """, to: "kreform.yaml")
        let failure = await #expect(throws: EngineFailure.self) { try await without(shop).plan(.destroy) }
        #expect(failure?.diagnostics.map(\.code) == ["runtime-protected"])
    }

    @Test func filesThatCannotBeReadAreNotGuessedAt() async throws {
        let shop = try Shop()
        shop.want(("v1", "started"))
        try await shop.bring()
        shop.write("kreform: v1\nengine: shop\nruntimes:\n  - name: main\n    protekt: true\n", to: "kreform.yaml")
        let failure = await #expect(throws: EngineFailure.self) { try await without(shop).plan(.destroy) }
        #expect(failure?.diagnostics.map(\.code) == ["unknown-key"])
    }
}
