import Crypto

/// An MD5 digest (RFC 1321), as servers ask for it against accidents on the way. It proves nothing against intent.
package struct MD5Digest: Sendable, Hashable {
    /// 16 of them.
    package let bytes: [UInt8]

    package init(of bytes: [UInt8]) {
        var running = RunningMD5()
        bytes.withUnsafeBytes { running.update($0) }
        self = running.finish()
    }

    fileprivate init(_ digest: Insecure.MD5.Digest) { bytes = Array(digest) }

    /// 32 lower-case hexadecimal digits.
    package var hex: String { Hexadecimal.text(bytes) }
    /// As `Content-MD5` has it (RFC 1864).
    package var base64: String { Base64.text(bytes) }
}

/// An MD5 digest that grows as bytes arrive.
package struct RunningMD5 {
    private var hash = Insecure.MD5()

    package init() {}

    package mutating func update(_ bytes: UnsafeRawBufferPointer) { hash.update(bufferPointer: bytes) }
    package func finish() -> MD5Digest { MD5Digest(hash.finalize()) }
}

extension SHA256Digest {
    /// The 32 bytes in base64, as S3's `x-amz-checksum-sha256` has them.
    package var base64: String { Base64.text(bytes) }

    /// 32 of them.
    package var bytes: [UInt8] {
        let digits = Array(hex.utf8).map { $0 < UInt8(ascii: "a") ? $0 - UInt8(ascii: "0") : $0 - UInt8(ascii: "a") + 10 }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}

/// RFC 4648, with padding.
enum Base64 {
    static func text(_ bytes: [UInt8]) -> String {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for place in 0..<4 {
                text.append(place <= group.count ? digits[bits >> (18 - 6 * place) & 63] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
