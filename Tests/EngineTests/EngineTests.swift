import Digest
import Engine
import Fields
import Glibc
import JSON
import Model
import Planning
import Sandbox
import StateStore
import Synchronization
import TestSupport
import Testing

@Suite struct EngineTests {
    @Test func planningChangesNothing() async throws {
        let shop = try Shop()
        shop.want(("v1", "published"))
        let first = try await shop.engine().plan(.apply)
        let second = try await shop.engine().plan(.apply)
        #expect(first.plan.lines == second.plan.lines)
        #expect(try shop.snapshot() == StateSnapshot())
        #expect(try await shop.object("Namespace", "shop-main", nil) == nil)
        try await shop.bring()
        let state = try shop.snapshot()
        shop.want(("v1", "started"), ("v2", "published"))
        let third = try await shop.engine().plan(.apply)
        #expect(try await shop.engine().plan(.apply).document == third.document)
        #expect(try shop.snapshot() == state)
    }

    @Test func noSecretIsInAPlanAStateOrAnEvent() async throws {
        let shop = try Shop()
        shop.want(("v1", "stopped"), ("v2", "published"))
        let run = try await shop.engine().begin(.apply)
        let events = Mutex<[String]>([])
        let report = try await run.carryOut(RunSettings()) { event in events.withLock { $0.append("\(event)") } }
        await run.end()
        #expect(report.outcome == .succeeded)
        let secret = try #require(try await shop.object("Secret", "room-price-v2-krt-conf"))
        let sent = try #require(secret.content["data"]?["API_SECRET"]?.string)
        let texts = [
            run.planned.document.encoded(), events.withLock { $0.joined() }, "\(report)", "\(try shop.snapshot())",
            "\(try await shop.engine().status())",
        ]
        for text in texts { #expect(!text.contains(Shop.secret) && !text.contains(sent)) }
        for config in try await shop.cluster().everything() where config.address.kind == "ConfigMap" {
            #expect(!config.content.encoded().contains(Shop.secret))
        }
    }

    @Test func aChangedSecretIsSeenWithoutBeingKnown() async throws {
        let shop = try Shop()
        shop.want(("v2", "started"))
        try await shop.bring()
        let engine = try Engine(EngineSettings(
            path: shop.path, environment: ["API_SECRET": "another-0123456789"], cluster: .sandbox(speed: .instant)))
        let plan = try await engine.plan(.apply).plan
        let old = try #require(try await shop.object("Secret", "room-price-v2-krt-conf"))
        let change = try #require(plan.changes.first { $0.inPlaceOf == old.address })
        #expect(change.action == .create && change.address != old.address)
        #expect(change.differences.map(\.path) == [FieldPath("data", "API_SECRET")])
        #expect(plan.changes.contains { $0.action == .delete && $0.address == old.address })
        #expect(change.differences.map(\.old) == [.sensitive] && change.differences.map(\.new) == [.sensitive])
    }

    @Test func statusTellsWhatRunsAndWhatDoesNot() async throws {
        let shop = try Shop()
        shop.want([("main", [("v1", "published"), ("v2", "stopped")]), ("other", [])])
        try await shop.bring()
        let service = try #require(try await shop.object("Service", "room-price-v1"))
        try await shop.cluster().delete(DeleteRequest(
            type: service.type, namespace: "shop-main", name: "room-price-v1", uid: service.uid))
        shop.want([("main", [("v1", "started"), ("v2", "stopped")]), ("new", [])])
        let report = try await shop.engine().status()
        #expect(report.runtimes.map(\.name) == ["main", "new", "other"])
        let main = report.runtimes[0]
        #expect(main.health.ready == main.health.total && main.health.total == 43)
        #expect(main.versions.map(\.name) == ["room-price-v1", "room-price-v2"])
        let version = main.versions[0]
        #expect(version.status == .published && version.wanted == .started)
        #expect(version.health.troubles == [
            EntityHealth.Trouble(
                address: service.address, reason: "missing in the cluster", isFailure: true)
        ])
        #expect(main.versions[1].status == .stopped && main.versions[1].health.total == 0)
        #expect(report.runtimes[1].health.total == 0)
        #expect(report.runtimes[2].health.total == 43)
    }

    /// Requests grow with the kinds of objects and the packages, not with the objects.
    @Test func aPlanWithoutChangesAsksOnceForEachKind() async throws {
        let shop = try Shop()
        shop.want(("v1", "published"), ("v2", "started"))
        try await shop.bring()
        let kinds = Set(try shop.snapshot().state.objects.values.map(\.type)).count
        // The next request after all those of a plan is refused: the plan must do without.
        shop.write("faults:\n  - request: \(kinds + 4)\n    answer: 401\n", to: "faults.yaml")
        #expect(try await shop.engine(faults: "\(shop.path)/faults.yaml").plan(.apply).plan.isEmpty)
        shop.write("faults:\n  - request: \(kinds)\n    answer: 401\n", to: "faults.yaml")
        let failure = await #expect(throws: EngineFailure.self) {
            try await shop.engine(faults: "\(shop.path)/faults.yaml").plan(.apply)
        }
        #expect(failure?.diagnostics.map(\.code) == ["cluster-unreadable"])
    }

    @Test func readsAreTriedAgain() async throws {
        let shop = try Shop()
        shop.want(("v1", "started"))
        shop.write(
            """
            faults:
              - requests: {verb: list, first: 5}
                answer: 500
              - requests: {verb: list, kind: Secret, first: 2}
                answer: 429
                retryAfter: 10ms

            """, to: "faults.yaml")
        #expect(try await shop.engine(faults: "\(shop.path)/faults.yaml").plan(.apply).plan.summary.create > 30)
    }
}

