import Engine
import JSON
import Kubernetes
import Model
import Synchronization
import TestSupport
import Testing

@Suite(.needsControlPlane) struct PublicationTests {
    private static let runtimes = 10
    private static let rounds = 20
    private static let versions = ["v1", "v2"]

    /// What a runtime is asked to be: which version is published, and which others run.
    private struct Wanted {
        var published: String?
        var started: Set<String> = []

        func status(_ version: String) -> String {
            published == version ? "published" : started.contains(version) ? "started" : "stopped"
        }

        enum Move: CaseIterable { case publish, unpublish, switchOver, rollBack }

        /// Publishes, unpublishes, switches or rolls back. What is published may have to be started for it; when the move `stops`, the
        /// other versions may be stopped in the same go.
        mutating func move(_ random: inout SeededGenerator, stops: Bool) -> Move {
            let old = published
            let isTaken = old != nil && Int.random(in: 0..<4, using: &random) == 0
            published = isTaken ? nil : PublicationTests.versions.filter { $0 != old }.randomElement(using: &random)
            started.formUnion([old, published].compactMap { $0 })
            if stops { started = started.filter { _ in Bool.random(using: &random) } }
            guard let old else { return .publish }
            return published.map { $0 > old ? .switchOver : .rollBack } ?? .unpublish
        }
    }

    private func write(_ wanted: [Wanted], _ site: Site) {
        let runtimes = wanted.enumerated().map { number, wanted in
            """
              - name: r\(number)
                stack: {preset: dev}
                versions:
                  - {krt: v1.krt, status: \(wanted.status("v1"))}
                  - {krt: v2.krt, status: \(wanted.status("v2"))}

            """
        }
        site.write("kreform: v1\nengine: \(site.engine)\nruntimes:\n" + runtimes.joined())
    }

    /// Endpoints as they were seen, in the order of the cluster's versions.
    private final class Sightings: Sendable {
        struct Sighting { let version: Int, ready: Int }
        private let seen = Mutex<[String: [Sighting]]>([:])

        func take(_ event: WatchEvent) {
            let object = event.object
            guard object.address.name == ObjectNames.activeEntrypoint else { return }
            var ready = (object.content["subsets"]?.array ?? []).reduce(0) { $0 + ($1["addresses"]?.array?.count ?? 0) }
            if case .deleted = event { ready = 0 }
            let sighting = Sighting(version: Int(object.resourceVersion) ?? 0, ready: ready)
            seen.withLock { $0[object.address.namespace ?? "", default: []].append(sighting) }
        }

        /// Whether there was a ready address at a moment, which is a version of the cluster.
        func isReady(_ namespace: String, at moment: Int) -> Bool {
            seen.withLock { ($0[namespace]?.last { $0.version <= moment }?.ready ?? 0) > 0 }
        }

        /// The moments after `from`, and not after `to`, from which there was none.
        func gaps(_ namespace: String, after from: Int, to: Int = .max) -> [Int] {
            let all = seen.withLock { $0[namespace] ?? [] }
            return all.filter { $0.version > from && $0.version <= to && $0.ready == 0 }.map(\.version)
        }
    }

