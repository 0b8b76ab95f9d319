import JSON
import Kubernetes
import Model
import Synchronization
import TestSupport
import Testing

/// A version gets a growing share of the calls before it takes the publication from another.
@Suite(.needsControlPlane) struct CanaryTests {
    /// What watches told, in order, without repetition: the canary's weight, and whether somebody answers at the active entrypoint.
    private final class Sightings: Sendable {
        private struct Seen {
            var weights: [String] = []
            var isEverEmpty = false
            var marks: Set<String> = []
        }

        private let seen = Mutex(Seen())
        var weights: [String] { seen.withLock(\.weights) }
        var isEverEmpty: Bool { seen.withLock(\.isEverEmpty) }
        /// What the test itself wrote beside the endpoints: told by a watch that told all that was before.
        func hasSeen(_ mark: String) -> Bool { seen.withLock { $0.marks.contains(mark) } }

        func take(_ event: WatchEvent) {
            let object = event.object
            switch object.address.short {
            case "Ingress entrypoint-canary":
                var weight = object.metadata["annotations"]?["nginx.ingress.kubernetes.io/canary-weight"]?.string ?? "?"
                if case .deleted = event { weight = "gone" }
                seen.withLock { if $0.weights.last != weight { $0.weights.append(weight) } }
            case "Endpoints active-entrypoint":
                let ready = (object.content["subsets"]?.array ?? []).flatMap { $0["addresses"]?.array ?? [] }
                let mark = object.metadata["annotations"]?["mark"]?.string
                seen.withLock { seen in
                    if ready.isEmpty { seen.isEverEmpty = true }
                    if let mark { seen.marks.insert(mark) }
                }
            default: break
            }
        }
    }

    private static let rollout = "    ingress: {className: nginx}\n    rollout: {strategy: canary, steps: "

    /// Nobody calls in vain while `body` runs.
    private func watched(_ site: Site, _ mark: String, _ body: (Sightings) async throws -> Void) async throws {
        let cluster = try site.plane.cluster()
        let sightings = Sightings()
        var watches: [Task<Void, any Error>] = []
        for (version, kind) in [("v1", "Endpoints"), ("networking.k8s.io/v1", "Ingress")] {
            let query = ObjectQuery(
                type: ResourceType(apiVersion: version, kind: kind), namespace: site.namespace(),
                labels: [ObjectLabels.engine: site.engine])
            let start = try await cluster.list(query).resourceVersion
            watches.append(Task { for try await event in cluster.watch(query, after: start) { sightings.take(event) } })
        }
        defer { for watch in watches { watch.cancel() } }
        try await body(sightings)
        try await site.kubectl("annotate", "endpoints", "active-entrypoint", "mark=\(mark)", "--overwrite")
        #expect(await eventually(within: .seconds(20)) { sightings.hasSeen(mark) }, "The watch did not last.")
        #expect(!sightings.isEverEmpty)
    }

    @Test(.timeLimit(.minutes(5))) func theShareRisesIsTakenBackAndRisesAgain() async throws {
        try await Site.with("canary") { site in
            for version in ["v1", "v2"] { site.pack(SmallPackage(version: version)) }
            func want(_ v1: String, _ v2: String, _ steps: String) {
                site.want(["v1": v1, "v2": v2], more: "\(Self.rollout)[\(steps)]}")
            }
            want("published", "started", "{weight: 10, seconds: 3}, {weight: 50, seconds: 3}")
            try await site.bring()

            // The new version fails while it has its share.
            try await watched(site, "failing") { sightings in
                want("started", "published", "{weight: 10, seconds: 600}")
                let run = try await site.start("apply --auto-approve --timeout 120", log: "failing")
                #expect(await eventually(within: .seconds(60)) { sightings.weights == ["10"] })
                try await site.kubectl("delete", "deployment", "v2-entrypoint")
                let end = try await run.end.value
                #expect(end.status == 3, "\(end.output)\(end.errors)")
                #expect(end.output.contains("[canary-failed]") && end.output.contains("v1 gets all calls again"), "\(end.output)")
                #expect(await eventually(within: .seconds(20)) { sightings.weights == ["10", "gone"] })
            }
            #expect(try await site.field("service/active-entrypoint", ".spec.selector.version-name") == "v1-entrypoint")
            #expect(try await site.kubectl("get", "ingress", "--output=name").contains("canary") == false)

            // The next run makes what is missing and goes all the way.
            try await watched(site, "whole") { sightings in
                want("stopped", "published", "{weight: 10, seconds: 3}, {weight: 50, seconds: 3}")
                let plan = try await site.kreform("plan").expectSuccess()
                #expect(plan.contains("route 10% to main/v2") && plan.contains("route 50% to main/v2"), "\(plan)")
                try await site.bring()
                #expect(await eventually(within: .seconds(20)) { sightings.weights == ["10", "50", "gone"] })
            }
            #expect(try await site.field("service/active-entrypoint", ".spec.selector.version-name") == "v2-entrypoint")
        }
    }
}
