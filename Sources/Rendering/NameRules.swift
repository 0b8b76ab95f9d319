import Model

/// Kubernetes' and NATS' rules for names (https://kubernetes.io/docs/concepts/overview/working-with-objects/names/).
enum NameRules {
    struct Fault: Equatable {
        let code: String
        /// Continues "The Service `x` …".
        let words: String
        let detail: String
    }

    /// What is wrong with a claimed name; nil when nothing is.
    static func diagnostic(for claim: NameClaim) -> Diagnostic? {
        guard let fault = Self.fault(of: claim.name, for: claim.bearer) else { return nil }
        return Diagnostic(
            code: fault.code, summary: "The \(words(for: claim.bearer)) `\(claim.name)` \(fault.words)",
            detail: "\(fault.detail) It comes from \(claim.origin): choose another name there.", span: claim.span,
            address: "\(claim.owner)")
    }

    /// Names that two things would bear. Told once for each name, at the later owner.
    static func collisions(among claims: [NameClaim]) -> [Diagnostic] {
        struct Key: Hashable {
            let bearer: NameClaim.Bearer
            let name: String
        }
        var first: [Key: NameClaim] = [:]
        var told: Set<Key> = []
        var found: [Diagnostic] = []
        for claim in claims {
            guard let key = Self.key(of: claim).map({ Key(bearer: $0, name: claim.name) }) else { continue }
            guard let other = first[key] else {
                first[key] = claim
                continue
            }
            // Nodes that name the same store in the same scope share it.
            guard other.bearer != claim.bearer || other.origin != claim.origin else { continue }
            if told.insert(key).inserted { found.append(collision(other, claim)) }
        }
        return found
    }

    /// What must be unique as one; nil for what may be shared.
    private static func key(of claim: NameClaim) -> NameClaim.Bearer? {
        switch claim.bearer {
        case .object, .stream: claim.bearer
        case .objectStore: .objectStore(scope: "")
        case .label, .host: nil
        }
    }

    private static func collision(_ first: NameClaim, _ second: NameClaim) -> Diagnostic {
        Diagnostic(
            code: "name-collision",
            summary:
                "Two parts of runtime `\(second.owner.runtime)` would have the \(words(for: second.bearer)) `\(second.name)`",
            detail: "One name comes from \(first.origin), the other from \(second.origin). Rename one of them.",
            span: second.span, address: "\(second.owner)")
    }

    private static func words(for bearer: NameClaim.Bearer) -> String {
        switch bearer {
        case .object(let kind): kind
        case .label(let key): "label \(key)"
        case .host: "host"
        case .stream: "JetStream stream"
        case .objectStore: "JetStream object store"
        }
    }

    static func fault(of name: String, for bearer: NameClaim.Bearer) -> Fault? {
        switch bearer {
        case .object(let kind): objectFault(name, kind: kind)
        case .label: tooLong(name, limit: ObjectNames.labelLimit, who: "Kubernetes", why: "in the value of a label")
        case .host: hostFault(name)
        // NATS names a directory after each.
        case .stream, .objectStore: tooLong(name, limit: 255, who: "NATS", why: "in the name of a stream")
        }
    }

    private static func objectFault(_ name: String, kind: String) -> Fault? {
        switch kind {
        case "Service":
            if let fault = tooLong(name, limit: 63, who: "Kubernetes", why: "in the name of a Service") { return fault }
            guard let first = name.utf8.first, !(UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first) else {
                return nil
            }
            return Fault(
                code: "invalid-service-name", words: "does not begin with a letter",
                detail: "Kubernetes wants the name of a Service to begin with a letter (RFC 1035).")
        case "StatefulSet":
            // The label controller-revision-hash of its pods is the name, a dash and ten characters.
            return tooLong(
                name, limit: 52, who: "Kubernetes", why: "in the name of a StatefulSet, which its pods' labels repeat")
        case "Deployment":
            return tooLong(
                name, limit: 63, who: "Kubernetes",
                why: "in the name of a Deployment, which its pods' host names repeat")
        default:
            return tooLong(name, limit: 253, who: "Kubernetes", why: "in the name of a \(kind)")
        }
    }

    private static func hostFault(_ name: String) -> Fault? {
        if let fault = tooLong(name, limit: 253, who: "DNS", why: "in a host name") { return fault }
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        guard let long = labels.first(where: { $0.utf8.count > 63 }) else { return nil }
        return Fault(
            code: "name-too-long", words: "has a part of \(long.utf8.count) characters, `\(long)`",
            detail: "DNS allows 63 characters between two dots.")
    }

    private static func tooLong(_ name: String, limit: Int, who: String, why: String) -> Fault? {
        let length = name.utf8.count
        guard length > limit else { return nil }
        return Fault(
            code: "name-too-long", words: "has \(length) characters",
            detail: "\(who) allows \(limit) characters \(why).")
    }

    static func namespaceFault(_ name: String) -> Fault? {
        if name == "default" || name.hasPrefix("kube-") {
            return Fault(
                code: "reserved-namespace", words: "belongs to Kubernetes",
                detail: "A runtime's namespace is made and deleted with the runtime.")
        }
        if let fault = tooLong(name, limit: 63, who: "Kubernetes", why: "in the name of a namespace") { return fault }
        guard ObjectNames.isResourceName(name) else {
            return Fault(
                code: "invalid-namespace", words: "is not a name that Kubernetes allows",
                detail: "Lower-case letters, digits and dashes are allowed; a dash neither first nor last.")
        }
        return nil
    }
}
