import Digest
import JSON

/// A digest of configuration that pods read at start, for an annotation of theirs: when it changes, they are rolled.
enum ConfigDigest {
    /// `sha256:HEX` of the canonical texts. Sensitive values must be sealed in them, under the runtime's key:
    /// the digest is there for all to read.
    static func of(_ contents: [JSONValue]) -> String {
        "\(SHA256Digest(of: JSONValue.array(contents).encodedBytes()))"
    }
}
