/// A place in a text file. Lines and columns count from 1; columns are in characters (Unicode scalars).
package struct SourcePosition: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let line: Int
    package let column: Int

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    package var description: String { "\(line):\(column)" }

    package static func < (left: Self, right: Self) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }
}

/// Where a value stands in a file: from its first character up to, not including, `end`.
package struct SourceSpan: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The file as the user would name it: a path, or `PACKAGE.krt:krt.yml` for a file inside a package.
    package let file: String
    package let start: SourcePosition
    package let end: SourcePosition

    package init(file: String, start: SourcePosition, end: SourcePosition) {
        self.file = file
        self.start = start
        self.end = end
    }

    package var description: String { "\(file):\(start)" }

    package static func < (left: Self, right: Self) -> Bool {
        (left.file, left.start, left.end) < (right.file, right.start, right.end)
    }
}

/// A line of a file, kept beside a diagnostic so that it can be shown without reading the file again.
package struct SourceLine: Sendable, Hashable {
    /// Counts from 1.
    package let number: Int
    /// Without its line ending.
    package let text: String

    package init(number: Int, text: String) {
        self.number = number
        self.text = text
    }
}

/// A value and where it was written.
package struct Located<Value> {
    package let value: Value
    package let span: SourceSpan

    package init(_ value: Value, at span: SourceSpan) {
        self.value = value
        self.span = span
    }
}

extension Located: Sendable where Value: Sendable {}
extension Located: Equatable where Value: Equatable {}
extension Located: Hashable where Value: Hashable {}
