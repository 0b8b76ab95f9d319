/// A place in a YAML file.
///
/// Both numbers count from 1. Columns count Unicode scalars, as libyaml does; lines end at `\n` (a `\r` before it
/// belongs to the line). A byte order mark is not counted: the first character after it is 1:1.
package struct YAMLMark: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let line: Int
    package let column: Int

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    /// The first place of every file.
    package static let origin = YAMLMark(line: 1, column: 1)

    package static func < (left: YAMLMark, right: YAMLMark) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }

    package var description: String { "\(line):\(column)" }
}

/// The characters from `start` up to but not including `end`; `end` is never before `start`.
package struct YAMLRange: Sendable, Hashable {
    package let start: YAMLMark
    package let end: YAMLMark

    package init(start: YAMLMark, end: YAMLMark) {
        self.start = start
        self.end = max(start, end)
    }
}
