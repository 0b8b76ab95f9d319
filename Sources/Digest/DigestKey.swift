import Crypto

/// The key under which sensitive values are digested, so that state and plans can tell that a value changed without
/// holding it. Made once for a state; HMAC-SHA-256 (RFC 2104).
package struct DigestKey: Sendable, Hashable {
    /// 32 bytes.
    package let bytes: [UInt8]

    /// A key of `bytes`, as the state keeps it; nil unless there are 32 of them.
    package init?(bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        self.bytes = bytes
    }

    /// A new key from the generator given; the system's generator in production.
    package init(using generator: inout some RandomNumberGenerator) {
        bytes = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }

    /// The keyed digest of `value`, written `hmac-sha256:HEX`. Equal values have equal digests under one key.
    package func digest(of value: some Sequence<UInt8>) -> String {
        let code = HMAC<SHA256>.authenticationCode(for: Array(value), using: SymmetricKey(data: bytes))
        return "hmac-sha256:\(Hexadecimal.text(code))"
    }

    package func digest(of value: String) -> String {
        digest(of: value.utf8)
    }

    /// Another key that follows from this one and `name`. Who has it learns nothing about this key, nor about those of other
    /// names.
    package func derived(for name: String) -> DigestKey {
        DigestKey(Array(HMAC<SHA256>.authenticationCode(for: Array(name.utf8), using: SymmetricKey(data: bytes))))
    }

    private init(_ bytes: [UInt8]) { self.bytes = bytes }
}

extension DigestKey: CustomStringConvertible, CustomReflectable {
    package var description: String { "(digest key)" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
