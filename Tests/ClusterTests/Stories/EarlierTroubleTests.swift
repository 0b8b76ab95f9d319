import TestSupport
import Testing

/// What was in the way when the last run ended, and is not any more.
@Suite(.needsControlPlane) struct EarlierTroubleTests {
    private func want(_ site: Site, currency: String, isTight: Bool = false) {
        site.want(
            isTight ? ["v1": "started", "v2": "started"] : ["v1": "started"], more: "    config: {CURRENCY: \(currency)}\n")
    }

    private func fail(_ site: Site, with words: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let apply = try await site.kreform("apply --auto-approve --patience 1 --timeout 100")
        #expect(apply.status == 3, "\(apply.output)\(apply.errors)", sourceLocation: sourceLocation)
        let text = apply.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        #expect(text.contains(words), "\(apply.output)", sourceLocation: sourceLocation)
    }

    /// Succeeds although pods and conditions still say what they said: nothing but a look is needed to fail.
    private func succeed(_ site: Site, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let apply = try await site.kreform("apply --auto-approve --patience 0 --timeout 200")
        #expect(apply.status == 0, "\(apply.output)\(apply.errors)", sourceLocation: sourceLocation)
        try await site.expectSettled(sourceLocation: sourceLocation)
    }

    @Test(.timeLimit(.minutes(5))) func whatWasMendedIsNotHeldAgainstTheNextRun() async throws {
        try await Site.with("mended") { site in
            for version in ["v1", "v2"] { site.pack(SmallPackage(version: version, variables: ["CURRENCY"])) }
            want(site, currency: "EUR")
            try await site.bring()

            // A Secret that is missing, and then made.
            try await site.kubectl("patch", "deployment/v1-work-only", """
                --patch={"spec": {"template": {"spec": {"containers": [{"name": "runner", "env": [
                {"name": "EXTRA", "valueFrom": {"secretKeyRef": {"name": "nowhere", "key": "extra"}}}]}]}}}}
                """)
            want(site, currency: "CHF")
            try await fail(site, with: #"secret "nowhere" not found"#)
            try await site.kubectl("create", "secret", "generic", "nowhere", "--from-literal=extra=yes")
            try await succeed(site)

            // A quota that is used up, and then raised.
            try await site.kubectl("create", "quota", "few", "--hard=pods=1")
            want(site, currency: "CHF", isTight: true)
            try await fail(site, with: "Error: 2 objects cannot become ready: FailedCreate")
            try await site.kubectl("delete", "quota", "few")
            try await succeed(site)
        }
    }

    @Test(.timeLimit(.minutes(3))) func aPausedRolloutIsToldAtOnce() async throws {
        try await Site.with("paused") { site in
            site.pack(SmallPackage(variables: ["CURRENCY"]))
            want(site, currency: "EUR")
            try await site.bring()
            try await site.kubectl("rollout", "pause", "deployment/v1-work-only")
            want(site, currency: "CHF")
            let clock = ContinuousClock.now
            try await fail(site, with: "cannot become ready: Paused")
            #expect(ContinuousClock.now - clock < .seconds(60))
            try await fail(site, with: "its rollout is paused (spec.paused, set by kubectl")
            try await site.kubectl("rollout", "resume", "deployment/v1-work-only")
            try await succeed(site)
        }
    }
}
