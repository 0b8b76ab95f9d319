/// Something wrong, or worth knowing, in words for the person who can mend it.
package struct Diagnostic: Error, Sendable, Hashable {
    package enum Severity: String, Sendable, Hashable, Comparable {
        case error, warning

        package static func < (left: Self, right: Self) -> Bool { left == .error && right == .warning }
    }

    package let severity: Severity
    /// Stable, for looking up and for tools: a kebab-case word such as `unknown-key`. Never reused for another meaning.
    package let code: String
    /// What is wrong, in one line without a full stop.
    package let summary: String
    /// How to mend it, in whole sentences; may have several lines; empty when the summary says it all.
    package let detail: String
    /// The faulty value, when the fault stands in a file.
    package let span: SourceSpan?
    /// The line on which `span` starts.
    package let excerpt: SourceLine?
    /// The entity or object concerned, such as `version/room-price/room-price-v2`; nil when a file alone is.
    package let address: String?
    /// Why an object cannot become ready, for tools; the detail has it in words.
    package let evidence: Evidence?
    /// What is behind it, where that may be behind others too.
    package let cause: Cause?

    package init(
        _ severity: Severity = .error, code: String, summary: String, detail: String = "", span: SourceSpan? = nil,
        excerpt: SourceLine? = nil, address: String? = nil, evidence: Evidence? = nil, cause: Cause? = nil
    ) {
        self.severity = severity
        self.code = code
        self.summary = summary
        self.detail = detail
        self.span = span
        self.excerpt = excerpt
        self.address = address
        self.evidence = evidence
        self.cause = cause
    }

    /// The same, more or less grave.
    package func with(_ severity: Severity) -> Diagnostic {
        Diagnostic(
            severity, code: code, summary: summary, detail: detail, span: span, excerpt: excerpt, address: address, evidence: evidence,
            cause: cause)
    }

    /// Why something failed, in words that are the same for all that failed by it: ten objects and one quota are one error to a person.
    package struct Cause: Sendable, Hashable {
        /// By which those with the same cause are known: `exceeded quota: few`.
        package let name: String
        /// Completes `10 objects …`: `cannot become ready: FailedCreate`.
        package let effect: String
        /// What happened and what to do, without the object. That of the first is told for all: a quota's numbers are those it met.
        package let detail: String

        package init(name: String, effect: String, detail: String) {
            self.name = name
            self.effect = effect
            self.detail = detail
        }
    }
}

extension Diagnostic: Comparable {
    /// By place, then severity, then text: the order in which people read a file.
    package static func < (left: Self, right: Self) -> Bool {
        switch (left.span, right.span) {
        case (nil, .some): return true
        case (.some, nil): return false
        case (let first?, let second?) where first != second: return first < second
        default: break
        }
        if left.severity != right.severity { return left.severity < right.severity }
        return (left.code, left.summary, left.detail) < (right.code, right.summary, right.detail)
    }
}

extension Sequence<Diagnostic> {
    /// Whether anything here stops the work.
    package var hasErrors: Bool { contains { $0.severity == .error } }
}
