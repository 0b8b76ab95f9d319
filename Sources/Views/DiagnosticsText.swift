import Model

/// Diagnostics as people read them: what, where with the line and a caret, and how to mend it.
package enum DiagnosticsText {
    /// All of them in reading order, those with one cause as one, a blank line between two, and a closing count when there are
    /// several.
    package static func render(_ diagnostics: [Diagnostic], style: Style) -> String {
        let told = CommonCauses(diagnostics.sorted()).groups.map(\.diagnostic)
        let blocks = told.map { render($0, style: style) }
        let closing = told.count > 1 ? [style.bold(count(told)) + ".\n"] : []
        return (blocks + closing).joined(separator: "\n")
    }

    /// `2 errors and 1 warning`.
    package static func count(_ diagnostics: [Diagnostic]) -> String {
        let errors = diagnostics.filter { $0.severity == .error }.count
        let warnings = diagnostics.count - errors
        var parts: [String] = []
        if errors > 0 || warnings == 0 { parts.append(Layout.count(errors, "error")) }
        if warnings > 0 { parts.append(Layout.count(warnings, "warning")) }
        return parts.joined(separator: " and ")
    }

    /// That the cluster is asked again, on a line.
    package static func retrying(_ error: ClusterError, limit: Double) -> String {
        "Waiting for the cluster, which is asked again for up to \(Int(limit)) s: \(error.message)\n"
    }

    /// One diagnostic, ending in a line break.
    package static func render(_ diagnostic: Diagnostic, style: Style) -> String {
        let word = switch diagnostic.severity {
        case .error: style.red(style.bold("Error:"))
        case .warning: style.yellow(style.bold("Warning:"))
        }
        var lines = Layout.wrapped(diagnostic.summary, width: style.width - 9)
        lines[0] = "\(word) \(style.bold(lines[0]))"
        for index in lines.indices.dropFirst() { lines[index] = "  \(style.bold(lines[index]))" }
        lines[lines.count - 1] += style.dim(" [\(diagnostic.code)]")
        if let span = diagnostic.span {
            lines.append("  \(style.blue("\(span)"))")
            if let excerpt = diagnostic.excerpt { lines += excerptLines(excerpt, span: span, style: style) }
        }
        if let address = diagnostic.address { lines.append("  on \(style.blue(address))") }
        if !diagnostic.detail.isEmpty { lines += Layout.wrapped(diagnostic.detail, width: style.width, indent: "  ") }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The source line and carets below the faulty part. A long line is shown around the fault.
    private static func excerptLines(_ excerpt: SourceLine, span: SourceSpan, style: Style) -> [String] {
        let number = "\(excerpt.number)"
        let gutter = String(repeating: " ", count: number.count)
        let room = style.width - number.count - 7
        let text = Array(excerpt.text.unicodeScalars).map { $0.value == 9 || $0.properties.generalCategory == .control ? " " : $0 }
        let start = min(max(span.start.column - 1, 0), text.count)
        let end = span.end.line == span.start.line ? min(max(span.end.column - 1, start + 1), max(text.count, start + 1)) : max(text.count, start + 1)
        let first = text.count <= room || end <= room ? 0 : max(0, start - room / 3)
        let last = min(text.count, first + room)
        var shown = String(String.UnicodeScalarView(text[first..<max(first, last)]))
        if first > 0 { shown = "…" + shown.dropFirst() }
        if last < text.count { shown = shown.dropLast() + "…" }
        let carets = String(repeating: "^", count: max(1, min(end, first + room) - start))
        let bar = style.dim("│")
        return [
            "    \(style.dim(number)) \(bar) \(shown)",
            "    \(gutter) \(bar) \(String(repeating: " ", count: start - first))\(style.red(carets))",
        ]
    }
}
