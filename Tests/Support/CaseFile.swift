import FoundationEssentials

/// A text file of cases: `=== name` begins a case, `--- name` a section of it.
package struct CaseFile {
    package struct Case: Sendable, CustomStringConvertible {
        package let name: String
        package var sections: [(name: String, text: String)]

        package var description: String { name }

        package func text(_ name: String) -> String? { sections.first { $0.name == name }?.text }
    }

    package let path: String
    package var cases: [Case]

    /// The folder `Cases` beside the test `file`.
    package static func folder(beside file: String = #filePath) -> String {
        URL(filePath: file).deletingLastPathComponent().appending(path: "Cases").path()
    }

    /// The file `name` of the folder `Cases` beside the test `file`.
    package init(named name: String, beside file: String = #filePath) throws {
        path = Self.folder(beside: file) + "/" + name
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
    package func write() throws {
        let text = cases.map { one in
            "=== \(one.name)\n" + one.sections.map { "--- \($0.name)\n\($0.text)" }.joined()
        }.joined()
        try Data(text.utf8).write(to: URL(filePath: path))
    }
}
