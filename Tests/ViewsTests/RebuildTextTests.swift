import Digest
import Model
import Testing
import Views

@Suite struct RebuildTextTests {
    private let digest = SHA256Digest(of: "package".utf8)

    private func report(_ runtimes: [RebuiltRuntime]) -> RebuildReport {
        RebuildReport(
            path: "state/kreform.db", lineage: "l-1", engine: "clientx", cluster: Sample.cluster, runtimes: runtimes,
            kinds: runtimes.isEmpty
                ? [] : [RebuildReport.Kind(type: ResourceType(apiVersion: "apps/v1", kind: "Deployment"), count: 9)],
            differing: runtimes.isEmpty ? [] : [Sample.address("apps/v1", "Deployment", "room-price-v2-entrypoint")], warnings: [])
    }

    private func version(_ name: String, _ status: VersionStatus, _ objects: Int, wanted: Bool = true, alone: Bool = false)
        -> RebuiltVersion
    {
        RebuiltVersion(
            name: name,
            record: EntityRecord(
                address: .version(runtime: "room-price", name: name), status: status, packageDigest: digest),
            objects: objects, isWanted: wanted, isFromFile: alone)
    }

    @Test func itSaysWhatWasFoundAndWhatIsGone() {
        let runtime = RebuiltRuntime(
            record: EntityRecord(address: .runtime("room-price"), protected: true, namespace: "clientx-room-price"),
            published: "v2", objects: 29, isWanted: true,
            versions: [
                version("v1", .stopped, 0, alone: true), version("v2", .published, 12), version("v3", .stopped, 4, wanted: false),
            ])
        let gone = RebuiltRuntime(
            record: EntityRecord(address: .runtime("zoo")), published: nil, objects: 3, isWanted: false, versions: [])
        #expect(RebuildText.render(report([runtime, gone]), flags: " -f shop", style: .plain) == """
            Engine clientx in cluster sandbox

            RUNTIME                 VERSION  STATUS      OBJECTS  PACKAGE
            room-price (protected)                       29
                                    v1       stopped     0        \(digest.short)
                                    v2       published   12       \(digest.short)
                                    v3       unfinished  4        \(digest.short)
            zoo                                          3

            KIND                OBJECTS
            apps/v1 Deployment  9

            - Not in the files any more: zoo, room-price/v3. The next apply removes them.
            - Cut off while started or stopped: room-price/v3.
            - Known from the files alone: room-price/v1. A stopped version leaves nothing in
              the cluster.
            - 1 object not as the files say; the plan shows how.
            - Not in the cluster, and gone: the history of runs and their comments.

            State rebuilt! 9 objects recorded in state/kreform.db.
            To see what is left to do:  kreform plan -f shop

            """)
    }

    @Test func whereThereIsNothingItSaysSo() {
        #expect(RebuildText.render(report([]), flags: "", style: .plain) == """
            Nothing in cluster sandbox bears the labels of engine clientx: the state state/kreform.db is empty.

            """)
    }
}
