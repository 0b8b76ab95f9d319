import Applying
import Artifacts
import Digest
import Model
import StateStore
import Synchronization
import TestSupport
import Testing

/// Packages go to their store before versions start.
@Suite struct UploadTests {
    private let bench = Bench()
    private let folder = TemporaryFolder()

    private func store() -> FolderPackageStore { FolderPackageStore(folder: folder.path + "/store", prefix: "") }

    private func wanted(_ path: String? = nil) -> Wanted {
        var wanted = Wanted([("v1", .stopped), ("v2", .started)])
        let bytes = Array("package".utf8)
        let place = PackagePlace(
            endpoint: "https://s3.example.com", bucket: "krt", key: ArtifactStore.key(of: SHA256Digest(of: bytes)))
        wanted.uploads["v2"] = PackageUpload(
            path: path ?? folder.write(bytes, to: "v2.krt"), digest: SHA256Digest(of: bytes), size: bytes.count, place: place)
        return wanted
    }

    @Test func aVersionStartsWhenItsPackageIsStored() async throws {
        let outcome = try await bench.bring(wanted().rendered(bench), packages: store())
        #expect(outcome.report.outcome == .succeeded)
        let steps = outcome.plan.steps.map { "\($0.action.rawValue) \($0.entity)" }
        #expect(steps.firstIndex(of: "upload-package version/r/v2") != nil)
        let events = outcome.events.map(\.kind)
        let upload = try #require(outcome.plan.steps.first { $0.action == .upload })
        let start = try #require(outcome.plan.steps.first { $0.action == .start })
        func place(_ isWanted: (ApplyEvent.Kind) -> Bool) -> Int? { events.firstIndex(where: isWanted) }
        let stored = try #require(place { if case .stepFinished(upload.id, _) = $0 { true } else { false } })
        let started = try #require(place { if case .stepStarted(start.id) = $0 { true } else { false } })
        #expect(stored < started)
        #expect(events.contains(.uploadProgress(upload.id, UploadProgress(done: 7, total: 7))))
        #expect(try await store().list().map(\.size) == [7])
    }

    @Test func aFailedUploadHoldsUpItsVersionAndNothingElse() async throws {
        let outcome = try await bench.bring(wanted("/nowhere").rendered(bench), packages: store())
        #expect(outcome.report.outcome == .failed)
        let failure = try #require(outcome.report.failedSteps.first)
        #expect(failure.diagnostic.summary == "The package /nowhere cannot be put into the sandbox's store")
        #expect(failure.skipped.map { outcome.plan.changes[$0].address.name }.sorted() == ["v2", "v2-conf", "v2-etl"])
        #expect(try bench.state().state.entities.keys.map { "\($0)" }.sorted() == ["runtime/r", "version/r/v1"])
    }

    @Test func aPlanWithUploadsNeedsAStore() async throws {
        let outcome = try await bench.bring(wanted().rendered(bench))
        #expect(outcome.report.failedSteps.map(\.diagnostic.code) == ["no-store"])
    }

    @Test func stoppingEndsAnUploadThatTheNextRunGoesOnWith() async throws {
        let stop = StopSignal()
        let store = SlowStore()
        let outcome = try await bench.bring(wanted().rendered(bench), packages: store, stop: stop) { event in
            if case .uploadProgress = event.kind { stop.request() }
        }
        #expect(outcome.report.outcome == .interrupted)
        #expect(outcome.report.failedSteps.isEmpty)
        let wasCancelled = store.wasCancelled.withLock { $0 }
        #expect(wasCancelled)
        #expect(try bench.state().state.entities[.version(runtime: "r", name: "v2")] == nil)
    }
}

/// Never comes to an end by itself.
private final class SlowStore: PackageStore {
    let wasCancelled = Mutex(false)

    func has(_ package: PackageUpload) async throws(Diagnostic) -> Bool { false }
    func list() async throws(Diagnostic) -> [StoredPackage] { [] }
    func remove(_ packages: [StoredPackage]) async throws(Diagnostic) {}
    func references() async throws(Diagnostic) -> [String: Set<SHA256Digest>] { [:] }
    func setReferences(of name: String, to digests: Set<SHA256Digest>) async throws(Diagnostic) {}

    func put(_ package: PackageUpload, _ report: @escaping @Sendable (UploadProgress) -> Void) async throws(Diagnostic) {
        report(UploadProgress(done: 1, total: package.size))
        try? await Task.sleep(for: .seconds(600))
        wasCancelled.withLock { $0 = Task.isCancelled }
        throw Diagnostic(code: "cancelled", summary: "cancelled")
    }
}
