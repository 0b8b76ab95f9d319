import FoundationEssentials

/// What a request shows the API server to say who sends it. Prints and mirrors nothing of it.
package struct Credential: Sendable, Hashable {
    /// The value of the header `Authorization`: `Bearer …` or `Basic …`; nil for none.
    package let authorization: String?
    /// PEM, the client's own certificate first; nil for none.
    package let clientCertificate: [UInt8]?
    /// PEM, not encrypted; there exactly when the certificate is.
    package let clientKey: [UInt8]?

    package init(authorization: String? = nil, clientCertificate: [UInt8]? = nil, clientKey: [UInt8]? = nil) {
        self.authorization = authorization
        self.clientCertificate = clientCertificate
        self.clientKey = clientKey
    }

    /// Sends nothing: the server takes the request for one of `system:anonymous`.
    package static let anonymous = Credential()

    static func bearer(_ token: String) -> String { "Bearer \(token)" }

    /// RFC 7617.
    static func basic(name: String, password: String) -> String {
        "Basic " + Data("\(name):\(password)".utf8).base64EncodedString()
    }
}

extension Credential: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "(credential)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
