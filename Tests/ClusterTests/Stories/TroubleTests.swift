import JSON
import TestSupport
import Testing

/// What cannot become ready is told in seconds, with all that explains it.
@Suite(.needsControlPlane) struct TroubleTests {
    /// One Deployment's trouble, and what must be told of it.
    private struct Trouble {
        let deployment: String
        /// Kubernetes' reason: one of these, depending on the moment.
        let reasons: Set<String>
        /// In the message.
        let words: String
        /// The container at fault; nil when none is, and `hasPod` false when there is not even a pod.
        var container: String?
        var hasPod = true
        /// Among the latest events: what one of them says.
        var event: String
        var log: [String] = []
        /// What it is told together with, since it has one cause.
        var others: [String] = []
    }

    private static let troubles = [
        Trouble(
            deployment: "main/crash-entrypoint", reasons: ["CrashLoopBackOff"], words: "back-off ", container: "entrypoint",
            event: "Back-off restarting failed container", log: ["started example.test/exits-1:1", "ended with code 1"]),
        Trouble(
            deployment: "main/pull-entrypoint", reasons: ["ErrImagePull", "ImagePullBackOff"], words: "example.test/no-such-image:1",
            container: "entrypoint", event: "example.test/no-such-image:1: not found"),
        Trouble(
            deployment: "main/node-work-only", reasons: ["Unschedulable"], words: "2 node(s) didn't match Pod's node affinity",
            event: "2 node(s) didn't match Pod's node affinity"),
        Trouble(
            deployment: "main/map-work-only", reasons: ["CreateContainerConfigError"], words: #"configmap "nowhere" not found"#,
            container: "runner", event: #"Error: configmap "nowhere" not found"#),
        Trouble(
            deployment: "main/secret-work-only", reasons: ["CreateContainerConfigError"], words: #"secret "nowhere" not found"#,
            container: "runner", event: #"Error: secret "nowhere" not found"#),
        Trouble(
            deployment: "tight/more-entrypoint", reasons: ["FailedCreate"],
            words: "exceeded quota: few, requested: pods=1", hasPod: false, event: "exceeded quota: few, requested: pods=1",
            others: ["more-work-only"]),
    ]

    private static let sources = [("map", "configMapKeyRef"), ("secret", "secretKeyRef")]

    private func want(_ site: Site, currency: String, isTroubled: Bool) {
        let troubled = isTroubled ? "      - {krt: crash.krt, status: started}\n      - {krt: pull.krt, status: started}\n" : ""
        site.write("""
            kreform: v1
            engine: \(site.engine)
            runtimes:
              - name: main
                stack: {preset: dev}
                config: {CURRENCY: \(currency)}
                versions:
                  - {krt: node.krt, status: started}
                  - {krt: map.krt, status: started}
                  - {krt: secret.krt, status: started}
            \(troubled)  - name: tight
                stack: {preset: dev}
                versions: [{krt: more.krt, status: \(isTroubled ? "started" : "stopped")}]

            """)
    }

    private func pack(_ site: Site) {
        for version in ["node", "map", "secret"] { site.pack(SmallPackage(version: version, variables: ["CURRENCY"])) }
        site.pack(SmallPackage(version: "crash", entrypoint: "example.test/exits-1:1"))
        site.pack(SmallPackage(version: "pull", entrypoint: "example.test/no-such-image:1"))
        site.pack(SmallPackage(version: "more"))
    }

    /// What somebody else does, so that the next change cannot become ready.
    private func makeTrouble(_ site: Site) async throws {
        try await site.kubectl(
            "patch", "deployment/node-work-only", #"--patch={"spec": {"template": {"spec": {"nodeSelector": {"disk": "fast"}}}}}"#)
        for (version, source) in Self.sources {
            try await site.kubectl("patch", "deployment/\(version)-work-only", """
                --patch={"spec": {"template": {"spec": {"containers": [{"name": "runner", "env": [
                {"name": "EXTRA", "valueFrom": {"\(source)": {"name": "nowhere", "key": "extra"}}}]}]}}}}
                """)
        }
        try await site.plane.kubectl("create", "quota", "few", "--hard=pods=1", "--namespace", site.namespace("tight")).expectSuccess()
    }

    @Test(.timeLimit(.minutes(5))) func whatCannotBecomeReadyIsToldInSeconds() async throws {
        try await Site.with("trouble") { site in
            pack(site)
            want(site, currency: "EUR", isTroubled: false)
            try await site.bring()
            try await makeTrouble(site)
            want(site, currency: "CHF", isTroubled: true)

            let clock = ContinuousClock.now
            let data = try await site.kreform("apply --auto-approve --json --patience 2 --timeout 200")
            #expect(ContinuousClock.now - clock < .seconds(60))
            #expect(data.status == 3, "\(data.output)\(data.errors)")
            let events = try data.output.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
            var failures = events.filter { $0["type"] == "change-failed" }
            // Not at the deadline.
            for failure in failures { #expect((failure["elapsed"]?.number ?? 200) < 60) }
            // Kubelets send a few events a second: what was not there yet is told by the next run.
            if !Self.troubles.allSatisfy({ Self.hasEvent(failures, $0, site) }) {
                let haveCome = try await eventually(within: .seconds(60)) { try await Self.areThere(Self.troubles, site) }
                #expect(haveCome)
                let again = try await site.kreform("apply --auto-approve --json --patience 2 --timeout 200")
                failures = try again.output.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
                    .filter { $0["type"] == "change-failed" }
            }
            for trouble in Self.troubles {
                let object = Self.object(trouble, site)
                let failure = try #require(
                    failures.first { $0["object"]?.string == object }, "\(object): \(failures.map { $0.encoded() })")
                expectData(failure, tells: trouble)
            }
            // The same as text.
            let text = try await site.kreform("apply --auto-approve --patience 2 --timeout 200")
            #expect(text.status == 3, "\(text.output)\(text.errors)")
            for trouble in Self.troubles { expectText(text.output, tells: trouble, site) }

            // What stood in the way is gone, and all of it is well.
            try await site.plane.kubectl("delete", "quota", "few", "--namespace", site.namespace("tight")).expectSuccess()
            for (version, _) in Self.sources {
                try await site.kubectl(
                    "patch", "deployment/\(version)-work-only", #"""
                    --patch={"spec": {"template": {"spec": {"containers": [
                    {"name": "runner", "env": [{"name": "EXTRA", "$patch": "delete"}]}]}}}}
                    """#)
            }
            try await site.kubectl(
                "patch", "deployment/node-work-only", "--type=json",
                #"--patch=[{"op": "remove", "path": "/spec/template/spec/nodeSelector"}]"#)
            want(site, currency: "CHF", isTroubled: false)
            try await site.bring()
        }
    }

    private static func object(_ trouble: Trouble, _ site: Site) -> String {
        let parts = trouble.deployment.split(separator: "/").map(String.init)
        return "apps/Deployment/\(site.namespace(parts[0]))/\(parts[1])"
    }

    private static func hasEvent(_ failures: [JSONValue], _ trouble: Trouble, _ site: Site) -> Bool {
        let failure = failures.first { $0["object"]?.string == object(trouble, site) }
        let said = failure?["diagnostic"]?["evidence"]?["events"]?.array ?? []
        return said.contains { $0["message"]?.string?.contains(trouble.event) == true }
    }

    /// Whether the server has an event for each.
    private static func areThere(_ troubles: [Trouble], _ site: Site) async throws -> Bool {
        for trouble in troubles {
            let parts = trouble.deployment.split(separator: "/").map(String.init)
            let text = try await site.plane.kubectl(
                "get", "events", "--namespace", site.namespace(parts[0]),
                "--output=jsonpath={range .items[*]}{.involvedObject.name}: {.message}{\"\\n\"}{end}").expectSuccess()
            guard text.split(separator: "\n").contains(where: { $0.hasPrefix(parts[1]) && $0.contains(trouble.event) }) else { return false }
        }
        return true
    }

    private func expectData(_ failure: JSONValue, tells trouble: Trouble, sourceLocation: SourceLocation = #_sourceLocation) {
        let comment = Comment(rawValue: failure.encoded(.pretty))
        let diagnostic = failure["diagnostic"], evidence = diagnostic?["evidence"]
        let name = String(trouble.deployment.drop { $0 != "/" }.dropFirst())
        #expect(diagnostic?["code"] == "not-ready", comment, sourceLocation: sourceLocation)
        #expect(diagnostic?["detail"]?.string?.contains(trouble.words) == true, comment, sourceLocation: sourceLocation)
        #expect(trouble.reasons.contains(evidence?["reason"]?.string ?? ""), comment, sourceLocation: sourceLocation)
        #expect((evidence?["pod"]?.string?.hasPrefix("\(name)-") ?? false) == trouble.hasPod, comment, sourceLocation: sourceLocation)
        #expect(evidence?["container"]?.string == trouble.container, comment, sourceLocation: sourceLocation)
        #expect(evidence?["log"]?.array?.compactMap(\.string) == trouble.log, comment, sourceLocation: sourceLocation)
        let said = evidence?["events"]?.array ?? []
        #expect(
            said.contains { $0["message"]?.string?.contains(trouble.event) == true && $0["time"]?.string?.hasSuffix("Z") == true },
            comment, sourceLocation: sourceLocation)
    }

    private func expectText(
        _ text: String, tells trouble: Trouble, _ site: Site, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let object = Self.object(trouble, site)
        let subject = trouble.others.isEmpty ? object : "\(trouble.others.count + 1) objects"
        // Long lines are broken.
        let paragraphs = text.split(separator: "\n\n").filter { $0.hasPrefix("Error: \(subject)") && $0.contains(object) }
            .map { $0.split(whereSeparator: \.isWhitespace).joined(separator: " ") }
        #expect(paragraphs.count == 1, "\(object): \(text)", sourceLocation: sourceLocation)
        guard let paragraph = paragraphs.first else { return }
        let comment = Comment(rawValue: paragraph)
        let name = trouble.deployment.drop { $0 != "/" }.dropFirst()
        #expect(
            trouble.reasons.contains { paragraph.hasPrefix("Error: \(subject) cannot become ready: \($0)") }, comment,
            sourceLocation: sourceLocation)
        #expect(trouble.others.allSatisfy { paragraph.contains("/\($0)") }, comment, sourceLocation: sourceLocation)
        #expect(paragraph.contains("(pod \(name)-") == trouble.hasPod, comment, sourceLocation: sourceLocation)
        #expect(paragraph.contains(trouble.words), comment, sourceLocation: sourceLocation)
        // What the status says already is not said again.
        let isSaidTwice = trouble.event.contains(trouble.words)
        #expect(paragraph.contains(isSaidTwice ? trouble.words : trouble.event), comment, sourceLocation: sourceLocation)
        let log = trouble.log.isEmpty ? "" : "The last lines of container \(trouble.container ?? ""): " + trouble.log.joined(separator: " ")
        #expect(paragraph.contains(log), comment, sourceLocation: sourceLocation)
    }
}
