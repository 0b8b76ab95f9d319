import Crypto

/// A SHA-256 digest of some bytes (FIPS 180-4). Written as `sha256:` and 64 hexadecimal digits.
package struct SHA256Digest: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// 64 lower-case hexadecimal digits.
    package let hex: String

    /// The digest of `bytes`.
    package init(of bytes: some Sequence<UInt8>) {
        var running = RunningDigest()
        running.update(Array(bytes))
        self = running.finish()
    }

    /// Reads `sha256:HEX`, the form that `description` writes; nil for anything else.
    package init?(_ text: String) {
        let prefix = "sha256:"
        guard text.hasPrefix(prefix) else { return nil }
        let digits = text.dropFirst(prefix.count)
        guard digits.utf8.count == 64, digits.utf8.allSatisfy(Hexadecimal.isLowercaseDigit) else { return nil }
        hex = String(digits)
    }

    fileprivate init(_ digest: SHA256.Digest) {
        hex = Hexadecimal.text(digest)
    }

    package var description: String { "sha256:\(hex)" }

    /// The first 12 digits, as people quote digests: `sha256:0123456789ab`.
    package var short: String { "sha256:\(hex.prefix(12))" }

    package static func < (left: Self, right: Self) -> Bool { left.hex < right.hex }
}

/// A SHA-256 digest that grows as bytes arrive, for input that is never held whole.
package struct RunningDigest {
    private var hash = SHA256()

    package init() {}

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        hash.update(bufferPointer: bytes)
    }

    package mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { hash.update(bufferPointer: $0) }
    }

    package mutating func update(_ text: String) {
        update(Array(text.utf8))
    }

    /// The digest of everything seen so far; more may follow.
    package func finish() -> SHA256Digest {
        SHA256Digest(hash.finalize())
    }
}

enum Hexadecimal {
    static func isLowercaseDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }

    static func text(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
