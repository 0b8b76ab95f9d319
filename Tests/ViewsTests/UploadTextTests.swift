import Digest
import JSON
import Model
import Testing
import Views

@Suite struct UploadTextTests {
    private static let upload = PackageUpload(
        path: "krt/v2.krt", digest: SHA256Digest(of: []), size: 27_000_000,
        place: PackagePlace(endpoint: "https://s3.example.com", bucket: "krt", key: "krt/sha256/e3b0.krt"))

    private static let plan = Plan(
        mode: .apply, engine: "clientx", cluster: Sample.cluster, lineage: "l-1", serial: 4,
        steps: [
            Step(
                id: 0, action: .upload, entity: Sample.version, records: [], reasons: [.missingInStore], upload: upload, changes: [],
                predecessors: [])
        ], changes: [])

    private func taking(_ progress: inout ApplyProgress, _ kinds: [(Double, ApplyEvent.Kind)]) -> [String] {
        kinds.enumerated().flatMap { index, entry in
            progress.take(ApplyEvent(sequence: index + 1, elapsed: entry.0, kind: entry.1))
        }
    }

    @Test func aPlanSaysWhatGoesWhere() {
        #expect(PlanText.render(Self.plan, style: .plain) == """
            Kreform will bring cluster sandbox to the desired state of engine clientx:

              1. upload room-price/room-price-v2                            missing in store
                 ↑ 27.0 MB to s3://krt/krt/sha256/e3b0.krt

            Plan: 1 step; objects: 0 to create, 0 to change, 0 to delete.
            Packages: 1 to upload, 27.0 MB.

            """)
    }

    @Test func withoutATerminalThereIsALineEachTenSeconds() {
        var progress = ApplyProgress(plan: Self.plan, style: .plain)
        var kinds: [(Double, ApplyEvent.Kind)] = [(0, .stepStarted(0))]
        for second in stride(from: 2.0, through: 26, by: 2) {
            kinds.append((second, .uploadProgress(0, UploadProgress(done: Int(second) * 1_000_000, resumed: 1_000_000, total: 27_000_000))))
        }
        kinds.append((27, .stepFinished(0, took: 27)))
        #expect(taking(&progress, kinds).joined(separator: "\n") == """
              0.0s step 1 of 1: upload room-price/room-price-v2: 27.0 MB to s3://krt/krt/sha256/e3b0.krt
             10.0s   room-price/room-price-v2:  37% 10.0 MB of 27.0 MB, 900.0 kB/s, 18.9s left
             20.0s   room-price/room-price-v2:  74% 20.0 MB of 27.0 MB, 950.0 kB/s, 7.4s left
             27.0s uploaded room-price/room-price-v2 after 27.0s
            """)
    }

    @Test func aTerminalHasABar() {
        var progress = ApplyProgress(plan: Self.plan, style: Style(colored: false, width: 110), hasFrame: true)
        #expect(taking(&progress, [(0, .stepStarted(0)), (9, .uploadProgress(0, UploadProgress(done: 9_000_000, total: 27_000_000)))]).isEmpty)
        #expect(progress.frame(now: 9, height: 10) == [
            "  9.0s 0 of 0 changes settled, 1 running",
            "  uploading room-price/room-price-v2 [########------------------]  33% 9.0 MB of 27.0 MB, 1.0 MB/s, 18.0s left",
        ])
        for width in 40..<120 {
            var narrow = ApplyProgress(plan: Self.plan, style: Style(colored: false, width: width), hasFrame: true)
            _ = taking(&narrow, [(0, .stepStarted(0))])
            #expect(narrow.frame(now: 5, height: 10).dropFirst().allSatisfy { $0.count <= width })
        }
    }

    @Test func aFailureIsToldOnceWithWhatItHeldUp() {
        let diagnostic = Diagnostic(code: "store-unreachable", summary: "The package krt/v2.krt cannot be uploaded", detail: "No answer.")
        var progress = ApplyProgress(plan: Self.plan, style: .plain)
        let lines = taking(&progress, [(0, .stepStarted(0)), (1, .uploadFailed(0, diagnostic)), (1, .stepNotFinished(0))])
        #expect(lines.dropFirst().joined(separator: "\n") == """
              1.0s   upload of room-price/room-price-v2: failed: The package krt/v2.krt cannot be uploaded
              1.0s not done: upload room-price/room-price-v2
            """)
        let report = ApplyReport(
            outcome: .failed, finished: [], failed: [],
            failedSteps: [ApplyReport.FailedStep(step: 0, diagnostic: diagnostic, skipped: [])], notStarted: [], finishedSteps: [],
            unfinishedSteps: [0], took: 1)
        #expect(ReportText.render(report, plan: Self.plan, style: .plain) == """
            Error: The package krt/v2.krt cannot be uploaded [store-unreachable]
              No answer.

            Apply failed. 0 of 1 step done in 1.0s, 1 upload failed, 0 not started; objects: none touched.
            What was done is recorded. Mend the cause and run the same command again: it goes on from here.

            """)
    }

    @Test func eventsAreDataToo() {
        let progress = ApplyEvent(sequence: 3, elapsed: 1.5, kind: .uploadProgress(0, UploadProgress(done: 5, resumed: 2, total: 9)))
        #expect(EventJSON.value(progress, plan: Self.plan).encoded() == """
            {"action":"upload-package","done":5,"elapsed":1.5,"entity":"version/room-price/room-price-v2","format":1,"resumed":2,\
            "sequence":3,"step":0,"total":9,"type":"upload-progress"}
            """)
    }
}
