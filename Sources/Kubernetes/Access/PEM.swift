import FoundationEssentials

/// Certificates and keys as text (RFC 7468), looked at only as far as a wrong file can be told from a right one.
enum PEM {
    enum Content: Sendable {
        case certificate, privateKey

        var words: String {
            switch self {
            case .certificate: "certificate"
            case .privateKey: "private key"
            }
        }
    }

    enum Fault: Sendable, Hashable {
        /// Nothing of what is looked for.
        case absent
        /// A certificate in DER, the binary form.
        case binary
        /// A key that only a password opens.
        case encrypted
    }

    /// What is wrong with `bytes` as a place of a `content`; nil when it holds one.
    static func fault(_ bytes: [UInt8], _ content: Content) -> Fault? {
        let text = String(decoding: bytes, as: UTF8.self)
        switch content {
        case .certificate where text.contains("-----BEGIN CERTIFICATE-----"),
            .certificate where text.contains("-----BEGIN TRUSTED CERTIFICATE-----"):
            return nil
        case .privateKey where text.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----"),
            .privateKey where text.contains("Proc-Type: 4,ENCRYPTED"):
            return .encrypted
        case .privateKey where text.contains("PRIVATE KEY-----"):
            return nil
        default:
            // A SEQUENCE with a length of two bytes, as every certificate and RSA key is.
            return bytes.starts(with: [0x30, 0x82]) ? .binary : .absent
        }
    }

    /// Decodes base64 (RFC 4648), white space between allowed; nil when it is something else.
    static func decoded(_ text: String) -> [UInt8]? {
        Data(base64Encoded: Data(text.utf8.filter { !$0.isSpace })).map { Array($0) }
    }

    static func encoded(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }
}

extension String {
    /// Whether it can be the value of a header: no control character.
    var isHeaderText: Bool { utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } }
}
