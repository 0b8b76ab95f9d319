/// Why a text is not JSON, and where.
package struct JSONError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong, as a phrase without a full stop.
    package let reason: String
    /// Bytes before the fault.
    package let offset: Int
    /// Line of the fault, from 1.
    package let line: Int
    /// Column of the fault in Unicode scalars, from 1.
    package let column: Int

    package init(reason: String, offset: Int, line: Int, column: Int) {
        self.reason = reason
        self.offset = offset
        self.line = line
        self.column = column
    }

    /// A fault at `offset` of `text`: finds its line and column.
    init(_ reason: String, at offset: Int, of text: UnsafeBufferPointer<UInt8>) {
        var line = 1
        var column = 1
        for byte in text[..<min(offset, text.count)] {
            if byte == 0x0A {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
        self.init(reason: reason, offset: offset, line: line, column: column)
    }

    package var description: String { "line \(line), column \(column): \(reason)" }
}
