import Model
import Testing
import Views

/// What failed for one reason is one error with a list.
@Suite struct CommonCausesTests {
    private func refused(_ names: [String], by quota: String, code: String = "not-ready") -> [Diagnostic] {
        names.enumerated().map { used, name in
            let refusal = "exceeded quota: \(quota), requested: pods=1, used: pods=\(used), limited: pods=0"
            return Diagnostic(
                code: code, summary: "apps/Deployment/n/\(name) cannot become ready: FailedCreate",
                detail: "pods \"\(name)-x\" is forbidden: \(refusal)", address: "apps/Deployment/n/\(name)",
                cause: Diagnostic.Cause(
                    name: "exceeded quota: \(quota)", effect: "cannot become ready: FailedCreate",
                    detail: "\(refusal)\nThey were applied and are recorded."))
        }
    }

    @Test func oneCauseIsToldOnce() {
        let all = refused(["a", "b", "c"], by: "few") + refused(["d"], by: "fewer")
        #expect(DiagnosticsText.render(all, style: .plain) == """
            Error: 3 objects cannot become ready: FailedCreate [not-ready]
              exceeded quota: few, requested: pods=1, used: pods=0, limited: pods=0
              They were applied and are recorded.
                apps/Deployment/n/a
                apps/Deployment/n/b
                apps/Deployment/n/c

            Error: apps/Deployment/n/d cannot become ready: FailedCreate [not-ready]
              on apps/Deployment/n/d
              pods "d-x" is forbidden: exceeded quota: fewer, requested: pods=1, used:
              pods=0, limited: pods=0

            2 errors.

            """)
    }

    @Test func theirOrderIsThatOfTheirNames() {
        let text = CommonCausesTests.report(of: Array(refused(["a", "b"], by: "few").reversed()))
        #expect(text.contains("used: pods=0, limited: pods=0\n  They were applied and are recorded.\n    apps/Deployment/n/a\n    apps/Deployment/n/b\n"))
    }

    private static func report(of failures: [Diagnostic]) -> String {
        let report = ApplyReport(
            outcome: .failed, finished: [],
            failed: failures.enumerated().map { ApplyReport.Failure(change: $0, diagnostic: $1, skipped: []) }, notStarted: [],
            finishedSteps: [], unfinishedSteps: [0], took: 1)
        return ReportText.render(report, plan: Sample.plan, style: .plain)
    }

    @Test func manyAreCounted() {
        let text = DiagnosticsText.render(refused((10..<30).map { "d\($0)" }, by: "few"), style: .plain)
        #expect(text.hasSuffix("    apps/Deployment/n/d21\n    and 8 more\n"))
    }

    @Test func othersStayAsTheyAre() {
        let plain = ["a", "b"].map { (name: String) in Diagnostic(code: "x", summary: "\(name) is wrong", address: name) }
        #expect(DiagnosticsText.render(plain, style: .plain) == """
            Error: a is wrong [x]
              on a

            Error: b is wrong [x]
              on b

            2 errors.

            """)
        // Another thing happened by the same cause.
        let mixed = refused(["a"], by: "few") + refused(["b"], by: "few", code: "request-failed")
        #expect(DiagnosticsText.render(mixed, style: .plain).contains("on apps/Deployment/n/b"))
    }

    @Test func aRunThatFailedByOneCauseSaysSoOnceWithAllThatItHeldUp() {
        let failures = zip([0, 1], refused(["a", "b"], by: "few")).map { id, diagnostic in
            ApplyReport.Failure(change: id, diagnostic: diagnostic, skipped: id == 0 ? [3] : [3, 5])
        }
        let report = ApplyReport(
            outcome: .failed, finished: [], failed: failures, notStarted: [3, 5], finishedSteps: [], unfinishedSteps: [0], took: 1)
        #expect(ReportText.render(report, plan: Sample.plan, style: .plain) == """
            Error: 2 objects cannot become ready: FailedCreate [not-ready]
              exceeded quota: few, requested: pods=1, used: pods=0, limited: pods=0
              They were applied and are recorded.
                apps/Deployment/n/a
                apps/Deployment/n/b
              Not started because of it: Service active-entrypoint, Deployment
              room-price-v1-entrypoint.

            Apply failed. 0 of 5 steps done in 1.0s, 2 changes failed, 2 not started; objects: none touched.
            What was done is recorded. Mend the cause and run the same command again: it goes on from here.

            """)
    }
}
