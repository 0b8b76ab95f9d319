import FoundationEssentials

/// A text file of cases. `=== name` begins a case, `--- name` a section of it: a file of the package, `NAME (absent)` for one
/// that every case has unless it says so, and `expected`, what must be said. `␉`, `␍`, `␀` and `␘` stand for a tab, a
/// carriage return, a backspace and a byte that is never UTF-8.
struct CaseFile {
    struct Case: Sendable, CustomStringConvertible {
        let name: String
        var sections: [(name: String, text: String)]

        var description: String { name }

        func text(_ name: String) -> String? { sections.first { $0.name == name }?.text }
    }

    let path: String
    var cases: [Case]

    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Cases").path()

    init(named name: String) throws {
        path = CaseFile.folder + "/" + name
        let text = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
        var cases: [Case] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("=== ") {
                cases.append(Case(name: String(line.dropFirst(4)), sections: []))
            } else if line.hasPrefix("--- "), !cases.isEmpty {
                cases[cases.count - 1].sections.append((String(line.dropFirst(4)), ""))
            } else if let last = cases.indices.last, let section = cases[last].sections.indices.last {
                cases[last].sections[section].text += line + "\n"
            }
        }
        // The line break that ends the file begins no line.
        if let last = cases.indices.last, let section = cases[last].sections.indices.last,
            cases[last].sections[section].text.hasSuffix("\n") {
            cases[last].sections[section].text.removeLast()
        }
        self.cases = cases
    }

    /// Writes the file anew; what tests do with `KREFORM_RECORD=1`, for a person to read the difference.
    func write() throws {
        let text = cases.map { one in
            "=== \(one.name)\n" + one.sections.map { "--- \($0.name)\n\($0.text)" }.joined()
        }.joined()
        try Data(text.utf8).write(to: URL(filePath: path))
    }
}
