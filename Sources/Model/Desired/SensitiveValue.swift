import Digest

/// Bytes that must appear nowhere but in the Kubernetes Secret they are meant for: not in a plan, a log, the state, an error
/// or an event. Printing, interpolating or mirroring one shows `(sensitive value)`; only `reveal` gives the bytes.
package struct SensitiveValue: Sendable, Hashable {
    private let bytes: [UInt8]

    package init(_ text: String) { bytes = Array(text.utf8) }
    package init(bytes: [UInt8]) { self.bytes = bytes }

    /// The value itself. Called where a Secret is sent to a cluster, and nowhere else.
    package func reveal() -> [UInt8] { bytes }

    /// How many bytes there are, for limits.
    package var count: Int { bytes.count }

    /// What may be written down: `hmac-sha256:HEX`.
    package func sealed(with key: DigestKey) -> String { key.digest(of: bytes) }
}

extension SensitiveValue: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "(sensitive value)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
