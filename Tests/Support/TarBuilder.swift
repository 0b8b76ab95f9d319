import CZlib

/// Tars built byte by byte (ustar), for archives that no tool would write.
package struct TarBuilder {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    package mutating func add(_ path: String, type: Character = "0", link: String = "", size: Int? = nil, data: [UInt8] = []) {
        var header = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, at offset: Int) { header.replaceSubrange(offset..<offset + text.utf8.count, with: text.utf8) }
        func octal(_ number: Int, _ digits: Int) -> String {
            let text = String(number, radix: 8)
            return String(repeating: "0", count: max(0, digits - text.count)) + text
        }
        put(path, at: 0)
        put("0000644", at: 100)
        put("0000000", at: 108)
        put("0000000", at: 116)
        put(octal(size ?? data.count, 11), at: 124)
        put("00000000000", at: 136)
        put("        ", at: 148)
        put(String(type), at: 156)
        put(link, at: 157)
        put("ustar", at: 257)
        put("00", at: 263)
        put(octal(header.reduce(0) { $0 + Int($1) }, 6) + "\0 ", at: 148)
        bytes += header + data + [UInt8](repeating: 0, count: (512 - data.count % 512) % 512)
    }

    /// A pax header for the entry that follows (POSIX.1-2001).
    package mutating func addExtended(_ records: [String: String]) {
        let text = records.sorted { $0.key < $1.key }.map { key, value in
            let rest = " \(key)=\(value)\n"
            var length = rest.utf8.count
            while "\(length)".utf8.count + rest.utf8.count != length { length = "\(length)".utf8.count + rest.utf8.count }
            return "\(length)\(rest)"
        }.joined()
        add("pax", type: "x", data: Array(text.utf8))
    }

    /// The archive with its end marker, gzipped with stored blocks (RFC 1951, RFC 1952).
    package func gzipped() -> [UInt8] { Self.gzip(bytes + [UInt8](repeating: 0, count: 1024)) }

    package static func gzip(_ data: [UInt8]) -> [UInt8] {
        var out: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]
        var rest = data[...]
        repeat {
            let block = rest.prefix(65_535)
            rest = rest.dropFirst(block.count)
            let length = UInt16(block.count)
            out += [rest.isEmpty ? 1 : 0, UInt8(length & 255), UInt8(length >> 8), UInt8(~length & 255), UInt8(~length >> 8)]
            out += block
        } while !rest.isEmpty
        let sum = data.withUnsafeBufferPointer { UInt32(crc32(0, $0.baseAddress, UInt32($0.count))) }
        for number in [sum, UInt32(truncatingIfNeeded: data.count)] {
            for shift in [0, 8, 16, 24] { out.append(UInt8(number >> UInt32(shift) & 255)) }
        }
        return out
    }
}
