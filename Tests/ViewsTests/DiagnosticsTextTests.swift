import JSON
import Model
import Testing
import Views

@Suite struct DiagnosticsTextTests {
    let unknownKey = Diagnostic(
        code: "unknown-key", summary: "`runtime` is not a key of the desired-state file", detail: "Did you mean `runtimes`?",
        span: SourceSpan(
            file: "kreform.yaml", start: SourcePosition(line: 7, column: 1), end: SourcePosition(line: 7, column: 8)),
        excerpt: SourceLine(number: 7, text: "runtime:"))

    @Test func aFaultIsShownInItsLineAndAllAreCounted() {
        let warning = Diagnostic(
            .warning, code: "proto-name", summary: "the entrypoint image reads public_input.proto",
            detail: "The file is made available under that name too, so the package works; rename it to keep its readers from wondering.",
            address: "version/room-price/room-price-v2")
        #expect(DiagnosticsText.render([unknownKey, warning], style: .plain) == """
            Warning: the entrypoint image reads public_input.proto [proto-name]
              on version/room-price/room-price-v2
              The file is made available under that name too, so the package works; rename
              it to keep its readers from wondering.

            Error: `runtime` is not a key of the desired-state file [unknown-key]
              kreform.yaml:7:1
                7 │ runtime:
                  │ ^^^^^^^
              Did you mean `runtimes`?

            1 error and 1 warning.

            """)
    }

    @Test func longLinesAreShownAroundTheFault() {
        let line = String(repeating: "x", count: 200) + "WRONG" + String(repeating: "y", count: 200)
        let fault = Diagnostic(
            code: "c", summary: "s",
            span: SourceSpan(
                file: "f", start: SourcePosition(line: 12, column: 201), end: SourcePosition(line: 12, column: 206)),
            excerpt: SourceLine(number: 12, text: line))
        let lines = DiagnosticsText.render(fault, style: .plain).split(separator: "\n")
        #expect(lines.allSatisfy { $0.count <= 80 })
        let caret = lines[3].firstIndex(of: "^").map { lines[3].distance(from: lines[3].startIndex, to: $0) } ?? 0
        #expect(lines[2].dropFirst(caret).prefix(5) == "WRONG")
        #expect(lines[3].hasSuffix(" ^^^^^"))
    }

    @Test(arguments: [(0, 0), (1, 1), (5, 5), (5, 1), (9, 400)])
    func spansPastTheLineDoNoHarm(_ start: Int, _ end: Int) {
        let fault = Diagnostic(
            code: "c", summary: "s",
            span: SourceSpan(
                file: "f", start: SourcePosition(line: 1, column: start), end: SourcePosition(line: 1, column: end)),
            excerpt: SourceLine(number: 1, text: "abc"))
        #expect(DiagnosticsText.render(fault, style: .plain).contains("^"))
    }

    @Test func controlCharactersOfAFileDoNotReachTheTerminal() {
        let fault = Diagnostic(
            code: "c", summary: "s",
            span: SourceSpan(file: "f", start: SourcePosition(line: 1, column: 1), end: SourcePosition(line: 1, column: 2)),
            excerpt: SourceLine(number: 1, text: "\u{1B}[2J\ta"))
        #expect(DiagnosticsText.render(fault, style: .plain).contains("1 │  [2J a\n"))
    }

    @Test func jsonHasTheSame() throws {
        #expect(DiagnosticsJSON.document([unknownKey]).encoded(.pretty) == """
            {
              "diagnostics": [
                {
                  "code": "unknown-key",
                  "detail": "Did you mean `runtimes`?",
                  "excerpt": {
                    "line": 7,
                    "text": "runtime:"
                  },
                  "range": {
                    "end": {
                      "column": 8,
                      "line": 7
                    },
                    "file": "kreform.yaml",
                    "start": {
                      "column": 1,
                      "line": 7
                    }
                  },
                  "severity": "error",
                  "summary": "`runtime` is not a key of the desired-state file"
                }
              ],
              "errors": 1,
              "format": 1,
              "valid": false,
              "warnings": 0
            }
            """)
    }
}
