import JSON
import Kubernetes
import Model
import Synchronization
import TestSupport
import Testing

/// The configuration of a published version changes.
@Suite(.needsControlPlane) struct ConfigurationTests {
    /// - Parameter more: further lines of the version.
    private func want(_ site: Site, currency: String, nats: String, more: String = "") {
        site.write("""
            kreform: v1
            engine: \(site.engine)
            runtimes:
              - name: main
                stack: {preset: dev, external: {nats: {address: "\(nats)"}}}
                config: {CURRENCY: \(currency), TOKEN: {env: SECRET}}
                versions:
                  - krt: v1.krt
                    status: published
            \(more)

            """)
    }

    /// `KIND/NAME` of the version's configuration, sorted.
    private func configuration(_ site: Site) async throws -> [String] {
        try await site.kubectl(
            "get", "configmaps,secrets", "--selector=kreform/version=v1,kreform/component=configuration", "--output=name"
        ).split(separator: "\n").map(String.init).sorted()
    }

    /// Of the node's pods: uids, and what they take their variables from.
    private func pods(_ site: Site) async throws -> String {
        try await site.kubectl(
            "get", "pods", "--selector=node-name=only", "--field-selector=status.phase=Running",
            "--output=jsonpath={range .items[*]}{.metadata.uid} {.spec.containers[*].envFrom}{\"\\n\"}{end}")
    }

    /// The numbers of ready addresses that the active entrypoint had, as they changed.
    private final class Sightings: Sendable {
        private let seen = Mutex<[Int]>([])

        func take(_ event: WatchEvent) {
            guard event.object.address.name == ObjectNames.activeEntrypoint else { return }
            var ready = (event.object.content["subsets"]?.array ?? []).reduce(0) { $0 + ($1["addresses"]?.array?.count ?? 0) }
            if case .deleted = event { ready = 0 }
            seen.withLock { $0.append(ready) }
        }

        var all: [Int] { seen.withLock { $0 } }
    }

    /// Calls `body`, and gives what happened to the Endpoints meanwhile.
    private func watching(_ site: Site, _ body: () async throws -> Void) async throws -> [Int] {
        let cluster = try site.plane.cluster()
        let query = ObjectQuery(
            type: ResourceType(apiVersion: "v1", kind: "Endpoints"), labels: [ObjectLabels.engine: site.engine])
        let start = try await cluster.list(query).resourceVersion
        let sightings = Sightings()
        let watch = Task { for try await event in cluster.watch(query, after: start) { sightings.take(event) } }
        defer { watch.cancel() }
        try await body()
        // What is told last is told after all the rest.
        let count = sightings.all.count
        try await site.kubectl("label", "endpoints/\(ObjectNames.activeEntrypoint)", "seen=yes")
        let isTold = await eventually(within: .seconds(20)) { sightings.all.count > count }
        #expect(isTold)
        return sightings.all
    }

    @Test(.timeLimit(.minutes(12))) func aPublishedVersionKeepsAnsweringWhileItsConfigurationChanges() async throws {
        try await Site.with("conf") { site in
            site.pack(SmallPackage(variables: ["CURRENCY", "TOKEN"]))
            want(site, currency: "EUR", nats: "nats.one:4222")
            try await site.bring()
            let old = try await configuration(site)
            #expect(old.count == 3)
            // The address is in files that the entrypoint reads too.
            want(site, currency: "CHF", nats: "nats.two:4222")
            let seen = try await watching(site) {
                let apply = try await site.kreform(
                    "apply --auto-approve --timeout 120", environment: ["SECRET": "another-0123456789"])
                #expect(apply.status == 0, "\(apply.output)\(apply.errors)")
                #expect(!(apply.output + apply.errors).contains("another-0123456789"))
            }
            // Its pod was exchanged, and there was always one.
            #expect(seen.count > 1 && seen.allSatisfy { $0 > 0 }, "\(seen)")
            let new = try await configuration(site)
            #expect(new.count == 3 && Set(new).isDisjoint(with: old), "\(old) \(new)")
            let pods = try await pods(site)
            for object in new where object.contains("krt-conf") {
                #expect(pods.contains(object.split(separator: "/").last ?? "-"), "\(pods)")
            }
            let plan = try await site.kreform("plan --detailed-exitcode", environment: ["SECRET": "another-0123456789"])
            #expect(plan.status == 0, "\(plan.output)\(plan.errors)")
        }
    }

    @Test(.timeLimit(.minutes(12))) func aFailedRolloutKeepsTheOldConfiguration() async throws {
        try await Site.with("back") { site in
            site.pack(SmallPackage(variables: ["CURRENCY", "TOKEN"]))
            want(site, currency: "EUR", nats: "nats.one:4222")
            try await site.bring()
            let (old, before) = (try await configuration(site), try await pods(site))
            want(
                site, currency: "CHF", nats: "nats.two:4222", more: """
                        nodes: {only: {image: "example.test/exits-1:2"}, entrypoint: {image: "example.test/never-ready:2"}}
                """)
            let seen = try await watching(site) {
                let apply = try await site.kreform("apply --auto-approve --timeout 8 --patience 2")
                #expect(apply.status == 3, "\(apply.output)\(apply.errors)")
            }
            #expect(seen.allSatisfy { $0 > 0 }, "\(seen)")
            let both = try await configuration(site)
            #expect(both.count == 5 && Set(both).isSuperset(of: old), "\(both)")
            #expect(try await pods(site).contains(before.dropLast()), "\(before)")

            // The way back is short: what ran all the time is what is wanted.
            want(site, currency: "EUR", nats: "nats.one:4222")
            let plan = try await site.kreform("plan")
            #expect(plan.output.contains("objects: 0 to create, 3 to change, 2 to delete."), "\(plan.output)\(plan.errors)")
            try await site.bring()
            #expect(try await configuration(site) == old)
            #expect(try await pods(site).contains(before.dropLast()), "\(before)")
        }
    }
}
