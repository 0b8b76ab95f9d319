import Model
import Schema

/// The file of `--sandbox-faults`: what is to go wrong in a simulated cluster.
///
/// ```yaml
/// faults:
///   - pod: {runtime: room-price, version: v3, node: etl}   # also: namespace, name, labels
///     never: ready
///     reason: ImagePullBackOff      # default NotReady; see PodFault.reason
///   - pod: {name: v3-entrypoint}
///     delay: 30s                    # late by this, whatever the speed
///   - request: 17                   # the 17th request of the run
///     answer: 500
///   - requests: {verb: apply, kind: Deployment, first: 3}  # also: namespace, name
///     answer: 429                   # a status from 400 to 599, `reset`, or `lost`
///     retryAfter: 1s
///     times: 2
///   - latency: 200ms                # every answer takes this long
/// ```
package enum FaultFile {
    /// What the file says, as far as it could be read, and everything that is wrong with it.
    package static func read(name: String, bytes: [UInt8]) -> (faults: SandboxFaults, diagnostics: [Diagnostic]) {
        var reading = SchemaReading(file: name, bytes: bytes, subject: "the fault file")
        guard let root = reading.parse(), let items = reading.read(root, as: file) else {
            return (SandboxFaults(), reading.diagnostics)
        }
        var faults = SandboxFaults()
        for item in items.value {
            switch item {
            case .pod(let fault): faults.pods.append(fault)
            case .request(let fault): faults.requests.append(fault)
            case .latency(let seconds): faults.latency += seconds
            }
        }
        return (faults, reading.diagnostics)
    }

    private enum Item: Sendable {
        case pod(PodFault)
        case request(RequestFault)
        case latency(Double)
    }

    private static let faultsKey = ShapeKey<[Located<Item>]>.required(
        "faults", Shape.list(of: item), "What goes wrong, each as an item.")

    private static let file = Shape<[Item]>.record("the fault file", keys: ShapeKeys(faultsKey)) { values, _ in
        (values.value(faultsKey) ?? []).map(\.value)
    }

    // MARK: One fault

    private enum Never: String, Sendable, CaseIterable { case ready }

    private static let pod = ShapeKey<PodFault.Selection>.optional(
        "pod", selection, "The pods that do not do what they should.")
    private static let never = ShapeKey.optional("never", Shape<Never>.choice, "`ready`: the pods never become ready.")
    private static let reason = ShapeKey.optional("reason", Shape<String>.text(.filled), "Kubernetes' reason why.")
    private static let message = ShapeKey.optional("message", Shape<String>.text, "Kubernetes' message why.")
    private static let delay = ShapeKey<Double>.optional("delay", duration, "By how much the pods are late.")
    private static let request = ShapeKey.optional(
        "request", Shape<Int>.integer(in: 1 ... .max), "The number of a request, counted from 1 in each run.")
    private static let requests = ShapeKey<Matching>.optional("requests", matching, "The requests that get the answer.")
    private static let answer = ShapeKey<RequestFault.Answer>.optional(
        "answer", answers, "A status, `reset` or `lost`.")
    private static let retryAfter = ShapeKey<Double>.optional(
        "retryAfter", duration, "When the server says to come back.")
    private static let times = ShapeKey.optional(
        "times", Shape<Int>.integer(in: 1 ... .max), "How often at most the answer is given.")
    private static let latency = ShapeKey<Double>.optional("latency", duration, "How long every answer takes.")

    private static let item: Shape<Item> = Shape<Item>.record(
        "a fault",
        keys: ShapeKeys(pod, never, reason, message, delay, request, requests, answer, retryAfter, times, latency)
    ) { values, reading in
        let kinds = [
            ("pod", values.keySpan(pod)), ("request", values.keySpan(request)), ("requests", values.keySpan(requests)),
            ("latency", values.keySpan(latency)),
        ].filter { $0.1 != nil }
        guard kinds.count == 1 else {
            // A misspelt key has been told already, and is probably the one that is missing.
            let isTold = reading.diagnostics.contains {
                $0.code == "unknown-key" && $0.span.map { values.span.holds($0) } == true
            }
            if kinds.isEmpty, isTold { return nil }
            reading.report(
                code: "fault-kind",
                summary: kinds.isEmpty
                    ? "a fault needs one of `pod`, `request`, `requests` and `latency`"
                    : "a fault has " + kinds.map { "`\($0.0)`" }.joined(separator: " and "),
                detail: "Write each fault as an item of its own.", at: kinds.last?.1 ?? values.head)
            return nil
        }
        if let selection = values[pod] { return podFault(selection.value, values, &reading) }
        if values.keySpan(pod) != nil { return nil }
        if values.keySpan(latency) != nil { return values.value(latency).map { .latency($0) } }
        return requestFault(values, &reading)
    }

    private static func podFault(
        _ selection: PodFault.Selection, _ values: ShapeValues, _ reading: inout SchemaReading
    ) -> Item? {
        refuse([values.keySpan(answer), values.keySpan(retryAfter), values.keySpan(times)], "a pod", &reading)
        let isNever = values.value(never) != nil || values.value(reason) != nil
        guard isNever || values.value(delay) != nil else {
            reading.report(
                code: "fault-effect", summary: "nothing is said to go wrong with these pods",
                detail: "Add `never: ready`, perhaps with a `reason`, or a `delay`.", at: values.head)
            return nil
        }
        return .pod(
            PodFault(
                pods: selection, reason: isNever ? values.value(reason) ?? "NotReady" : nil,
                message: values.value(message), delay: values.value(delay)))
    }

    private static func requestFault(_ values: ShapeValues, _ reading: inout SchemaReading) -> Item? {
        refuse(
            [values.keySpan(never), values.keySpan(reason), values.keySpan(message), values.keySpan(delay)],
            "a request",
            &reading)
        guard values.keySpan(answer) != nil else {
            reading.report(
                code: "missing-key", summary: "`answer` is missing from a fault",
                detail: "Say how the request is answered: a status from 400 to 599, `reset` or `lost`.", at: values.head
            )
            return nil
        }
        guard var given = values.value(answer) else { return nil }
        if case .status(let status, _) = given { given = .status(status, retryAfter: values.value(retryAfter)) }
        let selection = values.value(requests) ?? Matching()
        let limits = [values.value(times), selection.first, values.value(request).map { _ in 1 }].compactMap { $0 }
        return .request(
            RequestFault(
                number: values.value(request), verb: selection.verb, kind: selection.kind,
                namespace: selection.namespace,
                name: selection.name, times: limits.min(), answer: given))
    }

    private static func refuse(_ spans: [SourceSpan?], _ what: String, _ reading: inout SchemaReading) {
        for span in spans.compactMap({ $0 }) {
            reading.report(
                code: "fault-key", summary: "this key says nothing about \(what)",
                detail: "Remove it, or write it as part of another fault.", at: span)
        }
    }
}

