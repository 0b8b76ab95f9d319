import JSON
import Model

/// The API server's refusals (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/) as errors that are told
/// apart. Codes and reasons decide where they can; words do where Kubernetes has no other sign.
extension ClusterError {
    init(status code: Int, body: [UInt8], retryAfter: String?) {
        guard let status = try? JSONValue(parsing: body), status["kind"]?.string == "Status" else {
            self.init(Self.kind(ofPlain: code, Self.seconds(retryAfter)), Self.plainMessage(code, body))
            return
        }
        self.init(status: status, code: code, retryAfter: retryAfter)
    }

    /// - Parameter status: a `Status`, of an answer or within a watch.
    init(status: JSONValue, code: Int? = nil, retryAfter: String? = nil) {
        let refusal = Refusal(status, code, Self.seconds(retryAfter))
        self.init(refusal.kind, refusal.message)
    }

    private static func seconds(_ text: String?) -> Double? {
        text.flatMap { Double($0) }.flatMap { $0 >= 0 && $0.isFinite ? $0 : nil }
    }

    /// Of an answer that the API server itself did not write: a proxy's, or one to a path that it does not have.
    private static func kind(ofPlain code: Int, _ retryAfter: Double?) -> Kind {
        switch code {
        case 401: .unauthorized
        case 403: .forbidden
        case 404: .notServed
        case 410: .gone
        case 429: .tooManyRequests(retryAfter: retryAfter)
        case 500...: .server(status: code, retryAfter: retryAfter)
        default: .invalid(fields: [])
        }
    }

    private static func plainMessage(_ code: Int, _ body: [UInt8]) -> String {
        let text = String(decoding: body.prefix(4000), as: UTF8.self).split { $0.isNewline }.first.map(String.init) ?? ""
        let line = text.count > 200 ? text.prefix(200) + "…" : text[...]
        return line.isEmpty ? "status \(code), and no word why" : "status \(code): \(line)"
    }
}

/// A `Status` taken apart.
private struct Refusal {
    let code: Int
    let reason: String
    let message: String
    let details: JSONValue
    let causes: [JSONValue]
    let retryAfter: Double?

    init(_ status: JSONValue, _ code: Int?, _ retryAfter: Double?) {
        self.code = code ?? status["code"]?.integer ?? 0
        reason = status["reason"]?.string ?? ""
        message = status["message"]?.string ?? ""
        details = status["details"] ?? [:]
        causes = details["causes"]?.array ?? []
        self.retryAfter = retryAfter ?? details["retryAfterSeconds"]?.number
    }

    var kind: ClusterError.Kind {
        // A webhook chooses its code itself.
        if message.hasPrefix("admission webhook "), message.contains(" denied the request") { return .admissionDenied }
        if code >= 500, let name = webhookName { return .webhookFailed(name) }
        if message.hasPrefix("failed to create typed patch object") { return .invalid(fields: untypedFields) }
        switch code {
        case 401: return .unauthorized
        case 403: return forbidden
        case 404: return isAboutPath ? .notServed : .notFound
        case 409: return conflict
        case 410: return .gone
        case 422: return invalid
        case 429: return .tooManyRequests(retryAfter: retryAfter)
        case 500...: return .server(status: code, retryAfter: retryAfter)
        default: return .invalid(fields: causes.compactMap { $0["field"]?.string })
        }
    }

    /// Of `Internal error occurred: failed calling webhook "policy.example.com": …`.
    private var webhookName: String? {
        guard let start = message.firstRange(of: "failed calling webhook \"")?.upperBound else { return nil }
        return String(message[start...].prefix { $0 != "\"" })
    }

    /// No object is missing, but the kind.
    private var isAboutPath: Bool {
        (details["name"]?.string ?? "").isEmpty && message.hasPrefix("the server could not find the requested resource")
    }

    private var forbidden: ClusterError.Kind {
        if message.contains("exceeded quota") || message.contains("failed quota") { return .quotaExceeded }
        if causes.contains(where: { $0["reason"]?.string == "NamespaceTerminating" })
            || message.contains("because it is being terminated")
        {
            return .namespaceTerminating
        }
        let isPolicy = ["violates PodSecurity", "usage per ", "max limit to request ratio", "denied by "].contains { message.contains($0) }
        return isPolicy ? .admissionDenied : .forbidden
    }

    private var conflict: ClusterError.Kind {
        if reason == "AlreadyExists" { return .alreadyExists }
        let fields = causes.filter { $0["reason"]?.string == "FieldManagerConflict" }
        guard !fields.isEmpty else { return .stale }
        return .fieldConflict(fields.map { cause in
            let field = cause["field"]?.string ?? ""
            return ClusterError.FieldConflict(
                manager: quoted(in: cause["message"]?.string ?? "") ?? "", field: field.hasPrefix(".") ? String(field.dropFirst()) : field)
        })
    }

    /// Of `conflict with "kubectl" using apps/v1`.
    private func quoted(in text: String) -> String? {
        let parts = text.split(separator: "\"", maxSplits: 2, omittingEmptySubsequences: false)
        return parts.count == 3 ? String(parts[1]) : nil
    }

    private var invalid: ClusterError.Kind {
        // Servers up to 1.22 or so answer this way to an apply that asks for another uid; later ones with a conflict.
        if causes.contains(where: { $0["field"]?.string == "metadata.uid" }) { return .stale }
        let fixed = causes.first { cause in
            let words = cause["message"]?.string ?? ""
            return ["immutable", "updates to ", "may not change", "may not be changed", "cannot change", "may not be modified"]
                .contains { words.contains($0) }
        }
        if let fixed { return .immutable(field: fixed["field"]?.string ?? "") }
        return .invalid(fields: causes.compactMap { $0["field"]?.string })
    }

    /// `failed to create typed patch object (…): .spec.foo: field not declared in schema`, or several of them on lines of their own.
    private var untypedFields: [String] {
        message.split(separator: "\n").compactMap { line -> String? in
            let tail = line.hasPrefix(".") ? line : line.range(ofFirst: ": .").map { line[$0...] } ?? ""
            guard tail.hasPrefix("."), let end = tail.range(ofFirst: ": ") else { return nil }
            return String(tail[..<tail.index(end, offsetBy: -2)].dropFirst())
        }
    }
}

extension Substring {
    /// Where what follows ": ." begins, with the point; where what follows ": " begins.
    fileprivate func range(ofFirst mark: String) -> Index? {
        var at = startIndex
        while at < endIndex {
            if self[at...].hasPrefix(mark) { return index(at, offsetBy: mark.hasSuffix(".") ? mark.count - 1 : mark.count) }
            at = index(after: at)
        }
        return nil
    }
}