/// What holds whatever people do.
@Suite struct PropertyTests {
    /// Random desired states, and what others do to the cluster meanwhile: every apply succeeds, and leaves nothing to do.
    @Test(arguments: [1, 2, 3, 4] as [UInt64]) func everyApplyIsFollowedByAnEmptyPlan(_ seed: UInt64) async throws {
        let shop = try Shop()
        var random = SeededGenerator(seed: seed)
        shop.want(("v1", "published"))
        try await shop.bring()
        for _ in 0..<6 {
            let names = ["main", "other"].filter { _ in Int.random(in: 0..<10, using: &random) < 8 }
            shop.want(names.map { ($0, statuses(&random)) })
            try await disturb(shop, &random)
            try await shop.bring()
        }
        try await shop.bring(.destroy)
        let left = try await shop.cluster().everything().filter { $0.label(ObjectLabels.engine) == "shop" }
        #expect(left.map(\.address) == [])
    }

    private func statuses(_ random: inout SeededGenerator) -> [(name: String, status: String)] {
        var isTaken = false
        return ["v1", "v2"].shuffled(using: &random).filter { _ in Int.random(in: 0..<10, using: &random) < 8 }.map { name in
            let status = ["stopped", "started", "published", "published"].randomElement(using: &random) ?? "stopped"
            defer { if status == "published" { isTaken = true } }
            return (name, status == "published" && isTaken ? "started" : status)
        }.sorted { $0.name < $1.name }
    }

    private func disturb(_ shop: Shop, _ random: inout SeededGenerator) async throws {
        let cluster = try shop.cluster()
        let ours = try await cluster.everything().filter {
            $0.label(ObjectLabels.engine) == "shop" && $0.address.namespace != nil
                && ["Deployment", "ConfigMap", "Service", "Secret"].contains($0.address.kind)
                && $0.metadata["ownerReferences"] == nil
        }
        for object in ours where Int.random(in: 0..<15, using: &random) == 0 {
            let (type, name, namespace) = (object.type, object.address.name, object.address.namespace)
            switch Int.random(in: 0..<4, using: &random) {
            case 0:
                try await cluster.delete(DeleteRequest(type: type, namespace: namespace, name: name, uid: object.uid))
            case 1 where type.kind == "Deployment":
                try await cluster.edit(type, namespace: namespace, name: name) {
                    $0[JSONPointer(tokens: ["spec", "replicas"])] = 3
                }
            case 2:
                try await cluster.edit(type, namespace: namespace, name: name) {
                    $0[JSONPointer(tokens: ["metadata", "labels", "kreform/engine"])] = nil
                }
            default:
                try await cluster.edit(type, namespace: namespace, name: name) {
                    $0[JSONPointer(tokens: ["metadata", "annotations", "example.com/x"])] = "y"
                }
            }
        }
    }

    /// Two hundred random steps between versions: whenever the runtime was published before and is after, its Endpoints have had
    /// a ready address at every moment in between.
    @Test func thePublishedVersionAlwaysHasReadyEndpoints() async throws {
        let shop = try Shop()
        var random = SeededGenerator(seed: 11)
        shop.want(("v1", "published"))
        try await shop.bring()
        let cluster = try shop.cluster()
        let endpoints = ObjectQuery(type: ResourceType(apiVersion: "v1", kind: "Endpoints"), namespace: "shop-main")
        let start = try await cluster.list(endpoints).resourceVersion
        let seen = Mutex<[(version: Int, ready: Int)]>([])
        let watch = Task {
            for try await event in cluster.watch(endpoints, after: start)
            where event.object.address.name == ObjectNames.activeEntrypoint {
                let subsets = event.object.content["subsets"]?.array ?? []
                let ready = subsets.reduce(0) { $0 + ($1["addresses"]?.array?.count ?? 0) }
                seen.withLock { $0.append((Int(event.object.resourceVersion) ?? 0, ready)) }
            }
        }
        defer { watch.cancel() }
        var windows: [(from: Int, to: Int)] = []
        var isPublished = true, switches = 0, current = "v1"
        func version() async throws -> Int { Int(try await cluster.list(endpoints).resourceVersion) ?? 0 }
        for _ in 0..<200 {
            let from = try await version()
            let next = ["v1", "v2", "v1", "v2", nil].randomElement(using: &random) ?? nil
            shop.want(("v1", status("v1", next, &random)), ("v2", status("v2", next, &random)))
            let run = try await shop.engine().begin(.apply)
            if !run.planned.plan.isEmpty {
                #expect(try await run.carryOut(RunSettings(timeout: 30)) { _ in }.outcome == .succeeded)
            }
            await run.end()
            if isPublished, next != nil { windows.append((from, try await version())) }
            if isPublished, let next, next != current { switches += 1 }
            isPublished = next != nil
            current = next ?? current
        }
        #expect(switches > 20)
        // The Endpoints are touched once more, so that the watch is known to have told all before.
        let last = try await version()
        shop.want(("v1", isPublished && current == "v1" ? "stopped" : "published"), ("v2", "stopped"))
        try await shop.bring()
        let end = ContinuousClock.now + .seconds(20)
        while seen.withLock({ ($0.last?.version ?? 0) <= last }), ContinuousClock.now < end { await Task.yield() }
        let events = seen.withLock(\.self)
        #expect((events.last?.version ?? 0) > last)
        for window in windows {
            let gaps = events.filter { $0.version > window.from && $0.version <= window.to && $0.ready == 0 }
            #expect(gaps.isEmpty, "from \(window.from) to \(window.to)")
        }
        #expect(!windows.isEmpty)
    }

    private func status(_ name: String, _ published: String?, _ random: inout SeededGenerator) -> String {
        if name == published { return "published" }
        return Bool.random(using: &random) ? "started" : "stopped"
    }
}