extension SourceSpan {
    fileprivate func holds(_ other: SourceSpan) -> Bool {
        file == other.file && start <= other.start && other.end <= end
    }
}

/// Which pods, which requests, and for how long.
extension FaultFile {
    private static let runtime = ShapeKey.optional("runtime", Shape<String>.text(.filled), "The runtime of the pods.")
    private static let version = ShapeKey.optional("version", Shape<String>.text(.filled), "The version of the pods.")
    private static let node = ShapeKey.optional(
        "node", Shape<String>.text(.filled), "The node, or the component of the stack.")
    private static let namespace = ShapeKey.optional("namespace", Shape<String>.text(.filled), "The namespace.")
    private static let name = ShapeKey.optional("name", Shape<String>.text(.filled), "The name.")
    private static let labels = ShapeKey<[ShapeEntry<String>]>.optional(
        "labels", Shape.map(to: Shape<String>.text), "Labels that the pods have.")

    fileprivate static let selection: Shape<PodFault.Selection> = Shape<PodFault.Selection>.record(
        "the choice of pods", keys: ShapeKeys(runtime, version, node, namespace, name, labels)
    ) { values, _ in
        var labels: [String: String] = [:]
        for entry in values.value(FaultFile.labels) ?? [] { labels[entry.name.value] = entry.value.value }
        if let runtime = values.value(runtime) { labels[ObjectLabels.runtime] = runtime }
        if let version = values.value(version) { labels[ObjectLabels.version] = version }
        if let node = values.value(node) { labels[PodFault.nodeLabel] = node }
        return PodFault.Selection(namespace: values.value(namespace), name: values.value(name), labels: labels)
    }

    fileprivate struct Matching: Sendable {
        var verb: RequestFault.Verb?
        var kind: String?
        var namespace: String?
        var name: String?
        var first: Int?
    }

    private static let verb = ShapeKey.optional("verb", Shape<RequestFault.Verb>.choice, "What is asked for.")
    private static let kind = ShapeKey.optional("kind", Shape<String>.text(.filled), "The kind of object.")
    private static let first = ShapeKey.optional(
        "first", Shape<Int>.integer(in: 1 ... .max), "Only the first so many of them.")

    fileprivate static let matching: Shape<Matching> = Shape<Matching>.record(
        "the choice of requests", keys: ShapeKeys(verb, kind, namespace, name, first)
    ) { values, _ in
        Matching(
            verb: values.value(verb), kind: values.value(kind), namespace: values.value(namespace),
            name: values.value(name), first: values.value(first))
    }

    fileprivate static let answers: Shape<RequestFault.Answer> = Shape<String>.text.map(reporting: {
        text, node, reading -> RequestFault.Answer? in
        switch text {
        case "reset": return .reset
        case "lost": return .lost
        default:
            if let status = Int(text), (400...599).contains(status) { return .status(status, retryAfter: nil) }
            reading.report(
                code: "unknown-value", summary: "`answer` cannot be `\(text)`",
                detail:
                    "It is a status from 400 to 599, `reset` (the request is not carried out) or `lost` (it is "
                    + "carried out and "
                    + "the answer does not arrive).", at: node)
            return nil
        }
    })

    fileprivate static let duration: Shape<Double> = Shape<String>.text.map(reporting: {
        text, node, reading -> Double? in
        if let seconds = seconds(text) { return seconds }
        reading.report(
            code: "bad-duration", summary: "`\(text)` is not a duration",
            detail: "Write a number and a unit: `200ms`, `1.5s`, `2m`.",
            at: node)
        return nil
    })

    /// Reads `200ms`, `1.5s`, `2m`.
    private static func seconds(_ text: String) -> Double? {
        for (unit, factor) in [("ms", 0.001), ("s", 1), ("m", 60)] where text.hasSuffix(unit) {
            guard let first = text.utf8.first, first &- 0x30 < 10, let number = Double(text.dropLast(unit.count)),
                number.isFinite, number >= 0
            else { return nil }
            return number * factor
        }
        return nil
    }
}
