/// Text set in columns and lines.
enum Layout {
    /// `text` in lines of at most `width` columns, broken at spaces, each after `indent`. A word that is longer stays whole.
    /// Line breaks in `text` stay, and a line that begins with spaces (an example, a list) is kept as it is.
    static func wrapped(_ text: String, width: Int, indent: String = "") -> [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).flatMap { line -> [String] in
            if line.isEmpty { return [""] }
            if line.hasPrefix(" ") { return [indent + line] }
            return fill(line, width: width - indent.count).map { indent + $0 }
        }
    }

    private static func fill(_ line: Substring, width: Int) -> [String] {
        var lines: [String] = []
        var current = ""
        for word in line.split(separator: " ") {
            if !current.isEmpty, current.count + 1 + word.count > width {
                lines.append(current)
                current = ""
            }
            current += current.isEmpty ? String(word) : " \(word)"
        }
        lines.append(current)
        return lines
    }

    static func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    static func leftPadded(_ text: String, to width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }

    /// Rows of cells in columns, two spaces apart, no spaces at the end of a line. `dress` colours a padded cell.
    static func table(
        _ rows: [[String]], dress: (_ row: Int, _ column: Int, _ cell: String) -> String = { _, _, cell in cell }
    ) -> [String] {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
        return rows.enumerated().map { row, cells in
            let last = cells.lastIndex { !$0.isEmpty } ?? -1
            return cells.enumerated().filter { $0.offset <= last }.map { column, cell in
                let dressed = dress(row, column, cell)
                let padding = column == last ? 0 : widths[column] - cell.count
                return dressed + String(repeating: " ", count: padding)
            }.joined(separator: "  ")
        }
    }

    /// `1 object`, `2 objects`.
    static func count(_ number: Int, _ noun: String, _ plural: String? = nil) -> String {
        "\(number) \(number == 1 ? noun : plural ?? noun + "s")"
    }

    /// Bytes for people: `812 B`, `3.4 kB`, `1.2 GB` (powers of 1,000).
    static func bytes(_ count: Int) -> String {
        var value = Double(count)
        for unit in ["B", "kB", "MB", "GB"] {
            if value < 1000 { return unit == "B" ? "\(count) B" : "\(decimal(value)) \(unit)" }
            value /= 1000
        }
        return "\(decimal(value)) TB"
    }

    /// Seconds that somebody chose: `45s`, `3m05s`.
    static func wholeSeconds(_ time: Int) -> String { time < 60 ? "\(time)s" : seconds(Double(time)) }

    /// Seconds for people: `0.4s`, `12.0s`, `3m05s`.
    static func seconds(_ time: Double) -> String {
        if time < 60 { return "\(decimal(time))s" }
        let whole = Int(time)
        let seconds = whole % 60
        return "\(whole / 60)m\(seconds < 10 ? "0" : "")\(seconds)s"
    }

    /// With one digit after the point.
    private static func decimal(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}