    /// Two hundred random steps: from the end of the run that published a runtime to the beginning of the one that unpublishes it,
    /// its Endpoints have a ready address at every moment. The runtimes' steps are taken together, those of a round in one run.
    @Test(.timeLimit(.minutes(8)), arguments: [7 as UInt64]) func aPublishedRuntimeAlwaysHasReadyEndpoints(_ seed: UInt64) async throws {
        try await Site.with("endp") { site in
            for version in Self.versions { site.pack(SmallPackage(version: version)) }
            let cluster = try site.plane.cluster()
            let query = ObjectQuery(
                type: ResourceType(apiVersion: "v1", kind: "Endpoints"), labels: [ObjectLabels.engine: site.engine])
            @Sendable func version() async throws -> Int { Int(try await cluster.list(query).resourceVersion) ?? 0 }
            let sightings = Sightings()
            let start = try await cluster.list(query).resourceVersion
            let watch = Task { for try await event in cluster.watch(query, after: start) { sightings.take(event) } }
            defer { watch.cancel() }

            var random = SeededGenerator(seed: seed)
            var wanted = Array(repeating: Wanted(published: "v1"), count: Self.runtimes)
            try await bring(wanted, site)
            var since = Array(repeating: Optional(try await version()), count: Self.runtimes)
            var published: [(namespace: String, from: Int, to: Int)] = []
            var moves: [Wanted.Move: Int] = [:]
            for round in 0..<Self.rounds {
                let before = try await version()
                for number in wanted.indices { moves[wanted[number].move(&random, stops: round % 4 == 3), default: 0] += 1 }
                try await bring(wanted, site)
                let after = try await version()
                for (number, wanted) in wanted.enumerated() {
                    if wanted.published == nil, let from = since[number] {
                        published.append((site.namespace("r\(number)"), from, before))
                        since[number] = nil
                    } else if wanted.published != nil, since[number] == nil {
                        since[number] = after
                    }
                }
            }
            for (number, from) in since.enumerated() {
                guard let from else { continue }
                published.append((site.namespace("r\(number)"), from, try await version()))
            }
            #expect(moves.values.reduce(0, +) >= 200)
            #expect(Wanted.Move.allCases.allSatisfy { moves[$0, default: 0] >= 20 }, "\(moves)")

            // Somebody takes a Service away, and a run brings it back: the watch tells of that, and so has told all before.
            let number = wanted.firstIndex { $0.published != nil } ?? 0
            let name = site.namespace("r\(number)")
            let whole = try await version()
            try await site.plane.kubectl("delete", "service", ObjectNames.activeEntrypoint, "--namespace", name).expectSuccess()
            try await bring(wanted, site)
            let isTold = await eventually(within: .seconds(20)) { !sightings.gaps(name, after: whole).isEmpty }
            #expect(isTold && sightings.isReady(name, at: whole))
            for one in published {
                #expect(sightings.isReady(one.namespace, at: one.from), "\(one)")
                let gaps = sightings.gaps(one.namespace, after: one.from, to: one.to)
                #expect(gaps.isEmpty, "\(one): \(gaps)")
            }
        }
    }

    private func bring(_ wanted: [Wanted], _ site: Site) async throws {
        write(wanted, site)
        let run = try await site.library().begin(.apply)
        if !run.planned.plan.isEmpty {
            let report = try await run.carryOut(RunSettings(timeout: 120)) { _ in }
            #expect(report.outcome == .succeeded, "\(report.failed)")
        }
        await run.end()
    }

    /// A version that does not become ready is told of, and what was published before stays as it is, untouched.
    @Test(.timeLimit(.minutes(3)), arguments: [
        ("never-ready", "is not ready yet", "is not ready yet"), ("no-such-image", "ImagePullBackOff", "ErrImagePull"),
        ("exits-1", "CrashLoopBackOff", "CrashLoopBackOff"),
    ])
    func aVersionThatDoesNotBecomeReadyLeavesTheOldOnePublished(_ image: String, _ reason: String, _ other: String) async throws {
        try await Site.with("keep") { site in
            site.pack(SmallPackage(version: "v1"))
            site.pack(SmallPackage(version: "v2", nodes: [("only", "example.test/\(image):2")], entrypoint: "example.test/\(image):2"))
            site.want(["v1": "published"])
            try await site.bring()
            let before = try await untouched(site)
            #expect(before.count == 5)

            site.want(["v1": "stopped", "v2": "published"])
            let apply = try await site.kreform("apply --auto-approve --timeout 8 --patience 2")
            #expect(apply.status == 3, "\(apply.output)\(apply.errors)")
            // Alone or with the other, by the same cause.
            let errors = apply.output.split(separator: "\n\n").filter { $0.hasPrefix("Error: ") }
            #expect(errors.contains { $0.contains("apps/Deployment/\(site.namespace())/v2-entrypoint") }, "\(apply.output)")
            #expect(apply.output.contains("not done: publish main/v2 in place of v1"))
            #expect(apply.output.contains(reason) || apply.output.contains(other), "\(apply.output)")
            #expect(try await untouched(site) == before)
            #expect(try await site.field("endpoints/active-entrypoint", ".subsets[*].addresses[*].ip") != "")
            let status = try await site.kreform("status").expectSuccess()
            #expect(status.contains("v1       published (wanted: stopped)"), "\(status)")

            // The way back takes away what did not work, and touches nothing else.
            site.want(["v1": "published"])
            try await site.bring()
            #expect(try await untouched(site) == before)
        }
    }

    /// Uids and resource versions of what serves, without those that count statuses: Deployments and pods.
    private func untouched(_ site: Site) async throws -> [String] {
        let objects = [
            "deployment/v1-entrypoint", "deployment/v1-work-only", "service/active-entrypoint", "service/v1",
            try await site.named("configmap", "v1-conf-files"),
        ]
        var lines: [String] = []
        for object in objects {
            lines.append(try await site.field(object, ".metadata.uid") + " " + site.field(object, ".metadata.resourceVersion"))
        }
        return lines
    }
}
