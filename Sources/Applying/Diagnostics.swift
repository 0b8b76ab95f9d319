import Fields
import Model

/// What can go wrong with one change. Each code stands in one place only.
extension Diagnostic {
    static func nothingToCopy(_ address: ResourceAddress, _ values: [String]) -> Diagnostic {
        let secrets = Set(values.map { $0.split(separator: "/").first.map(String.init) ?? $0 }).sorted()
        let keys = values.map { $0.split(separator: "/").dropFirst().joined(separator: "/") }
        return Diagnostic(
            code: "credentials-gone",
            summary: "\(address) cannot take over its new values: Secret \(secrets.joined(separator: " and ")) is gone, or has no "
                + "\(keys.joined(separator: ", "))",
            detail: """
                Somebody deleted or changed it while this ran. \(address.short) is as it was, and the credentials in it are let in as before. \
                The same command makes others and goes on.
                """,
            address: "\(address)")
    }

    static func refused(_ change: Change, _ error: ClusterError) -> Diagnostic {
        let verb = change.action == .delete ? "The deletion of \(change.address) failed" : "The server refuses \(change.address)"
        let failed = error.isTransient ? "\(change.address) could not be \(change.action == .delete ? "deleted" : "sent")" : verb
        let effect = change.action == .delete ? "could not be deleted"
            : error.isTransient ? "could not be sent" : "are refused by the server"
        return Diagnostic(
            code: "request-failed", summary: failed, detail: error.advice, address: "\(change.address)", cause: error.cause(effect))
    }

    static func existsMeanwhile(_ object: LiveObject) -> Diagnostic {
        let owner = object.label(ObjectLabels.managedBy).map { ", managed by \($0)," } ?? ""
        return Diagnostic(
            code: "object-exists", summary: "\(object.address)\(owner) was made by someone else since the plan was made",
            detail: "Kreform never takes over what it did not make. Look at what it is, then plan again.",
            address: "\(object.address)")
    }

    static func remade(_ address: ResourceAddress, isGone: Bool) -> Diagnostic {
        Diagnostic(
            code: "changed-since-plan",
            summary: isGone
                ? "\(address) was deleted since the plan was made" : "\(address) was made anew since the plan was made",
            detail: "What was approved holds for the object that the plan saw. Plan again.", address: "\(address)")
    }

    static func moved(_ object: LiveObject, _ fields: [FieldPath]) -> Diagnostic {
        let lines = fields.map(object.account)
        return Diagnostic(
            code: "changed-since-plan",
            summary: "\(fields.count == 1 ? "A field" : "\(fields.count) fields") of \(object.address) changed since the plan was made",
            detail: (lines + ["Nothing was sent. Plan again to see what it is now."]).joined(separator: "\n"),
            address: "\(object.address)")
    }

    static func terminating(_ object: LiveObject) -> Diagnostic {
        Diagnostic(
            code: "changed-since-plan", summary: "\(object.address) is being deleted since the plan was made",
            detail: "Wait until it is gone, then plan again.", address: "\(object.address)")
    }

    static func deletedMeanwhile(_ address: ResourceAddress) -> Diagnostic {
        Diagnostic(
            code: "object-deleted", summary: "\(address) was deleted by someone else before it was ready",
            detail: "Run the same command again to make it anew.", address: "\(address)")
    }

    static func notReady(_ change: Change, _ failure: ReadinessFailure, _ evidence: Evidence) -> Diagnostic {
        let pod = failure.pod.map { " (pod \($0.name))" } ?? ""
        return Diagnostic(
            code: "not-ready", summary: "\(change.address) cannot become ready: \(failure.reason)\(pod)",
            detail: ([failure.message] + evidence.lines(besides: failure) + applied(change)).joined(separator: "\n"),
            address: "\(change.address)", evidence: evidence,
            // What a container wrote last is its own.
            cause: !evidence.log.isEmpty ? nil : Cause(
                name: failure.cause.nameOfCause, effect: "cannot become ready: \(failure.reason)",
                detail: "\(failure.cause)\nThey were applied and are recorded."))
    }

    /// `end`: what it was waited for to be, `ready` or `gone`. `known`: what tells why it is not.
    static func notInTime(
        _ change: Change, until end: String, _ reason: String, _ known: Witness.Late?, after seconds: Double, isStopping: Bool
    ) -> Diagnostic {
        let limit = isStopping
            ? "The run was stopped; what had been sent was waited for a little longer."
            : "It was waited for \(Int(seconds.rounded())) s; --timeout sets how long."
        return Diagnostic(
            code: "not-\(end)-in-time", summary: "\(change.address) is not \(end) yet",
            detail: ((reason.isEmpty ? [] : ["Last seen: \(reason)."]) + (known?.lines ?? []) + [limit]
                + (end == "gone" ? [] : applied(change))).joined(separator: "\n"),
            address: "\(change.address)", evidence: known?.evidence)
    }

    /// What is waited for before it is deleted is none of it.
    private static func applied(_ change: Change) -> [String] {
        change.action == .delete ? [] : ["It was applied and is recorded."]
    }

    static func cannotLook(_ address: ResourceAddress, _ error: ClusterError) -> Diagnostic {
        Diagnostic(
            code: "cannot-look", summary: "Whether \(address) is ready cannot be seen", detail: error.advice,
            address: "\(address)", cause: error.cause("cannot be looked at"))
    }
}

extension Diagnostic {
    /// With what it means for the step: a version is not stopped while what has its calls cannot answer them.
    func concerning(_ change: Change, in step: Step) -> Diagnostic {
        guard step.action == .stop, change.action == .noOp, case .version(_, let name) = step.entity else { return self }
        let advice = "\(name) stays up, since this has its calls now. `rollout: {strategy: switch}` in the file stops it all the same."
        return Diagnostic(
            severity, code: code, summary: summary, detail: detail.isEmpty ? advice : "\(detail)\n\(advice)", span: span, excerpt: excerpt,
            address: address, evidence: evidence)
    }
}

extension Evidence {
    /// What it tells that the status does not say already, as lines of a diagnostic's detail.
    func lines(besides failure: ReadinessFailure) -> [String] {
        Evidence(
            reason: reason, pod: pod, container: container, events: events.filter { !failure.says($0.message) }, log: log
        ).lines
    }
}

extension ReadinessFailure {
    /// Its message without the object, the pod and the container.
    fileprivate var cause: String {
        let start = message.hasPrefix("container ") ? message.firstRange(of: ": ")?.upperBound : nil
        return String(message[(start ?? message.startIndex)...]).reasonOfRefusal
    }

    /// Whether one of the two messages holds all that the other says.
    fileprivate func says(_ other: String) -> Bool {
        let own = message.firstRange(of: ": ").map { message.hasPrefix("container ") ? message[$0.upperBound...] : message[...] } ?? message[...]
        guard !own.isEmpty else { return false }
        return other.contains(own) || own.contains(other)
    }
}
