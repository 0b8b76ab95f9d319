import Engine
import Fields
import JSON
import Model
import Sandbox
import Synchronization
import Testing

/// The configuration of a version that runs changes.
@Suite struct ConfigurationChangeTests {
    private func want(_ shop: Shop, currency: String, nats: String = "nats.one:4222") {
        shop.write("""
            kreform: v1
            engine: shop
            runtimes:
              - name: main
                stack: {preset: dev, external: {nats: {address: "\(nats)"}}}
                config: {OUTPUT_PRICE_CURRENCY: \(currency)}
                versions:
                  - krt: v2.krt
                    status: published
                    config:
                      API_SECRET: {env: API_SECRET}
                      PRICE_RULES: {file: config/price-rules.csv}

            """, to: "kreform.yaml")
    }

    /// One that never becomes ready, of those that are made from now on.
    private func writeFaults(_ shop: Shop) -> String {
        shop.write("""
            faults:
              - pod: {name: room-price-v2-room-price-model}
                never: ready
                reason: ImagePullBackOff

            """, to: "faults.yaml")
        return "\(shop.path)/faults.yaml"
    }

    /// The version's configuration that the cluster has, `KIND NAME`.
    private func configuration(_ shop: Shop, faults: String? = nil) async throws -> Set<String> {
        Set(try await shop.cluster(faults: faults).everything().filter {
            $0.label(ObjectLabels.version) == "room-price-v2" && $0.label(ObjectLabels.component) == "configuration"
        }.map(\.address.short))
    }

    /// What the pods of a part read, and how many are ready to.
    private func readers(_ shop: Shop, of part: String, faults: String? = nil) async throws -> [Set<String>] {
        try await shop.cluster(faults: faults).everything().filter { object in
            let isReady = (object.content["status"]?["conditions"]?.array ?? []).contains { $0["type"] == "Ready" && $0["status"] == "True" }
            return object.address.kind == "Pod" && object.address.name.hasPrefix("room-price-v2-\(part)") && isReady
        }.map { pod in
            let spec = pod.content["spec"]
            let sources = (spec?["containers"]?.array ?? []).flatMap { $0["envFrom"]?.array ?? [] }
            let volumes = spec?["volumes"]?.array ?? []
            return Set(sources.compactMap { ($0["configMapRef"]?["name"]?.string).map { "ConfigMap \($0)" } }
                + sources.compactMap { ($0["secretRef"]?["name"]?.string).map { "Secret \($0)" } }
                + volumes.compactMap { ($0["configMap"]?["name"]?.string).map { "ConfigMap \($0)" } })
        }
    }

    private func endpoints(_ shop: Shop, faults: String? = nil) async throws -> Int {
        let all = try await shop.cluster(faults: faults).everything()
        let endpoints = all.first { $0.address.kind == "Endpoints" && $0.address.name == ObjectNames.activeEntrypoint }
        return (endpoints?.content["subsets"]?.array ?? []).reduce(0) { $0 + ($1["addresses"]?.array?.count ?? 0) }
    }

    @Test func theOldConfigurationGoesWhenNothingReadsItAnyMore() async throws {
        let shop = try Shop()
        want(shop, currency: "EUR")
        try await shop.bring()
        let old = try await configuration(shop)
        #expect(old.count == 3)
        shop.write("neighbourhood,weight\nSoHo,1.3\n", to: "config/price-rules.csv")
        want(shop, currency: "CHF", nats: "nats.two:4222")
        let run = try await shop.engine().begin(.apply)
        let plan = run.planned.plan
        let events = Mutex<[ApplyEvent.Kind]>([])
        let report = try await run.carryOut(RunSettings(timeout: 60)) { event in events.withLock { $0.append(event.kind) } }
        await run.end()
        #expect(report.outcome == .succeeded, "\(report.failed)")

        // Everything that reads it is ready before any of the old is deleted.
        let deployments = plan.changes.filter { $0.address.kind == "Deployment" && $0.action == .update }
        let version = deployments.filter { $0.entity == .version(runtime: "main", name: "room-price-v2") }
        #expect(version.count == 5)
        let removals = plan.changes.filter { $0.action == .delete && old.contains($0.address.short) }
        #expect(removals.count == 3)
        let all = events.withLock { $0 }
        func place(_ test: (ApplyEvent.Kind) -> Bool) throws -> Int {
            let found = all.firstIndex(where: test)
            return try #require(found)
        }
        for removal in removals {
            let began = try place { $0 == .changeStarted(removal.id) }
            for deployment in version {
                #expect(try place { if case .changeFinished(deployment.id, _) = $0 { true } else { false } } < began)
            }
        }
        let new = try await configuration(shop)
        #expect(new.count == 3 && new.isDisjoint(with: old))
        #expect(try await readers(shop, of: "room-price-model") == [new])
        #expect(try await endpoints(shop) == 1)
        #expect(try await shop.engine().plan(.apply).plan.isEmpty)
    }

