import JSON
import Model

/// Diagnostics as data, in a shape that only grows: `format` 1.
package enum DiagnosticsJSON {
    /// `{format, valid, errors, warnings, diagnostics}`: the answer of `validate --json`.
    package static func document(_ diagnostics: [Diagnostic]) -> JSONValue {
        let errors = diagnostics.filter { $0.severity == .error }.count
        return .object([
            "format": .integer(1), "valid": .bool(errors == 0), "errors": .integer(errors),
            "warnings": .integer(diagnostics.count - errors), "diagnostics": list(diagnostics),
        ])
    }

    package static func list(_ diagnostics: [Diagnostic]) -> JSONValue {
        .array(diagnostics.sorted().map(value))
    }

    /// `range` counts lines and columns from 1, columns in characters; its end is the first character after the value.
    package static func value(_ diagnostic: Diagnostic) -> JSONValue {
        var object: JSONObject = [
            "severity": .string(diagnostic.severity.rawValue), "code": .string(diagnostic.code),
            "summary": .string(diagnostic.summary), "detail": .string(diagnostic.detail),
        ]
        if let address = diagnostic.address { object["address"] = .string(address) }
        if let span = diagnostic.span {
            object["range"] = .object([
                "file": .string(span.file), "start": position(span.start), "end": position(span.end),
            ])
        }
        if let evidence = diagnostic.evidence { object["evidence"] = value(evidence) }
        object["cause"] = diagnostic.cause.map { .string($0.name) }
        if let excerpt = diagnostic.excerpt {
            object["excerpt"] = .object(["line": .integer(excerpt.number), "text": .string(excerpt.text)])
        }
        return .object(object)
    }

    private static func value(_ evidence: Evidence) -> JSONValue {
        .object([
            "reason": .string(evidence.reason), "pod": evidence.pod.map { .string($0) } ?? .null,
            "container": evidence.container.map { .string($0) } ?? .null, "log": .array(evidence.log.map { .string($0) }),
            "events": .array(evidence.events.map { event in
                [
                    "reason": .string(event.reason), "message": .string(event.message), "count": .integer(event.count),
                    "time": .string(event.time),
                ]
            }),
        ])
    }

    private static func position(_ position: SourcePosition) -> JSONValue {
        .object(["line": .integer(position.line), "column": .integer(position.column)])
    }
}
