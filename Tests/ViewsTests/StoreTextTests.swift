import Digest
import JSON
import Model
import Testing
import Views

/// What the stores have, as people read it.
@Suite struct StoreTextTests {
    private func report(_ runtime: String, users: [String] = [], isComplete: Bool = true) -> StoreReport {
        let package = StoredPackage(digest: SHA256Digest(of: []), key: "k", size: 2_000, modified: "2026-11-21T15:00:00Z")
        return StoreReport(
            store: "the store of runtime \(runtime)", place: PackagePlace(endpoint: runtime, bucket: "krt", key: ""), runtime: runtime,
            isComplete: isComplete, entries: [StoreReport.Entry(package: package, users: users)])
    }

    private let silent = StoreReport(
        store: "the store of runtime c", place: PackagePlace(endpoint: "c", bucket: "krt", key: ""), runtime: "c", entries: [],
        fault: Diagnostic(code: "store-unreachable", summary: "It is away"))

    @Test func storeByStore() {
        let reports = [report("a", users: ["version/a/v1"]), report("b", isComplete: false), silent]
        #expect(StoreText.list(reports, style: .plain) == """
            Runtime a:

            PACKAGE              SIZE    STORED                USED BY
            sha256:e3b0c44298fc  2.0 kB  2026-11-21T15:00:00Z  version/a/v1

            Runtime b:

            PACKAGE              SIZE    STORED                USED BY
            sha256:e3b0c44298fc  2.0 kB  2026-11-21T15:00:00Z  unknown

            The state does not know the runtime b, so who else refers to its packages is not known. `kreform state rebuild` finds out.

            """)
    }

    @Test func nothingGoesOfWhichNotAllUsersAreKnown() {
        #expect(StoreText.plan([report("b", isComplete: false), silent], style: .plain) == """
            Nothing to remove.
            The state does not know the runtime b, so who else refers to its packages is not known. `kreform state rebuild` finds out.

            """)
        #expect(StoreText.plan([report("a"), report("b", isComplete: false)], style: .plain) == """
            Kreform will remove packages that no state refers to from the store of runtime a:

              - sha256:e3b0c44298fc  2.0 kB, stored 2026-11-21T15:00:00Z

            Plan: 1 package to remove, 2.0 kB.
            The state does not know the runtime b, so who else refers to its packages is not known. `kreform state rebuild` finds out.

            """)
    }

    @Test func toolsSeeWhatIsMissing() {
        let stores = StoreText.json([report("b", isComplete: false), silent])["stores"]
        #expect(stores?[0]?["usersUnknown"] == true)
        #expect(stores?[1]?["fault"]?["code"] == "store-unreachable")
        #expect(stores?[0]?["fault"] == nil)
    }
}
