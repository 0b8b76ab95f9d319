import Digest
import JSON
import Model
import Testing
import Views

@Suite struct ReportsTextTests {
    let digest = SHA256Digest(of: "package".utf8)

    @Test func statusIsATableWithTheTroublesBelow() {
        let trouble = EntityHealth.Trouble(
            address: Sample.address("apps/v1", "Deployment", "room-price-v2-entrypoint"), reason: "0 of 1 replicas ready",
            isFailure: false)
        let report = StatusReport(engine: "clientx", cluster: Sample.cluster, runtimes: [
            RuntimeStatus(
                name: "room-price", namespace: "clientx-room-price", protected: true,
                health: EntityHealth(ready: 12, total: 12, troubles: []),
                versions: [
                    VersionHealth(
                        name: "room-price-v1", status: .published, wanted: .stopped, packageDigest: digest,
                        health: EntityHealth(ready: 5, total: 5, troubles: [])),
                    VersionHealth(
                        name: "room-price-v2", status: .started, wanted: .published, share: 10, packageDigest: digest,
                        health: EntityHealth(ready: 4, total: 5, troubles: [trouble])),
                    VersionHealth(
                        name: "room-price-v3", status: nil, wanted: .started, packageDigest: nil,
                        health: EntityHealth(ready: 0, total: 0, troubles: [])),
                ])
        ])
        #expect(StatusText.render(report, style: .plain) == """
            Engine clientx in cluster sandbox

            RUNTIME                 VERSION        STATUS                                         READY  PACKAGE
            room-price (protected)                                                                12/12
                                    room-price-v1  published (wanted: stopped)                    5/5    \(digest.short)
                                    room-price-v2  started, 10% of the calls (wanted: published)  4/5    \(digest.short)
                                    room-price-v3  new (wanted: started)

            Not ready:
              … apps/Deployment/clientx-room-price/room-price-v2-entrypoint
                  0 of 1 replicas ready

            """)
    }

    @Test func anEntityIsShownWithTheLastThatItWentThrough() {
        let entity = EntityAddress.version(runtime: "room-price", name: "room-price-v2")
        func activity(_ second: Int, _ step: StepAction, replaced: String? = nil, weight: Int? = nil) -> Activity {
            Activity(
                run: 3, step: step, entity: entity, from: .started, to: .started, replaced: replaced, weight: weight,
                at: Timestamp(seconds: 1_800_000_000 + second))
        }
        let history = [activity(0, .start), activity(60, .canary, weight: 10), activity(90, .publish, replaced: "room-price-v1")]
        let record = EntityRecord(address: entity, status: .published)
        #expect(StateText.entity(record, objects: [], history: history, style: .plain) == """
            entity  version/room-price/room-price-v2
            status  published

            history:
              2027-01-15T08:00:00Z  run 3  started
              2027-01-15T08:01:00Z  run 3  had 10% of the calls
              2027-01-15T08:01:30Z  run 3  published in place of room-price-v1

            """)
        let long = (0..<30).map { activity($0, .update) }
        let text = StateText.entity(record, objects: [], history: long, style: .plain)
        #expect(text.contains("\nhistory, the last 20 of 30:\n  2027-01-15T08:00:10Z  run 3  updated\n"))
        let data = ReportsJSON.entity(record, history: history)["history"]
        #expect(data?[1]?["weight"] == 10 && data?[1]?["action"] == "canary" && data?[2]?["replaces"] == "room-price-v1")
    }

    @Test func inspectDrawsWorkflowsAsGraphs() {
        func node(_ name: String, _ subscriptions: [Subscription], gpu: Bool = false) -> Node {
            Node(name: name, image: "kre-py:2", src: "src/\(name).py", gpu: gpu, subscriptions: subscriptions)
        }
        let manifest = PackageManifest(
            format: .v2, version: "mail-v1", description: "Sorts mail.",
            entrypoint: Entrypoint(proto: "public_input.proto", image: "kre-entrypoint:2"), variables: ["LANG"],
            workflows: [
                Workflow(
                    name: "sort", method: "Sort",
                    nodes: [
                        node("etl", [.entrypoint]), node("classifier", [.node("etl", subtopic: nil)], gpu: true),
                        node("repairs", [.node("classifier", subtopic: "repairs")]),
                        node("exit", [.node("etl", subtopic: nil), .node("repairs", subtopic: nil)]),
                        node("lost", [.node("lost-too", subtopic: nil)]),
                    ], exitpoint: "exit")
            ])
        let package = Package(
            path: "mail.krt", digest: digest, size: 2_345, manifest: manifest,
            methods: [ServiceMethod(service: "Mail", name: "Sort"), ServiceMethod(service: "Mail", name: "Count")],
            entries: [PackageEntry(path: "krt.yml", size: 812), PackageEntry(path: "src/etl.py", size: 1_500)])
        #expect(PackageText.render(package, style: .plain) == """
            version      mail-v1
            description  Sorts mail.
            format       KRT v2
            digest       \(digest)
            size         2.3 kB, 2 files of 2.3 kB unpacked
            entrypoint   kre-entrypoint:2, public_input.proto
            variables    LANG

            service Mail
              Sort   → workflow sort
              Count  (no workflow)

            workflow sort answers Sort
              entrypoint
              └─ etl  src/etl.py, kre-py:2
                 ├─ classifier  src/classifier.py, kre-py:2, gpu
                 │  └─ (repairs) repairs  src/repairs.py, kre-py:2
                 │     └─ exit  src/exit.py, kre-py:2 → answer
                 └─ exit (above)
              never reached: lost

            """)
    }
}
