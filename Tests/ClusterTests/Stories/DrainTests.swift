import Engine
import JSON
import Kubernetes
import Model
import Synchronization
import TestSupport
import Testing

/// A version that loses the publication to another stays up for a while.
@Suite(.needsControlPlane) struct DrainTests {
    private static let seconds = 8

    /// What a watch told of the active entrypoint and of the old version's pods, each with when it did.
    private final class Sightings: Sendable {
        private struct Seen {
            /// How many addresses are ready, and whether they are the new version's alone.
            var endpoints: [(at: ContinuousClock.Instant, ready: Int, isMoved: Bool)] = []
            var leaving: [ContinuousClock.Instant] = []
            var isMarked = false
        }

        private let seen = Mutex(Seen())

        func take(_ event: WatchEvent) {
            let object = event.object
            switch object.address.kind {
            case "Endpoints" where object.address.name == ObjectNames.activeEntrypoint:
                let addresses = (object.content["subsets"]?.array ?? []).flatMap { $0["addresses"]?.array ?? [] }
                let isMoved = addresses.allSatisfy { $0["targetRef"]?["name"]?.string?.hasPrefix("v2-") ?? false }
                let isMarked = object.metadata["annotations"]?["mark"] != nil
                seen.withLock { seen in
                    seen.endpoints.append((.now, addresses.count, isMoved && !addresses.isEmpty))
                    if isMarked { seen.isMarked = true }
                }
            case "Pod" where object.address.name.hasPrefix("v1-"):
                var isLeaving = object.isTerminating
                if case .deleted = event { isLeaving = true }
                if isLeaving { seen.withLock { $0.leaving.append(.now) } }
            default: break
            }
        }

        /// What the test itself wrote beside the endpoints: told by a watch that told all that was before.
        var isMarked: Bool { seen.withLock(\.isMarked) }
        var isEverEmpty: Bool { seen.withLock { $0.endpoints.contains { $0.ready == 0 } } }
        var moved: ContinuousClock.Instant? { seen.withLock { $0.endpoints.first(where: \.isMoved)?.at } }
        var left: ContinuousClock.Instant? { seen.withLock { $0.leaving.first } }
    }

    @Test(.timeLimit(.minutes(3))) func theOldPodsStayAfterTheSwitchAndEndpointsAreNeverEmpty() async throws {
        try await Site.with("drain") { site in
            for version in ["v1", "v2"] { site.pack(SmallPackage(version: version)) }
            let rollout = "    rollout: {strategy: drain, seconds: \(Self.seconds)}"
            site.want(["v1": "published", "v2": "started"], more: rollout)
            try await site.bring()

            let cluster = try site.plane.cluster()
            let sightings = Sightings()
            var watches: [Task<Void, any Error>] = []
            for kind in ["Endpoints", "Pod"] {
                let query = ObjectQuery(
                    type: ResourceType(apiVersion: "v1", kind: kind), namespace: site.namespace(),
                    labels: [ObjectLabels.engine: site.engine])
                let start = try await cluster.list(query).resourceVersion
                watches.append(Task { for try await event in cluster.watch(query, after: start) { sightings.take(event) } })
            }
            defer { for watch in watches { watch.cancel() } }

            site.want(["v1": "stopped", "v2": "published"], more: rollout)
            let plan = try await site.kreform("plan").expectSuccess()
            #expect(plan.contains("drain main/v1") && plan.contains("     stays up for \(Self.seconds)s after the switch\n"), "\(plan)")
            try await site.bring()
            #expect(await eventually(within: .seconds(20)) { sightings.left != nil })
            let moved = try #require(sightings.moved)
            let left = try #require(sightings.left)
            // What is told of the two may come a little late.
            #expect(left - moved > .seconds(Self.seconds - 1), "\(left - moved)")
            try await site.kubectl("annotate", "endpoints", ObjectNames.activeEntrypoint, "mark=end")
            #expect(await eventually(within: .seconds(20)) { sightings.isMarked }, "The watch did not last.")
            #expect(!sightings.isEverEmpty)
        }
    }
}
