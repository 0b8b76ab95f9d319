/// Bytes known to be UTF-8 without control characters, and the place of every character in them.
///
/// libyaml's marks carry a character index; lines are counted here and not taken from libyaml, which also ends a line
/// at NEL, LS and PS, where no editor does.
struct YAMLText {
    /// The file without a byte order mark.
    let bytes: ArraySlice<UInt8>
    /// The index of the first character of each line.
    private let lineStarts: [Int]
    /// How many characters the file has.
    private let count: Int

    init(_ file: [UInt8]) throws(YAMLError) {
        if file.starts(with: [0xFF, 0xFE]) || file.starts(with: [0xFE, 0xFF]) {
            throw YAMLError(
                reason: "the file is UTF-16", advice: "Save it as UTF-8.", at: .origin)
        }
        let bytes = file.starts(with: [0xEF, 0xBB, 0xBF]) ? file[3...] : file[...]
        var lineStarts = [0]
        var count = 0
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\n") { lineStarts.append(count + 1) }
            if byte >= 0x20 && byte < 0x7F || byte == 0x0A || byte == 0x0D || byte == 0x09 {
                index += 1
            } else {
                let here = YAMLMark(line: lineStarts.count, column: count - lineStarts[lineStarts.count - 1] + 1)
                index += try YAMLText.width(of: bytes, at: index, mark: here)
            }
            count += 1
        }
        self.bytes = bytes
        self.lineStarts = lineStarts
        self.count = count
    }

    /// The bytes of the character at `index`, which is not printable ASCII.
    private static func width(of bytes: ArraySlice<UInt8>, at index: Int, mark: YAMLMark) throws(YAMLError) -> Int {
        var iterator = bytes[index..<min(index + 4, bytes.endIndex)].makeIterator()
        var decoder = UTF8()
        guard case .scalarValue(let scalar) = decoder.decode(&iterator) else {
            throw YAMLError(
                reason: "bytes that are not UTF-8",
                advice: "Save the file as UTF-8; the byte 0x\(hexadecimal(UInt32(bytes[index]), 2)) cannot stand here.",
                at: mark)
        }
        switch scalar.value {
        case 0x85, 0xA0...0xD7FF, 0xE000...0xFFFD, 0x10000...0x10FFFF:
            return UTF8.width(scalar)
        default:
            throw YAMLError(
                reason: "the character U+\(hexadecimal(scalar.value, 4)), which YAML does not allow",
                advice: "Remove it, or write it as an escape in double quotes.", at: mark)
        }
    }

    private static func hexadecimal(_ number: UInt32, _ width: Int) -> String {
        let digits = String(number, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    /// The end of the last line that has more than white space on it.
    var lastVisible: YAMLMark {
        var index = count
        for byte in bytes.reversed() {
            guard byte == 0x20 || byte >= 0x09 && byte <= 0x0D else { break }
            index -= 1
        }
        return mark(at: index)
    }

    /// The place of the character with this index; past the end, the end of the file.
    func mark(at index: Int) -> YAMLMark {
        let index = min(max(0, index), count)
        var low = 0
        var high = lineStarts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if lineStarts[middle] <= index { low = middle } else { high = middle }
        }
        return YAMLMark(line: low + 1, column: index - lineStarts[low] + 1)
    }
}