    @Test func aFailedRolloutLeavesTheOldPodsOnTheOldConfiguration() async throws {
        let shop = try Shop()
        want(shop, currency: "EUR")
        try await shop.bring()
        let old = try await configuration(shop)
        let pods = try await readers(shop, of: "room-price-model")
        #expect(pods == [old])
        want(shop, currency: "CHF")
        let faults = writeFaults(shop)
        let run = try await shop.engine(faults: faults).begin(.apply)
        let report = try await run.carryOut(RunSettings(timeout: 20, patience: 0.1)) { _ in }
        await run.end()
        #expect(report.outcome == .failed)
        let both = try await configuration(shop, faults: faults)
        #expect(both.count == 4 && both.isSuperset(of: old))
        #expect(try await readers(shop, of: "room-price-model", faults: faults) == pods)
        #expect(try await endpoints(shop, faults: faults) == 1)

        // What is left of it is known, and still waits for the rollout.
        let next = try await shop.engine(faults: faults).plan(.apply).plan
        let values = try #require(old.first { $0.hasPrefix("ConfigMap room-price-v2-krt-conf-") })
        #expect(next.lines == ["update version/main/room-price-v2: changed in file, unfinished last time", "  delete \(values)"])

        // The way back.
        want(shop, currency: "EUR")
        let back = try await shop.bring()
        #expect(back.plan.summary.create == 0 && back.plan.summary.delete == 1)
        #expect(back.plan.changes.filter { $0.action == .update }.allSatisfy { $0.address.kind == "Deployment" })
        #expect(try await configuration(shop) == old)
        #expect(try await readers(shop, of: "room-price-model") == pods)
    }

    /// The rollout is done and the run is cut off: the next one takes the old away.
    @Test func whatACutOffRunLeftGoesWithTheNext() async throws {
        let shop = try Shop()
        want(shop, currency: "EUR")
        try await shop.bring()
        let old = try await configuration(shop)
        want(shop, currency: "CHF")
        shop.write("faults:\n  - requests: {verb: delete, kind: ConfigMap}\n    answer: 401\n", to: "faults.yaml")
        let run = try await shop.engine(faults: "\(shop.path)/faults.yaml").begin(.apply)
        let report = try await run.carryOut(RunSettings(timeout: 60)) { _ in }
        await run.end()
        #expect(report.outcome == .failed)
        #expect(try await configuration(shop).count == 4)
        let values = try #require(old.first { $0.hasPrefix("ConfigMap room-price-v2-krt-conf-") })
        let next = try await shop.bring()
        #expect(next.plan.lines.dropFirst() == ["  delete \(values)"])
        let left = try await configuration(shop)
        #expect(left.count == 3 && !left.contains(values))
        #expect(try await readers(shop, of: "room-price-model") == [left])
    }

    /// Nobody changes what the pods would read at their next start.
    @Test func nobodyChangesItInPlace() async throws {
        let shop = try Shop()
        want(shop, currency: "EUR")
        try await shop.bring()
        let names = try await configuration(shop).map { $0.split(separator: " ").map(String.init) }
        for words in names {
            let type = ResourceType(apiVersion: "v1", kind: words[0])
            await #expect(throws: (any Error).self) {
                try await shop.cluster().edit(type, namespace: "shop-main", name: words[1]) {
                    $0[JSONPointer(tokens: ["data", "OUTPUT_PRICE_CURRENCY"])] = "VVNE"
                }
            }
        }
    }
}
