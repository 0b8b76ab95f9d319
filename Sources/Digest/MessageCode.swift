import Crypto

/// The code by which whoever has the key knows a message for the sender's: HMAC-SHA-256 (RFC 2104), under a key of any length.
package struct MessageCode: Sendable, Hashable {
    /// 32 bytes.
    package let bytes: [UInt8]

    package init(of message: some Sequence<UInt8>, key: some Sequence<UInt8>) {
        bytes = Array(HMAC<SHA256>.authenticationCode(for: Array(message), using: SymmetricKey(data: Array(key))))
    }

    /// 64 lower-case hexadecimal digits.
    package var hex: String { Hexadecimal.text(bytes) }
}
