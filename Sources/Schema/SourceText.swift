import Model
import YAML

/// A text file under the name its user knows, from which diagnostics take their excerpts.
package struct SourceText: Sendable, Hashable {
    /// The file as the user would name it: a path, or `PACKAGE.krt:krt.yml` for a file inside a package.
    package let name: String
    package let bytes: [UInt8]
    /// Where each line begins in `bytes`.
    private let lineStarts: [Int]

    package init(name: String, bytes: [UInt8]) {
        self.name = name
        let bytes = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
        var starts = [0]
        for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") { starts.append(index + 1) }
        self.bytes = bytes
        lineStarts = starts
    }

    package func span(_ range: YAMLRange) -> SourceSpan {
        SourceSpan(
            file: name, start: SourcePosition(line: range.start.line, column: range.start.column),
            end: SourcePosition(line: range.end.line, column: range.end.column))
    }

    /// The line with this number, counted from 1; nil when the file has none such.
    package func line(_ number: Int) -> SourceLine? {
        guard lineStarts.indices.contains(number - 1) else { return nil }
        let start = lineStarts[number - 1]
        var end = number < lineStarts.count ? lineStarts[number] - 1 : bytes.count
        if end > start, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
        return SourceLine(number: number, text: String(decoding: bytes[start..<end], as: UTF8.self))
    }

    /// A diagnostic about a place in this file, with the line it stands on.
    package func diagnostic(
        _ severity: Diagnostic.Severity = .error, code: String, summary: String, detail: String = "",
        at span: SourceSpan, address: String? = nil
    ) -> Diagnostic {
        Diagnostic(
            severity, code: code, summary: summary, detail: detail, span: span, excerpt: line(span.start.line),
            address: address)
    }
}
